// The wheel against a model, from a seed: whatever is scheduled, moved and advanced, a reminder
// comes at the first tick at or after its time, never before and never lost.

import Reactor
import Support
import Testing

@Suite struct `Deadline wheels` {
    private func due(_ wheel: inout DeadlineWheel, at now: Int64) -> [UInt64] {
        var found: [UInt64] = []
        wheel.advance(toMilliseconds: now, into: &found)
        return found
    }

    @Test func `a reminder comes at the first tick at or after its time`() {
        var wheel = DeadlineWheel(tickMilliseconds: 100, bucketCount: 64, nowMilliseconds: 1000)
        wheel.schedule(1, atMilliseconds: 1250)
        wheel.schedule(2, atMilliseconds: 1300)
        wheel.schedule(3, atMilliseconds: 1301)
        #expect(due(&wheel, at: 1299) == [])
        #expect(due(&wheel, at: 1300) == [1, 2])
        #expect(due(&wheel, at: 1399) == [])
        #expect(due(&wheel, at: 1400) == [3])
        #expect(due(&wheel, at: 9999) == [])
    }

    @Test func `what is already late comes at the next tick`() {
        var wheel = DeadlineWheel(tickMilliseconds: 100, bucketCount: 8, nowMilliseconds: 5000)
        wheel.schedule(1, atMilliseconds: 0)
        wheel.schedule(2, atMilliseconds: 5000)
        #expect(due(&wheel, at: 5099) == [])
        #expect(due(&wheel, at: 5100) == [1, 2])
    }

    @Test func `what lies beyond the ring is reminded of early`() {
        var wheel = DeadlineWheel(tickMilliseconds: 100, bucketCount: 8, nowMilliseconds: 0)
        wheel.schedule(1, atMilliseconds: 1_000_000)
        wheel.schedule(2, atMilliseconds: .max)
        let early = due(&wheel, at: 800)
        #expect(early == [1, 2])
    }

    @Test func `a long sleep brings everything that came due, in order of its ticks`() {
        var wheel = DeadlineWheel(tickMilliseconds: 100, bucketCount: 8, nowMilliseconds: 0)
        for token in [5, 3, 1, 4, 2] as [UInt64] {
            wheel.schedule(token, atMilliseconds: Int64(token) * 100)
        }
        #expect(due(&wheel, at: 1_000_000) == [1, 2, 3, 4, 5])
        wheel.schedule(6, atMilliseconds: 1_000_100)
        #expect(due(&wheel, at: 1_000_099) == [])
        #expect(due(&wheel, at: 1_000_100) == [6])
    }

    @Test func `reminders are added behind what the list holds`() {
        var wheel = DeadlineWheel(tickMilliseconds: 10, bucketCount: 4, nowMilliseconds: 0)
        wheel.schedule(2, atMilliseconds: 10)
        var list: [UInt64] = [1]
        wheel.advance(toMilliseconds: 10, into: &list)
        #expect(list == [1, 2])
    }

    @Test func `the time to the next tick is told, and is never negative`() {
        let wheel = DeadlineWheel(tickMilliseconds: 100, bucketCount: 8, nowMilliseconds: 1010)
        #expect(wheel.millisecondsToNextTick(nowMilliseconds: 1010) == 90)
        #expect(wheel.millisecondsToNextTick(nowMilliseconds: 1100) == 0)
        #expect(wheel.millisecondsToNextTick(nowMilliseconds: 5000) == 0)
    }

    @Test func `owners who look at their true deadline are never late and never lost`() {
        var random = TestSeed.random("deadline wheel")
        for _ in 0..<40 {
            let tick = Int64.random(in: 1...300, using: &random)
            let buckets = Int.random(in: 2...40, using: &random)
            var now = Int64.random(in: 0...1_000_000, using: &random)
            var wheel = DeadlineWheel(
                tickMilliseconds: tick, bucketCount: buckets, nowMilliseconds: now)
            // Each token has one true deadline; it may move away, the reminder stays.
            var deadlines: [UInt64: Int64] = [:]
            var next: UInt64 = 0
            for _ in 0..<400 {
                if Int.random(in: 0..<2, using: &random) == 0 {
                    let deadline = now + Int64.random(in: 0...tick * 80, using: &random)
                    deadlines[next] = deadline
                    wheel.schedule(next, atMilliseconds: deadline)
                    next += 1
                }
                if Int.random(in: 0..<4, using: &random) == 0, let token = deadlines.keys.min() {
                    deadlines[token, default: 0] += Int64.random(in: 0...tick * 50, using: &random)
                }
                now += Int64.random(
                    in: 0...(Int.random(in: 0..<10, using: &random) == 0 ? tick * 60 : tick),
                    using: &random)
                for token in due(&wheel, at: now) {
                    guard let deadline = deadlines[token] else {
                        Issue.record("\(token) was reminded of twice")
                        continue
                    }
                    if deadline <= now {
                        deadlines[token] = nil
                    } else {
                        wheel.schedule(token, atMilliseconds: deadline)
                    }
                }
                // Whose tick has come is not left behind.
                let late = deadlines.filter { $0.value <= now / tick * tick - tick }
                #expect(late.isEmpty)
            }
            now += tick * 10_000
            for token in due(&wheel, at: now) { deadlines[token] = nil }
            #expect(deadlines.isEmpty)
        }
    }

    @Test func `within the ring the wheel is the model exactly`() {
        var random = TestSeed.random("deadline wheel model")
        let tick: Int64 = 50
        let buckets = 16
        var now: Int64 = 12_345
        var wheel = DeadlineWheel(
            tickMilliseconds: tick, bucketCount: buckets, nowMilliseconds: now)
        var model: [(token: UInt64, tick: Int64)] = []
        for step in 0..<5000 {
            let base = (now / tick) + 1
            let time = now + Int64.random(in: -100...tick * 14, using: &random)
            wheel.schedule(UInt64(step), atMilliseconds: time)
            model.append((UInt64(step), max(base, (time + tick - 1) / tick)))
            now += Int64.random(in: 0...tick, using: &random)
            let expected = model.filter { $0.tick <= now / tick }.map(\.token)
            model.removeAll { $0.tick <= now / tick }
            #expect(due(&wheel, at: now).sorted() == expected.sorted())
        }
    }

    @Test func `a wheel that can't turn is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            _ = DeadlineWheel(tickMilliseconds: 0, bucketCount: 8, nowMilliseconds: 0)
        }
        await #expect(processExitsWith: .failure) {
            _ = DeadlineWheel(tickMilliseconds: 1, bucketCount: 1, nowMilliseconds: 0)
        }
    }
}
