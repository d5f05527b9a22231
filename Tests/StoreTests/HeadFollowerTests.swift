// What continues the log, whatever order batches, gaps and announcements come in.

import EventLog
import Testing

@testable import Store

@Suite struct HeadFollowerTests {
    private func events(_ positions: ClosedRange<UInt64>) -> [LoggedEvent] {
        positions.map {
            LoggedEvent(position: $0, name: "n", subject: "s", text: Array(#"{"a":1}"#.utf8))
        }
    }

    @Test func `an own batch that continues the log is passed on at once`() {
        var follower = HeadFollower(head: 4)
        #expect(follower.accept(events(5...7), now: 0).map(\.position) == [5, 6, 7])
        #expect(follower.startFetch(isCommitting: false, now: 0) == nil)
    }

    @Test func `an own batch beyond the known head waits for the gap, which holds it too`() {
        var follower = HeadFollower(head: 4)
        #expect(follower.accept(events(8...9), now: 0).isEmpty)
        #expect(follower.startFetch(isCommitting: false, now: 0) == 4)
        #expect(follower.fetched(events(5...9), now: 0).map(\.position) == [5, 6, 7, 8, 9])
        #expect(follower.startFetch(isCommitting: false, now: 0) == nil)
    }

    @Test func `what a fetch brought already is not passed on again`() {
        var follower = HeadFollower(head: 0)
        follower.heard(3, now: 0)
        #expect(follower.startFetch(isCommitting: false, now: 0) == 0)
        #expect(follower.startFetch(isCommitting: false, now: 0) == nil)
        #expect(follower.fetched(events(1...3), now: 0).count == 3)
        #expect(follower.accept(events(2...3), now: 0).isEmpty)
        #expect(follower.accept(events(3...4), now: 0).map(\.position) == [4])
    }

    @Test func `an announcement during an own commit is given a moment to be that commit`() {
        var follower = HeadFollower(head: 0)
        follower.heard(1, now: 100)
        #expect(follower.startFetch(isCommitting: true, now: 102) == nil)
        #expect(follower.startFetch(isCommitting: true, now: 105) == 0)
    }

    @Test func `a head that turns out empty is not asked for without end`() {
        var follower = HeadFollower(head: 0)
        follower.heard(9, now: 0)
        #expect(follower.startFetch(isCommitting: false, now: 0) == 0)
        #expect(follower.fetched([], now: 0).isEmpty)
        #expect(follower.startFetch(isCommitting: false, now: 0) == nil)
        follower.heard(9, now: 1)
        #expect(follower.startFetch(isCommitting: false, now: 1) == 0)
    }

    @Test func `every history ends with each position passed on once, in order`() {
        let seed = SeededGenerator.testSeed("HeadFollowerTests")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<3_000 {
            var follower = HeadFollower(head: 0)
            var passed: [UInt64] = []
            var head: UInt64 = 0
            var fetch: (after: UInt64, upTo: UInt64)?
            func land() {
                guard let (after, upTo) = fetch else { return }
                fetch = nil
                let end = min(upTo, after + UInt64.random(in: 1...6, using: &random))
                let some = after < end ? events(after + 1...end) : []
                passed += follower.fetched(some, now: 0).map(\.position)
            }
            for _ in 0..<60 {
                let count = UInt64.random(in: 1...4, using: &random)
                switch Int.random(in: 0..<6, using: &random) {
                case 0, 1:
                    head += count
                    let batch = events(head - count + 1...head)
                    passed += follower.accept(batch, now: 0).map(\.position)
                case 2: head += count
                case 3: follower.heard(head, now: 0)
                case 4:
                    land()
                default:
                    if fetch != nil, Bool.random(using: &random) {
                        fetch = nil
                        follower.fetchFailed()
                    }
                }
                if let after = follower.startFetch(isCommitting: false, now: 0) {
                    fetch = (after, head)
                }
            }
            repeat {
                land()
                follower.heard(head, now: 0)
                if let after = follower.startFetch(isCommitting: false, now: 0) {
                    fetch = (after, head)
                }
            } while fetch != nil
            guard passed == (0..<head).map({ $0 + 1 }), follower.known == head else {
                Issue.record("seed \(seed): \(passed), head \(head)")
                return
            }
        }
    }
}
