// Everything that the hub can be asked to do, one case each, and who asks.

/// A command, decoded and checked field by field, but not yet decided.
package enum Command: Sendable {
    case createLead(CreateLead)
    case updateLead(UpdateLead)
    case convertLead(ConvertLead)
    case deleteEntity(DeleteEntity)
    case publishEvents(PublishEvents)
    case recordConsent(RecordConsent)
    case eraseSubject(EraseSubject)
    case createOpportunity(CreateOpportunity)
    case updateOpportunity(UpdateOpportunity)
    case createOrder(CreateOrder)
    case updateOrder(UpdateOrder)
    case scheduleDelivery(ScheduleDelivery)
    case updateDelivery(UpdateDelivery)
    case createTask(CreateTask)
    case updateTask(UpdateTask)
    case giveFeedback(GiveFeedback)
    case updateNotification(UpdateNotification)
    case decide(DecideCommand)
    case process(ProcessorStep)
    case leaseProcessor(LeaseProcessor)
    case replayDeadLetter(ReplayDeadLetter)
    case revokeTokens(RevokeTokens)
    case createUser(CreateUser)
    case updateUser(UpdateUser)
    case openSession(OpenSession)
    case refreshSession(RefreshSession)
    case endSession(EndSession)
    case saveModel(SaveModel)
    /// Refusals of the gates before the commit, for the audit trail alone.
    case recordDenials([AuditEntry])

    /// What the audit trail calls it.
    package var action: String {
        switch self {
        case .createLead: "lead.create"
        case .updateLead: "lead.update"
        case .convertLead: "lead.convert"
        case .deleteEntity(let command): command.subject.kind.singular + ".delete"
        case .publishEvents: "event.publish"
        case .recordConsent: "consent.record"
        case .eraseSubject: "subject.erase"
        case .createOpportunity: "opportunity.create"
        case .updateOpportunity: "opportunity.update"
        case .createOrder: "order.create"
        case .updateOrder: "order.update"
        case .scheduleDelivery: "delivery.schedule"
        case .updateDelivery: "delivery.update"
        case .createTask: "task.create"
        case .updateTask: "task.update"
        case .giveFeedback: "feedback.give"
        case .updateNotification: "notification.update"
        case .decide: "agent.decide"
        case .process: "processor.step"
        case .leaseProcessor: "processor.lease"
        case .replayDeadLetter: "dead_letter.replay"
        case .revokeTokens: "token.revoke"
        case .createUser: "user.create"
        case .updateUser: "user.update"
        case .openSession: "session.open"
        case .refreshSession: "session.refresh"
        case .endSession: "session.end"
        case .saveModel: "model.save"
        case .recordDenials: "denials.record"
        }
    }

    /// What it acts on, as the audit trail names it.
    package var resource: String {
        switch self {
        case .createLead(let command): Lead.subject(command.id)
        case .updateLead(let command): Lead.subject(command.id)
        case .convertLead(let command): Lead.subject(command.id)
        case .deleteEntity(let command): command.subject.text
        case .publishEvents(let command):
            switch command.items.first {
            case .success(let item)? where command.items.count == 1: "events/" + item.id.text
            default: "events"
            }
        case .recordConsent(let command): command.key.subject
        case .eraseSubject(let command): command.subject
        case .createOpportunity(let command): Subject(.opportunities, command.id).text
        case .updateOpportunity(let command): Subject(.opportunities, command.id).text
        case .createOrder(let command): Subject(.orders, command.id).text
        case .updateOrder(let command): Subject(.orders, command.id).text
        case .scheduleDelivery(let command): Subject(.deliveries, command.id).text
        case .updateDelivery(let command): Subject(.deliveries, command.id).text
        case .createTask(let command): Subject(.tasks, command.id).text
        case .updateTask(let command): Subject(.tasks, command.id).text
        case .giveFeedback(let command): command.subject.text
        case .updateNotification(let command): "notifications/" + command.id.text
        case .decide(let command): Subject(.decisions, command.id).text
        case .process(let command): "processors/" + command.processor.rawValue
        case .leaseProcessor(let command): "processors/" + command.processor.rawValue
        case .replayDeadLetter(let command): "dead-letters/" + command.id.text
        case .revokeTokens(let command):
            "tokens/" + command.tokens.claim + "/" + command.tokens.name
        case .createUser(let command): User.subject(command.id)
        case .updateUser(let command): User.subject(command.id)
        case .openSession(let command): UserSession.subject(command.id)
        case .refreshSession(let command): UserSession.subject(command.sessionID)
        case .endSession(let command): UserSession.subject(command.id)
        case .saveModel: "model"
        case .recordDenials: "audit"
        }
    }
}

/// Who asks, in which trace, and under which idempotency key.
package struct CommandContext: Sendable {
    package let principal: Principal
    package let trace: TraceContext
    /// The id of the audit row, made before the commit, so that a lost commit can be looked up.
    package let auditID: UniqueID
    package let idempotency: IdempotencyKey?

    package init(
        principal: Principal, trace: TraceContext, auditID: UniqueID,
        idempotency: IdempotencyKey?
    ) {
        self.principal = principal
        self.trace = trace
        self.auditID = auditID
        self.idempotency = idempotency
    }
}

/// A client's name for one request, and a fingerprint of method, target and body.
package struct IdempotencyKey: Hashable, Sendable {
    package let key: String
    /// 16 bytes of a SHA-256.
    package let fingerprint: [UInt8]

    package init(key: String, fingerprint: [UInt8]) {
        self.key = key
        self.fingerprint = fingerprint
    }
}
