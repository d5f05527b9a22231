// Checks as they are listed: what each event of a check says, and where it stands in the log.

import Domain
import EventLog
import Wire

/// A page of checks.
enum CheckJSON {
    /// The events of checks, each as one flat object.
    static func text(_ events: [LoggedEvent], nextCursor: String?) -> [UInt8] {
        CollectionJSON.text(events, nextCursor: nextCursor) { append($0, to: &$1) }
    }

    private static func append(_ event: LoggedEvent, to writer: inout JSONWriter) {
        writer.beginObject()
        if let document = try? JSONDocument(Array(event.text)) {
            for name in ["id", "subject", "time", "traceparent"] {
                writer.member(
                    named: name,
                    document.member(name, of: document.root).flatMap(document.string))
            }
            if let data = document.member("data", of: document.root) {
                for member in document.members(data) {
                    writer.name(text: member.name)
                    writer.raw(document.raw(member.value))
                }
            }
        }
        writer.name("position")
        writer.quotedInteger(event.position)
        writer.endObject()
    }
}
