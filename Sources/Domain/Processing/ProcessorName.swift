// The processors: durable readers of the log, each with its own place in it, its own lease and its
// own failures.

/// A processor.
package enum ProcessorName: String, CaseIterable, Comparable, Sendable {
    case compliance, rl, workflow, notifications, log

    /// Who its effects say they are by.
    package var actor: String { "hub/" + rawValue }

    /// Whether it reacts to an event of this name; all others only move its cursor.
    package func reacts(to name: String, isUnified: Bool) -> Bool {
        switch self {
        case .compliance, .rl: isUnified || PolicySet.ownTypes.contains(name)
        case .workflow, .log: isUnified || !ProcessorName.isEcho(name)
        case .notifications: !isUnified && name == "delivery_scheduled"
        }
    }

    /// Events that nothing reacts to: they only tell what a processor did.
    package static func isEcho(_ name: String) -> Bool {
        name.hasPrefix("rl_") || name == "compliance_checked" || name == "notification_sent"
    }

    package static func < (left: ProcessorName, right: ProcessorName) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// What is on file about a processor.
package struct ProcessorState: Equatable, Sendable {
    /// The last position that it has dealt with.
    package var cursor: UInt64
    /// Whose turn it is; nil: nobody's.
    package var lease: UniqueID?
    /// The instance that holds the lease, by the name under which others see whether it lives.
    package var holder: String?
    package var leasedUntil: Timestamp?

    package init(cursor: UInt64, lease: UniqueID?, holder: String?, leasedUntil: Timestamp?) {
        self.cursor = cursor
        self.lease = lease
        self.holder = holder
        self.leasedUntil = leasedUntil
    }
}

/// Takes a processor's lease, or makes it last longer.
package struct LeaseProcessor: Sendable {
    package let processor: ProcessorName
    package let token: UniqueID
    package let holder: String
    /// How long it lasts.
    package let seconds: Int

    package init(processor: ProcessorName, token: UniqueID, holder: String, seconds: Int) {
        self.processor = processor
        self.token = token
        self.holder = holder
        self.seconds = seconds
    }

    /// Decides it: one's own is renewed, another's is refused until its time is over or its holder
    /// is gone.
    ///
    /// That a holder is gone need not be true: it would find its next step refused.
    package func decide(given facts: Facts, at time: Timestamp) throws(Refusal) -> Decision {
        let state = facts.processors[processor]
        if let state, let lease = state.lease, lease != token, let until = state.leasedUntil,
            until > time, !facts.abandoned.contains(processor)
        {
            throw .leaseHeld(untilMilliseconds: until.milliseconds)
        }
        let cursor = state?.cursor ?? 0
        let leased = ProcessorState(
            cursor: cursor, lease: token, holder: holder,
            leasedUntil: time.adding(milliseconds: Int64(seconds) * 1000))
        return Decision(
            changes: [.setLease(processor, leased)], events: [], answer: .leased(cursor: cursor))
    }
}
