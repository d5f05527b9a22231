// Tasks and feedback as clients see them: in answers, in lists, and as the data of their events.

package import Domain
package import Wire

/// The representation of a task.
package enum TaskJSON {
    /// Appends the object; in an event of a change, with the names of the fields that changed.
    package static func append(
        _ task: Domain.Task, changed: [String] = [], to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("id", task.id.text)
        writer.member("title", task.title)
        writer.member("subject", task.subject)
        writer.member("lead_id", task.leadID?.text)
        writer.member("assignee", task.assignee)
        writer.member("due", task.due?.text)
        writer.member("priority", task.priority.rawValue)
        writer.member("status", task.status.rawValue)
        writer.member("description", task.description)
        writer.name("origin")
        if let origin = task.origin {
            writer.beginObject()
            writer.member("rule", origin.rule)
            writer.member("event", origin.eventID.text)
            writer.endObject()
        } else {
            writer.null()
        }
        writer.member("version", task.version)
        writer.member("created_at", task.createdAt.text)
        writer.member("updated_at", task.updatedAt.text)
        if let time = task.deletedAt { writer.member("deleted_at", time.text) }
        if !changed.isEmpty { writer.member("changed", changed) }
        writer.endObject()
    }
}

/// The representation of feedback.
package enum FeedbackJSON {
    /// Appends the object.
    package static func append(_ feedback: FeedbackRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", feedback.id.text)
        writer.member("subject", feedback.subject.text)
        writer.member("lead_id", feedback.leadID?.text)
        writer.name("rating")
        if let rating = feedback.rating { writer.integer(rating) } else { writer.null() }
        writer.member("reward", feedback.reward)
        writer.member("comment", feedback.comment)
        writer.member("actor", feedback.actor)
        writer.member("created_at", feedback.createdAt.text)
        writer.endObject()
    }
}
