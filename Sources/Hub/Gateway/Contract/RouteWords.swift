// What each route is for, in a few words, and under which heading it is found. The switch is
// exhaustive, so a route that is not described does not compile.

extension Route {
    /// What it does, for people.
    var summary: String {
        switch self {
        case .health: "Whether the hub runs"
        case .readiness: "Whether the hub can serve"
        case .metrics: "Metrics for Prometheus"
        case .version: "The hub's version"
        case .keySet: "The public keys of the hub's tokens"
        case .dashboard: "The dashboard"
        case .openAPI: "This description of the REST API"
        case .asyncAPI: "The description of the event streams"
        case .documentation: "The documentation for people"
        case .problemPage: "What a problem means"
        case .createLead: "Create a lead"
        case .listLeads: "List leads"
        case .readLead: "Read a lead"
        case .updateLead: "Change a lead"
        case .convertLead: "Convert a lead, and make its opportunity"
        case .deleteLead: "Delete a lead"
        case .readLeadTimeline: "Read what has happened to a lead and all that it led to"
        case .readLeadMoves: "Read how a lead moved from status to status"
        case .createOpportunity: "Create an opportunity"
        case .listOpportunities: "List opportunities"
        case .readOpportunity: "Read an opportunity"
        case .updateOpportunity: "Change an opportunity"
        case .deleteOpportunity: "Delete an opportunity"
        case .readOpportunityTimeline: "Read what has happened to an opportunity"
        case .readOpportunityMoves: "Read how an opportunity moved from stage to stage"
        case .createOrder: "Create an order"
        case .listOrders: "List orders"
        case .readOrder: "Read an order"
        case .updateOrder: "Change an order"
        case .deleteOrder: "Delete an order that is a draft or cancelled"
        case .readOrderTimeline: "Read what has happened to an order"
        case .readOrderMoves: "Read how an order moved from status to status"
        case .scheduleDelivery: "Schedule a delivery"
        case .listDeliveries: "List deliveries"
        case .readDelivery: "Read a delivery"
        case .updateDelivery: "Change a delivery"
        case .readDeliveryMoves: "Read how a delivery moved from status to status"
        case .createTask: "Create a task"
        case .listTasks: "List tasks"
        case .readTask: "Read a task"
        case .updateTask: "Change a task"
        case .deleteTask: "Delete a task"
        case .readTaskMoves: "Read how a task moved from status to status"
        case .giveFeedback: "Give feedback"
        case .listFeedback: "List feedback"
        case .readFeedback: "Read feedback"
        case .listWorkflows: "List workflow rules"
        case .readWorkflow: "Read a workflow rule"
        case .listWorkflowRuns: "List the runs of a workflow rule"
        case .decide: "Ask the agent for a decision"
        case .listDecisions: "List decisions"
        case .readDecision: "Read a decision"
        case .readAgentPolicy: "Read the agent's policy"
        case .publishEvents: "Report an event, or up to 1,000"
        case .readEvent: "Read a reported event and what became of it"
        case .events: "Subscribe to events, or read their history"
        case .webSocket: "Subscribe to events by WebSocket"
        case .echo: "A WebSocket that gets back what it says, for conformance suites"
        case .listNotifications: "List one's notifications"
        case .countNotifications: "Count one's notifications by state"
        case .readNotification: "Read a notification"
        case .updateNotification: "Mark a notification"
        case .recordConsent: "Record that consent is granted or withdrawn"
        case .eraseSubject: "Erase a person"
        case .listConsents: "List the history of consents"
        case .listPurposes: "List the purposes that personal data is used for"
        case .listPolicies: "List the compliance policies"
        case .listChecks: "List compliance checks"
        case .listLogs: "Search the unified log, or follow it"
        case .listAudit: "List the audit trail"
        case .verifyAudit: "Verify the audit trail"
        case .readAuditCheckpoint: "Read the last signed checkpoint of the audit trail"
        case .readAuditProof: "Prove that a row is in the audit trail"
        case .listProcessors: "List the processors and how far they are"
        case .listDeadLetters: "List dead letters"
        case .readDeadLetter: "Read a dead letter"
        case .replayDeadLetter: "Give a dead letter to its processor again"
        case .revokeTokens: "Revoke tokens"
        case .renewStream: "Renew the token of an open stream"
        case .issueTicket: "Get a ticket for one stream"
        case .listConnections: "List open and ended streams"
        case .login: "Sign in"
        case .refreshSession: "Refresh a session's tokens"
        case .endOwnSession: "Sign out"
        case .readIdentity: "Who one is"
        case .listOwnSessions: "List one's sessions"
        case .endSession: "End a session"
        case .createUser: "Create a user"
        case .listUsers: "List users"
        case .readUser: "Read a user"
        case .updateUser: "Change a user"
        case .listSessions: "List all sessions"
        }
    }

    /// The name that programs generate methods from.
    var operationID: String { "\(self)" }
}

/// A heading of the documentation.
struct RouteTag {
    let name: String
    let text: String

    /// All of them, in the order of the pipeline.
    static let all = [
        RouteTag(name: "CRM", text: "Leads and opportunities."),
        RouteTag(name: "Logistics", text: "Orders and deliveries."),
        RouteTag(name: "Task", text: "Tasks, feedback, workflow rules."),
        RouteTag(name: "BHIV", text: "Decisions and the agent that makes them."),
        RouteTag(name: "Events", text: "Reported events, streams of events and their history."),
        RouteTag(name: "Compliance", text: "Consents, purposes, policies, checks, erasure."),
        RouteTag(name: "Notifications", text: "The inbox of whoever asks."),
        RouteTag(name: "Logs and audit", text: "The unified log and the sealed audit trail."),
        RouteTag(name: "Auth", text: "Sessions, tokens, tickets, keys."),
        RouteTag(name: "Admin", text: "Users, processors, connections, revocations."),
        RouteTag(name: "Operations", text: "Probes, metrics, versions, documents, the dashboard."),
    ]

    /// The heading of a path.
    static func name(of path: String) -> String {
        let parts = path.split(separator: "/").map(String.init)
        switch parts.first {
        case "crm": return "CRM"
        case "logistics": return "Logistics"
        case "task": return "Task"
        case "bhiv": return "BHIV"
        case "event", "events", "ws": return "Events"
        case "compliance": return "Compliance"
        case "notifications": return "Notifications"
        case "logs", "audit": return "Logs and audit"
        case "auth", ".well-known": return "Auth"
        case "admin": return "Admin"
        default: return "Operations"
        }
    }
}
