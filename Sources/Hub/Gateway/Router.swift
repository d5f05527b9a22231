// Paths to routes: two tables, one of whole paths, one of paths with an id in them. What they have
// in common, the methods and who is refused how, is here once.

import Wire

/// Where a path leads.
enum RouteMatch: Equatable {
    case route(Route, id: String?)
    case methodNotAllowed([String])
    case notFound
}

/// The routes of one path by method.
struct PathRoutes {
    var read: Route?
    var post: Route?
    var patch: Route?
    var delete: Route?

    init(
        read: Route? = nil, post: Route? = nil, patch: Route? = nil, delete: Route? = nil
    ) {
        self.read = read
        self.post = post
        self.patch = patch
        self.delete = delete
    }

    func match(_ method: HTTPMethod, id: String? = nil) -> RouteMatch {
        let route: Route? =
            switch method {
            case .get, .head: read
            case .post: post
            case .patch: patch
            case .delete: delete
            default: nil
            }
        if let route { return .route(route, id: id) }
        return .methodNotAllowed(
            (read == nil ? [] : ["GET", "HEAD"]) + (post == nil ? [] : ["POST"])
                + (patch == nil ? [] : ["PATCH"]) + (delete == nil ? [] : ["DELETE"])
                + ["OPTIONS"])
    }
}

/// Finds routes by method and path.
enum Router {
    /// Matches a path without its query.
    static func match(_ method: HTTPMethod, path: String) -> RouteMatch {
        if let routes = collections[path] { return routes.match(method) }
        if let found = item(path) { return found.routes.match(method, id: found.id) }
        if StaticFiles.isServed(path) {
            return PathRoutes(read: .dashboard).match(method, id: path)
        }
        return .notFound
    }

    /// Whole paths.
    static let collections: [String: PathRoutes] = [
        "/healthz": PathRoutes(read: .health),
        "/crm/leads": PathRoutes(read: .listLeads, post: .createLead),
        "/event/unified": PathRoutes(post: .publishEvents),
        "/events": PathRoutes(read: .events),
        "/ws": PathRoutes(read: .webSocket),
        "/crm/opportunities": PathRoutes(read: .listOpportunities, post: .createOpportunity),
        "/logistics/orders": PathRoutes(read: .listOrders, post: .createOrder),
        "/logistics/delivery": PathRoutes(post: .scheduleDelivery),
        "/logistics/deliveries": PathRoutes(read: .listDeliveries),
        "/task/tasks": PathRoutes(read: .listTasks, post: .createTask),
        "/task/feedback": PathRoutes(read: .listFeedback, post: .giveFeedback),
        "/task/workflows": PathRoutes(read: .listWorkflows),
        "/bhiv/agent/decide": PathRoutes(post: .decide),
        "/bhiv/agent/decisions": PathRoutes(read: .listDecisions),
        "/bhiv/agent/policy": PathRoutes(read: .readAgentPolicy),
        "/notifications": PathRoutes(read: .listNotifications),
        "/notifications/counts": PathRoutes(read: .countNotifications),
        "/compliance/consents": PathRoutes(read: .listConsents, post: .recordConsent),
        "/compliance/purposes": PathRoutes(read: .listPurposes),
        "/compliance/policies": PathRoutes(read: .listPolicies),
        "/compliance/checks": PathRoutes(read: .listChecks),
        "/logs": PathRoutes(read: .listLogs),
        "/audit": PathRoutes(read: .listAudit),
        "/audit/verify": PathRoutes(read: .verifyAudit),
        "/audit/checkpoint": PathRoutes(read: .readAuditCheckpoint),
        "/admin/processors": PathRoutes(read: .listProcessors),
        "/admin/dead-letters": PathRoutes(read: .listDeadLetters),
        "/admin/connections": PathRoutes(read: .listConnections),
        "/admin/revocations": PathRoutes(post: .revokeTokens),
        "/auth/login": PathRoutes(post: .login),
        "/auth/refresh": PathRoutes(post: .refreshSession),
        "/auth/logout": PathRoutes(post: .endOwnSession),
        "/auth/ticket": PathRoutes(post: .issueTicket),
        "/auth/me": PathRoutes(read: .readIdentity),
        "/auth/sessions": PathRoutes(read: .listOwnSessions),
        "/admin/users": PathRoutes(read: .listUsers, post: .createUser),
        "/admin/sessions": PathRoutes(read: .listSessions),
        "/readyz": PathRoutes(read: .readiness),
        "/metrics": PathRoutes(read: .metrics),
        "/version": PathRoutes(read: .version),
        "/.well-known/jwks.json": PathRoutes(read: .keySet),
        "/echo": PathRoutes(read: .echo),
        "/openapi.json": PathRoutes(read: .openAPI),
        "/asyncapi.json": PathRoutes(read: .asyncAPI),
        "/docs": PathRoutes(read: .documentation),
    ]

