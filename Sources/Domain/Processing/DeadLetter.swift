// An event that a processor could not deal with: set aside, so that its neighbours go on, and kept
// until somebody lets it be tried again.

/// Where a dead letter stands.
package enum DeadLetterState: String, CaseIterable, Sendable {
    /// Set aside.
    case waiting
    /// To be tried again as soon as its processor comes to it.
    case replaying
    case replayed
}

/// An event set aside.
package struct DeadLetter: Equatable, Sendable {
    package let id: UniqueID
    package let processor: ProcessorName
    package let eventID: UniqueID
    package let position: UInt64
    /// Why it failed the last time.
    package var reason: String
    /// How often it failed.
    package var attempts: Int
    package var state: DeadLetterState
    package let createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        id: UniqueID, processor: ProcessorName, eventID: UniqueID, position: UInt64,
        reason: String, attempts: Int, state: DeadLetterState, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.processor = processor
        self.eventID = eventID
        self.position = position
        self.reason = reason
        self.attempts = attempts
        self.state = state
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// Lets a dead letter be tried again.
package struct ReplayDeadLetter: Sendable {
    package let id: UniqueID

    package init(id: UniqueID) {
        self.id = id
    }

    /// Decides it: one that was replayed is not replayed again; asking twice is asking once.
    package func decide(given facts: Facts, at time: Timestamp) throws(Refusal) -> Decision {
        guard var letter = facts.deadLetters[id] else {
            throw .notFound("dead-letters/" + id.text)
        }
        switch letter.state {
        case .replayed:
            throw .illegalTransition(
                field: "state", from: letter.state.rawValue,
                to: DeadLetterState.replaying.rawValue, allowed: [])
        case .replaying:
            return Decision(changes: [], events: [], answer: .deadLetter(letter))
        case .waiting:
            letter.state = .replaying
            letter.updatedAt = time
            return Decision(
                changes: [.updateDeadLetter(letter)], events: [], answer: .deadLetter(letter))
        }
    }
}

/// Keeps a snapshot of the model, so that a start need not fold the whole log.
package struct SaveModel: Sendable, Equatable {
    /// The position of the last event that is folded in.
    package let position: UInt64
    /// How much was learned.
    package let version: UInt64
    /// As `ModelState.serialized()` gives it.
    package let bytes: [UInt8]

    package init(position: UInt64, version: UInt64, bytes: [UInt8]) {
        self.position = position
        self.version = version
        self.bytes = bytes
    }
}
