// Hexadecimal text: lower case when written, either case when read.

/// Hexadecimal text of bytes.
package enum Hex {
    /// The value of one hex digit, or nil.
    static func value(of byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte &- 0x30
        case 0x61...0x66: byte &- 0x57
        case 0x41...0x46: byte &- 0x37
        default: nil
        }
    }

    /// The lower-case digit of `value`, 0…15.
    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? value &+ 0x30 : value &+ 0x57
    }

    /// Appends two lower-case digits a byte.
    package static func append(_ bytes: borrowing Span<UInt8>, to output: inout [UInt8]) {
        output.reserveCapacity(output.count + 2 * bytes.count)
        for index in bytes.indices {
            output.append(digit(bytes[index] >> 4))
            output.append(digit(bytes[index] & 15))
        }
    }

    /// Two lower-case digits a byte.
    package static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        append(bytes.span, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// The bytes of `text`; nil if a character is no hex digit or their count is odd.
    package static func decode(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        if digits.count % 2 != 0 { return nil }
        var output: [UInt8] = []
        output.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(of: digits[index]), let low = value(of: digits[index + 1])
            else { return nil }
            output.append(high << 4 | low)
        }
        return output
    }
}
