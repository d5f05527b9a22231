// An entry of the unified log as clients see it.

package import Domain
package import Wire

/// The representation of a log entry.
package enum LogJSON {
    /// Appends the object; `data` is the entry's data as JSON text.
    package static func append(
        _ entry: LogEntry, data: [UInt8]?, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("id", entry.id.text)
        writer.member("time", entry.time.text)
        writer.member("level", entry.level.rawValue)
        writer.member("module", entry.module.rawValue)
        writer.member("event_type", entry.eventType)
        writer.member("message", entry.message)
        writer.member("user_id", entry.userID)
        writer.member("task_id", entry.taskID)
        writer.member("trace_id", entry.traceID)
        writer.member("subject", entry.subject)
        writer.name("position")
        if let position = entry.position { writer.quotedInteger(position) } else { writer.null() }
        writer.name("data")
        if let data { writer.raw(data) } else { writer.null() }
        writer.endObject()
    }
}
