// What waits for the committer, and in which order it is taken: parts of a failed batch first,
// then commands that were blocked and are due, then new ones. Pure: time is an argument.

import Domain
import Reactor

/// Commands that run together.
struct CommitQueue {
    /// What is to be done next.
    enum Work: Sendable {
        /// Decide and commit these.
        case run([BatchItem])
        /// Find out which of these are still blocked.
        case probe([BatchItem])
    }

    /// A command that is answered without having been done.
    struct GivenUp: Sendable {
        let item: BatchItem
        let refusal: Refusal
    }

    private let limits: CommitLimits
    private var waiting = Queue<BatchItem>()
    /// Those for which nobody waits: they ride along.
    private var unattended = Queue<BatchItem>()
    /// Parts of failed batches; the last is next.
    private var retries: [[BatchItem]] = []
    private var parked: [BatchItem] = []
    private var parkedUntilMilliseconds: Int64 = 0

    init(_ limits: CommitLimits) {
        self.limits = limits
    }

    /// How many commands wait.
    var count: Int {
        waiting.count + unattended.count + parked.count + retries.reduce(0) { $0 + $1.count }
    }

    /// When the queue itself has something to do, though nothing new comes; nil: never.
    var dueMilliseconds: Int64? {
        if parked.isEmpty { return nil }
        return parkedUntilMilliseconds
    }

    /// Takes in commands; those that find no room are given back.
    mutating func enqueue(_ requests: [CommandRequest]) -> [GivenUp] {
        var refused: [GivenUp] = []
        for request in requests {
            let item = BatchItem(request)
            if request.ticket == nil {
                // A flood of denials must not push out commands: the oldest go first.
                if unattended.count >= limits.queuedCommandsMax { _ = unattended.popFirst() }
                unattended.append(item)
            } else if waiting.count >= limits.queuedCommandsMax {
                refused.append(GivenUp(item: item, refusal: CommitQueue.busy))
            } else {
                waiting.append(item)
            }
        }
        return refused
    }

    /// What to do next; nil when nothing is due.
    mutating func next(now: Int64) -> Work? {
        if let batch = retries.popLast() { return .run(batch) }
        if !parked.isEmpty, now >= parkedUntilMilliseconds {
            defer { parked = [] }
            return .probe(parked)
        }
        return fresh().map { .run($0) }
    }

    private mutating func fresh() -> [BatchItem]? {
        var batch: [BatchItem] = []
        var events = 0
        while batch.count < limits.batchCommandsMax, let item = waiting.first ?? unattended.first {
            guard batch.isEmpty || events + item.eventsMax <= limits.batchEventsMax else { break }
            events += item.eventsMax
            batch.append(item)
            if waiting.popFirst() == nil { _ = unattended.popFirst() }
        }
        return batch.isEmpty ? nil : batch
    }

    /// Gives up what has waited too long; those for which nobody waits are kept.
    mutating func expire(now: Int64) -> [GivenUp] {
        var expired: [GivenUp] = []
        let limit = now - limits.waitMillisecondsMax
        while let item = waiting.first, item.request.receivedMilliseconds < limit {
            _ = waiting.popFirst()
            expired.append(GivenUp(item: item, refusal: CommitQueue.unavailable))
        }
        func isLate(_ item: BatchItem) -> Bool {
            item.request.ticket != nil && item.blockedSinceMilliseconds == nil
                && item.request.receivedMilliseconds < limit
        }
        for index in retries.indices {
            for item in retries[index] where isLate(item) {
                expired.append(GivenUp(item: item, refusal: CommitQueue.unavailable))
            }
            retries[index].removeAll(where: isLate)
        }
        retries.removeAll { $0.isEmpty }
        let stillParked = parked
        parked = []
        return expired + block(stillParked, now: now) { $0.parked = $1 }
    }

    /// Takes out everything, to be refused.
    mutating func removeAll() -> [GivenUp] {
        var all: [BatchItem] = []
        while let batch = retries.popLast() { all += batch }
        all += parked
        parked = []
        while let item = waiting.popFirst() { all.append(item) }
        while let item = unattended.popFirst() { all.append(item) }
        return all.map { GivenUp(item: $0, refusal: CommitQueue.unavailable) }
    }

