// UTF-8 as Unicode defines it (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
// The validator is incremental, so that a text message split anywhere fails at its first bad byte;
// its state is what the next byte may be.

/// A UTF-8 check that goes on where the last piece of input ended.
package struct UTF8Validator: Sendable {
    /// Continuation bytes still owed by the character begun.
    private var owed: UInt8 = 0
    /// The bounds of the next continuation byte; narrower than 80…BF right after some lead bytes.
    private var lower: UInt8 = 0x80
    private var upper: UInt8 = 0xBF

    /// A validator at the start of a text.
    package init() {}

    /// Whether the text may end here: no character is half read.
    package var isComplete: Bool { owed == 0 }

    /// Reads `bytes[range]`; false at the first byte that no valid text has there, after which the
    /// validator must not be used again.
    package mutating func consume(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
        var index = range.lowerBound
        let end = range.upperBound
        while index < end {
            let byte = bytes[index]
            index &+= 1
            if owed == 0 {
                if byte < 0x80 { continue }
                if !begin(byte) { return false }
            } else {
                if byte < lower || byte > upper { return false }
                owed &-= 1
                lower = 0x80
                upper = 0xBF
            }
        }
        return true
    }

    /// Takes a lead byte; false if no character begins with it.
    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xC2...0xDF: owed = 1
        case 0xE0: (owed, lower) = (2, 0xA0)
        case 0xED: (owed, upper) = (2, 0x9F)
        case 0xE1...0xEF: owed = 2
        case 0xF0: (owed, lower) = (3, 0x90)
        case 0xF4: (owed, upper) = (3, 0x8F)
        case 0xF1...0xF3: owed = 3
        default: return false
        }
        return true
    }
}

/// Whole-text checks.
package enum UTF8Validation {
    /// Whether `bytes[range]` is well-formed UTF-8.
    package static func isValid(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Bool {
        var validator = UTF8Validator()
        return validator.consume(bytes, range) && validator.isComplete
    }

    /// Whether all of `bytes` is well-formed UTF-8.
    package static func isValid(_ bytes: [UInt8]) -> Bool {
        isValid(bytes.span, 0..<bytes.count)
    }

    /// The count of bytes of the well-formed multi-byte character at `index`, or 0 if there is none
    /// (the byte there is 0x80 or above).
    static func multibyteCount(_ bytes: borrowing Span<UInt8>, at index: Int) -> Int {
        let count: Int
        switch bytes[index] {
        case 0xC2...0xDF: count = 2
        case 0xE0...0xEF: count = 3
        case 0xF0...0xF4: count = 4
        default: return 0
        }
        if index + count > bytes.count { return 0 }
        return isValid(bytes, index..<index + count) ? count : 0
    }
}
