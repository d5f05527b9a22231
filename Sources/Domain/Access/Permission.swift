// The table of roles and permissions, and how much of what a permission is about each role reaches.
// A route without a permission does not compile; what is asked for by one is there or not, in
// reads, writes, lists and streams alike, as this table says (Ownership, EventReach).

/// What a route asks of the caller.
package enum Permission: String, CaseIterable, Sendable {
    case readLeads = "leads.read"
    case writeLeads = "leads.write"
    /// Besides changing them: to make them customers.
    case convertLeads = "leads.convert"
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
}

/// How much of what a permission is about a role reaches.
package enum Reach: String, Sendable {
    /// Nothing: the role doesn't have the permission.
    case not
    /// What is theirs, and what is nobody's.
    case own
    /// All of it.
    case all
}

extension Permission {
    /// What each role reaches, in the order of `Role`: the columns.
    ///
    /// An inbox and a session are asked for as one's own whoever asks; that a message was sent, the
    /// streams of those who reach all tell, too.
    private var row: PermissionRow {
        switch self {
        //      admin sales logistics agent compliance viewer service
        case .readLeads:
            row(.all, .own, .not, .all, .all, .all, .all)
        case .writeLeads:
            row(.all, .own, .not, .not, .not, .not, .all)
        case .convertLeads:
            row(.all, .own, .not, .not, .not, .not, .all)
        case .publishEvents:
            row(.all, .all, .all, .all, .not, .not, .all)
        case .readEvents:
            row(.all, .all, .all, .all, .all, .all, .all)
        case .subscribe:
            row(.all, .all, .all, .all, .all, .all, .all)
        case .readOpportunities:
            row(.all, .own, .not, .all, .not, .all, .all)
        case .writeOpportunities:
            row(.all, .own, .not, .not, .not, .not, .all)
        case .readOrders:
            row(.all, .own, .all, .all, .not, .all, .all)
        case .writeOrders:
            row(.all, .own, .all, .not, .not, .not, .all)
        case .readDeliveries:
            row(.all, .own, .all, .all, .not, .all, .all)
        case .writeDeliveries:
            row(.all, .not, .all, .not, .not, .not, .all)
        case .readTasks:
            row(.all, .own, .all, .all, .not, .all, .all)
        case .writeTasks:
            row(.all, .own, .all, .all, .not, .not, .all)
        case .giveFeedback:
            row(.all, .own, .all, .all, .not, .not, .all)
        case .readDecisions:
            row(.all, .own, .all, .all, .all, .all, .all)
        case .decide:
            row(.all, .not, .not, .all, .not, .not, .all)
        case .readNotifications:
            row(.all, .own, .own, .own, .own, .own, .all)
        case .readConsents:
            row(.all, .not, .not, .not, .all, .all, .all)
        case .writeConsents:
            row(.all, .not, .not, .not, .all, .not, .all)
        case .eraseSubjects:
            row(.all, .not, .not, .not, .all, .not, .not)
        case .readPolicies:
            row(.all, .not, .not, .not, .all, .all, .all)
        case .readChecks:
            row(.all, .not, .not, .not, .all, .all, .all)
        case .readLogs:
            row(.all, .not, .not, .not, .all, .all, .all)
        case .readAudit:
            row(.all, .not, .not, .not, .all, .not, .all)
        case .readProcessors:
            row(.all, .not, .not, .not, .not, .all, .all)
        case .manageProcessors:
            row(.all, .not, .not, .not, .not, .not, .not)
        case .revokeTokens:
            row(.all, .not, .not, .not, .not, .not, .not)
        case .readConnections:
            row(.all, .not, .not, .not, .not, .not, .not)
        case .useSession:
            row(.own, .own, .own, .own, .own, .own, .own)
        case .readUsers:
            row(.all, .not, .not, .not, .not, .not, .not)
        case .manageUsers:
            row(.all, .not, .not, .not, .not, .not, .not)
        }
    }

    private func row(
        _ admin: Reach, _ sales: Reach, _ logistics: Reach, _ agent: Reach, _ compliance: Reach,
        _ viewer: Reach, _ service: Reach
    ) -> PermissionRow {
        var row = PermissionRow()
        row.set(.admin, admin)
        row.set(.sales, sales)
        row.set(.logistics, logistics)
        row.set(.agent, agent)
        row.set(.compliance, compliance)
        row.set(.viewer, viewer)
        row.set(.service, service)
        return row
    }

    /// The roles that have this permission.
    package var roles: RoleSet { row.all.union(row.own) }

    /// Whether any of the roles has this permission.
    package func isGranted(to held: RoleSet) -> Bool { !roles.isDisjoint(with: held) }

    /// How much of what it is about somebody with these roles reaches: the most that one of them
    /// does.
    ///
    /// But a role that sees less of each thing than they do together widens nothing: who sells sees
    /// contact details, of their own leads, though they be a viewer besides.
    package func reach(of held: RoleSet) -> Reach {
        let row = row
        if row.own.isDisjoint(with: held) { return row.all.isDisjoint(with: held) ? .not : .all }
        let hidden = kind.map { Visibility(of: held).hiddenFields(of: $0) }
        let isWidened = row.all.intersection(held).roles.contains { role in
            kind.map { Visibility(of: RoleSet([role])).hiddenFields(of: $0) } == hidden
        }
        return isWidened ? .all : .own
    }

    /// The kind of thing that it is about, where some see less of each.
    private var kind: EntityKind? {
        switch self {
        case .readLeads, .writeLeads, .convertLeads: .leads
        default: nil
        }
    }
}

/// A line of the table.
private struct PermissionRow {
    private(set) var all: RoleSet = []
    private(set) var own: RoleSet = []

    mutating func set(_ role: Role, _ reach: Reach) {
        switch reach {
        case .not: break
        case .own: own.formUnion(RoleSet([role]))
        case .all: all.formUnion(RoleSet([role]))
        }
    }
}
