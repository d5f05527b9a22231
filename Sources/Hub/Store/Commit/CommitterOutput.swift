// What the committer has to tell the rest of the store thread, gathered until it is taken. Events
// come before answers: a client that is answered can find its event on the log.

import Domain
import EventLog

/// What came of the committer since it was last asked.
struct CommitterOutput {
    /// The events of one batch, durable, at the positions `base + 1` and on.
    struct Committed {
        let base: UInt64
        let events: [LoggedEvent]
        /// Earlier events that the batch erased, as they are now.
        var erased: [LoggedEvent] = []
        /// Tokens that it took back.
        var revoked: [Revocation] = []
        /// Answers that are given when every loop has done what they promise.
        var answers: [(ticket: Ticket, answer: RenderedAnswer)] = []

        /// Whether its answers wait for the loops.
        var isAwaited: Bool { !erased.isEmpty || !revoked.isEmpty }
    }

    /// What was counted.
    struct Counts: Equatable {
        /// Transactions that committed.
        var batches = 0
        /// Commands that were decided and are durable, refusals included.
        var commands = 0
        /// Those of them that were refused.
        var refusals = 0
        /// Answers given again under an idempotency key.
        var replays = 0
        /// Commands that were taken up again after a failure.
        var retries = 0
        /// Transactions that were rolled back.
        var rollbacks = 0
        /// Commands that were given up with 503 or 500.
        var givenUp = 0
        /// For each batch the nanoseconds from its first statement to its commit.
        var commitNanoseconds: [Int64] = []
    }

    /// In the order of their commits.
    var committed: [Committed] = []
    /// Events were committed whose place is not known here: ask for the head.
    var headMoved = false
    /// To be given after the events are out.
    var answers: [(ticket: Ticket, answer: RenderedAnswer)] = []
    var observations: [StoreObservation] = []
    var counts = Counts()
}
