// Numbers for people, without Foundation: fixed decimals and grouped thousands.

/// Decimal text for reports.
enum FixedText {
    /// `value` / 1,000 with three decimals.
    static func thousandths(_ value: Int) -> String {
        let (whole, rest) = value.magnitude.quotientAndRemainder(dividingBy: 1_000)
        let digits = String(rest)
        let zeros = String(repeating: "0", count: 3 - digits.utf8.count)
        return "\(value < 0 ? "-" : "")\(whole).\(zeros)\(digits)"
    }

    /// `value` with thousands separated by commas.
    static func grouped(_ value: Int) -> String {
        let digits = Array(String(value.magnitude))
        var text = value < 0 ? "-" : ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// How much comes in a second; 0 when no time has passed.
    static func perSecond(_ count: Int, nanoseconds: Int64) -> Int {
        guard nanoseconds > 0 else { return 0 }
        return Int(Double(count) * 1e9 / Double(nanoseconds))
    }
}
