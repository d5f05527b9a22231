// Roles and permissions: the table of the specification, cell by cell.

import Domain
import Testing

@Suite struct `Roles and permissions` {
    /// Who may what, written out: a change of the product's table has to be made here too.
    private static let granted: [Role: Set<Permission>] = [
        .admin: Set(Permission.allCases),
        .sales: [
            .readLeads, .writeLeads, .convertLeads, .publishEvents, .readEvents, .subscribe,
            .readOpportunities, .writeOpportunities, .readOrders, .writeOrders, .readDeliveries,
            .readTasks, .writeTasks, .giveFeedback, .readDecisions, .readNotifications, .useSession,
        ],
        .logistics: [
            .publishEvents, .readEvents, .subscribe, .readOrders, .writeOrders, .readDeliveries,
            .writeDeliveries, .readTasks, .writeTasks, .giveFeedback, .readDecisions,
            .readNotifications, .useSession,
        ],
        .agent: [
            .readLeads, .publishEvents, .readEvents, .subscribe, .readOpportunities, .readOrders,
            .readDeliveries, .readTasks, .writeTasks, .giveFeedback, .readDecisions, .decide,
            .readNotifications, .useSession,
        ],
        .compliance: [
            .readLeads, .readEvents, .subscribe, .readDecisions, .readNotifications,
            .readConsents, .writeConsents, .eraseSubjects, .readPolicies, .readChecks, .readLogs,
            .useSession, .readAudit,
        ],
        .viewer: [
            .readLeads, .readEvents, .subscribe, .readOpportunities, .readOrders, .readDeliveries,
            .readTasks, .readDecisions, .readNotifications, .readConsents, .readPolicies,
            .readChecks, .readLogs, .readProcessors, .useSession,
        ],
        .service: Set(Permission.allCases).subtracting([
            .manageProcessors, .eraseSubjects, .revokeTokens, .readConnections, .readUsers,
            .manageUsers,
        ]),
    ]

    @Test(arguments: Role.allCases, Permission.allCases)
    func `each role has exactly its permissions`(role: Role, permission: Permission) {
        let isExpected = Self.granted[role]?.contains(permission) ?? false
        #expect(permission.isGranted(to: RoleSet([role])) == isExpected)
    }

    /// What those who sell, or have an inbox and sessions, reach of theirs alone, written out.
    private static let own: [Role: Set<Permission>] = [
        .sales: [
            .readLeads, .writeLeads, .convertLeads, .readOpportunities, .writeOpportunities,
            .readOrders, .writeOrders, .readDeliveries, .readTasks, .writeTasks, .giveFeedback,
            .readDecisions,
        ]
    ]

