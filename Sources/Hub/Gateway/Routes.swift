// Every route, once: its permission, its purpose, who does its work. The switches are exhaustive,
// so a route that is not described does not compile.

import Domain

/// What a request asks for.
enum Route: UInt8, CaseIterable, Sendable {
    case health, readiness, metrics, version, keySet, dashboard
    case openAPI, asyncAPI, documentation, problemPage
    case createLead, listLeads, readLead, updateLead, convertLead, deleteLead
    case createOpportunity, listOpportunities, readOpportunity, updateOpportunity
    case deleteOpportunity
    case readLeadTimeline, readOpportunityTimeline, readOrderTimeline
    case readLeadMoves, readOpportunityMoves, readOrderMoves, readDeliveryMoves, readTaskMoves
    case createOrder, listOrders, readOrder, updateOrder, deleteOrder
    case scheduleDelivery, listDeliveries, readDelivery, updateDelivery
    case createTask, listTasks, readTask, updateTask, deleteTask
    case giveFeedback, listFeedback, readFeedback
    case listWorkflows, readWorkflow, listWorkflowRuns
    case decide, listDecisions, readDecision, readAgentPolicy
    case publishEvents, readEvent
    case events, webSocket, echo
    case listNotifications, countNotifications, readNotification, updateNotification
    case recordConsent, eraseSubject, listConsents, listPurposes, listPolicies, listChecks
    case listLogs
    case listAudit, verifyAudit, readAuditCheckpoint, readAuditProof
    case listProcessors, listDeadLetters, readDeadLetter, replayDeadLetter
    case revokeTokens, renewStream, issueTicket, listConnections
    case login, refreshSession, endOwnSession, readIdentity, listOwnSessions, endSession
    case createUser, listUsers, readUser, updateUser, listSessions
}

/// Who does the work of a route.
enum RouteWork: Sendable {
    /// The loop, for everybody.
    case open
    /// The committer.
    case command
    /// The store's reader.
    case query
    /// The loop, from what the program holds.
    case table
    /// All loops together.
    case census
    /// The thread that verifies the audit trail.
    case examination
    /// A stream.
    case stream
    /// The loop, which gives a ticket for one.
    case ticket
    /// The loop, then a worker or the committer: what sessions need.
    case session
}

extension Route {
    /// What the caller needs; nil for what everybody may see.
    var permission: Permission? {
        switch self {
        case .health, .readiness, .metrics, .version, .keySet, .dashboard, .echo: nil
        case .openAPI, .asyncAPI, .documentation, .problemPage: nil
        case .login, .refreshSession: nil
        case .endOwnSession, .readIdentity, .listOwnSessions, .endSession: .useSession
        case .createUser, .updateUser: .manageUsers
        case .listUsers, .readUser, .listSessions: .readUsers
        case .createLead, .updateLead, .deleteLead: .writeLeads
        case .convertLead: .convertLeads
        case .listLeads, .readLead, .readLeadTimeline, .readLeadMoves: .readLeads
        case .createOpportunity, .updateOpportunity, .deleteOpportunity: .writeOpportunities
        case .listOpportunities, .readOpportunity, .readOpportunityTimeline,
            .readOpportunityMoves:
            .readOpportunities
        case .createOrder, .updateOrder, .deleteOrder: .writeOrders
        case .listOrders, .readOrder, .readOrderTimeline, .readOrderMoves: .readOrders
        case .scheduleDelivery, .updateDelivery: .writeDeliveries
        case .listDeliveries, .readDelivery, .readDeliveryMoves: .readDeliveries
        case .createTask, .updateTask, .deleteTask: .writeTasks
        case .listTasks, .readTask, .readTaskMoves, .listFeedback, .readFeedback: .readTasks
        case .listWorkflows, .readWorkflow, .listWorkflowRuns: .readTasks
        case .giveFeedback: .giveFeedback
        case .decide: .decide
        case .listDecisions, .readDecision, .readAgentPolicy: .readDecisions
        case .publishEvents: .publishEvents
        case .readEvent: .readEvents
        case .events, .webSocket, .renewStream, .issueTicket: .subscribe
        case .listNotifications, .countNotifications, .readNotification, .updateNotification:
            .readNotifications
        case .recordConsent: .writeConsents
        case .eraseSubject: .eraseSubjects
        case .listConsents: .readConsents
        case .listPurposes, .listPolicies: .readPolicies
        case .listChecks: .readChecks
        case .listLogs: .readLogs
        case .listAudit, .verifyAudit, .readAuditCheckpoint, .readAuditProof: .readAudit
        case .listProcessors, .listDeadLetters, .readDeadLetter: .readProcessors
        case .replayDeadLetter: .manageProcessors
        case .revokeTokens: .revokeTokens
        case .listConnections: .readConnections
        }
    }

