// The rate limit's arithmetic: exactly the quota passes in a window that the first request opens.

import Support
import Testing

@testable import Domain

@Suite struct `Rate windows` {
    private let limit = RateLimit(quota: 3, windowSeconds: 60)

    @Test func `exactly the quota passes, and the next is told the seconds to the end`() {
        var window = RateWindow(openedMilliseconds: 1000)
        let first = window.admit(limit, atMilliseconds: 1000)
        #expect(first == .init(isAdmitted: true, remaining: 2, resetSeconds: 60))
        let second = window.admit(limit, atMilliseconds: 1001)
        #expect(second == .init(isAdmitted: true, remaining: 1, resetSeconds: 60))
        let third = window.admit(limit, atMilliseconds: 31_000)
        #expect(third == .init(isAdmitted: true, remaining: 0, resetSeconds: 30))
        let fourth = window.admit(limit, atMilliseconds: 31_001)
        #expect(fourth == .init(isAdmitted: false, remaining: 0, resetSeconds: 30))
    }

    @Test func `a refused client is never told to come back at once`() {
        var window = RateWindow(openedMilliseconds: 0)
        for _ in 0..<3 { _ = window.admit(limit, atMilliseconds: 0) }
        #expect(window.admit(limit, atMilliseconds: 59_999).resetSeconds == 1)
        #expect(!window.admit(limit, atMilliseconds: 59_999).isAdmitted)
    }

    @Test func `refused requests do not lengthen the window`() {
        var window = RateWindow(openedMilliseconds: 0)
        for now in 0..<600 { _ = window.admit(limit, atMilliseconds: Int64(now) * 100) }
        #expect(window.openedMilliseconds == 0)
        #expect(window.admit(limit, atMilliseconds: 60_000).isAdmitted)
        #expect(window.openedMilliseconds == 60_000)
    }

    @Test func `the window that follows begins with its first request, not on a grid`() {
        var window = RateWindow(openedMilliseconds: 0)
        _ = window.admit(limit, atMilliseconds: 0)
        let later = window.admit(limit, atMilliseconds: 100_500)
        #expect(later == .init(isAdmitted: true, remaining: 2, resetSeconds: 60))
        #expect(window.openedMilliseconds == 100_500)
    }

    @Test func `a window is over at its end and not before`() {
        let window = RateWindow(openedMilliseconds: 500)
        #expect(!window.isOver(limit, atMilliseconds: 60_499))
        #expect(window.isOver(limit, atMilliseconds: 60_500))
    }

    @Test func `any sequence of requests meets the limit exactly`() {
        var random = TestSeed.random("rate windows")
        for _ in 0..<300 {
            let quota = Int.random(in: 1...20, using: &random)
            let seconds = Int.random(in: 1...5, using: &random)
            let limit = RateLimit(quota: quota, windowSeconds: seconds)
            var now = Int64.random(in: 0...10_000, using: &random)
            var window = RateWindow(openedMilliseconds: now)
            var opened = now
            var passed = 0
            for _ in 0..<200 {
                let verdict = window.admit(limit, atMilliseconds: now)
                if now >= opened + Int64(seconds) * 1000 {
                    opened = now
                    passed = 0
                }
                #expect(verdict.isAdmitted == (passed < quota))
                if verdict.isAdmitted { passed += 1 }
                #expect(verdict.remaining == quota - passed)
                // Whoever waits as long as told finds the window over, and not a second late.
                let left = opened + Int64(seconds) * 1000 - now
                #expect(Int64(verdict.resetSeconds) * 1000 >= left)
                #expect(Int64(verdict.resetSeconds - 1) * 1000 < left)
                now += Int64.random(in: 0...(random.oneIn(8) ? 3000 : 120), using: &random)
            }
        }
    }
}

@Suite struct `Rate limit settings` {
    @Test func `a limit is written as quota and seconds`() {
        #expect(RateLimit("100/60") == RateLimit(quota: 100, windowSeconds: 60))
        #expect(RateLimit("1/1") == RateLimit(quota: 1, windowSeconds: 1))
        #expect(RateLimit("1000000000/86400")?.quota == 1_000_000_000)
    }

    @Test(arguments: [
        "", "/", "100", "100/", "/60", "0/60", "100/0", "-1/60", "+100/60", "100/+60", "100/60/1",
        "100 / 60", "1e3/60", "100/86401", "1000000001/60", "99999999999999999999/60", "off",
        "１００/60",
    ])
    func `anything else is not a limit`(text: String) {
        #expect(RateLimit(text) == nil)
    }

    @Test func `a limit of nothing is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            _ = RateLimit(quota: 0, windowSeconds: 60)
        }
        await #expect(processExitsWith: .failure) {
            _ = RateLimit(quota: 1, windowSeconds: 0)
        }
    }
}
