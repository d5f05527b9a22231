// A fact that was decided: what is stored once, and pushed to everybody who listens.

/// An event before it has a position; the log gives it one when it commits.
package struct Event: Equatable, Sendable {
    package let id: UniqueID
    /// `lead_created`: the SSE `event:` field and what filters match.
    package let name: String
    /// `leads/<uuid>`.
    package let subject: String
    package let time: Timestamp
    package let actor: String
    package let traceparent: String
    package let data: EventData

    package init(
        id: UniqueID, name: String, subject: String, time: Timestamp, actor: String,
        traceparent: String, data: EventData
    ) {
        self.id = id
        self.name = name
        self.subject = subject
        self.time = time
        self.actor = actor
        self.traceparent = traceparent
        self.data = data
    }
}

/// What an event says: the entity as it now is, or what was reported.
package enum EventData: Equatable, Sendable {
    case lead(Lead, changed: [String])
    case unified(UnifiedEvent)
    case consent(ConsentRecord)
}
