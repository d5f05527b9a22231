// What a read gave.

package import Domain
package import EventLog

/// How far one branch of a reported event is.
package struct StoredBranch: Sendable, Equatable {
    /// Which branch.
    package let name: EventBranch
    /// How far it is.
    package let state: BranchState
    /// What it found, as JSON text; nil while it is pending.
    package let result: [UInt8]?

    /// A branch's state.
    package init(name: EventBranch, state: BranchState, result: [UInt8]?) {
        self.name = name
        self.state = state
        self.result = result
    }
}

/// A reported event and its branches.
package struct StoredEvent: Sendable {
    /// The event as the log has it.
    package let event: LoggedEvent
    /// Each branch once, in the order of `EventBranch`.
    package let branches: [StoredBranch]

    /// An event with its branches.
    package init(event: LoggedEvent, branches: [StoredBranch]) {
        self.event = event
        self.branches = branches
    }
}

/// What is on file about a processor, and how much it has before it.
package struct ProcessorStatus: Sendable, Equatable {
    /// Which processor.
    package let name: ProcessorName
    /// Its cursor and its lease.
    package let state: ProcessorState
    /// When the oldest event that it has not dealt with was made; nil when there is none.
    package let oldestWaiting: Timestamp?
    /// How many of its events are set aside.
    package let deadLetterCount: Int

    /// A processor's status.
    package init(
        name: ProcessorName, state: ProcessorState, oldestWaiting: Timestamp?,
        deadLetterCount: Int
    ) {
        self.name = name
        self.state = state
        self.oldestWaiting = oldestWaiting
        self.deadLetterCount = deadLetterCount
    }
}

/// How far the audit trail is sealed, and who seals it.
package struct SealerStatus: Sendable, Equatable {
    /// How many rows are sealed, of how many.
    package let sealedCount: UInt64
    package let rowCount: UInt64
    package let holder: String?
    package let leasedUntil: Timestamp?

    /// A sealer's status.
    package init(
        sealedCount: UInt64, rowCount: UInt64, holder: String?, leasedUntil: Timestamp?
    ) {
        self.sealedCount = sealedCount
        self.rowCount = rowCount
        self.holder = holder
        self.leasedUntil = leasedUntil
    }
}

/// The answer to a `ReadQuery`, case by case.
package enum ReadOutcome: Sendable {
    /// The lead, if there is one.
    case lead(Lead?)
    /// A page of leads, and whether another follows.
    case leads([Lead], hasMore: Bool)
    /// The record, if there is one.
    case record(StoredRecord?)
    /// A page of records, and where the next one begins; nil when this is the last.
    case records([StoredRecord], next: RecordCursor?)
    /// Entries of the unified log, and the number of its last entry when they were read.
    case logTail([NumberedEntry], end: UInt64)
    /// How many of somebody's messages are in each state; states without any may be absent.
    case notificationCounts([NotificationState: Int])
    /// The user, if there is one, and whether they have signed in from the address before.
    case signIn(User?, knowsAddress: Bool)
    /// Every processor by name, and Postgres' head.
    case processors([ProcessorStatus], head: UInt64, sealer: SealerStatus)
    /// The latest snapshot of the model, if there is one.
    case model(SaveModel?)
    /// The event, if there is one.
    case event(StoredEvent?)
    /// A page of history, whether another follows, and the head when it was read.
    case history([LoggedEvent], hasMore: Bool, head: UInt64)
    /// A page of a timeline, and the event that the next one begins with, if there is one; nil if
    /// there is no such thing.
    case timeline([LoggedEvent]?, next: LoggedEvent?)
    /// A page of the log; nil when nothing of it is in Postgres.
    case page(Int, Segment?)
    /// A page of the audit trail, and whether another follows.
    case auditRows([AuditRow], hasMore: Bool)
    /// What proves something of the audit trail.
    case auditEvidence(AuditEvidence)
    /// What came of a verification of the audit trail.
    case auditReport(AuditReport)
    /// Postgres' head.
    case head(UInt64)
    /// Postgres can't be reached now.
    case unavailable(retryAfterSeconds: Int)
}
