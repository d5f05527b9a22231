// The fields that say where a request ends and what becomes of its connection (RFC 9112 §6, §9).
// A length said twice, in two ways, or in a form that another reader might understand otherwise is
// refused: that difference is what request smuggling lives on.

/// What the framing fields of a head say, as they are met.
struct HTTPFraming {
    /// The authority of an absolute target, which counts instead of the Host header field.
    var authority: Range<Int>?
    private var host: Range<Int>?
    private var contentLength: Int?
    private var coding: Coding?
    private var closes = false
    private var persists = false
    private var asksForUpgrade = false
    private var expectsContinue = false
    private var expectsOther = false

    private enum Coding {
        case chunked, unknownThenChunked, ambiguous
    }

    /// Takes one field line.
    mutating func take(
        _ input: borrowing Span<UInt8>, name: Range<Int>, value: Range<Int>
    ) -> HTTPError? {
        switch name.count {
        case 4 where ASCII.isEqual(input, name, to: "host"):
            if host != nil || !HTTPHost.isValid(input, value) { return .badHost }
            host = value
        case 6 where ASCII.isEqual(input, name, to: "expect"):
            if ASCII.isEqual(input, value, to: "100-continue") {
                expectsContinue = true
            } else {
                expectsOther = true
            }
        case 10 where ASCII.isEqual(input, name, to: "connection"):
            takeConnection(input, value)
        case 14 where ASCII.isEqual(input, name, to: "content-length"):
            if contentLength != nil { return .badFraming }
            guard let length = Self.length(input, value) else { return .badFraming }
            contentLength = length
        case 17 where ASCII.isEqual(input, name, to: "transfer-encoding"):
            if coding != nil { return .badFraming }
            coding = Self.coding(input, value)
        default:
            break
        }
        return nil
    }

    /// Says what all fields together mean, once the head is whole.
    func settle(_ request: inout HTTPRequest, limits: HTTPLimits) -> HTTPError? {
        let isOld = request.minorVersion == 0
        if host == nil, !isOld { return .missingHost }
        if let range = authority ?? host { request.hostRange = range }
        request.keepAlive = isOld ? persists && !closes : !closes
        request.asksForUpgrade = asksForUpgrade && !isOld
        if let coding {
            if contentLength != nil || isOld { return .badFraming }
            switch coding {
            case .ambiguous: return .badFraming
            case .unknownThenChunked: return .notImplemented
            case .chunked: request.body = .chunked
            }
        } else if let length = contentLength, length > 0 {
            if length > limits.bodyBytesMax { return .bodyTooLarge }
            request.body = .length(length)
        }
        if expectsOther { return .expectationFailed }
        request.expectsContinue = expectsContinue && !isOld && request.body != .none
        return nil
    }

    /// A content length: digits alone.
    ///
    /// One beyond any limit is the largest number.
    private static func length(_ input: borrowing Span<UInt8>, _ value: Range<Int>) -> Int? {
        if value.isEmpty { return nil }
        for index in value where !ASCII.isDigit(input[index]) { return nil }
        return DecimalText.parse(input, value) ?? Int.max
    }

    /// What a Transfer-Encoding says: only `chunked` alone is read.
    private static func coding(_ input: borrowing Span<UInt8>, _ value: Range<Int>) -> Coding {
        if ASCII.isEqual(input, value, to: "chunked") { return .chunked }
        if value.isEmpty || input[value.upperBound - 1] == 0x2C { return .ambiguous }
        var rest = value
        while let item = nextItem(input, &rest) {
            let isLast = rest.isEmpty
            let isChunked = ASCII.isEqual(input, item, to: "chunked")
            if isLast { return isChunked ? .unknownThenChunked : .ambiguous }
            if isChunked || item.isEmpty { return .ambiguous }
            for index in item where !ASCII.isToken(input[index]) { return .ambiguous }
        }
        return .ambiguous
    }

    private mutating func takeConnection(_ input: borrowing Span<UInt8>, _ value: Range<Int>) {
        var rest = value
        while let item = Self.nextItem(input, &rest) {
            if ASCII.isEqual(input, item, to: "close") {
                closes = true
            } else if ASCII.isEqual(input, item, to: "keep-alive") {
                persists = true
            } else if ASCII.isEqual(input, item, to: "upgrade") {
                asksForUpgrade = true
            }
        }
    }

    /// Takes the next item of a comma-separated list off `rest`; nil at its end.
    private static func nextItem(
        _ input: borrowing Span<UInt8>, _ rest: inout Range<Int>
    ) -> Range<Int>? {
        if rest.isEmpty { return nil }
        var comma = rest.lowerBound
        while comma < rest.upperBound, input[comma] != 0x2C { comma &+= 1 }
        let item = ASCII.trim(input, rest.lowerBound..<comma)
        rest = min(comma + 1, rest.upperBound)..<rest.upperBound
        return item
    }
}
