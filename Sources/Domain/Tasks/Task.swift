// A task: something that somebody has to do, about something, until some time.

/// Where a task stands.
package enum TaskStatus: String, CaseIterable, Sendable {
    case open
    case inProgress = "in_progress"
    case done, cancelled

    /// Whether it is over.
    package var isFinal: Bool { self == .done || self == .cancelled }
}

/// How much it matters.
package enum TaskPriority: String, CaseIterable, Sendable {
    case low, normal, high, urgent
}

/// The rule that made a task, and the event that fired it.
package struct TaskOrigin: Equatable, Sendable {
    package let rule: String
    package let eventID: UniqueID

    package init(rule: String, eventID: UniqueID) {
        self.rule = rule
        self.eventID = eventID
    }
}

/// A task as it is stored and shown.
package struct Task: Equatable, Sendable {
    package let id: UniqueID
    package var title: String
    /// What it is about, such as `leads/<uuid>`.
    package let subject: String?
    /// The lead behind what it is about.
    package var leadID: UniqueID?
    package var assignee: String?
    package var due: Timestamp?
    package var priority: TaskPriority
    package var status: TaskStatus
    package var description: String?
    /// Nil when a person made it.
    package let origin: TaskOrigin?
    /// Counts the changes, from 1.
    package var version: Int
    package let createdAt: Timestamp
    package var updatedAt: Timestamp
    /// When it was deleted; the row stays, and nothing finds it.
    package var deletedAt: Timestamp?

    package init(
        id: UniqueID, title: String, subject: String?, assignee: String?, due: Timestamp?,
        priority: TaskPriority, status: TaskStatus, description: String?, origin: TaskOrigin?,
        version: Int, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.title = title
        self.subject = subject
        self.assignee = assignee
        self.due = due
        self.priority = priority
        self.status = status
        self.description = description
        self.origin = origin
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// `tasks/<id>`: the subject of its events.
    package var reference: Subject { Subject(.tasks, id) }

    /// Whether it should have been done by now.
    package func isOverdue(at time: Timestamp) -> Bool {
        !status.isFinal && due.map { $0 < time } ?? false
    }
}

/// The moves of a task, as data.
package enum TaskTransitions {
    /// Where a task may go from a status.
    package static func allowed(from status: TaskStatus) -> [TaskStatus] {
        switch status {
        case .open: [.inProgress, .done, .cancelled]
        case .inProgress: [.open, .done, .cancelled]
        case .done, .cancelled: []
        }
    }

    static func check(from: TaskStatus, to: TaskStatus) throws(Refusal) {
        let moves = allowed(from: from)
        guard moves.contains(to) else {
            throw .illegalTransition(
                field: "status", from: from.rawValue, to: to.rawValue,
                allowed: moves.map(\.rawValue))
        }
    }
}
