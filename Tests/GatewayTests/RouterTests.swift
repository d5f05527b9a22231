// Every path with every method: where it leads, and what is said when it leads nowhere.

import Domain
import Testing
import Wire

@testable import Gateway

/// A path, and the routes that its methods lead to.
struct PathCase: Sendable, CustomTestStringConvertible {
    let path: String
    let id: String?
    let routes: [HTTPMethod: Route]
    let allowed: [String]

    init(
        _ path: String, id: String? = nil, read: Route? = nil, post: Route? = nil,
        patch: Route? = nil, delete: Route? = nil
    ) {
        self.path = path
        self.id = id
        var routes: [HTTPMethod: Route] = [:]
        routes[.get] = read
        routes[.head] = read
        routes[.post] = post
        routes[.patch] = patch
        routes[.delete] = delete
        self.routes = routes
        allowed =
            (read == nil ? [] : ["GET", "HEAD"]) + (post == nil ? [] : ["POST"])
            + (patch == nil ? [] : ["PATCH"]) + (delete == nil ? [] : ["DELETE"]) + ["OPTIONS"]
    }

    var testDescription: String { path }
}

@Suite struct `The router` {
    private static let leadID = "0193b3a0-0000-7000-8000-000000000001"

    private static let paths = [
        PathCase("/healthz", read: .health), PathCase("/readyz", read: .readiness),
        PathCase("/metrics", read: .metrics), PathCase("/version", read: .version),
        PathCase("/echo", read: .echo), PathCase("/.well-known/jwks.json", read: .keySet),
        PathCase("/events", read: .events), PathCase("/ws", read: .webSocket),
        PathCase("/crm/leads", read: .listLeads, post: .createLead),
        PathCase(
            "/crm/leads/\(leadID)", id: leadID, read: .readLead, patch: .updateLead,
            delete: .deleteLead),
        PathCase("/crm/leads/\(leadID)/convert", id: leadID, post: .convertLead),
        PathCase("/crm/leads/\(leadID)/timeline", id: leadID, read: .readLeadTimeline),
        PathCase(
            "/crm/opportunities/\(leadID)/timeline", id: leadID, read: .readOpportunityTimeline),
        PathCase("/logistics/orders/\(leadID)/timeline", id: leadID, read: .readOrderTimeline),
        PathCase("/crm/leads/\(leadID)/history", id: leadID, read: .readLeadMoves),
        PathCase(
            "/crm/opportunities/\(leadID)/history", id: leadID, read: .readOpportunityMoves),
        PathCase("/logistics/orders/\(leadID)/history", id: leadID, read: .readOrderMoves),
        PathCase("/logistics/deliveries/\(leadID)/history", id: leadID, read: .readDeliveryMoves),
        PathCase("/task/tasks/\(leadID)/history", id: leadID, read: .readTaskMoves),
        PathCase(
            "/crm/leads/x", id: "x", read: .readLead, patch: .updateLead, delete: .deleteLead),
        PathCase("/crm/opportunities", read: .listOpportunities, post: .createOpportunity),
        PathCase(
            "/crm/opportunities/\(leadID)", id: leadID, read: .readOpportunity,
            patch: .updateOpportunity, delete: .deleteOpportunity),
        PathCase("/logistics/orders", read: .listOrders, post: .createOrder),
        PathCase(
            "/logistics/orders/\(leadID)", id: leadID, read: .readOrder, patch: .updateOrder,
            delete: .deleteOrder),
        PathCase("/logistics/delivery", post: .scheduleDelivery),
        PathCase("/logistics/deliveries", read: .listDeliveries),
        PathCase(
            "/logistics/deliveries/\(leadID)", id: leadID, read: .readDelivery,
            patch: .updateDelivery),
        PathCase("/task/tasks", read: .listTasks, post: .createTask),
        PathCase(
            "/task/tasks/\(leadID)", id: leadID, read: .readTask, patch: .updateTask,
            delete: .deleteTask),
        PathCase("/task/feedback", read: .listFeedback, post: .giveFeedback),
        PathCase("/task/feedback/\(leadID)", id: leadID, read: .readFeedback),
        PathCase("/task/workflows", read: .listWorkflows),
        PathCase("/task/workflows/lead_follow_up", id: "lead_follow_up", read: .readWorkflow),
        PathCase(
            "/task/workflows/lead_follow_up/runs", id: "lead_follow_up", read: .listWorkflowRuns),
        PathCase("/bhiv/agent/decide", post: .decide),
        PathCase("/bhiv/agent/decisions", read: .listDecisions),
        PathCase("/bhiv/agent/decisions/\(leadID)", id: leadID, read: .readDecision),
        PathCase("/bhiv/agent/policy", read: .readAgentPolicy),
        PathCase("/notifications", read: .listNotifications),
        PathCase("/notifications/counts", read: .countNotifications),
        PathCase(
            "/notifications/\(leadID)", id: leadID, read: .readNotification,
            patch: .updateNotification),
        PathCase("/compliance/consents", read: .listConsents, post: .recordConsent),
        PathCase(
            "/compliance/subjects/leads/\(leadID)/erase", id: "leads/\(leadID)",
            post: .eraseSubject),
        PathCase("/compliance/purposes", read: .listPurposes),
        PathCase("/compliance/policies", read: .listPolicies),
        PathCase("/compliance/checks", read: .listChecks),
        PathCase("/logs", read: .listLogs),
        PathCase("/audit", read: .listAudit),
        PathCase("/audit/verify", read: .verifyAudit),
        PathCase("/audit/checkpoint", read: .readAuditCheckpoint),
        PathCase("/audit/\(leadID)/proof", id: leadID, read: .readAuditProof),
        PathCase("/admin/processors", read: .listProcessors),
        PathCase("/admin/dead-letters", read: .listDeadLetters),
        PathCase("/admin/dead-letters/\(leadID)", id: leadID, read: .readDeadLetter),
        PathCase("/admin/dead-letters/\(leadID)/replay", id: leadID, post: .replayDeadLetter),
        PathCase("/admin/connections", read: .listConnections),
        PathCase("/admin/revocations", post: .revokeTokens),
        PathCase("/admin/users", read: .listUsers, post: .createUser),
        PathCase("/admin/users/\(leadID)", id: leadID, read: .readUser, patch: .updateUser),
        PathCase("/admin/sessions", read: .listSessions),
        PathCase("/auth/login", post: .login),
        PathCase("/auth/refresh", post: .refreshSession),
        PathCase("/auth/logout", post: .endOwnSession),
        PathCase("/auth/ticket", post: .issueTicket),
        PathCase("/auth/me", read: .readIdentity),
        PathCase("/auth/sessions", read: .listOwnSessions),
        PathCase("/auth/sessions/\(leadID)", id: leadID, delete: .endSession),
        PathCase("/auth/streams/tab-1", id: "tab-1", post: .renewStream),
        PathCase("/event/unified", post: .publishEvents),
        PathCase("/event/\(leadID)", id: leadID, read: .readEvent),
        PathCase("/openapi.json", read: .openAPI), PathCase("/asyncapi.json", read: .asyncAPI),
        PathCase("/docs", read: .documentation),
        PathCase("/problems/not_found", id: "not_found", read: .problemPage),
        PathCase("/", id: "/", read: .dashboard),
        PathCase("/app.css", id: "/app.css", read: .dashboard),
        PathCase("/js/app.mjs", id: "/js/app.mjs", read: .dashboard),
    ]

