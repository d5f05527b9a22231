// The order in which commands are taken, and what becomes of those that fail: on generated runs in
// which Postgres refuses and locks at random.

import Domain
import Testing

@testable import Store

@Suite struct CommitQueueTests {
    private func requests(_ count: Int, received: Int64 = 0) -> [CommandRequest] {
        var samples = CommandSamples(seed: 1)
        return (0..<count).map { _ in
            samples.request(.createLead(samples.createLead()), received: received)
        }
    }

    private func names(_ items: [BatchItem]) -> [UInt32] {
        items.compactMap { $0.request.ticket?.sequence }
    }

    @Test func `new commands run in the order they came, so many at a time`() {
        var queue = CommitQueue(CommitLimits())
        _ = queue.enqueue(requests(300))
        guard case .run(let first)? = queue.next(now: 0),
            case .run(let second)? = queue.next(now: 0)
        else {
            Issue.record("no batch")
            return
        }
        #expect(names(first) == Array(1...256))
        #expect(names(second) == Array(257...300))
        #expect(queue.next(now: 0) == nil)
        #expect(queue.count == 0)
    }

    @Test func `large arrays share a batch with few others`() {
        var samples = CommandSamples(seed: 1)
        var queue = CommitQueue(CommitLimits())
        _ = queue.enqueue(
            (0..<5).map { _ in
                samples.request(.publishEvents(samples.publish(900, isArray: true)))
            })
        var sizes: [Int] = []
        while case .run(let batch)? = queue.next(now: 0) { sizes.append(batch.count) }
        #expect(sizes == [2, 2, 1])
    }

    @Test func `a full queue refuses at once and forgets nobody`() {
        var limits = CommitLimits()
        limits.queuedCommandsMax = 10
        var queue = CommitQueue(limits)
        let refused = queue.enqueue(requests(13))
        #expect(names(refused.map(\.item)) == [11, 12, 13])
        #expect(refused.allSatisfy { $0.refusal.status == 503 })
        #expect(queue.count == 10)
    }

    @Test func `what waits too long is given up, what nobody waits for is not`() {
        var samples = CommandSamples(seed: 1)
        var queue = CommitQueue(CommitLimits())
        _ = queue.enqueue(requests(2, received: 1_000))
        _ = queue.enqueue([samples.request(.recordDenials([]), attended: false)])
        #expect(queue.expire(now: 9_000).isEmpty)
        #expect(names(queue.expire(now: 9_001).map(\.item)) == [1, 2])
        #expect(queue.count == 1)
    }

    @Test func `only the culprit of a conflict fails`() {
        var queue = CommitQueue(CommitLimits())
        _ = queue.enqueue(requests(64))
        var done: [UInt32] = []
        var over: [CommitQueue.GivenUp] = []
        var runs = 0
        while case .run(let batch)? = queue.next(now: 0) {
            runs += 1
            if names(batch).contains(37) {
                over += queue.failed(batch, .conflict, now: 0)
            } else {
                done += names(batch)
            }
        }
        #expect(names(over.map(\.item)) == [37])
        #expect(over.first?.refusal.status == 503)
        #expect(done == (1...64).filter { $0 != 37 })
        #expect(runs < 20)
    }

    @Test func `an unexpected error alone is decided as an internal error, then given up`() {
        var queue = CommitQueue(CommitLimits())
        _ = queue.enqueue(requests(2))
        guard case .run(let both)? = queue.next(now: 0) else { return }
        #expect(queue.failed(both, .unexpected, now: 0).isEmpty)
        guard case .run(let first)? = queue.next(now: 0) else { return }
        #expect(queue.failed(first, .unexpected, now: 0).isEmpty)
        guard case .run(let forced)? = queue.next(now: 0) else { return }
        #expect(forced.map(\.forcedRefusal) == [.internalError])
        let over = queue.failed(forced, .unexpected, now: 0)
        #expect(over.map(\.refusal) == [.internalError])
        guard case .run(let second)? = queue.next(now: 0) else { return }
        #expect(names(second) == [2])
        #expect(second.map(\.forcedRefusal) == [nil])
    }

    @Test func `the blocked wait aside for six seconds, the others run at once`() {
        var queue = CommitQueue(CommitLimits())
        _ = queue.enqueue(requests(3))
        guard case .run(let batch)? = queue.next(now: 0) else { return }
        #expect(queue.probed(batch, blocked: [1], now: 0).isEmpty)
        guard case .run(let free)? = queue.next(now: 0) else { return }
        #expect(names(free) == [1, 3])
        #expect(queue.next(now: 249) == nil)
        var now: Int64 = 250
        var over: [CommitQueue.GivenUp] = []
        while case .probe(let blocked)? = queue.next(now: now) {
            #expect(names(blocked) == [2])
            over += queue.probed(blocked, blocked: [0], now: now)
            now += 250
        }
        #expect(names(over.map(\.item)) == [2])
        #expect(now == 6_250)
    }

    @Test func `every command is done or given up, once, whatever Postgres does`() {
        let seed = SeededGenerator.testSeed("queue")
        for history in 0..<2_000 {
            var random = SeededGenerator(seed: seed &+ UInt64(history))
            let finished = run(60, &random)
            let isComplete = finished.sorted() == Array(1...60)
            #expect(isComplete, "history \(seed &+ UInt64(history))")
            if !isComplete { return }
        }
    }

    /// Runs commands against a Postgres that fails at random; gives those that were answered.
    private func run(_ count: Int, _ random: inout SeededGenerator) -> [UInt32] {
        var queue = CommitQueue(CommitLimits())
        var finished = names(queue.enqueue(requests(count)).map(\.item))
        let failures: [BatchFailure] = [
            .conflict, .lockedValue, .lockedHead, .unavailable, .unexpected,
        ]
        for turn in 0..<10_000 {
            let now = Int64(turn) * 100
            var over: [CommitQueue.GivenUp] = queue.expire(
                now: Int.random(in: 0..<50, using: &random) == 0 ? now : 0)
            switch queue.next(now: now) {
            case nil: if queue.count == 0 { return finished + names(over.map(\.item)) }
            case .run(let batch)?:
                switch Int.random(in: 0..<4, using: &random) {
                case 0:
                    let failure = failures.randomElement(using: &random) ?? .conflict
                    over += queue.failed(batch, failure, now: now)
                case 1: over += queue.probed(batch, blocked: some(of: batch, &random), now: now)
                case 2: finished += names(batch)
                default: queue.retry(batch)
                }
            case .probe(let batch)?:
                over += queue.probed(batch, blocked: some(of: batch, &random), now: now)
            }
            finished += names(over.map(\.item))
        }
        return finished
    }

    private func some(of batch: [BatchItem], _ random: inout SeededGenerator) -> Set<Int> {
        Set(batch.indices.filter { _ in Bool.random(using: &random) })
    }
}
