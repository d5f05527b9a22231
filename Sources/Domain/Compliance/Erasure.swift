// Erasing what is known of a person: the texts of all events about them become tombstones in the
// transaction that says so, rows lose what is personal, and consent is withdrawn, so that nothing
// about them is processed any more. Withdrawing the consent under which a person's events were kept
// erases those events, too.

/// Events about a subject that were found before the command was decided.
package struct FoundEvents: Equatable, Sendable {
    /// Where they are.
    package var positions: [UInt64] = []
    /// The last position that was looked at; what came later is found when the command commits.
    package var through: UInt64 = 0

    package init() {}
}

/// The events to erase.
package struct EventErasure: Equatable, Sendable {
    /// `leads/<uuid>` or `users/<id>`.
    package let subject: String
    package let found: FoundEvents

    package init(subject: String, found: FoundEvents) {
        self.subject = subject
        self.found = found
    }
}

/// What is said of an erasure.
package struct ErasureRecord: Equatable, Sendable {
    package let subject: String
    package let actor: String
    package let time: Timestamp

    package init(subject: String, actor: String, time: Timestamp) {
        self.subject = subject
        self.actor = actor
        self.time = time
    }
}

/// Erases a person.
package struct EraseSubject: Sendable {
    package let eventID: UniqueID
    package let consentID: UniqueID
    /// `leads/<uuid>` or `users/<id>`.
    package let subject: String
    package var found = FoundEvents()

    package init(eventID: UniqueID, consentID: UniqueID, subject: String) {
        self.eventID = eventID
        self.consentID = consentID
        self.subject = subject
    }

    /// The lead that is erased; nil for a user whom events name.
    package var leadID: UniqueID? {
        guard let subject = Subject(subject), subject.kind == .leads else { return nil }
        return subject.id
    }

    /// The consent that ends with it.
    package var consentKey: ConsentKey {
        ConsentKey(subject: subject, purpose: leadID == nil ? .eventProcessing : .contract)
    }

    /// Decides it: a lead must be there, or have been deleted; a user is whoever events name.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        var changes: [Change] = []
        var ownership = Ownership()
        if let leadID {
            guard let lead = facts.leads[leadID] ?? facts.deletedLeads[leadID] else {
                throw .notFound(subject)
            }
            ownership = lead.ownership
            changes.append(.eraseLead(leadID, at: time))
        }
        changes.append(
            .recordConsent(
                ConsentRecord(
                    id: consentID, key: consentKey, status: .withdrawn,
                    actor: context.principal.subject, time: time)))
        changes.append(.eraseEvents(EventErasure(subject: subject, found: found)))
        let record = ErasureRecord(
            subject: subject, actor: context.principal.subject, time: time)
        let event = Event(
            id: eventID, name: "subject_erased", subject: subject, time: time,
            actor: context.principal.subject, traceparent: context.trace.traceparent,
            data: .erasure(record), ownership: ownership)
        return Decision(changes: changes, events: [event], answer: .erased(record))
    }
}

extension Command {
    /// Whose events it erases; nil for any other command.
    package var erasedSubject: String? {
        switch self {
        case .eraseSubject(let command): command.subject
        case .recordConsent(let command) where command.erasesEvents: command.key.subject
        default: nil
        }
    }

    /// The same command, knowing where the events are.
    package func erasing(_ found: FoundEvents) -> Command {
        switch self {
        case .eraseSubject(var command):
            command.found = found
            return .eraseSubject(command)
        case .recordConsent(var command):
            command.found = found
            return .recordConsent(command)
        default: return self
        }
    }
}
