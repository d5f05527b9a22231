// Every limit of the processors, in one place, with its reason.

package import Domain

/// What an instance runs, and how.
package struct ProcessorSettings: Sendable {
    /// Those that it takes the leases of, when they are free.
    package var names: [ProcessorName] = ProcessorName.allCases.sorted()
    /// What this instance calls itself beside a lease: its name in the Store's configuration, by
    /// which others see whether it lives.
    package var holder: String
    /// What workflow does with which event.
    package var rules = WorkflowRule.standard
    /// What compliance and the scorer check by.
    package var policy = PolicySet.standard
    /// How long a lease lasts: what it costs when Postgres does not see that its holder is gone.
    package var leaseSeconds = 15
    /// How often it is made to last longer: two may fail before it ends.
    package var renewMilliseconds: Int64 = 5_000
    /// How often somebody else's lease is asked for; sooner at first, each time later.
    package var leaseRetryMilliseconds: Int64 = 2_000
    package var leaseFirstRetryMilliseconds: Int64 = 100
    /// How many positions one step covers from its first event on: a batch writes the cursor once.
    package var positionsMax = 256
    /// How many bytes of events one step holds; one event always fits.
    package var stepBytesMax = 1_048_576
    /// How often a cursor moves over events that its processor ignores.
    package var moveMilliseconds: Int64 = 1_000
    /// How often a single event is tried that the database refuses, before it is set aside.
    package var attemptsMax = 3
    /// How long it rests after a step that failed.
    package var pauseMilliseconds: Int64 = 500
    /// How often dead letters are looked for that are to be tried again.
    package var replayPollMilliseconds: Int64 = 1_000
    /// How often a newer model is put up at the most: each costs a copy.
    package var publishMilliseconds: Int64 = 20
    /// After how many lessons the model is saved.
    package var saveVersions: UInt64 = 1_000
    /// After how many remembered decisions and scores it is saved even without a lesson.
    package var saveFolds = 20_000
    /// How many events are folded before the processors have their turn.
    package var foldsPerTurn = 4_096
    /// The newest events in memory; their segments are shared with the loops.
    package var logBytesMax = 67_108_864
    /// Pages of history for whoever is behind.
    package var pageBytesMax = 16_777_216
    /// How long a stopping instance waits for its last steps.
    package var stopMilliseconds: Int64 = 3_000

    /// The usual limits.
    package init(holder: String) {
        self.holder = holder
    }

    /// How long to wait before a lease is asked for again: the pause doubles.
    func leaseRetry(afterRefusals count: Int) -> Int64 {
        min(leaseRetryMilliseconds, leaseFirstRetryMilliseconds << min(count, 16))
    }

    /// Sets how long a lease lasts; it is renewed three times as often, so that two may fail.
    package mutating func setLease(seconds: Int) {
        leaseSeconds = seconds
        renewMilliseconds = Int64(seconds) * 1_000 / 3
        leaseRetryMilliseconds = min(2_000, Int64(seconds) * 1_000 / 4)
    }
}
