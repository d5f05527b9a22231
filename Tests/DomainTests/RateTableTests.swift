// Windows in bounded memory: exact while there is room, and beyond it those are kept that count.

import Support
import Testing

@testable import Domain

@Suite struct `Rate tables` {
    private static let limits = [
        RateLimit(quota: 3, windowSeconds: 60), RateLimit(quota: 2, windowSeconds: 10),
        RateLimit(quota: 1000, windowSeconds: 60),
    ]

    private func table(places: Int, limits: [RateLimit] = limits) -> RateTable {
        RateTable(limits: limits, byteCountMax: places * RateTable.placeByteCount)
    }

    /// How many of so many requests pass.
    private func passed(
        _ table: inout RateTable, _ client: UInt64, times: Int, _ policy: Int = 0,
        and other: Int? = nil, at now: Int64 = 0
    ) -> Int {
        var count = 0
        for _ in 0..<times
        where table.admit(client, policy, and: other, atMilliseconds: now).isAdmitted {
            count += 1
        }
        return count
    }

    @Test func `a window takes 24 bytes`() {
        #expect(RateTable.placeByteCount == 24)
    }

    @Test func `a table counts as windows by themselves do, client by client`() {
        var random = TestSeed.random("rate table")
        var table = table(places: 4096)
        var model: [[UInt64]: RateWindow] = [:]
        var now: Int64 = 0
        for _ in 0..<30_000 {
            now += Int64.random(in: 0...20, using: &random)
            let client = UInt64.random(in: 0..<300, using: &random) &* 0x9E37_79B9_7F4A_7C15
            let policy = Int.random(in: 0..<2, using: &random)
            var window =
                model[[client, UInt64(policy)]] ?? RateWindow(openedMilliseconds: now)
            let expected = window.admit(Self.limits[policy], atMilliseconds: now)
            model[[client, UInt64(policy)]] = window
            let verdict = table.admit(client, policy, and: nil, atMilliseconds: now)
            #expect(verdict.isAdmitted == expected.isAdmitted)
            #expect(verdict.remaining == expected.remaining)
            #expect(verdict.resetSeconds == expected.resetSeconds)
            #expect(verdict.policy == policy && verdict.other == nil)
            #expect(verdict.forgottenCount == 0)
        }
    }

    @Test func `what one policy refuses costs nothing of the other`() {
        var table = table(places: 64)
        #expect(passed(&table, 7, times: 5, 0, and: 1) == 2)
        let refused = table.admit(7, 0, and: 1, atMilliseconds: 1000)
        #expect(!refused.isAdmitted && refused.policy == 1 && refused.other == 0)
        #expect(refused.resetSeconds == 9)
        // One of three is left for other routes, and then the first refuses here, too.
        #expect(passed(&table, 7, times: 5) == 1)
        let both = table.admit(7, 0, and: 1, atMilliseconds: 1000)
        #expect(!both.isAdmitted && both.policy == 0 && both.other == 1)
        #expect(both.resetSeconds == 59)
        // The second policy's window is over first; the first still refuses.
        let later = table.admit(7, 0, and: 1, atMilliseconds: 11_000)
        #expect(!later.isAdmitted && later.policy == 0)
    }

    @Test func `what is taken back can be asked for again, and of others nothing is`() {
        var table = table(places: 64)
        #expect(passed(&table, 7, times: 3) == 3 && passed(&table, 8, times: 3) == 3)
        table.takeBack(RateKey(7, 0))
        #expect(passed(&table, 7, times: 3) == 1 && passed(&table, 8, times: 3) == 0)
        table.forget(RateKey(7, 0))
        table.takeBack(RateKey(9, 0))
        #expect(passed(&table, 7, times: 5) == 3 && passed(&table, 8, times: 3) == 0)
        #expect(passed(&table, 9, times: 5) == 3)
    }

