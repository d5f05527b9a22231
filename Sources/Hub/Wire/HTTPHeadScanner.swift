// The pass over one head: request line, then field lines, then what they mean together.
// Every step says why it stopped, or nil to go on. Faults are found left to right, so that a head
// cut anywhere meets the same one as the whole.

/// Why a scan stopped before the end of the head.
enum HTTPHeadStop {
    case needMore
    case bad(HTTPError)
}

/// A scan of one head.
struct HTTPHeadScanner {
    /// What was read; complete when `scan` gives nil.
    private(set) var request = HTTPRequest()
    private var framing = HTTPFraming()
    private var position = 0
    private var target = 0..<0
    /// Where the bytes that may belong to the head end.
    private let end: Int
    private let limits: HTTPLimits

    /// A scan of `count` bytes of input.
    init(limits: HTTPLimits, count: Int) {
        self.limits = limits
        end = min(count, limits.headBytesMax)
        request.fields.reserveCapacity(16)
    }

    /// Whether the bytes from `start` on hold the end of a head, or a byte that no head has there.
    static func mayEnd(_ input: borrowing Span<UInt8>, from start: Int) -> Bool {
        var index = start
        while index < input.count {
            let byte = input[index]
            let isAfterReturn = index > 0 && input[index &- 1] == 0x0D
            if byte == 0x0A {
                if !isAfterReturn { return true }
                if index >= 3, input[index &- 2] == 0x0A { return true }
            } else if isAfterReturn || byte == 0 {
                return true
            }
            index &+= 1
        }
        return false
    }

    /// Reads the head; nil when it is complete.
    mutating func scan(_ input: borrowing Span<UInt8>) -> HTTPHeadStop? {
        if let stop = skipEmptyLines(input) { return stop }
        if let stop = scanMethod(input) { return stop }
        if let stop = scanTarget(input) { return stop }
        if let stop = scanVersion(input) { return stop }
        if let error = interpretTarget(input) { return .bad(error) }
        while true {
            guard position < end else { return exhausted }
            if input[position] == 0x0D { break }
            if let stop = scanField(input) { return stop }
        }
        if let stop = scanLineEnd(input, else: .badHeader) { return stop }
        request.headLength = position
        if let error = framing.settle(&request, limits: limits) { return .bad(error) }
        return nil
    }

    /// The bytes ran out: more may come, unless the head is at its limit.
    private var exhausted: HTTPHeadStop {
        end == limits.headBytesMax ? .bad(.headersTooLarge) : .needMore
    }

    /// Skips up to two empty lines, which some clients send after a body (RFC 9112 §2.2).
    private mutating func skipEmptyLines(_ input: borrowing Span<UInt8>) -> HTTPHeadStop? {
        for _ in 0..<2 {
            guard position < end else { return exhausted }
            if input[position] != 0x0D { return nil }
            if let stop = scanLineEnd(input, else: .badRequestLine) { return stop }
        }
        return nil
    }

    /// Reads CRLF; `error` if something else stands there.
    private mutating func scanLineEnd(
        _ input: borrowing Span<UInt8>, else error: HTTPError
    ) -> HTTPHeadStop? {
        guard position < end else { return exhausted }
        if input[position] != 0x0D { return .bad(error) }
        guard position &+ 1 < end else { return exhausted }
        if input[position &+ 1] != 0x0A { return .bad(.bareCarriageReturn) }
        position &+= 2
        return nil
    }

    private mutating func scanMethod(_ input: borrowing Span<UInt8>) -> HTTPHeadStop? {
        let start = position
        while position < end, ASCII.isToken(input[position]) { position &+= 1 }
        // No registered method is longer than 17 bytes.
        if position &- start > 32 { return .bad(.badRequestLine) }
        guard position < end else { return exhausted }
        guard input[position] == 0x20, position > start else { return .bad(.badRequestLine) }
        request.methodRange = start..<position
        request.method = HTTPMethod(input, start..<position)
        position &+= 1
        return nil
    }

    private mutating func scanTarget(_ input: borrowing Span<UInt8>) -> HTTPHeadStop? {
        let start = position
        while position < end, input[position] &- 0x21 < 0x5E, input[position] != 0x23 {
            position &+= 1
        }
        if position &- start > limits.targetBytesMax { return .bad(.uriTooLong) }
        guard position < end else { return exhausted }
        guard input[position] == 0x20, position > start else { return .bad(.badRequestLine) }
        target = start..<position
        position &+= 1
        return nil
    }

