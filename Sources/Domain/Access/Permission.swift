// The table of roles and permissions. A route without a permission does not compile.

/// What a route asks of the caller.
package enum Permission: String, CaseIterable, Sendable {
    case readLeads = "leads.read"
    case writeLeads = "leads.write"
    case publishEvents = "events.publish"
    case readEvents = "events.read"
    case subscribe = "events.subscribe"

    /// The roles that have this permission.
    package var roles: RoleSet {
        switch self {
        //                             who may
        case .readLeads: RoleSet([.admin, .sales, .agent, .compliance, .viewer, .service])
        case .writeLeads: RoleSet([.admin, .sales, .service])
        case .publishEvents: RoleSet([.admin, .sales, .logistics, .agent, .service])
        case .readEvents: RoleSet(Role.allCases)
        case .subscribe: RoleSet(Role.allCases)
        }
    }

    /// Whether any of the roles has this permission.
    package func isGranted(to held: RoleSet) -> Bool {
        !roles.isDisjoint(with: held)
    }
}
