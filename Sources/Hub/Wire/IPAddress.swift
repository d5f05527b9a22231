// Addresses and networks of IP, as people and proxies write them. One form of 16 bytes serves both
// families: IPv4 is mapped into IPv6 (RFC 4291 §2.5.5.2), so that one key and one comparison do.

/// An address of IPv4 or IPv6.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// An IPv4 address by its four bytes.
    package init(ipv4: UInt32) {
        self.init(high: 0, low: 0xFFFF_0000_0000 | UInt64(ipv4))
    }

    /// Whether it is IPv4, be it written as IPv6.
    package var isIPv4: Bool { high == 0 && low >> 32 == 0xFFFF }

    /// Reads an address; nil for anything else, a port or a zone included.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        self.init(bytes.span, 0..<bytes.count)
    }

    /// Reads the address that `bytes[range]` is: dotted decimal without leading zeros, or IPv6 text
    /// (RFC 4291 §2.2).
    package init?(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) {
        if ASCII.first(0x3A, bytes, range) != nil {
            self.init(ipv6: bytes, range)
        } else {
            guard let value = IPAddress.dotted(bytes, range) else { return nil }
            self.init(ipv4: value)
        }
    }

    /// Four decimal numbers up to 255 with dots between.
    private static func dotted(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> UInt32? {
        var value: UInt32 = 0
        var (parts, digits, part) = (0, 0, 0)
        for index in range {
            if bytes[index] == 0x2E {
                guard digits > 0, parts < 3 else { return nil }
                value = value << 8 | UInt32(part)
                (parts, digits, part) = (parts + 1, 0, 0)
                continue
            }
            // A leading zero might mean an octal number to others.
            guard ASCII.isDigit(bytes[index]), digits == 0 || part > 0 else { return nil }
            part = part * 10 + Int(bytes[index] &- 0x30)
            digits += 1
            if part > 255 { return nil }
        }
        return parts == 3 && digits > 0 ? value << 8 | UInt32(part) : nil
    }

    /// Groups of up to four hex digits; `::` stands once for one or more groups of zeros, and the
    /// last 32 bits may be dotted decimal.
    private init?(ipv6 bytes: borrowing Span<UInt8>, _ range: Range<Int>) {
        var groups: [8 of UInt16] = .init(repeating: 0)
        var (count, index) = (0, range.lowerBound)
        var gap: Int?
        if range.count >= 2, bytes[index] == 0x3A {
            guard bytes[index + 1] == 0x3A else { return nil }
            gap = 0
            index += 2
        }
        while index < range.upperBound {
            guard count < 8 else { return nil }
            let start = index
            var group: UInt16 = 0
            while index < range.upperBound, index - start < 4,
                let digit = Hex.value(of: bytes[index])
            {
                group = group << 4 | UInt16(digit)
                index += 1
            }
            if index < range.upperBound, bytes[index] == 0x2E {
                guard count <= 6, let value = IPAddress.dotted(bytes, start..<range.upperBound)
                else { return nil }
                groups[count] = UInt16(value >> 16)
                groups[count + 1] = UInt16(value & 0xFFFF)
                count += 2
                index = range.upperBound
                break
            }
            guard index > start else { return nil }
            groups[count] = group
            count += 1
            guard index < range.upperBound else { break }
            guard bytes[index] == 0x3A, index + 1 < range.upperBound else { return nil }
            index += 1
            if bytes[index] == 0x3A {
                guard gap == nil else { return nil }
                gap = count
                index += 1
            }
        }
        guard gap == nil ? count == 8 : count < 8 else { return nil }
        var words: (high: UInt64, low: UInt64) = (0, 0)
        for place in 0..<8 {
            let zeros = 8 - count
            let start = gap ?? 8
            let group: UInt16 =
                place < start ? groups[place] : place < start + zeros ? 0 : groups[place - zeros]
            words.high = words.high << 16 | words.low >> 48
            words.low = words.low << 16 | UInt64(group)
        }
        self.init(high: words.high, low: words.low)
    }

    /// Dotted for IPv4, else as RFC 5952 wants it: lower case, the longest run of zeros as `::`.
    package var description: String {
        if isIPv4 {
            return [24, 16, 8, 0].map { String(low >> UInt64($0) & 255) }.joined(separator: ".")
        }
        let groups = (0..<8).map { place in
            UInt16((place < 4 ? high : low) >> UInt64(48 - (place & 3) * 16) & 0xFFFF)
        }
        var longest = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(1, longest.count) { longest = start..<end }
            start = max(end, start + 1)
        }
        func text(_ range: Range<Int>) -> String {
            groups[range].map { String($0, radix: 16) }.joined(separator: ":")
        }
        if longest.isEmpty { return text(0..<8) }
        return text(0..<longest.lowerBound) + "::" + text(longest.upperBound..<8)
    }
}

/// A network: the addresses that begin with the same bits.
package struct IPNetwork: Hashable, Sendable {
    private let address: IPAddress
    private let mask: IPAddress

    /// Why a text is no network, as it goes on after the text itself.
    package struct Fault: Error, Equatable {
        package let reason: String
    }

    /// Reads an address, or a network in CIDR form (`10.0.0.0/8`, `2001:db8::/32`).
    ///
    /// Bits behind the prefix must be zero: whoever writes others means something else.
    package init(_ text: String) throws(Fault) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])) else {
            throw Fault(reason: "is no address and no network such as 10.0.0.0/8")
        }
        let isDotted = !parts[0].utf8.contains(UInt8(ascii: ":"))
        let bitsMax = isDotted ? 32 : 128
        var bits = bitsMax
        if parts.count == 2 {
            let digits = Array(parts[1].utf8)
            guard digits.count <= 3, let given = DecimalText.parse(digits.span, 0..<digits.count),
                given <= bitsMax
            else { throw Fault(reason: "must have a prefix of 0 to \(bitsMax) bits") }
            bits = given
        }
        self.init(address, prefixBits: isDotted ? bits + 96 : bits)
        guard contains(address), self.address == address else {
            throw Fault(reason: "has bits set behind its prefix of \(bits)")
        }
    }

    private init(_ address: IPAddress, prefixBits: Int) {
        func ones(_ count: Int) -> UInt64 {
            count <= 0 ? 0 : count >= 64 ? .max : ~(.max >> UInt64(count))
        }
        mask = IPAddress(high: ones(prefixBits), low: ones(prefixBits - 64))
        self.address = IPAddress(high: address.high & mask.high, low: address.low & mask.low)
    }

    /// Whether an address is one of its own.
    package func contains(_ other: IPAddress) -> Bool {
        other.high & mask.high == address.high && other.low & mask.low == address.low
    }
}
