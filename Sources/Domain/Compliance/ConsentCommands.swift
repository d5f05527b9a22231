// Granting and withdrawing consent: one row of history, and the record of what holds now.

/// One entry of the append-only history.
package struct ConsentRecord: Equatable, Sendable {
    package let id: UniqueID
    package let key: ConsentKey
    package let status: ConsentStatus
    package let actor: String
    package let time: Timestamp

    package init(
        id: UniqueID, key: ConsentKey, status: ConsentStatus, actor: String, time: Timestamp
    ) {
        self.id = id
        self.key = key
        self.status = status
        self.actor = actor
        self.time = time
    }
}

/// A grant or a withdrawal.
package struct RecordConsent: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    package let key: ConsentKey
    package let status: ConsentStatus
    package var found = FoundEvents()

    package init(id: UniqueID, eventID: UniqueID, key: ConsentKey, status: ConsentStatus) {
        self.id = id
        self.eventID = eventID
        self.key = key
        self.status = status
    }

    /// Whether it ends the consent under which a user's events were kept.
    package var erasesEvents: Bool {
        // By bytes: a name that begins with a combining mark is one character with the slash.
        status == .withdrawn && key.purpose == .eventProcessing
            && key.subject.utf8.starts(with: "users/".utf8)
    }

    /// Decides it: always recorded, and always an event, for the history is what proves consent.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        let record = ConsentRecord(
            id: id, key: key, status: status, actor: context.principal.subject, time: time)
        let event = Event(
            id: eventID, name: status == .granted ? "consent_granted" : "consent_withdrawn",
            subject: key.subject, time: time, actor: context.principal.subject,
            traceparent: context.trace.traceparent, data: .consent(record),
            ownership: Subject(key.subject).map { facts.ownership(of: $0) } ?? Ownership())
        var changes = [Change.recordConsent(record)]
        if erasesEvents {
            changes.append(.eraseEvents(EventErasure(subject: key.subject, found: found)))
        }
        return Decision(changes: changes, events: [event], answer: .consent(record))
    }
}
