// Counters for `/metrics`: written by the store thread alone, read by any thread.

package import Synchronization

/// A reading of the Store's counters.
///
/// All but the depths and the head only grow.
package struct StoreCounters: Sendable, Equatable {
    /// Batches committed.
    package var batches: UInt64 = 0
    /// Commands answered from a committed batch.
    package var commands: UInt64 = 0
    /// Those of them that were refused.
    package var refusals: UInt64 = 0
    /// Batches that were run again, whole or in parts.
    package var retries: UInt64 = 0
    /// Transactions rolled back.
    package var rollbacks: UInt64 = 0
    /// Connections made again after a loss.
    package var reconnects: UInt64 = 0
    /// Reads answered.
    package var reads: UInt64 = 0
    /// Commands that wait or are in flight.
    package var queuedCommands = 0
    /// The position of the last event that the loops have.
    package var head: UInt64 = 0
    /// How many commits took at most `commitBucketNanoseconds[i]`, not cumulated; the last is the
    /// rest.
    package var commitBuckets: [UInt64] = []
    /// All commits' nanoseconds together.
    package var commitNanoseconds: UInt64 = 0

    /// The upper bounds of `commitBuckets`, from a quarter of a millisecond up by doubling.
    package static let commitBucketNanoseconds: [UInt64] = (0..<15).map { 250_000 << UInt64($0) }
}

/// The counters that are shared between the store thread and whoever reads them.
package final class StoreMeters: Sendable {
    /// Batches committed.
    package let batches = Atomic<UInt64>(0)
    /// Commands answered from a committed batch.
    package let commands = Atomic<UInt64>(0)
    /// Those of them that were refused.
    package let refusals = Atomic<UInt64>(0)
    /// Batches that were run again.
    package let retries = Atomic<UInt64>(0)
    /// Transactions rolled back.
    package let rollbacks = Atomic<UInt64>(0)
    /// Connections made again after a loss.
    package let reconnects = Atomic<UInt64>(0)
    /// Reads answered.
    package let reads = Atomic<UInt64>(0)
    /// Commands that were handed over and whose answer was not given back yet.
    package let queuedCommands = Atomic<Int>(0)
    /// The last position that the loops have.
    package let head = Atomic<UInt64>(0)
    /// Whether Postgres answers now.
    package let isReady = Atomic<Bool>(false)
    private let commits = Mutex<(buckets: [UInt64], nanoseconds: UInt64)>(
        (
            buckets: [UInt64](
                repeating: 0, count: StoreCounters.commitBucketNanoseconds.count + 1),
            nanoseconds: 0
        ))

    /// All at zero.
    package init() {}

    /// Counts one more.
    package static func add(_ count: UInt64, to counter: borrowing Atomic<UInt64>) {
        counter.wrappingAdd(count, ordering: .relaxed)
    }

    /// Counts what came of the committer.
    func count(_ counts: CommitterOutput.Counts) {
        StoreMeters.add(UInt64(counts.commands), to: commands)
        StoreMeters.add(UInt64(counts.refusals), to: refusals)
        StoreMeters.add(UInt64(counts.retries), to: retries)
        StoreMeters.add(UInt64(counts.rollbacks), to: rollbacks)
        for nanoseconds in counts.commitNanoseconds {
            committed(nanoseconds: UInt64(max(0, nanoseconds)))
        }
    }

    /// Counts a committed batch by the time from its first statement to its commit.
    package func committed(nanoseconds: UInt64) {
        StoreMeters.add(1, to: batches)
        let bounds = StoreCounters.commitBucketNanoseconds
        let bucket = bounds.firstIndex { nanoseconds <= $0 } ?? bounds.count
        commits.withLock { commits in
            commits.buckets[bucket] += 1
            commits.nanoseconds += nanoseconds
        }
    }

    /// What they say now.
    package var snapshot: StoreCounters {
        var counters = StoreCounters()
        counters.batches = batches.load(ordering: .relaxed)
        counters.commands = commands.load(ordering: .relaxed)
        counters.refusals = refusals.load(ordering: .relaxed)
        counters.retries = retries.load(ordering: .relaxed)
        counters.rollbacks = rollbacks.load(ordering: .relaxed)
        counters.reconnects = reconnects.load(ordering: .relaxed)
        counters.reads = reads.load(ordering: .relaxed)
        counters.queuedCommands = queuedCommands.load(ordering: .relaxed)
        counters.head = head.load(ordering: .relaxed)
        commits.withLock { commits in
            counters.commitBuckets = commits.buckets
            counters.commitNanoseconds = commits.nanoseconds
        }
        return counters
    }
}
