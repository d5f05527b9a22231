// The character classes of HTTP and comparison without case, on bytes.
// A class is a set of 128 bits in two words; a byte's bit is one shift away.

/// Character classes and comparison.
enum ASCII {
    /// Whether `byte` may stand in a token (RFC 9110 §5.6.2): method and field names.
    static func isToken(_ byte: UInt8) -> Bool {
        contains(byte, low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE)
    }

    /// Whether `byte` may stand in a host name (RFC 3986 §3.2.2): unreserved, sub-delims, `%`.
    ///
    /// The comma is left out, for a list of hosts is an attack.
    static func isRegisteredName(_ byte: UInt8) -> Bool {
        contains(byte, low: 0x2BFF_6FF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE)
    }

    /// Whether `byte` is a decimal digit.
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// Whether `byte` may stand in a field value (RFC 9110 §5.5).
    static func isFieldContent(_ byte: UInt8) -> Bool {
        byte >= 0x20 ? byte != 0x7F : byte == 0x09
    }

    /// `byte` in lower case.
    static func lowercase(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// `byte` in upper case.
    static func uppercase(_ byte: UInt8) -> UInt8 {
        byte &- 0x61 < 26 ? byte & 0xDF : byte
    }

    /// Whether the bytes from `start` on are `text` in any case; there must be as many.
    static func isEqual(
        _ bytes: borrowing Span<UInt8>, at start: Int, to text: StaticString
    ) -> Bool {
        let count = text.utf8CodeUnitCount
        precondition(text.hasPointerRepresentation)
        let expected = unsafe UnsafeBufferPointer(start: text.utf8Start, count: count)
        for offset in 0..<count
        where unsafe lowercase(bytes[start &+ offset]) != lowercase(expected[offset]) {
            return false
        }
        return true
    }

    /// Whether `bytes[range]` is `text` in any case.
    static func isEqual(
        _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, to text: StaticString
    ) -> Bool {
        range.count == text.utf8CodeUnitCount && isEqual(bytes, at: range.lowerBound, to: text)
    }

    /// Whether `bytes[range]` is `text`, byte by byte.
    static func isExactly(
        _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, _ text: StaticString
    ) -> Bool {
        guard isEqual(bytes, range, to: text) else { return false }
        let expected = unsafe UnsafeBufferPointer(
            start: text.utf8Start, count: text.utf8CodeUnitCount)
        for offset in 0..<range.count
        where unsafe bytes[range.lowerBound &+ offset] != expected[offset] {
            return false
        }
        return true
    }

    /// The first place of `byte` in `bytes[range]`.
    static func first(
        _ byte: UInt8, _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
    ) -> Int? {
        for index in range where bytes[index] == byte { return index }
        return nil
    }

    /// `range` without the spaces and tabs at its ends.
    static func trim(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, bytes[start] == 0x20 || bytes[start] == 0x09 { start &+= 1 }
        while end > start, bytes[end &- 1] == 0x20 || bytes[end &- 1] == 0x09 { end &-= 1 }
        return start..<end
    }

    private static func contains(_ byte: UInt8, low: UInt64, high: UInt64) -> Bool {
        let word = byte < 64 ? low : high
        return byte < 128 && word &>> UInt64(byte & 63) & 1 != 0
    }
}