    /// Why personal data is used; nil when none is written.
    ///
    /// Consent itself is recorded whatever the record says: a withdrawal needs no consent.
    var purpose: Purpose? {
        switch self {
        case .createLead, .updateLead, .convertLead, .createOpportunity, .updateOpportunity,
            .createOrder, .updateOrder, .scheduleDelivery, .updateDelivery, .createTask,
            .updateTask, .giveFeedback, .decide:
            .contract
        case .publishEvents: .eventProcessing
        case .recordConsent, .eraseSubject, .updateNotification, .replayDeadLetter,
            .revokeTokens, .login, .refreshSession, .endOwnSession, .endSession, .createUser,
            .updateUser, .issueTicket, .deleteLead, .deleteOpportunity, .deleteOrder,
            .deleteTask:
            nil
        case .health, .readiness, .metrics, .version, .keySet, .dashboard, .echo, .listLeads,
            .readLead, .listOpportunities, .readOpportunity, .listOrders, .readOrder,
            .listDeliveries, .readDelivery, .listTasks, .readTask, .listFeedback, .readFeedback,
            .listWorkflows, .readWorkflow, .listWorkflowRuns, .listDecisions, .readDecision,
            .readAgentPolicy,
            .readEvent, .events, .webSocket, .listNotifications, .readNotification,
            .listConsents, .listPurposes, .listPolicies, .listChecks, .listLogs,
            .listProcessors, .listDeadLetters, .readDeadLetter, .countNotifications, .renewStream,
            .listConnections, .readIdentity, .listOwnSessions, .listUsers, .readUser,
            .listSessions, .listAudit, .verifyAudit, .readAuditCheckpoint, .readAuditProof,
            .openAPI, .asyncAPI, .documentation, .problemPage,
            .readLeadTimeline, .readOpportunityTimeline, .readOrderTimeline, .readLeadMoves,
            .readOpportunityMoves, .readOrderMoves, .readDeliveryMoves, .readTaskMoves:
            nil
        }
    }

    /// Who does its work.
    var work: RouteWork {
        switch self {
        case .health, .readiness, .metrics, .version, .keySet, .dashboard, .echo: .open
        case .openAPI, .asyncAPI, .documentation, .problemPage: .open
        case .createLead, .updateLead, .convertLead, .createOpportunity, .updateOpportunity,
            .createOrder, .updateOrder, .scheduleDelivery, .updateDelivery, .createTask,
            .updateTask, .giveFeedback, .decide, .publishEvents, .recordConsent, .eraseSubject,
            .updateNotification, .replayDeadLetter, .revokeTokens, .deleteLead,
            .deleteOpportunity, .deleteOrder, .deleteTask:
            .command
        case .listLeads, .readLead, .listOpportunities, .readOpportunity, .listOrders,
            .readOrder, .listDeliveries, .readDelivery, .listTasks, .readTask, .listFeedback,
            .readFeedback, .listWorkflowRuns, .listDecisions, .readDecision, .readEvent,
            .listNotifications, .readNotification, .listConsents, .listChecks, .listLogs,
            .listProcessors, .listDeadLetters, .readDeadLetter, .countNotifications, .renewStream,
            .listOwnSessions, .listUsers, .readUser, .listSessions, .listAudit,
            .readAuditCheckpoint, .readAuditProof, .readLeadTimeline, .readOpportunityTimeline,
            .readOrderTimeline, .readLeadMoves, .readOpportunityMoves, .readOrderMoves,
            .readDeliveryMoves, .readTaskMoves:
            .query
        case .listWorkflows, .readWorkflow, .readAgentPolicy, .listPurposes, .listPolicies:
            .table
        case .listConnections: .census
        case .login, .refreshSession, .endOwnSession, .readIdentity, .endSession, .createUser,
            .updateUser:
            .session
        case .verifyAudit: .examination
        case .events, .webSocket: .stream
        case .issueTicket: .ticket
        }
    }

    /// Whether the committer answers it.
    var isCommand: Bool { work == .command }

    /// Whether it is served to everybody, counted as requests are.
    var isPublicPage: Bool {
        switch self {
        case .version, .keySet, .dashboard, .openAPI, .asyncAPI, .documentation, .problemPage: true
        default: false
        }
    }

    /// Whether its body is a merge patch (RFC 7396).
    var isPatch: Bool {
        switch self {
        case .updateLead, .updateOpportunity, .updateOrder, .updateDelivery, .updateTask,
            .updateNotification, .updateUser:
            true
        default: false
        }
    }

