// The heart: a command and the facts go in, a decision or a refusal comes out. Pure, so that any
// run can be replayed and thousands of generated histories can be tested.

/// What follows from a command: rows to write, events to append, and what to answer.
package struct Decision: Sendable {
    package var changes: [Change]
    package var events: [Event]
    package var answer: Answer
    /// What the client is told instead, though the changes are made.
    package var refusal: Refusal?

    package init(
        changes: [Change], events: [Event], answer: Answer, refusal: Refusal? = nil
    ) {
        self.changes = changes
        self.events = events
        self.answer = answer
        self.refusal = refusal
    }
}

/// One row to write.
package enum Change: Equatable, Sendable {
    case insertLead(Lead)
    case updateLead(Lead)
    case insertEventSource(EventSource, event: UniqueID)
    case recordConsent(ConsentRecord)
    /// The lead's row and those about it lose what is personal, and it is there no longer.
    case eraseLead(UniqueID, at: Timestamp)
    /// The texts of a subject's events become tombstones.
    case eraseEvents(EventErasure)
    case insertOpportunity(Opportunity)
    case updateOpportunity(Opportunity)
    case insertOrder(Order)
    case updateOrder(Order)
    case insertDelivery(Delivery)
    case updateDelivery(Delivery)
    case insertTask(Task)
    case updateTask(Task)
    case insertFeedback(FeedbackRecord)
    case insertNotification(Notification)
    case updateNotification(Notification)
    case insertDecision(DecisionRecord)
    /// A lead's score and its factors, and one more score counted; the lead's version stays.
    case setLeadScore(UniqueID, OutcomeScore)
    /// Where a branch of a reported event stands; replaces what stood there.
    case setBranch(event: UniqueID, branch: EventBranch, state: BranchState, result: FieldValue)
    case insertLog(LogEntry)
    case insertWorkflowRun(WorkflowRun)
    case insertDeadLetter(DeadLetter)
    case updateDeadLetter(DeadLetter)
    case moveCursor(ProcessorName, to: UInt64)
    case setLease(ProcessorName, ProcessorState)
    case saveModel(SaveModel)
    case revoke(Revocation)
    /// The sessions whose tokens are taken back: those of a user, or one.
    case endSessions(Revocation)
    case insertUser(User)
    case updateUser(User)
    case insertSession(UserSession)
    case updateSession(UserSession)
}

/// What the client is told.
package enum Answer: Sendable {
    /// 201 with `Location`.
    case created(Lead)
    /// 200.
    case lead(Lead)
    /// 201 with the `Location` of the opportunity, or 200 if none was made.
    case converted(Lead)
    /// 204.
    case deleted
    /// 202: an id or a refusal for each item.
    case accepted([Result<UniqueID, Refusal>], isArray: Bool)
    /// 201.
    case consent(ConsentRecord)
    /// 200.
    case erased(ErasureRecord)
    /// 201 with `Location`, or 200.
    case opportunity(Opportunity, isNew: Bool)
    case order(Order, isNew: Bool)
    case delivery(Delivery, isNew: Bool)
    case task(Task, isNew: Bool)
    /// 201.
    case feedback(FeedbackRecord)
    /// 200.
    case decision(DecisionRecord)
    /// 200.
    case notification(Notification)
    /// 202: it is tried again by its processor.
    case deadLetter(DeadLetter)
    /// 201.
    case revoked(Revocation)
    /// 201 with `Location`, or 200.
    case user(User, isNew: Bool)
    /// 200, with tokens that the loop makes.
    case session(SessionGrant)
    /// 204.
    case sessionEnded
    /// The lease is the asker's.
    case leased(cursor: UInt64)
    /// A step is done: how many events it made, and how many it set aside.
    case processed(effects: Int, deadLetters: Int)
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
    case .convertLead(let command): try command.decide(given: facts, by: context, at: time)
    case .deleteEntity(let command): try command.decide(given: facts, by: context, at: time)
    case .publishEvents(let command): try command.decide(given: facts, by: context, at: time)
    case .recordConsent(let command): try command.decide(given: facts, by: context, at: time)
    case .eraseSubject(let command): try command.decide(given: facts, by: context, at: time)
    case .createOpportunity(let command): try command.decide(given: facts, by: context, at: time)
    case .updateOpportunity(let command): try command.decide(given: facts, by: context, at: time)
    case .createOrder(let command): try command.decide(given: facts, by: context, at: time)
    case .updateOrder(let command): try command.decide(given: facts, by: context, at: time)
    case .scheduleDelivery(let command): try command.decide(given: facts, by: context, at: time)
    case .updateDelivery(let command): try command.decide(given: facts, by: context, at: time)
    case .createTask(let command): try command.decide(given: facts, by: context, at: time)
    case .updateTask(let command): try command.decide(given: facts, by: context, at: time)
    case .giveFeedback(let command): try command.decide(given: facts, by: context, at: time)
    case .updateNotification(let command): try command.decide(given: facts, by: context, at: time)
    case .decide(let command): try command.decide(given: facts, by: context, at: time)
    case .process(let command): try command.decide(given: facts, at: time)
    case .leaseProcessor(let command): try command.decide(given: facts, at: time)
    case .replayDeadLetter(let command): try command.decide(given: facts, at: time)
    case .revokeTokens(let command): command.decide(by: context, at: time)
    case .createUser(let command): try command.decide(given: facts, at: time)
    case .updateUser(let command): try command.decide(given: facts, by: context, at: time)
    case .openSession(let command): try command.decide(given: facts, at: time)
    case .refreshSession(let command): try command.decide(given: facts, at: time)
    case .endSession(let command): try command.decide(given: facts, by: context, at: time)
    case .saveModel(let command):
        Decision(changes: [.saveModel(command)], events: [], answer: .recorded)
    case .recordDenials: Decision(changes: [], events: [], answer: .recorded)
    }
}
