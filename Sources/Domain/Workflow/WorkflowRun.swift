// A run of a workflow rule: one for each rule and event, whatever is tried again.

/// Which rule on which event.
package struct WorkflowRunKey: Hashable, Comparable, Sendable {
    package let rule: String
    package let eventID: UniqueID

    package init(rule: String, eventID: UniqueID) {
        self.rule = rule
        self.eventID = eventID
    }

    package static func < (left: WorkflowRunKey, right: WorkflowRunKey) -> Bool {
        (left.rule, left.eventID) < (right.rule, right.eventID)
    }
}

/// How a run ended.
package enum WorkflowRunState: String, Sendable {
    case done
    /// A move that the entity does not allow, for example.
    case failed
}

/// A run as it is stored and shown.
package struct WorkflowRun: Equatable, Sendable {
    package let key: WorkflowRunKey
    package let ruleVersion: Int
    package let state: WorkflowRunState
    /// What it made or moved, such as `tasks/<id>`.
    package let effects: [String]
    /// Why it failed.
    package let reason: String?
    package let time: Timestamp

    package init(
        key: WorkflowRunKey, ruleVersion: Int, state: WorkflowRunState, effects: [String],
        reason: String?, time: Timestamp
    ) {
        self.key = key
        self.ruleVersion = ruleVersion
        self.state = state
        self.effects = effects
        self.reason = reason
        self.time = time
    }
}