    @Test(arguments: paths, HTTPMethod.allCases)
    func `each path takes its methods and names them to the others`(
        path: PathCase, method: HTTPMethod
    ) {
        let match = Router.match(method, path: path.path)
        if let route = path.routes[method] {
            #expect(match == .route(route, id: path.id))
        } else {
            #expect(match == .methodNotAllowed(path.allowed))
        }
    }

    @Test func `every route is reached`() {
        let reached = Set(Self.paths.flatMap { $0.routes.values })
        #expect(reached == Set(Route.allCases))
    }

    @Test(
        arguments: [
            "", "*", "/nothing", "/healthz/", "/HEALTHZ", "/crm", "/crm/", "/crm/leads/",
            "/crm/leads/a/b", "/crm/leadsx", "/event", "/event/", "/event/a/b", "//", "/events/",
            "/ws/", "/../etc/passwd", "/a/../b.html", "/..html", "/app", "/app.", "/app.exe",
            "/app.css/", "/.css/x", "/logistics", "/logistics/delivery/1", "/task/workflows//runs",
            "/task/workflows/a/b/runs", "/task/workflows/a/run", "/admin/dead-letters//replay",
            "/admin/dead-letters/replay/", "/bhiv/agent/decide/", "/compliance", "/logs/",
            "/notifications/counts/", "/crm/leads%2Fx", "events", "/audit/", "/audit/a",
            "/audit//proof", "/metrics\u{0}",
        ], [HTTPMethod.get, .post, .patch, .delete, .options])
    func `a path that is not there is not there for any method`(
        path: String, method: HTTPMethod
    ) {
        #expect(Router.match(method, path: path) == .notFound)
    }
}

