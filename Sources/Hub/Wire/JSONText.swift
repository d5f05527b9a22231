// The inside of a JSON string, both ways: escapes resolved, and escapes written.
// Writing escapes what RFC 8259 §7 demands and no more: the quote, the backslash, the controls.

/// Escaping and unescaping of JSON strings.
enum JSONText {
    /// The bytes that the inside of a valid JSON string stands for.
    static func unescape(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var index = text.startIndex
        while index < text.endIndex {
            let byte = text[index]
            guard byte == 0x5C else {
                output.append(byte)
                index += 1
                continue
            }
            let escape = text[index + 1]
            guard escape == 0x75 else {
                output.append(control(of: escape))
                index += 2
                continue
            }
            var scalar = codeUnit(text, at: index)
            index += 6
            if scalar & 0xFC00 == 0xD800 {
                scalar = 0x10000 + (scalar & 0x3FF) << 10 + (codeUnit(text, at: index) & 0x3FF)
                index += 6
            }
            appendScalar(scalar, to: &output)
        }
        return output
    }

    /// Appends `bytes` as a JSON string, quotes included. The bytes must be UTF-8.
    static func appendQuoted(_ bytes: borrowing Span<UInt8>, to output: inout [UInt8]) {
        output.append(0x22)
        var runStart = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte >= 0x20, byte != 0x22, byte != 0x5C {
                index &+= 1
                continue
            }
            output.append(copying: bytes, runStart..<index)
            appendEscape(of: byte, to: &output)
            index &+= 1
            runStart = index
        }
        output.append(copying: bytes, runStart..<index)
        output.append(0x22)
    }

    private static func appendEscape(of byte: UInt8, to output: inout [UInt8]) {
        output.append(0x5C)
        switch byte {
        case 0x22, 0x5C: output.append(byte)
        case 0x08: output.append(0x62)
        case 0x0C: output.append(0x66)
        case 0x0A: output.append(0x6E)
        case 0x0D: output.append(0x72)
        case 0x09: output.append(0x74)
        default:
            output.append(contentsOf: [0x75, 0x30, 0x30])
            output.append(Hex.digit(byte >> 4))
            output.append(Hex.digit(byte & 15))
        }
    }

    private static func control(of escape: UInt8) -> UInt8 {
        switch escape {
        case 0x62: 0x08
        case 0x66: 0x0C
        case 0x6E: 0x0A
        case 0x72: 0x0D
        case 0x74: 0x09
        default: escape
        }
    }

    private static func codeUnit(_ text: ArraySlice<UInt8>, at start: Int) -> UInt32 {
        var unit: UInt32 = 0
        for index in start + 2..<start + 6 {
            unit = unit << 4 | UInt32(Hex.value(of: text[index]) ?? 0)
        }
        return unit
    }

    private static func appendScalar(_ scalar: UInt32, to output: inout [UInt8]) {
        func tail(_ shift: UInt32) -> UInt8 {
            0x80 | UInt8(truncatingIfNeeded: scalar >> shift & 0x3F)
        }
        switch scalar {
        case 0..<0x80:
            output.append(UInt8(truncatingIfNeeded: scalar))
        case 0x80..<0x800:
            output.append(0xC0 | UInt8(truncatingIfNeeded: scalar >> 6))
            output.append(tail(0))
        case 0x800..<0x10000:
            output.append(0xE0 | UInt8(truncatingIfNeeded: scalar >> 12))
            output.append(tail(6))
            output.append(tail(0))
        default:
            output.append(0xF0 | UInt8(truncatingIfNeeded: scalar >> 18))
            output.append(tail(12))
            output.append(tail(6))
            output.append(tail(0))
        }
    }
}
