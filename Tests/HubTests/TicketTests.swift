// Streams by ticket: for clients that can send no header. A ticket opens one stream, as its token
// would have, and nothing that happens to the token in between is passed over.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(
        .serialized,
        .hub([
            "HUB_LOOPS": "2", "HUB_PASSWORD_COST": "8", "HUB_CORS_ORIGINS": "https://app.test",
        ])
    ) struct TicketTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.TicketTests {
    /// A token of somebody new.
    private func token(
        _ id: String = UUID().uuidString, lifetimeSeconds: Int = 3600, roles: [String] = ["viewer"]
    ) -> String {
        TokenSigner.shared.token(
            subject: "tia-\(id)", roles: roles, lifetimeSeconds: lifetimeSeconds,
            more: #","jti":"\#(id)""#)
    }

    private func ticket(_ token: String) throws -> String {
        let reply = try hub.ask("POST", "/auth/ticket", token: token)
        #expect(reply.status == 201 && reply.json["expires_in"].int == 30, "\(reply.text)")
        #expect(reply.header("Cache-Control") == "no-store")
        return try #require(reply.json["ticket"].string)
    }

    private func stream(_ ticket: String, query: String = "") -> EventStreamReader {
        EventStreamReader(
            port: hub.port, token: nil, target: "/events?ticket=\(ticket)\(query)")
    }

    private func anonymous(_ target: String) throws -> TestResponse {
        try TestClient(port: hub.port).get(target)
    }

    private func revoke(_ id: String) throws {
        #expect(try hub.post("/admin/revocations", #"{"jti":"\#(id)"}"#).status == 201)
    }

    @Test func `an event stream is opened with a ticket, and tells what its token sees`() throws {
        // Tickets are for every loop, whichever a connection comes to.
        for _ in 0..<8 {
            let stream = stream(try ticket(token(roles: ["viewer"])))
            try stream.connect()
            let id = try hub.makeLead(#"{"name":"Ana","email":"ana-\#(UUID().uuidString)@a.test"}"#)
            let event = try #require(try stream.next())
            let text = String(decoding: event.data, as: UTF8.self)
            #expect(text.contains(id) && text.contains(#""email":null"#), "\(text)")
        }
    }

    @Test func `a WebSocket is opened with a ticket`() throws {
        for path in ["/ws", "/events"] {
            let socket = WebSocketReader(
                port: hub.port, token: nil, target: "\(path)?ticket=\(try ticket(token()))")
            try socket.connect()
            _ = try socket.next(op: "ready")
        }
    }

    @Test func `a ticket that was used opens nothing, and the attempt is audited`() throws {
        let ticket = try ticket(token())
        try stream(ticket).connect()
        for _ in 0..<8 {
            let reply = try anonymous("/events?ticket=\(ticket)")
            try reply.expectProblem(401, "ticket_invalid")
            #expect(reply.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
            #expect(!reply.text.contains(ticket))
        }
        #expect(throws: ConnectionFailure.malformed("status 401")) {
            try WebSocketReader(
                port: hub.port, token: nil, target: "/ws?ticket=\(ticket)"
            ).connect()
        }
        try waitUntil("it is in the audit trail") {
            try !hub.query(
                """
                SELECT 1 FROM audit_logs WHERE reason = 'ticket_invalid' AND NOT success
                AND layer = 'authentication' AND action = 'events.subscribe'
                AND user_id = 'address:127.0.0.1'
                """
            ).isEmpty
        }
    }

    @Test(arguments: [
        "", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "..%2F..", "' OR 1=1",
    ])
    func `what is no ticket opens nothing`(text: String) throws {
        let text = text.replacing(" ", with: "%20")
        try anonymous("/events?ticket=\(text)").expectProblem(401, "ticket_invalid")
        try anonymous("/ws?ticket=\(text)").expectProblem(401, "ticket_invalid")
    }

    @Test func `a ticket is for streams, stands alone, and is asked for by whoever may`() throws {
        let good = try ticket(token())
        try anonymous("/crm/leads?ticket=\(good)").expectProblem(401, "token_missing")
        try anonymous("/logs?ticket=\(good)").expectProblem(401, "token_missing")
        try anonymous("/events?ticket=\(good)&ticket=\(good)")
            .expectProblem(400, "bad_parameter", field: "ticket")
        try anonymous("/events?ticket=\(good)&access_token=\(hub.admin)")
            .expectProblem(400, "bad_parameter", field: "access_token")
        try hub.get("/events?ticket=\(good)").expectProblem(400, "bad_parameter", field: "ticket")
        // None of them has used it.
        try stream(good).connect()
        try TestClient(port: hub.port).post("/auth/ticket", "")
            .expectProblem(401, "token_missing")
        try hub.post("/auth/ticket", #"{"seconds":3600}"#).expectProblem(400, "bad_json")
        try hub.post("/auth/ticket?ttl=3600", "").expectProblem(400, "bad_parameter", field: "ttl")
        let tickets = try (0..<3).map { _ in try ticket(hub.admin) }
        #expect(Set(tickets).count == 3)
    }

    @Test func `a token that is taken back takes its tickets along, before and after use`() throws {
        let id = UUID().uuidString
        let (used, unused) = (try ticket(token(id)), try ticket(token(id)))
        let open = stream(used, query: "&types=nothing_ever")
        try open.connect()
        let socket = WebSocketReader(
            port: hub.port, token: nil, target: "/ws?ticket=\(try ticket(token(id)))")
        try socket.connect()
        _ = try socket.next(op: "ready")
        try revoke(id)
        let problem = try #require(try open.next())
        #expect(JSON(problem.data)["code"].string == "token_revoked")
        #expect(
            JSON(try socket.next(op: "problem").bytes)["problem"]["code"].string
                == "token_revoked")
        try anonymous("/events?ticket=\(unused)").expectProblem(401, "token_revoked")
        #expect(try hub.ask("POST", "/auth/ticket", token: token(id)).status == 401)
    }

    @Test func `a stream by ticket ends with its token`() throws {
        let short = token(lifetimeSeconds: 3)
        let open = stream(try ticket(short), query: "&types=nothing_ever")
        let late = try ticket(short)
        try open.connect()
        let problem = try #require(try open.next(timeoutSeconds: 10))
        #expect(JSON(problem.data)["code"].string == "token_expired")
        #expect(throws: ConnectionFailure.closed) { try open.next() }
        try anonymous("/events?ticket=\(late)").expectProblem(401, "token_expired")
    }

    @Test func `a browser asks for a ticket by cookie, from the hub's pages or those it knows`()
        throws
    {
        let made = try hub.post(
            "/admin/users", #"{"name":"tess","password":"a good password","roles":["viewer"]}"#)
        #expect(made.status == 201, "\(made.text)")
        let own = [("Sec-Fetch-Site", "same-origin"), ("Origin", "http://127.0.0.1:\(hub.port)")]
        let login = try TestClient(port: hub.port).request(
            "POST", "/auth/login", headers: own,
            body: #"{"name":"tess","password":"a good password","cookies":true}"#)
        #expect(login.status == 200, "\(login.text)")
        let cookies = login.headers.filter { $0.name.lowercased() == "set-cookie" }
            .compactMap { $0.value.split(separator: ";").first }.joined(separator: "; ")
        func ask(_ fields: [(String, String)]) throws -> TestResponse {
            try TestClient(port: hub.port).request(
                "POST", "/auth/ticket", headers: [("Cookie", cookies)] + fields, body: "")
        }
        #expect(try ask(own).status == 201)
        let known = try ask([("Origin", "https://app.test"), ("Sec-Fetch-Site", "cross-site")])
        #expect(known.status == 201)
        #expect(known.header("Access-Control-Allow-Origin") == "https://app.test")
        try ask([("Origin", "https://evil.test"), ("Sec-Fetch-Site", "cross-site")])
            .expectProblem(403, "origin_not_allowed")
        try ask([]).expectProblem(403, "origin_not_allowed")
    }
}

extension Upheaval {
    @Suite(.serialized) struct `Tickets of an instance` {
        @Test func `a ticket of another instance is refused as one that was used`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let (one, other) = (try HubProcess(folder), try HubProcess(folder))
            let reply = try one.client(one.token(for: "viewer")).post("/auth/ticket", "")
            let ticket = try #require(reply.json["ticket"].string)
            let refused = try other.client().get("/events?ticket=\(ticket)")
            try refused.expectProblem(401, "ticket_invalid")
            #expect(refused.json["detail"].string?.contains("Ask for another") == true)
            let stream = EventStreamReader(
                port: one.port, token: nil, target: "/events?ticket=\(ticket)")
            try stream.connect()
        }
    }
}
