// A URL that the hub asks for something: only as much of RFC 3986 as nobody can read in two ways.

/// An absolute https URL, or an http one of this machine.
package struct OutgoingURL: Equatable, Sendable {
    package let text: String

    package static let byteCountMax = 2_048

    /// Why a text is no such URL, as it goes on after the text itself.
    package struct Fault: Error, Equatable {
        package let reason: String
    }

    /// Reads a URL.
    ///
    /// Plain http is for loopback addresses written as such: what comes by it is believed.
    package init(_ text: String) throws(Fault) {
        let bytes = Array(text.utf8)
        guard bytes.count <= OutgoingURL.byteCountMax else {
            throw Fault(reason: "is longer than \(OutgoingURL.byteCountMax) bytes")
        }
        guard bytes.allSatisfy({ OutgoingURL.isPlain($0) }) else {
            throw Fault(reason: "has characters that a URL has not")
        }
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else {
            throw Fault(reason: "must begin with https://")
        }
        let start = isSecure ? 8 : 7
        let end = bytes[start...].firstIndex { $0 == 0x2F || $0 == 0x3F } ?? bytes.count
        let host = start..<end
        guard !bytes[host].contains(0x40) else {
            throw Fault(reason: "must have no name or password in it")
        }
        guard !bytes.contains(0x23) else { throw Fault(reason: "must have no fragment") }
        guard HTTPHost.isValid(bytes.span, host), bytes[end - 1] != 0x3A,
            !bytes[host].contains(0x25)
        else { throw Fault(reason: "has no host, or a malformed one") }
        guard isSecure || OutgoingURL.isLoopback(bytes, host) else {
            throw Fault(reason: "must begin with https://, for its host is not this machine")
        }
        self.text = text
    }

    /// The text up to its query, for a log: a query may hold what is secret.
    package var textWithoutQuery: String { String(text.prefix { $0 != "?" }) }

    /// Printable ASCII, without what programs repair in different ways.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x21...0x7E).contains(byte) && !"\"<>\\^`{|}".utf8.contains(byte)
    }

    /// Whether a host, with a port or without, is a loopback address.
    private static func isLoopback(_ bytes: [UInt8], _ host: Range<Int>) -> Bool {
        let isBracketed = bytes[host].first == 0x5B
        let start = isBracketed ? host.lowerBound + 1 : host.lowerBound
        let end = bytes[start..<host.upperBound].firstIndex { $0 == (isBracketed ? 0x5D : 0x3A) }
        guard let address = IPAddress(bytes.span, start..<(end ?? host.upperBound)) else {
            return false
        }
        if address.isIPv4 { return address.low >> 24 & 0xFF == 127 }
        return address == IPAddress(high: 0, low: 1)
    }
}
