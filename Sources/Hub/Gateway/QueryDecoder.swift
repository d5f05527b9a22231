// Which query a read route asks: the id in its path, or the page and the filters in its parameters.

import Domain
import EventLog
import Store

/// Makes the query of a request that passed the gates.
struct QueryDecoder {
    let admitted: AdmittedRequest
    let token: VerifiedToken
    let log: EventLog

    /// Who reads.
    private var reader: Principal { token.principal }

    /// Reads path and parameters.
    func query() throws(Refusal) -> ReadQuery {
        switch admitted.route {
        case .listLeads: return .leads(try LeadsParameters.read(admitted.parameters, for: reader))
        case .readLead: return .lead(try QueryIdentifier.read(admitted, "leads/"))
        case .readEvent: return .event(try QueryIdentifier.read(admitted, "events/"))
        case .events:
            var query = try HistoryParameters.read(admitted, log: log)
            query.scope = OwnershipScope(of: reader)
            return .history(query)
        case .listChecks: return .history(try CheckParameters.read(admitted.parameters))
        case .listAudit: return .auditRows(try AuditParameters.page(admitted.parameters))
        case .readAuditCheckpoint:
            return .auditEvidence(
                of: nil, from: try AuditParameters.from(admitted.parameters))
        case .readAuditProof:
            return .auditEvidence(of: try QueryIdentifier.read(admitted, "audit/"), from: nil)
        case .countNotifications:
            try ParameterReader(admitted.parameters).finish()
            return .notificationCounts(recipient: reader.subject)
        case .listProcessors:
            try ParameterReader(admitted.parameters).finish()
            return .processors
        case .renewStream:
            try ParameterReader(admitted.parameters).finish()
            return .renew(
                StreamRenewal(
                    stream: try StreamQuery.name(admitted.id ?? ""),
                    credential: token.credential, expirySeconds: token.expirySeconds))
        default: break
        }
        if let kind = admitted.route.timelineKind {
            return .timeline(try TimelineParameters.read(admitted, of: kind, for: reader))
        }
        guard let kind = admitted.route.recordKind else {
            preconditionFailure("\(admitted.route) is no query")
        }
        if admitted.route.isItem {
            return .record(
                RecordQuery(
                    kind, try QueryIdentifier.read(admitted, kind.rawValue + "/"),
                    reader: admitted.route.limited(reader)))
        }
        var query = try records(kind)
        query.reader = admitted.route.limited(reader)
        return .records(query)
    }

    /// A page of records.
    ///
    /// What the path or the reader says is no parameter.
    private func records(_ kind: RecordKind) throws(Refusal) -> RecordsQuery {
        var fixed: [String: FilterValue] = [:]
        switch admitted.route {
        case .listNotifications: fixed["recipient"] = .text(reader.subject)
        case .listOwnSessions: fixed["user"] = .text(reader.subject)
        case .listWorkflowRuns:
            let id = admitted.id ?? ""
            guard WorkflowRule.standard.contains(where: { $0.id == id }) else {
                throw .notFound("workflows/" + id)
            }
            fixed["rule"] = .text(id)
        default: break
        }
        return try RecordsParameters.read(admitted.parameters, kind: kind, fixed: fixed)
    }
}

extension Route {
    /// The records that it reads; nil if it reads none.
    var recordKind: RecordKind? {
        switch self {
        case .listOpportunities, .readOpportunity: .opportunities
        case .listOrders, .readOrder: .orders
        case .listDeliveries, .readDelivery: .deliveries
        case .listTasks, .readTask: .tasks
        case .listFeedback, .readFeedback: .feedback
        case .listDecisions, .readDecision: .decisions
        case .listNotifications, .readNotification: .notifications
        case .listConsents: .consents
        case .listLogs: .logs
        case .listWorkflowRuns: .workflowRuns
        case .listDeadLetters, .readDeadLetter: .deadLetters
        case .listUsers, .readUser: .users
        case .listOwnSessions, .listSessions: .sessions
        default: nil
        }
    }

    /// Whether its path names one thing.
    var isItem: Bool { name.hasSuffix(".read") }

    /// What it is about, in words.
    var entity: String { String(name.prefix { $0 != "." }) }
}
