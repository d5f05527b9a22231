// Reads the head of a request (RFC 9112 §2–§3, §5), strictly: a line ends in CRLF, nothing stands
// between a field's name and its colon, nothing continues on a second line.
// One pass over the bytes finds the lines and their faults; the few fields that frame the body are
// understood on the way. When a head comes in pieces, only the new bytes are looked at until one of
// them could end it.

/// Parses heads of requests; the body is the caller's, by `HTTPRequest.body`.
package struct HTTPRequestParser: Sendable {
    private let limits: HTTPLimits

    /// What the bytes so far are.
    package enum Outcome: Sendable {
        /// A head; what follows `headLength` is its body or the next request.
        case request(HTTPRequest)
        /// The head is not complete; no fault has been seen.
        case needMore
        /// No request; the connection must be closed after the answer.
        case bad(HTTPError)
    }

    /// A parser with limits; the head must stay below 64 KiB.
    package init(limits: HTTPLimits) {
        precondition(limits.headBytesMax <= Int(UInt16.max), "a head is indexed by 16 bits")
        self.limits = limits
    }

    /// Parses the head that `input` begins with.
    ///
    /// `scannedFrom` is the count of bytes for which an earlier call said `needMore`.
    package func parse(_ input: borrowing Span<UInt8>, scannedFrom: Int) -> Outcome {
        if scannedFrom > 0, input.count < limits.headBytesMax,
            !HTTPHeadScanner.mayEnd(input, from: scannedFrom)
        {
            return .needMore
        }
        var scanner = HTTPHeadScanner(limits: limits, count: input.count)
        switch scanner.scan(input) {
        case nil: return .request(scanner.request)
        case .needMore: return .needMore
        case .bad(let error): return .bad(error)
        }
    }
}