    @Test(arguments: Role.allCases, Permission.allCases)
    func `who sells reaches what is theirs, and the others all`(
        role: Role, permission: Permission
    ) {
        var own = Self.own[role]?.contains(permission) ?? false
        if permission == .useSession { own = true }
        if permission == .readNotifications { own = role != .admin && role != .service }
        let isGranted = permission.isGranted(to: RoleSet([role]))
        #expect(
            permission.reach(of: RoleSet([role])) == (own ? .own : isGranted ? .all : .not))
    }

    @Test(arguments: [
        ([Role.sales, .logistics], Permission.readOrders, Reach.all),
        ([.sales, .logistics], .readLeads, .own), ([.sales, .admin], .readLeads, .all),
        ([.sales, .compliance], .readLeads, .all), ([.sales, .service], .writeLeads, .all),
        // A viewer sees all leads without contact details; who sells sees those of their own.
        ([.sales, .viewer], .readLeads, .own), ([.sales, .viewer], .convertLeads, .own),
        ([.sales, .agent], .readLeads, .own),
        ([.sales, .viewer], .readOrders, .all), ([.sales, .agent], .writeTasks, .all),
        ([.viewer, .agent], .readLeads, .all), ([], .readLeads, .not),
    ])
    func `several roles reach what one of them does, but no more contact details`(
        roles: [Role], permission: Permission, reach: Reach
    ) {
        #expect(permission.reach(of: RoleSet(roles)) == reach)
    }

    @Test func `streams show what may be read, and of that what is reached`() {
        func reach(_ roles: Role...) -> EventReach { EventReach(of: RoleSet(roles)) }
        #expect(!reach(.admin).isLimited && !reach(.service).isLimited)
        #expect(
            reach(.sales).own == [
                "leads", "opportunities", "orders", "deliveries", "tasks", "decisions",
                "notifications",
            ])
        #expect(reach(.sales).hidden.isEmpty && reach(.sales).names.isEmpty)
        #expect(reach(.logistics).hidden == ["leads", "opportunities"])
        #expect(reach(.logistics).own == ["notifications"])
        #expect(
            reach(.compliance).hidden == ["opportunities", "orders", "deliveries", "tasks"])
        #expect(reach(.compliance).names.contains("compliance_checked"))
        #expect(reach(.viewer).hidden.isEmpty && reach(.agent).hidden.isEmpty)
        #expect(reach(.sales, .logistics).own == ["leads", "opportunities", "notifications"])
    }

    private static let things: [(Ownership, Bool)] = [
        (Ownership(), true), (Ownership(owner: "asha"), true), (Ownership(owner: "ravi"), false),
        (Ownership(team: "west"), true), (Ownership(team: "east"), false),
        (Ownership(owner: "ravi", team: "west"), true),
        (Ownership(owner: "ravi", holder: "asha"), true),
        (Ownership(team: "east", holder: "asha"), true),
        (Ownership(owner: "ravi", team: "east", holder: "ben"), false),
        (Ownership(holder: "ravi"), true), (.ofHolder("asha"), true), (.ofHolder("ravi"), false),
        (.ofHolder(nil), true),
    ]

    @Test func `what is theirs is their own, their teams', what they work on, and nobody's`() {
        let asha = Principal(subject: "asha", roles: RoleSet([.sales]), teams: ["west"])
        let wanda = Principal(subject: "wanda", roles: RoleSet([.logistics]))
        for (ownership, isTheirs) in Self.things {
            #expect(asha.reaches(ownership, by: .writeOrders) == isTheirs, "\(ownership)")
            #expect(wanda.reaches(ownership, by: .writeOrders))
        }
    }

    @Test func `who has no role may nothing`() {
        for permission in Permission.allCases { #expect(!permission.isGranted(to: [])) }
    }

    @Test func `several roles may what one of them may`() {
        #expect(Permission.writeLeads.isGranted(to: RoleSet([.viewer, .sales])))
        #expect(!Permission.writeLeads.isGranted(to: RoleSet([.viewer, .logistics])))
    }

    @Test func `a set of roles holds what was put in, in the order of the table`() {
        for bits in 0..<128 {
            let roles = Role.allCases.enumerated().filter { bits >> $0.offset & 1 == 1 }
                .map(\.element)
            let set = RoleSet(roles.reversed() + roles)
            #expect(set.roles == roles)
            #expect(set.isEmpty == roles.isEmpty)
            for role in Role.allCases { #expect(set.contains(role) == roles.contains(role)) }
        }
    }

    @Test func `roles and permissions have their documented names`() {
        #expect(
            Role.allCases.map(\.rawValue) == [
                "admin", "sales", "logistics", "agent", "compliance", "viewer", "service",
            ])
        #expect(Set(Permission.allCases.map(\.rawValue)).count == Permission.allCases.count)
        #expect(Role(rawValue: "Admin") == nil)
        #expect(Role(rawValue: "root") == nil)
    }

    @Test func `a trace context tells the trace id of its header`() {
        let trace = caller().trace
        #expect(trace.traceID == "0af7651916cd43dd8448eb211c80319c")
        #expect(TraceContext(traceparent: "").traceID == "")
    }
}
