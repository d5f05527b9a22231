// Moments and their text, compared with dates that are known and with another calendar.

import Domain
import Foundation
import Support
import Testing

@Suite struct `Timestamps` {
    private static let known: [(Int64, String)] = [
        (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"),
        (-1, "1969-12-31T23:59:59.999Z"), (-86_400_000, "1969-12-31T00:00:00.000Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (951_868_800_000, "2000-03-01T00:00:00.000Z"),
        (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
        (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
        (1_709_251_200_000, "2024-03-01T00:00:00.000Z"),
        (1_740_787_200_000, "2025-03-01T00:00:00.000Z"),
        // 1900 and 2100 are no leap years.
        (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"),
        (-2_203_891_200_001, "1900-02-28T23:59:59.999Z"),
        (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        (4_107_542_399_999, "2100-02-28T23:59:59.999Z"),
        (1_795_334_567_089, "2026-11-22T08:02:47.089Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
        (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
    ]

    @Test(arguments: known)
    func `a moment has its RFC 3339 text`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).text == text)
    }

    @Test(arguments: [
        (253_402_300_800_000, "9999-12-31T23:59:59.999Z"), (Int64.max, "9999-12-31T23:59:59.999Z"),
        (-62_167_219_200_001, "0000-01-01T00:00:00.000Z"), (Int64.min, "0000-01-01T00:00:00.000Z"),
    ])
    func `what has no year of four digits is shown as the nearest that has`(
        milliseconds: Int64, text: String
    ) {
        #expect(Timestamp(milliseconds: milliseconds).text == text)
    }

    @Test func `four centuries of days have the dates of the calendar`() {
        var lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        var day: Int64 = -135_140  // 1600-01-01
        for year in 1600..<2000 {
            let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
            lengths[1] = isLeap ? 29 : 28
            for month in 1...12 {
                for dayOfMonth in [1, lengths[month - 1]] {
                    let date = Timestamp.civil(fromDay: day + Int64(dayOfMonth) - 1)
                    #expect(date == (year, month, dayOfMonth))
                }
                day += Int64(lengths[month - 1])
            }
        }
    }

    @Test func `any moment reads as Foundation would write it`() {
        var random = TestSeed.random("timestamps")
        // From 1900 on: before 1582 the other calendar is Julian.
        for _ in 0..<500 {
            let milliseconds = Int64.random(
                in: -2_208_988_800_000...253_402_300_799_999, using: &random)
            let date = Date(
                timeIntervalSince1970: Double(Timestamp(milliseconds: milliseconds).seconds))
            let expected = date.formatted(.iso8601).dropLast()
            let fraction = String(((milliseconds % 1000) + 1000) % 1000 + 1000).dropFirst()
            #expect(Timestamp(milliseconds: milliseconds).text == "\(expected).\(fraction)Z")
        }
    }

    @Test(
        arguments: [
            (0, 0), (999, 0), (1000, 1), (-1, -1), (-1000, -1), (-1001, -2),
            (Int64.max, .max / 1000),
            (Int64.min, .min / 1000 - 1),
        ] as [(Int64, Int64)])
    func `seconds are rounded down, before 1970 too`(milliseconds: Int64, seconds: Int64) {
        #expect(Timestamp(milliseconds: milliseconds).seconds == seconds)
    }

    @Test func `moments are compared and moved`() {
        #expect(time(1) > time())
        #expect(time().adding(milliseconds: 250) == time(250))
        #expect(time().adding(milliseconds: -250) < time())
    }
}
