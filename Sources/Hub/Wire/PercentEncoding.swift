// Percent-encoding (RFC 3986 §2.1) of paths and queries, decoded once and strictly: a broken escape
// is an error and not a literal, for the next reader might see something else.

/// Percent-decoding and -encoding.
package enum PercentEncoding {
    /// The text of `bytes[range]`; nil if an escape is broken, if a NUL comes out, or if the result
    /// is not UTF-8.
    ///
    /// `plusIsSpace` is for queries.
    package static func decode(
        _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, plusIsSpace: Bool
    ) -> String? {
        var output: [UInt8] = []
        output.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            var byte = bytes[index]
            index += 1
            if byte == 0x25 {
                guard index + 2 <= range.upperBound, let high = Hex.value(of: bytes[index]),
                    let low = Hex.value(of: bytes[index + 1])
                else { return nil }
                byte = high << 4 | low
                index += 2
            } else if byte == 0x2B, plusIsSpace {
                byte = 0x20
            }
            if byte == 0 { return nil }
            output.append(byte)
        }
        guard UTF8Validation.isValid(output) else { return nil }
        return String(decoding: output, as: UTF8.self)
    }

    /// `text` with all but the unreserved characters escaped, as one part of a path or a query.
    package static func encode(_ text: String) -> String {
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E:
                output.append(byte)
            default:
                output.append(0x25)
                output.append(ASCII.uppercase(Hex.digit(byte >> 4)))
                output.append(ASCII.uppercase(Hex.digit(byte & 15)))
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
