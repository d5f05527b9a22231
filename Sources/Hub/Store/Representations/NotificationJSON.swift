// A message of somebody's inbox as clients see it: in answers, in lists, and as the data of its
// event.

package import Domain
package import Wire

/// The representation of a message.
package enum NotificationJSON {
    /// Appends the object.
    package static func append(_ notification: Notification, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", notification.id.text)
        writer.member("recipient", notification.recipient)
        writer.member("category", notification.category)
        writer.member("title", notification.title)
        writer.member("body", notification.body)
        writer.member("subject", notification.subject)
        writer.member("state", notification.state.rawValue)
        writer.member("created_at", notification.createdAt.text)
        writer.member("seen_at", notification.seenAt?.text)
        writer.member("read_at", notification.readAt?.text)
        writer.member("archived_at", notification.archivedAt?.text)
        writer.endObject()
    }
}
