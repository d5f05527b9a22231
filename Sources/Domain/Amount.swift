// Money as an exact number of ten-thousandths: no binary fraction ever holds it. Beyond the bound
// arithmetic gives nil, so a sum that would be wrong can't be stored.

/// An amount of some currency, exact to four decimals; below 10^14 in magnitude.
package struct Amount: Hashable, Comparable, Sendable {
    /// In 1/10,000 of the currency's unit.
    package let tenThousandths: Int64

    /// What every amount lies below in magnitude: 10^14 units.
    private static let bound: Int64 = 1_000_000_000_000_000_000

    package static let zero = Amount(unchecked: 0)

    /// Nil at or beyond 10^14 units.
    package init?(tenThousandths: Int64) {
        guard tenThousandths > -Amount.bound, tenThousandths < Amount.bound else { return nil }
        self.tenThousandths = tenThousandths
    }

    private init(unchecked: Int64) {
        tenThousandths = unchecked
    }

    /// Reads a decimal number of at most four decimals, such as `-12500.00`; nil for anything else.
    package init?(_ text: String) {
        var value: Int64 = 0
        var isNegative = false
        var wholeDigits = 0
        var decimals: Int?
        for (index, byte) in text.utf8.enumerated() {
            switch byte {
            case UInt8(ascii: "-") where index == 0: isNegative = true
            case UInt8(ascii: ".") where decimals == nil && wholeDigits > 0: decimals = 0
            case 48...57:
                if let count = decimals {
                    guard count < 4 else { return nil }
                    decimals = count + 1
                } else {
                    wholeDigits += 1
                }
                guard value < Amount.bound / 10 else { return nil }
                value = value * 10 + Int64(byte - 48)
            default: return nil
            }
        }
        guard wholeDigits > 0, decimals != 0 else { return nil }
        for _ in (decimals ?? 0)..<4 {
            let (product, isOver) = value.multipliedReportingOverflow(by: 10)
            guard !isOver else { return nil }
            value = product
        }
        self.init(tenThousandths: isNegative ? -value : value)
    }

    /// At least two decimals, and no more than are needed: `12500.00`, `0.0625`.
    package var text: String {
        let magnitude = tenThousandths.magnitude
        var fraction = String(magnitude % 10_000)
        fraction = String(repeating: "0", count: 4 - fraction.utf8.count) + fraction
        while fraction.utf8.count > 2, fraction.hasSuffix("0") { fraction.removeLast() }
        return "\(tenThousandths < 0 ? "-" : "")\(magnitude / 10_000).\(fraction)"
    }

    /// The sum; nil beyond the bound.
    package func adding(_ other: Amount) -> Amount? {
        let (sum, isOver) = tenThousandths.addingReportingOverflow(other.tenThousandths)
        return isOver ? nil : Amount(tenThousandths: sum)
    }

    /// So many times this amount; nil beyond the bound.
    package func multiplied(by count: Int) -> Amount? {
        let (product, isOver) = tenThousandths.multipliedReportingOverflow(by: Int64(count))
        return isOver ? nil : Amount(tenThousandths: product)
    }

    /// The nearest binary number, for scores alone.
    package var approximate: Double { Double(tenThousandths) / 10_000 }

    package static func < (left: Amount, right: Amount) -> Bool {
        left.tenThousandths < right.tenThousandths
    }
}
