// Numbers as decimal text, written straight into a byte buffer: no String, no heap.
// Digits are made from the right into a fixed array of twenty, the width of the largest UInt64.

/// Decimal text of integers.
package enum DecimalText {
    /// Appends `value` in decimal, without leading zeros.
    package static func append(_ value: UInt64, to output: inout [UInt8]) {
        if value < 10 {
            output.append(UInt8(truncatingIfNeeded: value) &+ 0x30)
            return
        }
        var digits: [20 of UInt8] = .init(repeating: 0)
        var rest = value
        var first = 20
        repeat {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            first -= 1
            digits[first] = UInt8(truncatingIfNeeded: digit) &+ 0x30
            rest = quotient
        } while rest > 0
        output.append(copying: digits.span, first..<20)
    }

    /// Appends `value` in decimal, with a minus sign when negative.
    package static func append(_ value: Int64, to output: inout [UInt8]) {
        if value < 0 { output.append(0x2D) }
        append(value.magnitude, to: &output)
    }

    /// Appends `value` in decimal, with a minus sign when negative.
    package static func append(_ value: Int, to output: inout [UInt8]) {
        append(Int64(value), to: &output)
    }

    /// Appends `value` in decimal with leading zeros up to `width` digits; a wider value is written
    /// whole.
    package static func append(_ value: Int, width: Int, to output: inout [UInt8]) {
        precondition(value >= 0)
        var written = 1
        var power = 10
        while written < width, value >= power {
            written += 1
            power *= 10
        }
        for _ in written..<max(width, written) { output.append(0x30) }
        append(UInt64(value), to: &output)
    }

    /// The value of `bytes[range]` when it is one to nineteen decimal digits that fit an `Int`; nil
    /// for anything else, a sign included.
    package static func parse(_ bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Int? {
        if range.isEmpty { return nil }
        var value = 0
        for index in range {
            let digit = bytes[index] &- 0x30
            if digit > 9 { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(Int(digit))
            if tooLarge || overflow { return nil }
            value = sum
        }
        return value
    }
}
