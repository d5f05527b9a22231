// A message to one person's inbox: unseen, seen, read, archived.

/// How far somebody has dealt with a message.
package enum NotificationState: String, CaseIterable, Sendable {
    case unseen, seen, read, archived
}

/// A message as it is stored and shown.
package struct Notification: Equatable, Sendable {
    package let id: UniqueID
    /// The subject of a token.
    package let recipient: String
    /// Such as `delivery`, or the id of a rule.
    package let category: String
    package let title: String
    package let body: String
    package let subject: String?
    package let createdAt: Timestamp
    package var seenAt: Timestamp?
    package var readAt: Timestamp?
    package var archivedAt: Timestamp?

    package init(
        id: UniqueID, recipient: String, category: String, title: String, body: String,
        subject: String?, createdAt: Timestamp, seenAt: Timestamp? = nil,
        readAt: Timestamp? = nil, archivedAt: Timestamp? = nil
    ) {
        self.id = id
        self.recipient = recipient
        self.category = category
        self.title = title
        self.body = body
        self.subject = subject
        self.createdAt = createdAt
        self.seenAt = seenAt
        self.readAt = readAt
        self.archivedAt = archivedAt
    }

    /// The furthest that it has come.
    package var state: NotificationState {
        if archivedAt != nil { return .archived }
        if readAt != nil { return .read }
        return seenAt != nil ? .seen : .unseen
    }
}

/// What the recipient says of a message: that it was seen, read, or put away.
package struct UpdateNotification: Sendable {
    package let id: UniqueID
    package let state: NotificationState

    package init(id: UniqueID, state: NotificationState) {
        self.id = id
        self.state = state
    }

    /// Decides it: only forwards, once each, and for the recipient alone.
    ///
    /// To others the message does not exist.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        guard let current = facts.notifications[id],
            ExactText(current.recipient) == context.principal.exactSubject
        else { throw .notFound("notifications/" + id.text) }
        var notification = current
        switch state {
        case .unseen: throw .invalidField("state", "must be seen, read or archived")
        case .seen: notification.seenAt = current.seenAt ?? time
        case .read:
            notification.seenAt = current.seenAt ?? time
            notification.readAt = current.readAt ?? time
        case .archived:
            notification.seenAt = current.seenAt ?? time
            notification.archivedAt = current.archivedAt ?? time
        }
        let changes: [Change] =
            notification == current ? [] : [.updateNotification(notification)]
        return Decision(changes: changes, events: [], answer: .notification(notification))
    }
}
