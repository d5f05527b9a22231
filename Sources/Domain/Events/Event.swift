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
    /// What came with the trace, for an event of a command; nil for nothing.
    package var tracestate: String?
    /// Nil for what a person or another program did.
    package var cause: EventCause?
    /// Whose what it is about is.
    package var ownership: Ownership
    /// The lead that it concerns, where its data doesn't say so.
    package var lead: UniqueID?

    package init(
        id: UniqueID, name: String, subject: String, time: Timestamp, actor: String,
        traceparent: String, data: EventData, cause: EventCause? = nil,
        ownership: Ownership = Ownership(), lead: UniqueID? = nil
    ) {
        self.id = id
        self.name = name
        self.subject = subject
        self.time = time
        self.actor = actor
        self.traceparent = traceparent
        self.data = data
        self.cause = cause
        self.ownership = ownership
        self.lead = lead
    }

    /// In whose timeline it stands: the lead's that it concerns, else the thing's that it is about;
    /// nil if that has none.
    package var about: UniqueID? {
        if let lead = data.leadID ?? lead { return lead }
        guard let subject = Subject(subject) else { return nil }
        switch subject.kind {
        case .leads, .opportunities, .orders, .deliveries, .tasks: return subject.id
        case .decisions, .events: return nil
        }
    }
}

/// The event that a processor reacted to.
package struct EventCause: Equatable, Sendable {
    package let eventID: UniqueID
    /// How many effects lie between the event and what a person did: 1 or more.
    package let depth: Int

    package init(eventID: UniqueID, depth: Int) {
        self.eventID = eventID
        self.depth = depth
    }
}

/// What an event says: the entity as it now is, or what was reported.
package enum EventData: Equatable, Sendable {
    case lead(Lead, changed: [String])
    case unified(UnifiedEvent)
    case consent(ConsentRecord)
    case erasure(ErasureRecord)
    case opportunity(Opportunity, changed: [String])
    case order(Order, changed: [String])
    case delivery(Delivery, changed: [String])
    case task(Task, changed: [String])
    case feedback(FeedbackRecord)
    case notification(Notification)
    case decision(DecisionRecord)
    case check(CheckRecord)
    case score(ScoreRecord)
    case learning(LearningRecord)
}

extension EventData {
    /// The lead that it concerns, if it says so.
    fileprivate var leadID: UniqueID? {
        switch self {
        case .lead(let lead, _): lead.id
        case .opportunity(let row, _): row.leadID
        case .order(let row, _): row.leadID
        case .delivery(let row, _): row.leadID
        case .task(let row, _): row.leadID
        case .feedback(let record): record.leadID
        case .decision(let record): record.leadID
        case .unified, .consent, .erasure, .notification, .check, .score, .learning: nil
        }
    }
}
