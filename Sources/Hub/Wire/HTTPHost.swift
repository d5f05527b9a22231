// The host and port of a request (RFC 9110 §7.2). Anything that two readers could take for two
// different hosts is malformed: user information, lists, spaces, slashes.

/// The check of an authority.
enum HTTPHost {
    /// Whether `bytes[range]` is a host with an optional port: a name, an IPv4 address, or an IPv6
    /// address in brackets.
    static func isValid(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
        guard let first = range.first else { return false }
        var index = first
        if bytes[first] == 0x5B {
            index += 1
            while index < range.upperBound, isAddressByte(bytes[index]) { index += 1 }
            guard index < range.upperBound, bytes[index] == 0x5D, index > first + 2
            else { return false }
            index += 1
        } else {
            while index < range.upperBound, ASCII.isRegisteredName(bytes[index]) { index += 1 }
            if index == first { return false }
        }
        if index == range.upperBound { return true }
        guard bytes[index] == 0x3A else { return false }
        let port = index + 1..<range.upperBound
        if port.isEmpty { return true }
        guard port.count <= 5, let number = DecimalText.parse(bytes, port) else { return false }
        return number <= 65_535
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        byte == 0x3A || byte == 0x2E || Hex.value(of: byte) != nil
    }
}
