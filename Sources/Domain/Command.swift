// Everything that the hub can be asked to do, one case each, and who asks.

/// A command, decoded and checked field by field, but not yet decided.
package enum Command: Sendable {
    case createLead(CreateLead)
    case updateLead(UpdateLead)
    case publishEvents(PublishEvents)
    case recordConsent(RecordConsent)
    /// Refusals of the gates before the commit, for the audit trail alone.
    case recordDenials([AuditEntry])

    /// What the audit trail calls it.
    package var action: String {
        switch self {
        case .createLead: "lead.create"
        case .updateLead: "lead.update"
        case .publishEvents: "event.publish"
        case .recordConsent: "consent.record"
        case .recordDenials: "denials.record"
        }
    }

    /// What it acts on, as the audit trail names it.
    package var resource: String {
        switch self {
        case .createLead(let command): Lead.subject(command.id)
        case .updateLead(let command): Lead.subject(command.id)
        case .publishEvents(let command):
            switch command.items.first {
            case .success(let item)? where command.items.count == 1: "events/" + item.id.text
            default: "events"
            }
        case .recordConsent(let command): command.key.subject
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
