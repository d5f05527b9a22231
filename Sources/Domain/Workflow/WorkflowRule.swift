// A workflow rule as data: when an event of this type meets these conditions, do that.

/// A rule.
package struct WorkflowRule: Equatable, Sendable {
    package let id: String
    package let name: String
    package let version: Int
    package let enabled: Bool
    /// The event's name; a `*` at the end stands for anything.
    package let eventType: String
    /// All of them must hold.
    package let conditions: [WorkflowCondition]
    /// Done in this order.
    package let actions: [WorkflowAction]

    /// An event this many effects away from what a person did triggers nothing more.
    package static let maxDepth = 8

    package init(
        id: String, name: String, version: Int, enabled: Bool, eventType: String,
        conditions: [WorkflowCondition], actions: [WorkflowAction]
    ) {
        self.id = id
        self.name = name
        self.version = version
        self.enabled = enabled
        self.eventType = eventType
        self.conditions = conditions
        self.actions = actions
    }

    /// Whether an event fires it.
    package func isTriggered(by input: ProcessorInput) -> Bool {
        enabled && input.depth < WorkflowRule.maxDepth
            && NamePattern.matches(input.name, eventType)
            && conditions.allSatisfy { $0.holds(for: input) }
    }

    /// Whether it moves what an event is about, which then must be loaded.
    var movesStage: Bool {
        actions.contains { action in
            if case .moveStage = action { return true }
            return false
        }
    }
}

/// What a rule does.
package enum WorkflowAction: Equatable, Sendable {
    case createTask(TaskTemplate)
    case notify(NotificationTemplate)
    /// The stage of an opportunity, the status of a lead, an order, a delivery or a task.
    case moveStage(to: String)
}

/// A task to make; texts may hold places such as `{data.name}`.
package struct TaskTemplate: Equatable, Sendable {
    package let title: String
    /// Nil: the owner, or who did it.
    package let assignee: String?
    /// Nil: no due time.
    package let dueInSeconds: Int?
    package let priority: TaskPriority

    package init(title: String, assignee: String?, dueInSeconds: Int?, priority: TaskPriority) {
        self.title = title
        self.assignee = assignee
        self.dueInSeconds = dueInSeconds
        self.priority = priority
    }
}

/// A message to send; texts may hold places such as `{data.name}`.
package struct NotificationTemplate: Equatable, Sendable {
    /// Nil: the owner, or who did it.
    package let recipient: String?
    package let title: String
    package let body: String

    package init(recipient: String?, title: String, body: String) {
        self.recipient = recipient
        self.title = title
        self.body = body
    }
}