    @Test func `one request counts in windows of two clients, or in none`() {
        var table = table(places: 64)
        for client in [UInt64(1), 2] {
            #expect(
                table.admit(RateKey(client, 0), and: RateKey(9, 1), atMilliseconds: 0).isAdmitted)
        }
        let verdict = table.admit(RateKey(3, 0), and: RateKey(9, 1), atMilliseconds: 0)
        #expect(!verdict.isAdmitted && verdict.policy == 1)
        #expect(passed(&table, 3, times: 5) == 3 && passed(&table, 1, times: 5) == 2)
    }

    @Test func `the policy with fewer requests left is told`() {
        var table = table(places: 64)
        let first = table.admit(7, 2, and: 0, atMilliseconds: 0)
        #expect(first.isAdmitted && first.policy == 0 && first.other == 2)
        #expect(first.remaining == 2)
    }

    @Test func `it grows with its clients, never beyond its bound`() {
        var table = table(places: 20_000)
        #expect(table.byteCount < 1000)
        for client in 0..<100_000 {
            _ = table.admit(scattered(client), 0, and: nil, atMilliseconds: 0)
            #expect(table.byteCount <= 20_000 * 24)
        }
        #expect(table.byteCount > 19_000 * 24)
    }

    @Test func `up to two thirds of its places no window is given up`() {
        var table = table(places: 30_000)
        for round in 1...3 {
            for client in 0..<20_000 {
                let verdict = table.admit(scattered(client), 0, and: nil, atMilliseconds: 0)
                #expect(verdict.isAdmitted && verdict.remaining == 3 - round)
                #expect(verdict.forgottenCount == 0)
            }
        }
        for client in 0..<20_000 {
            #expect(!table.admit(scattered(client), 0, and: nil, atMilliseconds: 1).isAdmitted)
        }
    }

    @Test func `a flood of clients pushes out none that is beyond its limit`() {
        var table = table(places: 8000)
        let exhausted = (0..<1000).map { scattered($0) }
        for client in exhausted { #expect(passed(&table, client, times: 4) == 3) }
        // A hundred times as many clients as there are places, twice each.
        var forgotten = 0
        for client in 1000..<400_000 {
            let verdict = table.admit(scattered(client), 0, and: nil, atMilliseconds: 1)
            forgotten += verdict.forgottenCount
            // Whoever comes new is not refused for the flood's sake.
            #expect(verdict.isAdmitted)
        }
        #expect(forgotten > 300_000)
        for client in exhausted {
            #expect(!table.admit(client, 0, and: nil, atMilliseconds: 2).isAdmitted)
        }
    }

    @Test func `who has made many requests is kept before who has made few`() {
        var table = table(places: 800)
        let busy = scattered(0)
        #expect(passed(&table, busy, times: 500, 2) == 500)
        for client in 1..<20_000 { _ = passed(&table, scattered(client), times: 2, 2) }
        #expect(table.admit(busy, 2, and: nil, atMilliseconds: 0).remaining == 499)
    }

    @Test func `windows that are over give way before all others`() {
        var table = table(places: 800)
        for client in 0..<2000 { _ = passed(&table, scattered(client), times: 3) }
        // All are over now: as many new ones as fit find room without harm.
        for client in 10_000..<10_500 {
            let verdict = table.admit(scattered(client), 0, and: nil, atMilliseconds: 60_000)
            #expect(verdict.forgottenCount == 0)
        }
        for client in 10_000..<10_500 {
            let verdict = table.admit(scattered(client), 0, and: nil, atMilliseconds: 60_001)
            #expect(verdict.remaining == 1)
        }
    }

    @Test func `when all are beyond their limits, the one that is soonest over gives way`() {
        var table = table(places: 8)
        for client in 0..<8 {
            #expect(passed(&table, UInt64(client), times: 4, at: Int64(client) * 1000) == 3)
        }
        #expect(table.admit(100, 0, and: nil, atMilliseconds: 9000).forgottenCount == 1)
        for client in 1..<8 {
            #expect(!table.admit(UInt64(client), 0, and: nil, atMilliseconds: 9000).isAdmitted)
        }
        #expect(table.admit(0, 0, and: nil, atMilliseconds: 9000).isAdmitted)
    }

    /// A client's hash, as random as those of the product.
    private func scattered(_ number: Int) -> UInt64 {
        var mixed = UInt64(number) &+ 1
        mixed = (mixed ^ mixed >> 33) &* 0xFF51_AFD7_ED55_8CCD
        mixed = (mixed ^ mixed >> 33) &* 0xC4CE_B9FE_1A85_EC53
        return mixed ^ mixed >> 33
    }
}
