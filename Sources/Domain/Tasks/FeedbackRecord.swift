// Somebody's word on how a thing went: a rating, a reward, a comment. What the model learns of it
// is joined by the id of the subject.

/// Feedback as it is stored and shown; it never changes.
package struct FeedbackRecord: Equatable, Sendable {
    package let id: UniqueID
    package let subject: Subject
    /// The lead behind the subject, as far as one is known.
    package let leadID: UniqueID?
    /// 1 to 5.
    package let rating: Int?
    /// −1 to 1.
    package let reward: Double?
    package let comment: String?
    package let actor: String
    package let createdAt: Timestamp

    package init(
        id: UniqueID, subject: Subject, leadID: UniqueID?, rating: Int?, reward: Double?,
        comment: String?, actor: String, createdAt: Timestamp
    ) {
        self.id = id
        self.subject = subject
        self.leadID = leadID
        self.rating = rating
        self.reward = reward
        self.comment = comment
        self.actor = actor
        self.createdAt = createdAt
    }
}

/// New feedback.
package struct GiveFeedback: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    package let subject: Subject
    package var rating: Int?
    package var reward: Double?
    package var comment: String?

    /// The kinds of things that feedback may be about.
    package static let kinds: [EntityKind] = [.tasks, .decisions, .leads, .orders, .deliveries]

    package init(id: UniqueID, eventID: UniqueID, subject: Subject) {
        self.id = id
        self.eventID = eventID
        self.subject = subject
    }

    /// Decides it: it must say something, within bounds, about something that exists.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        try facts.refuseForeign(
            subject, field: "subject", to: context.principal, by: .giveFeedback)
        let lead = facts.lead(behind: subject)
        try facts.checkConsent(ofLead: lead)
        guard GiveFeedback.kinds.contains(subject.kind) else {
            throw .invalidField("subject", "can't be given feedback")
        }
        try facts.require(subject, field: "subject")
        guard rating != nil || reward != nil || comment != nil else {
            throw .invalidField("rating", "is required, or a reward or a comment")
        }
        guard rating.map({ (1...5).contains($0) }) ?? true else {
            throw .invalidField("rating", "must be 1 to 5")
        }
        guard reward.map({ (-1...1).contains($0) }) ?? true else {
            throw .invalidField("reward", "must be -1 to 1")
        }
        let record = FeedbackRecord(
            id: id, subject: subject, leadID: lead, rating: rating, reward: reward,
            comment: comment, actor: context.principal.subject, createdAt: time)
        let event = Event(
            id: eventID, name: "feedback_received", subject: subject.text,
            data: .feedback(record),
            of: facts.ownership(ofLead: lead, holder: record.actor), by: context, at: time)
        return Decision(
            changes: [.insertFeedback(record)], events: [event], answer: .feedback(record))
    }
}
