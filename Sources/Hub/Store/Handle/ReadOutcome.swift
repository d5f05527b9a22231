// What a read gave.

package import Domain
package import EventLog

/// One of the things that happen to a reported event after it was accepted.
package struct EventBranch: Sendable, Equatable {
    /// The branches, none of which waits for another.
    package enum Name: String, CaseIterable, Sendable {
        case compliance, rl, workflow, log
    }

    /// How far a branch is.
    package enum State: String, CaseIterable, Sendable {
        case pending, done, denied, failed
    }

    /// Which branch.
    package let name: Name
    /// How far it is.
    package let state: State
    /// What it found, as JSON text; nil while it is pending.
    package let result: [UInt8]?

    /// A branch's state.
    package init(name: Name, state: State, result: [UInt8]?) {
        self.name = name
        self.state = state
        self.result = result
    }
}

/// A reported event and its branches.
package struct StoredEvent: Sendable {
    /// The event as the log has it.
    package let event: LoggedEvent
    /// Each branch once, in the order of `EventBranch.Name`.
    package let branches: [EventBranch]

    /// An event with its branches.
    package init(event: LoggedEvent, branches: [EventBranch]) {
        self.event = event
        self.branches = branches
    }
}

/// The answer to a `ReadQuery`, case by case.
package enum ReadOutcome: Sendable {
    /// The lead, if there is one.
    case lead(Lead?)
    /// A page of leads, and whether another follows.
    case leads([Lead], hasMore: Bool)
    /// The event, if there is one.
    case event(StoredEvent?)
    /// A page of history, whether another follows, and the head when it was read.
    case history([LoggedEvent], hasMore: Bool, head: UInt64)
    /// A page of the log; nil when nothing of it is in Postgres.
    case page(Int, Segment?)
    /// Postgres' head.
    case head(UInt64)
    /// Postgres can't be reached now.
    case unavailable(retryAfterSeconds: Int)
}
