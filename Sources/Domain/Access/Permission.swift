// The table of roles and permissions. A route without a permission does not compile.

/// What a route asks of the caller.
package enum Permission: String, CaseIterable, Sendable {
    case readLeads = "leads.read"
    case writeLeads = "leads.write"
    case publishEvents = "events.publish"
    case readEvents = "events.read"
    case subscribe = "events.subscribe"
    case readOpportunities = "opportunities.read"
    case writeOpportunities = "opportunities.write"
    case readOrders = "orders.read"
    case writeOrders = "orders.write"
    case readDeliveries = "deliveries.read"
    case writeDeliveries = "deliveries.write"
    case readTasks = "tasks.read"
    case writeTasks = "tasks.write"
    case giveFeedback = "feedback.write"
    case readDecisions = "decisions.read"
    case decide = "decisions.decide"
    /// One's own inbox.
    case readNotifications = "notifications.read"
    case readConsents = "consents.read"
    case writeConsents = "consents.write"
    case eraseSubjects = "subjects.erase"
    case readPolicies = "policies.read"
    case readChecks = "checks.read"
    case readLogs = "logs.read"
    case readAudit = "audit.read"
    case readProcessors = "processors.read"
    case manageProcessors = "processors.admin"
    case revokeTokens = "tokens.revoke"
    case readConnections = "connections.read"
    /// One's own sessions.
    case useSession = "session.use"
    case readUsers = "users.read"
    case manageUsers = "users.write"

    /// The roles that have this permission.
    package var roles: RoleSet {
        switch self {
        //                             who may
        case .readLeads: RoleSet([.admin, .sales, .agent, .compliance, .viewer, .service])
        case .writeLeads: RoleSet([.admin, .sales, .service])
        case .publishEvents: RoleSet([.admin, .sales, .logistics, .agent, .service])
        case .readEvents: RoleSet(Role.allCases)
        case .subscribe: RoleSet(Role.allCases)
        case .readOpportunities: RoleSet([.admin, .sales, .agent, .viewer, .service])
        case .writeOpportunities: RoleSet([.admin, .sales, .service])
        case .readOrders: RoleSet([.admin, .sales, .logistics, .agent, .viewer, .service])
        case .writeOrders: RoleSet([.admin, .sales, .logistics, .service])
        case .readDeliveries: RoleSet([.admin, .sales, .logistics, .agent, .viewer, .service])
        case .writeDeliveries: RoleSet([.admin, .logistics, .service])
        case .readTasks: RoleSet([.admin, .sales, .logistics, .agent, .viewer, .service])
        case .writeTasks: RoleSet([.admin, .sales, .logistics, .agent, .service])
        case .giveFeedback: RoleSet([.admin, .sales, .logistics, .agent, .service])
        case .readDecisions:
            RoleSet([.admin, .sales, .logistics, .agent, .compliance, .viewer, .service])
        case .decide: RoleSet([.admin, .agent, .service])
        case .readNotifications: RoleSet(Role.allCases)
        case .readConsents: RoleSet([.admin, .compliance, .viewer, .service])
        case .writeConsents: RoleSet([.admin, .compliance, .service])
        case .eraseSubjects: RoleSet([.admin, .compliance])
        case .readPolicies: RoleSet([.admin, .compliance, .viewer, .service])
        case .readChecks: RoleSet([.admin, .compliance, .viewer, .service])
        case .readLogs: RoleSet([.admin, .compliance, .viewer, .service])
        case .readAudit: RoleSet([.admin, .compliance, .service])
        case .readProcessors: RoleSet([.admin, .viewer, .service])
        case .manageProcessors: RoleSet([.admin])
        case .revokeTokens: RoleSet([.admin])
        case .readConnections: RoleSet([.admin])
        case .useSession: RoleSet(Role.allCases)
        case .readUsers: RoleSet([.admin])
        case .manageUsers: RoleSet([.admin])
        }
    }

    /// Whether any of the roles has this permission.
    package func isGranted(to held: RoleSet) -> Bool {
        !roles.isDisjoint(with: held)
    }
}