    /// Reads `HTTP/1.x` and the end of the line.
    private mutating func scanVersion(_ input: borrowing Span<UInt8>) -> HTTPHeadStop? {
        let name: UInt64 = 0x48_5454_502F
        for offset in 0..<5 {
            guard position < end else { return exhausted }
            let expected = UInt8(truncatingIfNeeded: name >> UInt64(32 - 8 * offset))
            if input[position] != expected { return .bad(.badRequestLine) }
            position &+= 1
        }
        guard position < end else { return exhausted }
        guard ASCII.isDigit(input[position]) else { return .bad(.badRequestLine) }
        guard position &+ 1 < end else { return exhausted }
        guard input[position &+ 1] == 0x2E else { return .bad(.badRequestLine) }
        guard position &+ 2 < end else { return exhausted }
        guard ASCII.isDigit(input[position &+ 2]) else { return .bad(.badRequestLine) }
        if input[position] != 0x31 { return .bad(.versionNotSupported) }
        request.minorVersion = Int(input[position &+ 2] &- 0x30)
        position &+= 3
        return scanLineEnd(input, else: .badRequestLine)
    }

    private mutating func scanField(_ input: borrowing Span<UInt8>) -> HTTPHeadStop? {
        let start = position
        if input[start] == 0x20 || input[start] == 0x09 { return .bad(.obsoleteFold) }
        while position < end, ASCII.isToken(input[position]) { position &+= 1 }
        guard position < end else { return exhausted }
        guard input[position] == 0x3A, position > start else { return .bad(.badHeader) }
        let nameEnd = position
        position &+= 1
        while position < end, input[position] == 0x20 || input[position] == 0x09 { position &+= 1 }
        let valueStart = position
        while position < end, ASCII.isFieldContent(input[position]) { position &+= 1 }
        var valueEnd = position
        while valueEnd > valueStart, input[valueEnd &- 1] == 0x20 || input[valueEnd &- 1] == 0x09 {
            valueEnd &-= 1
        }
        if let stop = scanLineEnd(input, else: .badHeader) { return stop }
        if request.fields.count == limits.headerCountMax { return .bad(.headersTooLarge) }
        request.fields.append(
            HTTPField(
                nameStart: UInt16(truncatingIfNeeded: start),
                nameEnd: UInt16(truncatingIfNeeded: nameEnd),
                valueStart: UInt16(truncatingIfNeeded: valueStart),
                valueEnd: UInt16(truncatingIfNeeded: valueEnd)))
        let error = framing.take(input, name: start..<nameEnd, value: valueStart..<valueEnd)
        return error.map { .bad($0) }
    }

    /// Understands the target (RFC 9112 §3.2): a path, an absolute URI, or `*` for OPTIONS; for
    /// CONNECT an authority and nothing else, though no tunnel is opened here.
    private mutating func interpretTarget(_ input: borrowing Span<UInt8>) -> HTTPError? {
        if request.method == .connect {
            return HTTPHost.isValid(input, target) ? .notImplemented : .badRequestLine
        }
        switch input[target.lowerBound] {
        case 0x2F:
            splitQuery(input, target)
            return nil
        case 0x2A where target.count == 1 && request.method == .options:
            request.pathRange = target
            return nil
        default:
            break
        }
        for scheme: StaticString in ["http://", "https://"]
        where target.count > scheme.utf8CodeUnitCount
            && ASCII.isEqual(input, at: target.lowerBound, to: scheme)
        {
            let start = target.lowerBound + scheme.utf8CodeUnitCount
            var authorityEnd = start
            while authorityEnd < target.upperBound, input[authorityEnd] != 0x2F,
                input[authorityEnd] != 0x3F
            {
                authorityEnd += 1
            }
            if !HTTPHost.isValid(input, start..<authorityEnd) { return .badHost }
            framing.authority = start..<authorityEnd
            splitQuery(input, authorityEnd..<target.upperBound)
            // An empty path means `/`; the scheme's own second slash stands for it.
            if request.pathRange.isEmpty { request.pathRange = start - 1..<start }
            return nil
        }
        return .badRequestLine
    }

    /// Splits a path at its first `?`.
    private mutating func splitQuery(_ input: borrowing Span<UInt8>, _ range: Range<Int>) {
        var index = range.lowerBound
        while index < range.upperBound, input[index] != 0x3F { index &+= 1 }
        request.pathRange = range.lowerBound..<index
        let queryStart = min(index + 1, range.upperBound)
        request.queryRange = queryStart..<range.upperBound
    }
}
