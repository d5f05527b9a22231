// Who did what to which resource, when, and whether it was allowed. Rows are numbered densely
// when they commit, so that they can be sealed in that order.

/// The gate that let a request pass or refused it, in the order of the gates.
package enum Layer: String, CaseIterable, Sendable {
    case rateLimit = "rate_limit"
    case authentication
    case authorization
    case consent
    case business
}

/// One line of the audit trail.
package struct AuditEntry: Equatable, Sendable {
    package let id: UniqueID
    package let userID: String
    package let action: String
    package let resource: String
    package let time: Timestamp
    package let success: Bool
    package let layer: Layer
    /// The refusal's code; nil on success.
    package let reason: String?
    package let traceID: String
    /// How many equal refusals this line stands for; floods are aggregated.
    package let count: Int

    package init(
        id: UniqueID, userID: String, action: String, resource: String, time: Timestamp,
        success: Bool, layer: Layer, reason: String?, traceID: String, count: Int
    ) {
        self.id = id
        self.userID = userID
        self.action = action
        self.resource = resource
        self.time = time
        self.success = success
        self.layer = layer
        self.reason = reason
        self.traceID = traceID
        self.count = count
    }

    /// The line for a command's outcome.
    package init(
        _ command: Command, by context: CommandContext, at time: Timestamp, refusal: Refusal?
    ) {
        var layer = Layer.business
        switch refusal {
        case .consentRequired: layer = .consent
        case .unauthenticated: layer = .authentication
        default: break
        }
        self.init(
            id: context.auditID, userID: context.principal.subject, action: command.action,
            resource: command.resource, time: time, success: refusal == nil, layer: layer,
            reason: refusal?.code, traceID: context.trace.traceID, count: 1)
    }
}
