// Money: read and written exactly, and never wrong without saying so.

import Domain
import Support
import Testing

@Suite struct `Amounts` {
    @Test(arguments: [
        ("0", "0.00"), ("12500.00", "12500.00"), ("-1.5", "-1.50"), ("0.0625", "0.0625"),
        ("1.230", "1.23"), ("007", "7.00"), ("-0", "0.00"), ("-0.0001", "-0.0001"),
        ("99999999999999.9999", "99999999999999.9999"),
    ])
    func `a decimal text is shown with two decimals, or as many as it needs`(
        given: String, shown: String
    ) {
        #expect(Amount(given)?.text == shown)
    }

    @Test(arguments: [
        "", "-", ".", ".5", "5.", "1.23456", "1e3", "+1", "1,000.00", " 1", "1 ", "0x1", "--1",
        "1.-2", "100000000000000", "-100000000000000", "99999999999999999999", "١",
        "9999999999999999999999999999999999999999", "1..2",
    ])
    func `anything else is refused`(text: String) {
        #expect(Amount(text) == nil)
    }

    @Test func `every amount is read again from its own text`() {
        var random = TestSeed.random("amount texts")
        for _ in 0..<2_000 {
            let value = Int64.random(
                in: -999_999_999_999_999_999...999_999_999_999_999_999, using: &random)
            let small = value % 1_000_000
            for number in [value, small] {
                let amount = Amount(tenThousandths: number)
                #expect(amount != nil)
                #expect(amount.flatMap { Amount($0.text) } == amount)
            }
        }
    }

    @Test func `sums and multiples are exact, or nothing`() {
        var random = TestSeed.random("amount arithmetic")
        let bound = Int128(1_000_000_000_000_000_000)
        for _ in 0..<5_000 {
            let whole = -999_999_999_999_999_999...Int64(999_999_999_999_999_999)
            let a = Int64.random(in: whole, using: &random) >> random.pick([0, 0, 8, 20, 50])
            let b = Int64.random(in: whole, using: &random) >> random.pick([0, 0, 8, 20, 50])
            let count = Int.random(in: 0...1_000_000, using: &random)
            guard let left = Amount(tenThousandths: a), let right = Amount(tenThousandths: b) else {
                Issue.record("\(a) and \(b) are amounts")
                return
            }
            let sum = Int128(a) + Int128(b)
            #expect(
                left.adding(right)?.tenThousandths
                    == (sum.magnitude < bound.magnitude ? Int64(sum) : nil))
            let product = Int128(a) * Int128(count)
            #expect(
                left.multiplied(by: count)?.tenThousandths
                    == (product.magnitude < bound.magnitude ? Int64(product) : nil))
            #expect(left.adding(right) == right.adding(left))
            #expect((left < right) == (a < b))
        }
    }

    @Test func `an amount at the bound is none`() {
        #expect(Amount(tenThousandths: 1_000_000_000_000_000_000) == nil)
        #expect(Amount(tenThousandths: -1_000_000_000_000_000_000) == nil)
        #expect(Amount(tenThousandths: .min) == nil)
        #expect(Amount(tenThousandths: 999_999_999_999_999_999) != nil)
    }

    @Test func `a currency is known by its capital letters`() {
        for code in ["INR", "EUR", "USD", "JPY"] { #expect(Currency(code)?.code == code) }
        for code in ["inr", "ABC", "", "EURO", "DEM"] { #expect(Currency(code) == nil) }
    }
}

@Suite struct `Dates and times` {
    @Test(arguments: ["2026-12-01", "2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31"])
    func `a day that exists is read and written`(text: String) {
        #expect(CalendarDate(text)?.text == text)
    }

    @Test(arguments: [
        "2026-02-29", "1900-02-29", "2026-13-01", "2026-00-01", "2026-04-31", "2026-01-00",
        "0000-01-01", "26-12-01", "2026-12-1", "2026/12/01", "2026-12-01T", "", "+026-12-01",
    ])
    func `a day that does not exist is refused`(text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test func `days are in order of time`() throws {
        let texts = ["0001-01-01", "1999-12-31", "2026-11-30", "2026-12-01", "2027-01-01"]
        let days = texts.compactMap { CalendarDate($0) }
        #expect(days.count == texts.count && days == days.shuffled().sorted())
    }

    @Test(arguments: [
        ("2026-11-25T08:05:00.123Z", "2026-11-25T08:05:00.123Z"),
        ("2026-11-25t08:05:00z", "2026-11-25T08:05:00.000Z"),
        ("2026-11-25T08:05:00+05:30", "2026-11-25T02:35:00.000Z"),
        ("2026-01-01T00:00:00-00:01", "2026-01-01T00:01:00.000Z"),
        ("2026-11-25T08:05:00.1Z", "2026-11-25T08:05:00.100Z"),
        ("2026-11-25T08:05:00.1239999Z", "2026-11-25T08:05:00.123Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
    ])
    func `a moment is read in any offset`(given: String, shown: String) {
        #expect(Timestamp(rfc3339: given)?.text == shown)
    }

    @Test(arguments: [
        "", "2026-11-25", "2026-11-25T08:05:00", "2026-11-25 08:05:00Z", "2026-11-25T24:00:00Z",
        "2026-11-25T08:60:00Z", "2026-11-25T08:05:60Z", "2026-11-25T08:05:00.Z",
        "2026-11-25T08:05:00+5:30", "2026-11-25T08:05:00+24:00", "2026-11-25T08:05:00+05:30x",
        "2026-02-30T08:05:00Z", "2026-11-25T8:05:00Z", "2026-11-25T08:05:00ZZ",
    ])
    func `what is no moment is refused`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `every moment is read again from its own text`() {
        var random = TestSeed.random("moments")
        for _ in 0..<2_000 {
            let moment = Timestamp(
                milliseconds: Int64.random(
                    in: -62_135_596_800_000...253_402_300_799_999, using: &random))
            #expect(Timestamp(rfc3339: moment.text) == moment)
        }
    }
}
