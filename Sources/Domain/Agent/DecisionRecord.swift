// A decision as it is kept: the question, the answer and everything that explains it, so that
// feedback can teach and anybody can ask why.

/// A decision of the agent as it is stored and shown; it never changes.
package struct DecisionRecord: Equatable, Sendable {
    package let id: UniqueID
    package let subject: Subject
    /// The lead behind the subject, as far as one is known.
    package let leadID: UniqueID?
    /// The context's JSON text, an object on one line, exactly as it was sent.
    package let context: [UInt8]
    package let mode: DecisionMode
    package let agent: AgentDecision
    package let actor: String
    package let createdAt: Timestamp

    package init(
        id: UniqueID, subject: Subject, leadID: UniqueID?, context: [UInt8], mode: DecisionMode,
        agent: AgentDecision, actor: String, createdAt: Timestamp
    ) {
        self.id = id
        self.subject = subject
        self.leadID = leadID
        self.context = context
        self.mode = mode
        self.agent = agent
        self.actor = actor
        self.createdAt = createdAt
    }
}