    /// Whether reading it leaves a line in the audit trail.
    var isAuditedRead: Bool {
        switch self {
        case .listLogs, .listAudit, .verifyAudit, .readAuditCheckpoint, .readAuditProof: true
        default: false
        }
    }

    /// Whether requests are counted: probes and scrapes are not, nor are the dashboard's files.
    ///
    /// A page is some forty files, served from memory: counted, three visits from one address
    /// would use up what its people have for their work.
    var isRateLimited: Bool {
        switch self {
        case .health, .readiness, .metrics, .dashboard, .documentation, .problemPage: false
        default: true
        }
    }

    /// The name in the audit trail, the log and the metrics.
    var name: String {
        switch self {
        case .health: "health.read"
        case .readiness: "readiness.read"
        case .metrics: "metrics.read"
        case .version: "version.read"
        case .keySet: "key_set.read"
        case .dashboard: "dashboard.read"
        case .openAPI: "openapi.read"
        case .asyncAPI: "asyncapi.read"
        case .documentation: "documentation.read"
        case .problemPage: "problem.read"
        case .createLead: "lead.create"
        case .listLeads: "lead.list"
        case .readLead: "lead.read"
        case .updateLead: "lead.update"
        case .convertLead: "lead.convert"
        case .deleteLead: "lead.delete"
        case .readLeadTimeline: "lead.timeline"
        case .readLeadMoves: "lead.history"
        case .createOpportunity: "opportunity.create"
        case .listOpportunities: "opportunity.list"
        case .readOpportunity: "opportunity.read"
        case .updateOpportunity: "opportunity.update"
        case .deleteOpportunity: "opportunity.delete"
        case .readOpportunityTimeline: "opportunity.timeline"
        case .readOpportunityMoves: "opportunity.history"
        case .createOrder: "order.create"
        case .listOrders: "order.list"
        case .readOrder: "order.read"
        case .updateOrder: "order.update"
        case .deleteOrder: "order.delete"
        case .readOrderTimeline: "order.timeline"
        case .readOrderMoves: "order.history"
        case .scheduleDelivery: "delivery.schedule"
        case .listDeliveries: "delivery.list"
        case .readDelivery: "delivery.read"
        case .updateDelivery: "delivery.update"
        case .readDeliveryMoves: "delivery.history"
        case .createTask: "task.create"
        case .listTasks: "task.list"
        case .readTask: "task.read"
        case .updateTask: "task.update"
        case .deleteTask: "task.delete"
        case .readTaskMoves: "task.history"
        case .giveFeedback: "feedback.give"
        case .listFeedback: "feedback.list"
        case .readFeedback: "feedback.read"
        case .listWorkflows: "workflow.list"
        case .readWorkflow: "workflow.read"
        case .listWorkflowRuns: "workflow_run.list"
        case .decide: "agent.decide"
        case .listDecisions: "decision.list"
        case .readDecision: "decision.read"
        case .readAgentPolicy: "agent_policy.read"
        case .publishEvents: "event.publish"
        case .readEvent: "event.read"
        case .events: "events.subscribe"
        case .webSocket: "events.subscribe"
        case .echo: "echo.open"
        case .listNotifications: "notification.list"
        case .countNotifications: "notification.count"
        case .readNotification: "notification.read"
        case .updateNotification: "notification.update"
        case .recordConsent: "consent.record"
        case .eraseSubject: "subject.erase"
        case .listConsents: "consent.list"
        case .listPurposes: "purpose.list"
        case .listPolicies: "policy.list"
        case .listChecks: "check.list"
        case .listLogs: "log.list"
        case .listAudit: "audit.list"
        case .verifyAudit: "audit.verify"
        case .readAuditCheckpoint: "audit_checkpoint.read"
        case .readAuditProof: "audit_proof.read"
        case .listProcessors: "processor.list"
        case .listDeadLetters: "dead_letter.list"
        case .readDeadLetter: "dead_letter.read"
        case .replayDeadLetter: "dead_letter.replay"
        case .revokeTokens: "token.revoke"
        case .renewStream: "stream.renew"
        case .issueTicket: "ticket.issue"
        case .listConnections: "connection.list"
        case .login: "session.open"
        case .refreshSession: "session.refresh"
        case .endOwnSession, .endSession: "session.end"
        case .readIdentity: "identity.read"
        case .listOwnSessions, .listSessions: "session.list"
        case .createUser: "user.create"
        case .listUsers: "user.list"
        case .readUser: "user.read"
        case .updateUser: "user.update"
        }
    }
}
