// Dates as HTTP writes them (RFC 9110 §5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
// The calendar is computed: days since the epoch to a civil date by whole 400-year eras.

/// IMF-fixdate.
package enum HTTPDate {
    /// Appends the 29 bytes of the date `secondsSinceEpoch` after 1970-01-01T00:00:00Z, for years
    /// 1 to 9999.
    package static func append(secondsSinceEpoch: Int64, to output: inout [UInt8]) {
        let seconds = Int(secondsSinceEpoch)
        let (days, second) = divideDown(seconds, by: 86_400)
        let (_, weekday) = divideDown(days + 4, by: 7)
        let date = civil(days)
        output.append(text: weekdays[weekday])
        output.append(contentsOf: [0x2C, 0x20])
        DecimalText.append(date.day, width: 2, to: &output)
        output.append(0x20)
        output.append(text: months[date.month - 1])
        output.append(0x20)
        DecimalText.append(date.year, width: 4, to: &output)
        output.append(0x20)
        DecimalText.append(second / 3600, width: 2, to: &output)
        output.append(0x3A)
        DecimalText.append(second / 60 % 60, width: 2, to: &output)
        output.append(0x3A)
        DecimalText.append(second % 60, width: 2, to: &output)
        output.append(text: " GMT")
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// The date `days` after 1970-01-01.
    ///
    /// Years begin in March here, so that a leap day is their last and months have a closed form.
    private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
        let (era, dayOfEra) = divideDown(days + 719_468, by: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, day)
    }

    /// Quotient and remainder, the remainder never negative.
    private static func divideDown(_ value: Int, by divisor: Int) -> (Int, Int) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
