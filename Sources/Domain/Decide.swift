// The heart: a command and the facts go in, a decision or a refusal comes out. Pure, so that any
// run can be replayed and thousands of generated histories can be tested.

/// What follows from a command: rows to write, events to append, and what to answer.
package struct Decision: Sendable {
    package var changes: [Change]
    package var events: [Event]
    package var answer: Answer

    package init(changes: [Change], events: [Event], answer: Answer) {
        self.changes = changes
        self.events = events
        self.answer = answer
    }
}

/// One row to write.
package enum Change: Equatable, Sendable {
    case insertLead(Lead)
    case updateLead(Lead)
    case insertEventSource(EventSource, event: UniqueID)
    case recordConsent(ConsentRecord)
}

/// What the client is told.
package enum Answer: Sendable {
    /// 201 with `Location`.
    case created(Lead)
    /// 200.
    case lead(Lead)
    /// 202: an id or a refusal for each item.
    case accepted([Result<UniqueID, Refusal>], isArray: Bool)
    /// 201.
    case consent(ConsentRecord)
    /// Nothing to say: nobody waits.
    case recorded
}

/// Decides one command.
package func decide(
    _ command: Command, given facts: Facts, by context: CommandContext, at time: Timestamp
) throws(Refusal) -> Decision {
    switch command {
    case .createLead(let command): try command.decide(given: facts, by: context, at: time)
    case .updateLead(let command): try command.decide(given: facts, by: context, at: time)
    case .publishEvents(let command): try command.decide(given: facts, by: context, at: time)
    case .recordConsent(let command): try command.decide(given: facts, by: context, at: time)
    case .recordDenials: Decision(changes: [], events: [], answer: .recorded)
    }
}