@Suite struct `Routes` {
    @Test(arguments: Route.allCases)
    func `what writes personal data needs a permission and has a purpose`(route: Route) {
        let isAboutNobody = [
            .recordConsent, .eraseSubject, .updateNotification, .replayDeadLetter, .revokeTokens,
            .deleteLead, .deleteOpportunity, .deleteOrder, .deleteTask,
        ].contains(route)
        #expect((route.purpose != nil) == (route.isCommand && !isAboutNobody))
        if route.isCommand {
            #expect(route.permission != nil && route.isRateLimited)
        }
    }

    @Test func `only probes, the version, public keys, pages and doors are for everybody`() {
        let open = Route.allCases.filter { $0.permission == nil }
        #expect(
            open == [
                .health, .readiness, .metrics, .version, .keySet, .dashboard, .openAPI, .asyncAPI,
                .documentation, .problemPage, .echo, .login, .refreshSession,
            ])
    }

    @Test func `only probes, scrapes and the page's files are not counted`() {
        #expect(
            Route.allCases.filter { !$0.isRateLimited }
                == [.health, .readiness, .metrics, .dashboard, .documentation, .problemPage])
    }

    @Test func `what reads has no permission to write, and what writes has one`() {
        let writing: Set<Permission> = [
            .writeLeads, .convertLeads, .writeOpportunities, .writeOrders, .writeDeliveries,
            .writeTasks, .giveFeedback, .decide, .publishEvents, .writeConsents, .eraseSubjects,
            .manageProcessors, .revokeTokens,
        ]
        for route in Route.allCases {
            let writes = route.permission.map { writing.contains($0) } ?? false
            // An inbox is one permission: who reads it, marks it as read.
            #expect(writes == (route.isCommand && route != .updateNotification))
        }
        #expect(Route.listLeads.permission == .readLeads && Route.readLead.permission == .readLeads)
        #expect(Route.readEvent.permission == .readEvents)
        #expect(Route.events.permission == .subscribe && Route.webSocket.permission == .subscribe)
    }

    /// Who may do what, as the specification has it; one row a permission that commands need.
    @Test func `the roles of the commands are those of the table`() {
        let table: [(Route, [Role])] = [
            (.createLead, [.admin, .sales, .service]),
            (.convertLead, [.admin, .sales, .service]),
            (.createOpportunity, [.admin, .sales, .service]),
            (.createOrder, [.admin, .sales, .logistics, .service]),
            (.scheduleDelivery, [.admin, .logistics, .service]),
            (.createTask, [.admin, .sales, .logistics, .agent, .service]),
            (.giveFeedback, [.admin, .sales, .logistics, .agent, .service]),
            (.decide, [.admin, .agent, .service]),
            (.publishEvents, [.admin, .sales, .logistics, .agent, .service]),
            (.recordConsent, [.admin, .compliance, .service]),
            (.eraseSubject, [.admin, .compliance]),
            (.revokeTokens, [.admin]),
            (.updateNotification, Role.allCases),
            (.replayDeadLetter, [.admin]),
        ]
        for (route, roles) in table {
            #expect(route.permission?.roles == RoleSet(roles), "\(route)")
        }
    }

    @Test func `the purposes are those of the specification`() {
        #expect(Route.createLead.purpose == .contract && Route.updateLead.purpose == .contract)
        #expect(Route.publishEvents.purpose == .eventProcessing)
        let others = Route.allCases.filter { $0.purpose != nil && $0 != .publishEvents }
        #expect(others.allSatisfy { $0.purpose == .contract })
    }

    @Test func `a name is an entity and an action, the same as the command's own`() throws {
        for route in Route.allCases {
            #expect(route.name.split(separator: ".").count == 2)
        }
        // Two transports, or one's own and everybody's, share a name; nothing else does.
        #expect(Set(Route.allCases.map(\.name)).count == Route.allCases.count - 3)
    }

    @Test(arguments: CommandCase.all)
    func `a command's route is called as the command's own action`(each: CommandCase) throws {
        var ids = FreshIDs()
        let command = try each.command(&ids)
        #expect(each.route.name == command.action)
    }
}
