// The PROXY protocol, versions 1 and 2 (haproxy's proxy-protocol.txt §2): what a proxy that doesn't
// look into a connection sends before it, to say whose it is. A header is read when it is there as
// a whole, and refused with the first byte that none has at its place.

/// The header of a connection.
package struct ProxyHeader: Equatable, Sendable {
    /// The address of the client; nil when the connection is the proxy's own (LOCAL), or it can't
    /// say (UNKNOWN, another family): then the address that the connection comes from counts.
    package let source: IPAddress?
    /// Its bytes: what follows is the connection's own.
    package let length: Int

    package init(source: IPAddress?, length: Int) {
        self.source = source
        self.length = length
    }

    /// The longest header that is read; one of version 2 may have values that nobody here needs.
    package static let lengthMax = 4096
    /// The longest line of version 1 (§2.1).
    private static let lineMax = 107
    /// Bytes before the addresses of version 2.
    private static let fixedCount = 16

    /// What the bytes so far are.
    package enum Outcome: Equatable, Sendable {
        case header(ProxyHeader)
        /// The header is not complete; no fault has been seen.
        case needMore
        /// No header; the connection must be closed.
        case bad
    }

    /// Reads the header that `input` begins with.
    package static func parse(_ input: borrowing Span<UInt8>) -> Outcome {
        guard input.count > 0 else { return .needMore }
        return input[0] == 0x0D ? parseBinary(input) : parseLine(input)
    }
}

// MARK: - Version 1

extension ProxyHeader {
    private static let name: [6 of UInt8] = [0x50, 0x52, 0x4F, 0x58, 0x59, 0x20]

    private static func parseLine(_ input: borrowing Span<UInt8>) -> Outcome {
        for index in 0..<min(input.count, name.count) where input[index] != name[index] {
            return .bad
        }
        let end = min(input.count, lineMax)
        var index = min(end, name.count)
        while index < end, input[index] != 0x0D, input[index] != 0x0A { index += 1 }
        guard index < end else { return end == lineMax ? .bad : .needMore }
        guard input[index] == 0x0D, index + 1 < lineMax else { return .bad }
        guard index + 1 < input.count else { return .needMore }
        guard input[index + 1] == 0x0A else { return .bad }
        return parseFields(input, name.count..<index)
    }

    /// Reads what stands between `PROXY ` and the end of the line.
    private static func parseFields(
        _ input: borrowing Span<UInt8>, _ range: Range<Int>
    ) -> Outcome {
        let length = range.upperBound + 2
        var fields: [Range<Int>] = []
        var start = range.lowerBound
        for index in range where input[index] == 0x20 {
            fields.append(start..<index)
            start = index + 1
        }
        fields.append(start..<range.upperBound)
        if ASCII.isExactly(input, fields[0], "UNKNOWN") {
            // What may follow is to be ignored.
            return .header(ProxyHeader(source: nil, length: length))
        }
        let isIPv6 = ASCII.isExactly(input, fields[0], "TCP6")
        guard isIPv6 || ASCII.isExactly(input, fields[0], "TCP4"), fields.count == 5,
            let source = address(input, fields[1], isIPv6: isIPv6),
            address(input, fields[2], isIPv6: isIPv6) != nil,
            isPort(input, fields[3]), isPort(input, fields[4])
        else { return .bad }
        return .header(ProxyHeader(source: source, length: length))
    }

    private static func address(
        _ input: borrowing Span<UInt8>, _ range: Range<Int>, isIPv6: Bool
    ) -> IPAddress? {
        let hasColon = ASCII.first(0x3A, input, range) != nil
        return hasColon == isIPv6 ? IPAddress(input, range) : nil
    }

    /// A decimal number up to 65535 without leading zeros.
    private static func isPort(_ input: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let first = range.first, range.count == 1 || input[first] != 0x30 else {
            return false
        }
        return range.count <= 5 && DecimalText.parse(input, range).map { $0 <= 65_535 } == true
    }
}

// MARK: - Version 2

extension ProxyHeader {
    private static let signature: [12 of UInt8] = [
        0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A,
    ]

    private static func parseBinary(_ input: borrowing Span<UInt8>) -> Outcome {
        for index in 0..<min(input.count, signature.count) where input[index] != signature[index] {
            return .bad
        }
        guard input.count > 12 else { return .needMore }
        let isLocal = input[12] == 0x20
        guard isLocal || input[12] == 0x21 else { return .bad }
        guard input.count > 13 else { return .needMore }
        let (family, transport) = (input[13] >> 4, input[13] & 15)
        // Of a connection of the proxy's own the family is ignored.
        guard isLocal || (family <= 3 && transport <= 2) else { return .bad }
        guard input.count >= fixedCount else { return .needMore }
        let count = Int(input[14]) << 8 | Int(input[15])
        let length = fixedCount + count
        guard length <= lengthMax else { return .bad }
        if !isLocal, count < addressCount(family: family, transport: transport) { return .bad }
        guard input.count >= length else { return .needMore }
        let source = isLocal || transport != 1 ? nil : address(input, family: family)
        return .header(ProxyHeader(source: source, length: length))
    }

    /// Bytes of addresses and ports; what is behind them are values that are skipped.
    private static func addressCount(family: UInt8, transport: UInt8) -> Int {
        guard transport != 0 else { return 0 }
        return switch family {
        case 1: 12
        case 2: 36
        case 3: 216
        default: 0
        }
    }

    private static func address(_ input: borrowing Span<UInt8>, family: UInt8) -> IPAddress? {
        switch family {
        case 1: IPAddress(ipv4: UInt32(truncatingIfNeeded: word(input, fixedCount) >> 32))
        case 2: IPAddress(high: word(input, fixedCount), low: word(input, fixedCount + 8))
        default: nil
        }
    }

    private static func word(_ input: borrowing Span<UInt8>, _ start: Int) -> UInt64 {
        var word: UInt64 = 0
        for index in start..<start + 8 { word = word << 8 | UInt64(input[index]) }
        return word
    }
}
