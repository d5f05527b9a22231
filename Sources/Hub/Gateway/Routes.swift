// Every route, once: its permission, its purpose, whether it is a command. The switches are
// exhaustive, so a route that is not described does not compile.

import Domain
import Wire

/// What a request asks for.
enum Route: UInt8, CaseIterable, Sendable {
    case health, readiness, metrics, version, dashboard
    case createLead, listLeads, readLead, updateLead
    case publishEvents, readEvent
    case events, webSocket

    /// What the caller needs; nil for what everybody may see.
    var permission: Permission? {
        switch self {
        case .health, .readiness, .metrics, .version, .dashboard: nil
        case .createLead, .updateLead: .writeLeads
        case .listLeads, .readLead: .readLeads
        case .publishEvents: .publishEvents
        case .readEvent: .readEvents
        case .events, .webSocket: .subscribe
        }
    }

    /// Why personal data is used; nil when it is not written.
    var purpose: Purpose? {
        switch self {
        case .createLead, .updateLead: .contract
        case .publishEvents: .eventProcessing
        case .health, .readiness, .metrics, .version, .dashboard, .listLeads, .readLead,
            .readEvent, .events, .webSocket:
            nil
        }
    }

    /// Whether the committer answers it.
    var isCommand: Bool {
        switch self {
        case .createLead, .updateLead, .publishEvents: true
        case .health, .readiness, .metrics, .version, .dashboard, .listLeads, .readLead,
            .readEvent, .events, .webSocket:
            false
        }
    }

    /// Whether requests are counted: probes and scrapes are not.
    var isRateLimited: Bool {
        switch self {
        case .health, .readiness, .metrics: false
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
        case .dashboard: "dashboard.read"
        case .createLead: "lead.create"
        case .listLeads: "lead.list"
        case .readLead: "lead.read"
        case .updateLead: "lead.update"
        case .publishEvents: "event.publish"
        case .readEvent: "event.read"
        case .events: "events.subscribe"
        case .webSocket: "events.subscribe"
        }
    }
}

/// Where a path leads.
enum RouteMatch: Equatable {
    case route(Route, id: String?)
    case methodNotAllowed([String])
    case notFound
}

/// Finds routes by method and path.
enum Router {
    /// Matches a path without its query.
    static func match(_ method: HTTPMethod, path: String) -> RouteMatch {
        switch path {
        case "/healthz": return read(.health, method)
        case "/readyz": return read(.readiness, method)
        case "/metrics": return read(.metrics, method)
        case "/version": return read(.version, method)
        case "/events": return read(.events, method)
        case "/ws": return read(.webSocket, method)
        case "/crm/leads":
            if method == .post { return .route(.createLead, id: nil) }
            return read(.listLeads, method, others: ["POST"])
        case "/event/unified":
            if method == .post { return .route(.publishEvents, id: nil) }
            return .methodNotAllowed(["POST", "OPTIONS"])
        default: return matchItem(method, path)
        }
    }

    private static func matchItem(_ method: HTTPMethod, _ path: String) -> RouteMatch {
        if let id = identifier(path, after: "/crm/leads/") {
            if method == .patch { return .route(.updateLead, id: id) }
            return read(.readLead, method, id: id, others: ["PATCH"])
        }
        if let id = identifier(path, after: "/event/") {
            return read(.readEvent, method, id: id)
        }
        if StaticFiles.isServed(path) { return read(.dashboard, method, id: path) }
        return .notFound
    }

    private static func read(
        _ route: Route, _ method: HTTPMethod, id: String? = nil, others: [String] = []
    ) -> RouteMatch {
        if method == .get || method == .head { return .route(route, id: id) }
        return .methodNotAllowed(["GET", "HEAD"] + others + ["OPTIONS"])
    }

    private static func identifier(_ path: String, after prefix: String) -> String? {
        guard path.utf8.starts(with: prefix.utf8) else { return nil }
        let rest = path.utf8.dropFirst(prefix.utf8.count)
        guard !rest.isEmpty, !rest.contains(UInt8(ascii: "/")) else { return nil }
        return String(decoding: rest, as: UTF8.self)
    }
}
