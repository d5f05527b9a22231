// When keys are fetched: often enough to follow an issuer, and never as often as tokens of
// anybody's making would have it.

import Support
import Testing

@testable import Gateway

@Suite struct `Fetches of keys` {
    private static func schedule() -> IssuerSchedule {
        IssuerSchedule(cooldownMilliseconds: 10_000, atMilliseconds: 0)
    }

    @Test func `keys are fetched at once, and one fetch at a time`() {
        var schedule = Self.schedule()
        #expect(schedule.nextMilliseconds(isMissed: false) == 0)
        schedule.started(atMilliseconds: 0)
        #expect(schedule.nextMilliseconds(isMissed: false) == nil)
        #expect(schedule.nextMilliseconds(isMissed: true) == nil)
    }

    @Test(
        arguments: [
            (nil, 300), (0, 60), (59, 60), (60, 60), (600, 600), (3_600, 3_600), (86_400, 3_600),
            (Int.max, 3_600),
        ] as [(Int?, Int64)])
    func `an answer says how long it holds, within bounds`(age: Int?, seconds: Int64) {
        var schedule = Self.schedule()
        schedule.started(atMilliseconds: 0)
        schedule.succeeded(atMilliseconds: 500, maxAgeSeconds: age)
        #expect(schedule.nextMilliseconds(isMissed: false) == 500 + seconds * 1000)
    }

    @Test func `a key that is missed is looked for when the cooldown is over`() {
        var schedule = Self.schedule()
        schedule.started(atMilliseconds: 0)
        schedule.succeeded(atMilliseconds: 500, maxAgeSeconds: nil)
        #expect(schedule.nextMilliseconds(isMissed: true) == 10_000)
        schedule.started(atMilliseconds: 12_000)
        schedule.failed(atMilliseconds: 13_000)
        #expect(schedule.nextMilliseconds(isMissed: true) == 18_000, "sooner than 22,000")
    }

    @Test func `after failures the pauses grow, up to five minutes, and end with a success`() {
        var schedule = Self.schedule()
        var pauses: [Int64] = []
        for _ in 0..<100 {
            schedule.started(atMilliseconds: 0)
            schedule.failed(atMilliseconds: 0)
            pauses.append((schedule.nextMilliseconds(isMissed: false) ?? -1) / 1000)
        }
        #expect(pauses.prefix(8) == [5, 10, 20, 40, 80, 160, 300, 300])
        #expect(pauses.last == 300 && schedule.failureCount == 100)
        schedule.started(atMilliseconds: 0)
        schedule.succeeded(atMilliseconds: 0, maxAgeSeconds: nil)
        #expect(schedule.failureCount == 0)
        schedule.failed(atMilliseconds: 0)
        #expect(schedule.nextMilliseconds(isMissed: false) == 5_000)
    }

    @Test func `keys that nobody can fetch for a day are used no longer`() {
        var schedule = Self.schedule()
        schedule.started(atMilliseconds: 0)
        schedule.succeeded(atMilliseconds: 1_000, maxAgeSeconds: nil)
        schedule.failed(atMilliseconds: 80_000_000)
        #expect(!schedule.areOver(atMilliseconds: 86_400_999))
        #expect(schedule.areOver(atMilliseconds: 86_401_000))
    }

    @Test func `whatever comes, no two fetches are closer than a pause or the cooldown`() {
        var random = TestSeed.random("fetches of keys")
        for _ in 0..<200 {
            var schedule = Self.schedule()
            var now: Int64 = 0
            var last: Int64?
            for _ in 0..<200 {
                now += Int64.random(in: 0...2_000, using: &random)
                let isMissed = Bool.random(using: &random)
                guard let next = schedule.nextMilliseconds(isMissed: isMissed), now >= next else {
                    continue
                }
                if let last { #expect(now - last >= 5_000) }
                last = now
                schedule.started(atMilliseconds: now)
                now += Int64.random(in: 0...500, using: &random)
                if Bool.random(using: &random) {
                    schedule.failed(atMilliseconds: now)
                } else {
                    schedule.succeeded(atMilliseconds: now, maxAgeSeconds: nil)
                }
            }
        }
    }
}
