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
        return unsafe String(unsafeUninitializedCapacity: 24) { text in
            _ = unsafe text.initialize(from: "0000-00-00T00:00:00.000Z".utf8)
            unsafe Timestamp.put(year, in: 0..<4, of: text)
            unsafe Timestamp.put(month, in: 5..<7, of: text)
            unsafe Timestamp.put(dayOfMonth, in: 8..<10, of: text)
            unsafe Timestamp.put(inDay / 3_600_000, in: 11..<13, of: text)
            unsafe Timestamp.put(inDay / 60_000 % 60, in: 14..<16, of: text)
            unsafe Timestamp.put(inDay / 1000 % 60, in: 17..<19, of: text)
            unsafe Timestamp.put(inDay % 1000, in: 20..<23, of: text)
            return 24
        }
    }

    /// Writes a number's last digits.
    private static func put(
        _ value: Int, in places: Range<Int>, of text: UnsafeMutableBufferPointer<UInt8>
    ) {
        var rest = UInt32(truncatingIfNeeded: value)
        for place in places.reversed() {
            unsafe text[place] = UInt8(truncatingIfNeeded: 48 + rest % 10)
            rest /= 10
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