    static let busy = Refusal.unavailable(retryAfterSeconds: 1)
    static let unavailable = Refusal.unavailable(retryAfterSeconds: 2)
}

// MARK: After a failure

extension CommitQueue {
    /// Puts a batch back at the front, as it was.
    mutating func retry(_ batch: [BatchItem]) {
        if !batch.isEmpty { retries.append(batch) }
    }

    /// Puts a batch that was rolled back where it belongs; gives back what is over.
    mutating func failed(
        _ batch: [BatchItem], _ failure: BatchFailure, now: Int64
    ) -> [GivenUp] {
        switch failure {
        case .conflict, .unexpected:
            if batch.count > 1 {
                halve(batch)
                return []
            }
            return batch.first.map { failedAlone($0, failure) } ?? []
        case .lockedValue:
            var batch = batch
            if batch.count == 1, batch[0].waitsBriefly { return park(batch, now: now) }
            for index in batch.indices { batch[index].waitsBriefly = true }
            halve(batch)
            return []
        case .lockedHead:
            var batch = batch
            for index in batch.indices { batch[index].waitsBriefly = false }
            return block(batch, now: now) { $0.retry($1) }
        case .unavailable: return park(batch, now: now)
        case .lockedFacts:
            preconditionFailure("a lock time-out on facts is probed first")
        }
    }

    /// Sorts a batch by what a probe found: the blocked wait aside, the others run at once.
    mutating func probed(
        _ batch: [BatchItem], blocked: Set<Int>, now: Int64
    ) -> [GivenUp] {
        var blockedItems: [BatchItem] = []
        var freeItems: [BatchItem] = []
        for (index, item) in batch.enumerated() {
            if blocked.contains(index) { blockedItems.append(item) } else { freeItems.append(item) }
        }
        var over = park(blockedItems, now: now)
        if blocked.isEmpty {
            // Whoever held it is gone, or comes and goes: try them all, but not for ever.
            over += block(freeItems, now: now) { $0.retry($1) }
        } else {
            retry(freeItems)
        }
        return over
    }

    /// Takes up again a command that could not be decided although its batch was committed.
    mutating func again(_ item: BatchItem) -> [GivenUp] {
        failedAlone(item, .conflict)
    }

    private mutating func halve(_ batch: [BatchItem]) {
        let middle = batch.count / 2
        retry(Array(batch[middle...]))
        retry(Array(batch[..<middle]))
    }

    private mutating func failedAlone(_ item: BatchItem, _ failure: BatchFailure) -> [GivenUp] {
        var item = item
        if failure == .conflict {
            item.failureCount += 1
            if item.failureCount > limits.failuresMax {
                return [GivenUp(item: item, refusal: CommitQueue.busy)]
            }
        } else {
            if item.forcedRefusal != nil {
                return [GivenUp(item: item, refusal: .internalError)]
            }
            item.forcedRefusal = .internalError
        }
        retry([item])
        return []
    }

    private mutating func park(_ items: [BatchItem], now: Int64) -> [GivenUp] {
        block(items, now: now) { queue, items in
            if queue.parked.isEmpty {
                queue.parkedUntilMilliseconds = now + queue.limits.parkedMilliseconds
            }
            queue.parked += items
        }
    }

    /// Notes since when commands are blocked, gives up those that were so for too long, and does
    /// with the others what is asked.
    private mutating func block(
        _ items: [BatchItem], now: Int64, then: (inout CommitQueue, [BatchItem]) -> Void
    ) -> [GivenUp] {
        var over: [GivenUp] = []
        var kept: [BatchItem] = []
        for var item in items {
            let since = item.blockedSinceMilliseconds ?? now
            item.blockedSinceMilliseconds = since
            // What nobody waits for is done in the end, however late.
            let isOver = now - since >= limits.blockedMillisecondsMax
            if isOver, item.request.ticket != nil {
                over.append(GivenUp(item: item, refusal: CommitQueue.unavailable))
            } else {
                kept.append(item)
            }
        }
        then(&self, kept)
        return over
    }
}
