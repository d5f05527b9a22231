// Clocks and chance.

import Foundation
import Reactor
import Testing

@Suite struct `Clocks` {
    @Test func `the monotonic clock never goes back`() {
        var last = Clock.monotonicNanoseconds()
        for _ in 0..<10_000 {
            let now = Clock.monotonicNanoseconds()
            #expect(now >= last)
            last = now
        }
        let milliseconds = Clock.monotonicMilliseconds()
        #expect(abs(milliseconds - Clock.monotonicNanoseconds() / 1_000_000) < 10_000)
    }

    @Test func `the wall clock is the machine's`() {
        let before = Int64(Date().timeIntervalSince1970 * 1000)
        let now = Clock.realtimeMilliseconds()
        let after = Int64(Date().timeIntervalSince1970 * 1000)
        #expect(before - 1 <= now && now <= after + 1)
    }
}

@Suite struct `Random sources` {
    @Test(arguments: [1, 2, 3, 10, 256, 1000, 4001, Int.max])
    func `a number is below its bound`(bound: Int) {
        var random = RandomSource()
        for _ in 0..<2000 {
            let number = random.next(below: bound)
            #expect(number >= 0 && number < bound)
        }
    }

    @Test func `every number below the bound comes about as often`() {
        var random = RandomSource()
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<100_000 { counts[random.next(below: 10)] += 1 }
        // Eight standard deviations.
        for count in counts { #expect(abs(count - 10_000) < 800) }
    }

    @Test func `two sources are different, and a source does not repeat itself`() {
        var first = RandomSource()
        var second = RandomSource()
        let numbers = (0..<1000).flatMap { _ in [first.next(), second.next()] }
        #expect(Set(numbers).count == 2000)
    }

    @Test func `a bound that leaves no number is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            var random = RandomSource()
            _ = random.next(below: 0)
        }
        await #expect(processExitsWith: .failure) {
            var random = RandomSource()
            _ = random.next(below: -1)
        }
    }
}

@Suite struct `Entropy of the kernel` {
    @Test(arguments: [1, 16, 32, 256])
    func `as many bytes come as were asked for`(count: Int) {
        #expect(Entropy.bytes(count).count == count)
    }

    @Test func `it is not the same twice, and not all of one kind`() {
        #expect(Entropy.bytes(32) != Entropy.bytes(32))
        #expect(Set(Entropy.bytes(256)).count > 64)
    }

    @Test func `more than the kernel gives at once is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            _ = Entropy.bytes(257)
        }
        await #expect(processExitsWith: .failure) {
            _ = Entropy.bytes(0)
        }
    }
}
