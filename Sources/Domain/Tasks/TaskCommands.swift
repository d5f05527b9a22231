// What can be asked of tasks, and how it is decided.

/// A new task, its fields already checked one by one.
package struct CreateTask: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    package var title: String
    package var subject: Subject?
    /// Nil: who makes it.
    package var assignee: String?
    package var due: Timestamp?
    package var priority: TaskPriority = .normal
    package var description: String?

    package init(id: UniqueID, eventID: UniqueID, title: String) {
        self.id = id
        self.eventID = eventID
        self.title = title
    }

    /// Decides a new task: what it is about must exist.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        if let subject {
            try facts.refuseForeign(
                subject, field: "subject", to: context.principal, by: .writeTasks)
            try facts.checkConsent(ofLead: facts.lead(behind: subject))
            try facts.require(subject, field: "subject")
        }
        let lead = subject.flatMap { facts.lead(behind: $0) }
        var task = Task(
            id: id, title: title, subject: subject?.text,
            assignee: assignee ?? context.principal.subject, due: due, priority: priority,
            status: .open, description: description, origin: nil, version: 1, createdAt: time,
            updatedAt: time)
        task.leadID = lead
        let event = Event(
            id: eventID, name: "task_created", subject: task.reference.text,
            data: .task(task, changed: []),
            of: facts.ownership(ofLead: lead, holder: task.assignee), by: context, at: time)
        return Decision(
            changes: [.insertTask(task)], events: [event], answer: .task(task, isNew: true))
    }
}

/// A change of some fields of a task (RFC 7396: null clears, absent keeps).
package struct UpdateTask: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    /// Versions that the client accepts as the current one; nil: whatever is current.
    package var ifMatch: [Int]?
    package var title: String?
    package var assignee: String??
    package var due: Timestamp??
    package var priority: TaskPriority?
    package var status: TaskStatus?
    package var description: String??

    package init(id: UniqueID, eventID: UniqueID) {
        self.id = id
        self.eventID = eventID
    }

    /// Decides a change: a lost race is 412, an illegal move 409, no change at all no event.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        guard let current = facts.tasks[id] else { throw .notFound("tasks/" + id.text) }
        try facts.refuseForeign(current.reference, to: context.principal, by: .writeTasks)
        try Patch.check(ifMatch, current: current.version)
        var task = try applied(to: current)
        let changed = UpdateTask.changedFields(from: current, to: task)
        guard !changed.isEmpty else {
            return Decision(changes: [], events: [], answer: .task(current, isNew: false))
        }
        task.version = current.version + 1
        task.updatedAt = time
        let event = Event(
            id: eventID, name: "task_updated", subject: task.reference.text,
            data: .task(task, changed: changed),
            of: facts.ownership(
                ofLead: facts.lead(behind: current.reference), holder: task.assignee),
            by: context, at: time)
        return Decision(
            changes: [.updateTask(task)], events: [event], answer: .task(task, isNew: false))
    }

    private func applied(to current: Task) throws(Refusal) -> Task {
        var task = current
        if let title { task.title = title }
        if let assignee { task.assignee = assignee }
        if let due { task.due = due }
        if let priority { task.priority = priority }
        if let description { task.description = description }
        if let status, status != current.status {
            try TaskTransitions.check(from: current.status, to: status)
            task.status = status
        }
        return task
    }

    private static func changedFields(from old: Task, to new: Task) -> [String] {
        var names: [String] = []
        if old.title != new.title { names.append("title") }
        if old.assignee != new.assignee { names.append("assignee") }
        if old.due != new.due { names.append("due") }
        if old.priority != new.priority { names.append("priority") }
        if old.status != new.status { names.append("status") }
        if old.description != new.description { names.append("description") }
        return names
    }
}
