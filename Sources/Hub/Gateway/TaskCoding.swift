// Bodies of `/task/tasks` and `/task/feedback`.

import Domain
import Wire

/// Bodies about tasks.
enum TaskCoding {
    /// `POST /task/tasks`.
    static func create(
        _ document: JSONDocument, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        var fields = try CommandCoding.fields(document, purpose: .contract)
        let title = try fields.shortText("title").required("title")
        var command = CreateTask(id: ids.next(), eventID: ids.next(), title: title)
        command.subject = try fields.subject("subject", kinds: EntityKind.allCases)
        command.assignee = try fields.shortText("assignee")
        command.due = try fields.time("due")
        if let priority = try fields.choice("priority", of: TaskPriority.self) {
            command.priority = priority
        }
        command.description = try fields.prose("description")
        try fields.finish()
        return .createTask(command)
    }

    /// `PATCH /task/tasks/{id}` (RFC 7396).
    static func update(
        _ document: JSONDocument, id: UniqueID, ifMatch: [Int]?, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        var fields = try CommandCoding.fields(document, purpose: .contract)
        var command = UpdateTask(id: id, eventID: ids.next())
        command.ifMatch = ifMatch
        if fields.has("title") {
            command.title = try fields.shortText("title").notCleared("title")
        }
        if fields.has("assignee") { command.assignee = .some(try fields.shortText("assignee")) }
        if fields.has("due") { command.due = .some(try fields.time("due")) }
        if fields.has("priority") {
            command.priority = try fields.choice("priority", of: TaskPriority.self)
                .notCleared("priority")
        }
        if fields.has("status") {
            command.status = try fields.choice("status", of: TaskStatus.self)
                .notCleared("status")
        }
        if fields.has("description") {
            command.description = .some(try fields.prose("description"))
        }
        try fields.finish()
        return .updateTask(command)
    }
}

/// Bodies of feedback.
enum FeedbackCoding {
    /// `POST /task/feedback`.
    static func give(
        _ document: JSONDocument, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        var fields = try CommandCoding.fields(document, purpose: .contract)
        let subject = try fields.subject("subject", kinds: GiveFeedback.kinds)
            .required("subject")
        var command = GiveFeedback(id: ids.next(), eventID: ids.next(), subject: subject)
        command.rating = try fields.integer("rating")
        command.reward = try fields.number("reward")
        command.comment = try fields.prose("comment")
        try fields.finish()
        return .giveFeedback(command)
    }
}
