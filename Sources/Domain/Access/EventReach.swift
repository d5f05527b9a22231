// What a stream shows somebody, by the table of permissions: of a kind of thing that they may read,
// what happens to all or to what is theirs; of one that they may not read, nothing, but for events
// that have a list of their own which they may read.

/// What somebody sees of what happens.
package struct EventReach: Equatable, Sendable {
    /// Kinds of things, as subjects begin, of which they see only what is theirs.
    package private(set) var own: [String] = []
    /// Kinds of which they see nothing.
    package private(set) var hidden: [String] = []
    /// Events that they see whatever they are about.
    package private(set) var names: [String] = []

    /// The permissions to read what events are about.
    private static let kinds: [(String, Permission)] = [
        (EntityKind.leads.rawValue, .readLeads),
        (EntityKind.opportunities.rawValue, .readOpportunities),
        (EntityKind.orders.rawValue, .readOrders),
        (EntityKind.deliveries.rawValue, .readDeliveries),
        (EntityKind.tasks.rawValue, .readTasks),
        (EntityKind.decisions.rawValue, .readDecisions),
        (EntityKind.events.rawValue, .readEvents),
        ("notifications", .readNotifications),
    ]

    /// The permissions to read events by their names.
    private static let lists: [(String, Permission)] = [
        ("compliance_checked", .readChecks), ("consent_granted", .readConsents),
        ("consent_withdrawn", .readConsents), ("subject_erased", .readConsents),
        ("decision_made", .readDecisions),
    ]

    /// What somebody with these roles sees.
    package init(of roles: RoleSet) {
        for (kind, permission) in EventReach.kinds {
            switch permission.reach(of: roles) {
            case .not: hidden.append(kind)
            case .own: own.append(kind)
            case .all: break
            }
        }
        guard isLimited else { return }
        names = EventReach.lists.filter { $0.1.reach(of: roles) == .all }.map(\.0)
    }

    /// Whether there is anything that they don't see.
    package var isLimited: Bool { !own.isEmpty || !hidden.isEmpty }
}
