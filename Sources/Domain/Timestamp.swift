// A moment in milliseconds, always a value passed in: the domain has no clock.

/// A moment, in milliseconds since 1970-01-01 UTC; its text is RFC 3339 UTC with milliseconds.
package struct Timestamp: Hashable, Comparable, Sendable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The seconds since 1970, rounded down.
    package var seconds: Int64 {
        Timestamp.floorDivide(milliseconds, 1000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// This moment and so many milliseconds more.
    package func adding(milliseconds more: Int64) -> Timestamp {
        Timestamp(milliseconds: milliseconds + more)
    }

    /// The moments whose year has four digits, all that RFC 3339 can write.
    private static let writable: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// `2026-11-25T08:05:00.123Z` (RFC 3339 §5.6).
    ///
    /// A moment before year 0 or after year 9999 is shown as the nearest that can be written.
    package var text: String {
        let shown = min(
            max(milliseconds, Timestamp.writable.lowerBound), Timestamp.writable.upperBound)
        let day = Timestamp.floorDivide(shown, 86_400_000)
        let inDay = Int(shown - day * 86_400_000)
        let (year, month, dayOfMonth) = Timestamp.civil(fromDay: day)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        Timestamp.append(year, digits: 4, to: &bytes)
        bytes.append(45)
        Timestamp.append(month, digits: 2, to: &bytes)
        bytes.append(45)
        Timestamp.append(dayOfMonth, digits: 2, to: &bytes)
        bytes.append(84)
        Timestamp.append(inDay / 3_600_000, digits: 2, to: &bytes)
        bytes.append(58)
        Timestamp.append(inDay / 60_000 % 60, digits: 2, to: &bytes)
        bytes.append(58)
        Timestamp.append(inDay / 1000 % 60, digits: 2, to: &bytes)
        bytes.append(46)
        Timestamp.append(inDay % 1000, digits: 3, to: &bytes)
        bytes.append(90)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ value: Int, digits: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(48 + value / divisor % 10))
            divisor /= 10
        }
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : (value + 1) / divisor - 1
    }

    /// The proleptic Gregorian date of a day counted from 1970-01-01: the inverse of the usual
    /// day count, with the year beginning in March so that the leap day is the last.
    package static func civil(fromDay day: Int64) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (Int(year), Int(month), Int(dayOfMonth))
    }
}
