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
        patch: Route? = nil
    ) {
        self.path = path
        self.id = id
        var routes: [HTTPMethod: Route] = [:]
        routes[.get] = read
        routes[.head] = read
        routes[.post] = post
        routes[.patch] = patch
        self.routes = routes
        allowed =
            (read == nil ? [] : ["GET", "HEAD"]) + (post == nil ? [] : ["POST"])
            + (patch == nil ? [] : ["PATCH"]) + ["OPTIONS"]
    }

    var testDescription: String { path }
}

@Suite struct `The router` {
    private static let leadID = "0193b3a0-0000-7000-8000-000000000001"

    private static let paths = [
        PathCase("/healthz", read: .health), PathCase("/readyz", read: .readiness),
        PathCase("/metrics", read: .metrics), PathCase("/version", read: .version),
        PathCase("/events", read: .events), PathCase("/ws", read: .webSocket),
        PathCase("/crm/leads", read: .listLeads, post: .createLead),
        PathCase("/crm/leads/\(leadID)", id: leadID, read: .readLead, patch: .updateLead),
        PathCase("/crm/leads/x", id: "x", read: .readLead, patch: .updateLead),
        PathCase("/event/unified", post: .publishEvents),
        PathCase("/event/\(leadID)", id: leadID, read: .readEvent),
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
            "/app.css/", "/.css/x", "/crm/leads%2Fx", "events", "/metrics\u{0}",
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
        #expect((route.purpose != nil) == route.isCommand)
        if route.isCommand {
            #expect(route.permission != nil && route.isRateLimited)
        }
    }

    @Test func `only probes, the version and the page are for everybody`() {
        let open = Route.allCases.filter { $0.permission == nil }
        #expect(open == [.health, .readiness, .metrics, .version, .dashboard])
    }

    @Test func `only probes and scrapes are not counted`() {
        #expect(
            Route.allCases.filter { !$0.isRateLimited } == [.health, .readiness, .metrics])
    }

    @Test func `what reads has no permission to write`() {
        #expect(Route.listLeads.permission == .readLeads && Route.readLead.permission == .readLeads)
        #expect(Route.createLead.permission == .writeLeads)
        #expect(Route.updateLead.permission == .writeLeads)
        #expect(Route.publishEvents.permission == .publishEvents)
        #expect(Route.readEvent.permission == .readEvents)
        #expect(Route.events.permission == .subscribe && Route.webSocket.permission == .subscribe)
    }

    @Test func `the purposes are those of the specification`() {
        #expect(Route.createLead.purpose == .contract && Route.updateLead.purpose == .contract)
        #expect(Route.publishEvents.purpose == .eventProcessing)
    }

    @Test func `a name is an entity and an action, the same as the command's own`() throws {
        for route in Route.allCases {
            #expect(route.name.split(separator: ".").count == 2)
        }
        // Two transports of one thing share a name; nothing else does.
        #expect(Set(Route.allCases.map(\.name)).count == Route.allCases.count - 1)
        var ids = FreshIDs()
        let id = ids.next()
        let created = try CommandCoding.createLead(
            try document(#"{"name":"a"}"#), allowDuplicate: false, ids: &ids)
        let updated = try CommandCoding.updateLead(
            try document("{}"), id: id, ifMatch: nil, allowDuplicate: false, ids: &ids)
        let published = try UnifiedEventCoding.publishEvents(
            try document(#"{"event_type":"a"}"#), ids: &ids)
        #expect(Route.createLead.name == created.action)
        #expect(Route.updateLead.name == updated.action)
        #expect(Route.publishEvents.name == published.action)
    }
}
