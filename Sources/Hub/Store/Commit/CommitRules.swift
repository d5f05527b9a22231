// The limits of retrying, and what Postgres' errors mean for a batch. What follows from a failure
// is in CommitQueue.

/// The limits of retrying, each with its reason.
struct CommitLimits: Sendable {
    /// Commands of one transaction.
    var batchCommandsMax = 256
    /// Events of one transaction: an array of a thousand reported events must not wait behind
    /// hundreds like it in one transaction.
    var batchEventsMax = 2_000
    /// Commands that may wait; beyond it 503 at once.
    var queuedCommandsMax = 20_000
    /// How long a command waits for its turn.
    var waitMillisecondsMax: Int64 = 8_000
    /// How long a command waits for what somebody else holds: longer than the five seconds after
    /// which Postgres ends an idle transaction of a stopped instance.
    var blockedMillisecondsMax: Int64 = 6_000
    /// How long a blocked command rests between two tries.
    var parkedMilliseconds: Int64 = 250
    /// How often a command may fail alone because of a race.
    var failuresMax = 5
    /// How long the outcome of a lost commit is looked for.
    var resolveMillisecondsMax: Int64 = 10_000
    /// How long rests between two looks at whether a lost transaction has ended.
    var resolveMilliseconds: Int64 = 50
    /// How long a flight may be unanswered before the connection is given up: beyond the sum of the
    /// lock time-outs of a batch's loads.
    var flightMillisecondsMax: Int64 = 15_000
}

/// Why a batch was rolled back.
enum BatchFailure: Equatable, Sendable {
    /// A race that Postgres decided: a deadlock, a serialization failure, a unique index.
    case conflict
    /// A lock time-out on rows, keys or consent, which a probe can name.
    case lockedFacts
    /// A lock time-out while writing: somebody else holds a new value of a unique index.
    case lockedValue
    /// A lock time-out on the head row.
    case lockedHead
    /// Postgres can't write at all now.
    case unavailable
    /// A bug of ours, or data that the domain lets pass and Postgres doesn't.
    case unexpected

    /// What an error that left the connection alive means, without regard to locks.
    init(sqlState: String) {
        switch sqlState {
        case "40P01", "40001", "23505": self = .conflict
        case "55P03": self = .lockedFacts
        case "25006": self = .unavailable
        default:
            // Out of resources, operator intervention, system errors.
            let isOutside = ["53", "57", "58"].contains { sqlState.hasPrefix($0) }
            self = isOutside ? .unavailable : .unexpected
        }
    }
}