    /// A path whose middle or end is an id.
    struct ItemPath {
        let prefix: String
        var suffix = ""
        /// Whether the id is a subject, which has a slash.
        var isSubject = false
        let routes: PathRoutes
    }

    static let items = [
        ItemPath(
            prefix: "/crm/leads/", suffix: "/convert", routes: PathRoutes(post: .convertLead)),
        ItemPath(
            prefix: "/crm/leads/", suffix: "/timeline",
            routes: PathRoutes(read: .readLeadTimeline)),
        ItemPath(
            prefix: "/crm/leads/", suffix: "/history", routes: PathRoutes(read: .readLeadMoves)),
        ItemPath(
            prefix: "/crm/opportunities/", suffix: "/history",
            routes: PathRoutes(read: .readOpportunityMoves)),
        ItemPath(
            prefix: "/logistics/orders/", suffix: "/history",
            routes: PathRoutes(read: .readOrderMoves)),
        ItemPath(
            prefix: "/logistics/deliveries/", suffix: "/history",
            routes: PathRoutes(read: .readDeliveryMoves)),
        ItemPath(
            prefix: "/task/tasks/", suffix: "/history", routes: PathRoutes(read: .readTaskMoves)),
        ItemPath(
            prefix: "/crm/opportunities/", suffix: "/timeline",
            routes: PathRoutes(read: .readOpportunityTimeline)),
        ItemPath(
            prefix: "/logistics/orders/", suffix: "/timeline",
            routes: PathRoutes(read: .readOrderTimeline)),
        ItemPath(
            prefix: "/crm/leads/",
            routes: PathRoutes(read: .readLead, patch: .updateLead, delete: .deleteLead)),
        ItemPath(prefix: "/event/", routes: PathRoutes(read: .readEvent)),
        ItemPath(
            prefix: "/crm/opportunities/",
            routes: PathRoutes(
                read: .readOpportunity, patch: .updateOpportunity, delete: .deleteOpportunity)),
        ItemPath(
            prefix: "/logistics/orders/",
            routes: PathRoutes(read: .readOrder, patch: .updateOrder, delete: .deleteOrder)),
        ItemPath(
            prefix: "/logistics/deliveries/",
            routes: PathRoutes(read: .readDelivery, patch: .updateDelivery)),
        ItemPath(
            prefix: "/task/tasks/",
            routes: PathRoutes(read: .readTask, patch: .updateTask, delete: .deleteTask)),
        ItemPath(prefix: "/task/feedback/", routes: PathRoutes(read: .readFeedback)),
        ItemPath(
            prefix: "/task/workflows/", suffix: "/runs",
            routes: PathRoutes(read: .listWorkflowRuns)),
        ItemPath(prefix: "/task/workflows/", routes: PathRoutes(read: .readWorkflow)),
        ItemPath(prefix: "/bhiv/agent/decisions/", routes: PathRoutes(read: .readDecision)),
        ItemPath(
            prefix: "/notifications/",
            routes: PathRoutes(read: .readNotification, patch: .updateNotification)),
        ItemPath(
            prefix: "/compliance/subjects/", suffix: "/erase", isSubject: true,
            routes: PathRoutes(post: .eraseSubject)),
        ItemPath(
            prefix: "/admin/dead-letters/", suffix: "/replay",
            routes: PathRoutes(post: .replayDeadLetter)),
        ItemPath(
            prefix: "/admin/users/", routes: PathRoutes(read: .readUser, patch: .updateUser)),
        ItemPath(prefix: "/auth/sessions/", routes: PathRoutes(delete: .endSession)),
        ItemPath(
            prefix: "/audit/", suffix: "/proof", routes: PathRoutes(read: .readAuditProof)),
        ItemPath(prefix: "/auth/streams/", routes: PathRoutes(post: .renewStream)),
        ItemPath(prefix: "/admin/dead-letters/", routes: PathRoutes(read: .readDeadLetter)),
        ItemPath(prefix: "/problems/", routes: PathRoutes(read: .problemPage)),
    ]

    private static func item(_ path: String) -> (routes: PathRoutes, id: String)? {
        for item in items {
            if let id = identifier(path, of: item) {
                return (item.routes, id)
            }
        }
        return nil
    }

    private static func identifier(_ path: String, of item: ItemPath) -> String? {
        let bytes = path.utf8
        let count = bytes.count - item.prefix.utf8.count - item.suffix.utf8.count
        guard count > 0, bytes.starts(with: item.prefix.utf8) else { return nil }
        let rest = bytes.dropFirst(item.prefix.utf8.count)
        let id = rest.prefix(count)
        guard rest.dropFirst(count).elementsEqual(item.suffix.utf8),
            item.isSubject || !id.contains(UInt8(ascii: "/"))
        else { return nil }
        return String(decoding: id, as: UTF8.self)
    }
}
