// Base64 (RFC 4648 §4) and its URL-safe form without padding (§5), as tokens use it.
// Reading is strict: no white space, exact padding, no stray bits at the end, so that each byte
// string has one text and a signature cannot be written in two ways.

/// Base64 text of bytes.
package enum Base64 {
    /// The padded text of `bytes`.
    package static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        append(bytes.span, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// The URL-safe text of `bytes`, without padding.
    package static func encodeURL(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        appendURL(bytes.span, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends the padded text of `bytes`.
    package static func append(_ bytes: borrowing Span<UInt8>, to output: inout [UInt8]) {
        append(bytes, isURL: false, to: &output)
        let tail = bytes.count % 3
        if tail > 0 { output.append(0x3D) }
        if tail == 1 { output.append(0x3D) }
    }

    /// Appends the URL-safe text of `bytes`, without padding.
    package static func appendURL(_ bytes: borrowing Span<UInt8>, to output: inout [UInt8]) {
        append(bytes, isURL: true, to: &output)
    }

    /// The bytes of a padded text; nil if it is not one.
    package static func decode(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        return decode(bytes.span, 0..<bytes.count)
    }

    /// The bytes of the padded text `bytes[range]`; nil if it is not one.
    package static func decode(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> [UInt8]? {
        if range.count % 4 != 0 { return nil }
        var end = range.upperBound
        if end > range.lowerBound, bytes[end - 1] == 0x3D { end -= 1 }
        if end < range.upperBound, bytes[end - 1] == 0x3D { end -= 1 }
        return decode(bytes, range.lowerBound..<end, isURL: false)
    }

    /// The bytes of a URL-safe text without padding; nil if it is not one.
    package static func decodeURL(_ text: String) -> [UInt8]? {
        let bytes = Array(text.utf8)
        return decodeURL(bytes.span, 0..<bytes.count)
    }

    /// The bytes of the URL-safe text `bytes[range]` without padding; nil if it is not one.
    package static func decodeURL(
        _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
    ) -> [UInt8]? {
        decode(bytes, range, isURL: true)
    }

    private static func append(
        _ bytes: borrowing Span<UInt8>, isURL: Bool, to output: inout [UInt8]
    ) {
        output.reserveCapacity(output.count + (bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let count = min(3, bytes.count - index)
            var group = UInt32(bytes[index]) << 16
            if count > 1 { group |= UInt32(bytes[index + 1]) << 8 }
            if count > 2 { group |= UInt32(bytes[index + 2]) }
            for place in 0...count {
                let sextet = UInt8(truncatingIfNeeded: group >> UInt32(18 - 6 * place) & 63)
                output.append(character(sextet, isURL: isURL))
            }
            index += 3
        }
    }

    private static func decode(
        _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, isURL: Bool
    ) -> [UInt8]? {
        if range.count % 4 == 1 { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(range.count / 4 * 3 + 2)
        var bits: UInt32 = 0
        var bitCount = 0
        for index in range {
            guard let sextet = sextet(bytes[index], isURL: isURL) else { return nil }
            bits = bits << 6 | UInt32(sextet)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                output.append(UInt8(truncatingIfNeeded: bits >> UInt32(bitCount)))
                bits &= 1 << UInt32(bitCount) - 1
            }
        }
        return bits == 0 ? output : nil
    }

    private static func character(_ sextet: UInt8, isURL: Bool) -> UInt8 {
        switch sextet {
        case 0..<26: sextet &+ 0x41
        case 26..<52: sextet &+ 0x47
        case 52..<62: sextet &- 4
        case 62: isURL ? 0x2D : 0x2B
        default: isURL ? 0x5F : 0x2F
        }
    }

    private static func sextet(_ byte: UInt8, isURL: Bool) -> UInt8? {
        switch byte {
        case 0x41...0x5A: byte &- 0x41
        case 0x61...0x7A: byte &- 0x47
        case 0x30...0x39: byte &+ 4
        case isURL ? 0x2D : 0x2B: 62
        case isURL ? 0x5F : 0x2F: 63
        default: nil
        }
    }
}
