// Roles and permissions: the table of the specification, cell by cell.

import Domain
import Testing

@Suite struct `Roles and permissions` {
    /// Who may what, written out: a change of the product's table has to be made here too.
    private static let granted: [Role: Set<Permission>] = [
        .admin: Set(Permission.allCases),
        .sales: [
            .readLeads, .writeLeads, .publishEvents, .readEvents, .subscribe, .readOpportunities,
            .writeOpportunities, .readOrders, .writeOrders, .readDeliveries, .readTasks,
            .writeTasks, .giveFeedback, .readDecisions, .readNotifications, .useSession,
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
