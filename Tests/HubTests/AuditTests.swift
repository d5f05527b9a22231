// The sixth layer: who did what, allowed or not, read where it is kept. And the limits that need a
// hub with settings of their own: the rate of requests, and the time that a request may take.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct AuditTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }

    @Suite(.serialized, .hub(["HUB_RATE_LIMIT": "100/600"])) struct RateLimitTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }

    @Suite(
        .serialized,
        .hub(["HUB_HEADER_TIMEOUT": "1", "HUB_BODY_TIMEOUT": "1", "HUB_IDLE_TIMEOUT": "2"])
    ) struct TimeLimitTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

// MARK: - Audit

extension EndToEnd.AuditTests {
    /// A line of the audit trail.
    struct Line: Equatable {
        var user: String
        var action: String
        var resource: String
        var success: Bool
        var layer: String
        var reason: String
    }

    /// The lines of a trace, waiting until there are so many: refusals come within a second.
    private func lines(trace: String, count: Int = 1) throws -> [Line] {
        var rows: [[String]] = []
        try waitUntil("\(count) audit rows of trace \(trace)") {
            rows = try hub.query(
                "SELECT user_id, action, resource, success, layer, coalesce(reason, '') "
                    + "FROM audit_logs WHERE trace_id = '\(trace)' ORDER BY number")
            return rows.count >= count
        }
        return rows.map {
            Line(
                user: $0[0], action: $0[1], resource: $0[2], success: $0[3] == "t", layer: $0[4],
                reason: $0[5])
        }
    }

    private static func trace() -> (id: String, headers: [String: String]) {
        let id = UUID().uuidString.lowercased().filter { $0 != "-" }
        return (id, ["traceparent": "00-\(id)-00f067aa0ba902b7-01"])
    }

    @Test func `each success is one line, written with what it did`() throws {
        let sales = TokenSigner.shared.token(subject: "sam", roles: ["sales"])
        let create = Self.trace()
        let made = try hub.post(
            "/crm/leads", Sample.lead(), headers: create.headers, token: sales)
        let id = try #require(made.json["id"].string)
        let resource = "leads/" + id
        #expect(
            try lines(trace: create.id) == [
                Line(
                    user: "sam", action: "lead.create", resource: resource, success: true,
                    layer: "business", reason: "")
            ])
        let patch = Self.trace()
        try hub.ask(
            "PATCH", "/crm/leads/" + id, #"{"name":"B"}"#, headers: patch.headers, token: sales)
        #expect(try lines(trace: patch.id).map(\.action) == ["lead.update"])
        let publish = Self.trace()
        let event = try hub.post("/event/unified", Sample.event(), headers: publish.headers)
        let eventID = try #require(event.json["id"].string)
        #expect(
            try lines(trace: publish.id) == [
                Line(
                    user: "root", action: "event.publish", resource: "events/" + eventID,
                    success: true, layer: "business", reason: "")
            ])
    }

    @Test func `what the business refuses is a line, too`() throws {
        let body = Sample.lead()
        try hub.post("/crm/leads", body)
        let trace = Self.trace()
        #expect(try hub.post("/crm/leads", body, headers: trace.headers).status == 409)
        let line = try #require(try lines(trace: trace.id).first)
        #expect(!line.success && line.layer == "business" && line.reason == "duplicate_lead")
    }

    @Test func `what a gate refuses is a line of its layer`() throws {
        let missing = Self.trace()
        let anonymous = TestClient(port: hub.port)
        _ = try anonymous.get("/crm/leads", headers: missing.headers.map { ($0.key, $0.value) })
        let token = try #require(try lines(trace: missing.id).first)
        #expect(token.layer == "authentication" && token.reason == "token_missing")
        #expect(token.user.hasPrefix("address:") && !token.success)
        let viewer = TokenSigner.shared.token(subject: "vera", roles: ["viewer"])
        let role = Self.trace()
        try hub.post("/crm/leads", "{}", headers: role.headers, token: viewer)
        #expect(
            try lines(trace: role.id) == [
                Line(
                    user: "vera", action: "lead.create", resource: "/crm/leads", success: false,
                    layer: "authorization", reason: "forbidden")
            ])
        let consent = Self.trace()
        try hub.post(
            "/crm/leads", #"{"name":"A","consent_flag":false}"#, headers: consent.headers)
        let flag = try #require(try lines(trace: consent.id).first)
        #expect(flag.layer == "consent" && flag.reason == "consent_required" && !flag.success)
        #expect(flag.user == "root")
    }

    @Test func `reads leave no line, and neither do malformed bodies`() throws {
        let read = Self.trace()
        _ = try hub.get("/crm/leads", headers: read.headers)
        try hub.post("/crm/leads", "nonsense", headers: read.headers)
        // A later line is there when the earlier ones would have been.
        let later = Self.trace()
        _ = try hub.get("/crm/leads", headers: later.headers, token: "x")
        _ = try lines(trace: later.id)
        #expect(try hub.query("SELECT 1 FROM audit_logs WHERE trace_id = '\(read.id)'").isEmpty)
    }

    @Test func `a flood of equal refusals is few lines that count them all`() throws {
        let path = "/crm/leads/flood-\(UUID().uuidString)"
        let client = hub.client("x")
        for _ in 0..<300 { _ = try client.get(path) }
        func sums() throws -> [Int] {
            try hub.query(
                "SELECT count(*), coalesce(sum(count), 0) FROM audit_logs "
                    + "WHERE resource = '\(path)'")[0].compactMap { Int($0) }
        }
        try waitUntil("all refusals are counted") { try sums()[1] == 300 }
        #expect(try sums()[0] < 30)
    }

    @Test func `lines are numbered without a hole, and no one can change them`() throws {
        try hub.post("/crm/leads", Sample.lead())
        let row = try hub.query("SELECT count(*), min(number), max(number) FROM audit_logs")[0]
        #expect(row[0] == row[2] && row[1] == "1")
        #expect(throws: ProcessFailure.self) {
            try hub.query("UPDATE audit_logs SET success = true")
        }
        #expect(throws: ProcessFailure.self) { try hub.query("DELETE FROM audit_logs") }
    }

    @Test func `the database holds the event as it was streamed, and the log has no hole`() throws {
        let id = try hub.makeLead()
        let event = try hub.history("subject=leads/\(id)")[0]
        let position = try #require(event["position"].string)
        let stored = try hub.query("SELECT body FROM events WHERE position = \(position)")[0][0]
        #expect(JSON(stored.utf8)["data"]["id"].string == id)
        let row = try hub.query("SELECT count(*), min(position), max(position) FROM events")[0]
        #expect(row[0] == row[2] && row[1] == "1")
    }
}

// MARK: - Rate

extension EndToEnd.RateLimitTests {
    @Test func `exactly the quota passes, and then 429 says when to come back`() throws {
        let token = TokenSigner.shared.token(subject: "rate-1", roles: ["admin"])
        let client = hub.client(token)
        for number in 1...100 {
            let reply = try client.get("/crm/leads?limit=1")
            #expect(reply.status == 200, "request \(number)")
            #expect(reply.header("RateLimit-Policy") == "\"default\";q=100;w=600")
            let rate = try #require(reply.header("RateLimit"))
            #expect(rate.hasPrefix("\"default\";r=\(100 - number);t="), "\(number): \(rate)")
        }
        for _ in 0..<3 {
            let reply = try client.get("/crm/leads?limit=1")
            try reply.expectProblem(429, "rate_limited")
            let seconds = try #require(reply.header("Retry-After").flatMap { Int($0) })
            #expect((550...600).contains(seconds))
            #expect(reply.header("RateLimit")?.hasPrefix("\"default\";r=0;t=") == true)
        }
        // Another principal has a window of its own, from the same address.
        let other = TokenSigner.shared.token(subject: "rate-2", roles: ["admin"])
        #expect(try hub.get("/crm/leads?limit=1", token: other).status == 200)
        // Another token of the same principal has not.
        let again = TokenSigner.shared.token(subject: "rate-1", roles: ["admin"], more: #","x":1"#)
        #expect(try hub.get("/crm/leads?limit=1", token: again).status == 429)
    }

    @Test func `a flood of bad tokens meets the limit of its address, not 401 for ever`() throws {
        let client = hub.client("bad")
        var statuses: [Int] = []
        for _ in 0..<130 { statuses.append(try client.get("/crm/leads").status) }
        #expect(Set(statuses) == [401, 429])
        #expect(statuses.filter { $0 == 401 }.count <= 100)
        let first = try #require(statuses.firstIndex(of: 429))
        #expect(statuses[first...].allSatisfy { $0 == 429 }, "once over, always over")
        // Probes and scrapes are never counted.
        for path in ["/healthz", "/readyz", "/metrics"] {
            let reply = try TestClient(port: hub.port).get(path)
            #expect(reply.status == 200)
            #expect(reply.header("RateLimit") == nil)
        }
        // Nor are the page's files: whoever may not ask still sees the page that says so.
        for path in ["/", "/app.js", "/style.css", "/client/hub.js"] {
            #expect(try TestClient(port: hub.port).get(path).status == 200)
        }
        // The refusals are in the audit trail, few lines for many.
        try waitUntil("the flood is audited") {
            try hub.query(
                "SELECT 1 FROM audit_logs WHERE layer = 'rate_limit' "
                    + "AND reason = 'rate_limited'"
            ).isEmpty == false
        }
    }
}

// MARK: - Time

extension EndToEnd.TimeLimitTests {
    @Test func `a head that comes a byte at a time is 408 when its time is over`() throws {
        let socket = try TestSocket(port: hub.port)
        let head = Array("GET /healthz HTTP/1.1\r\nHost: a\r\nX-Slow: ".utf8)
        let start = Date()
        // Each byte comes well within any time between two bytes; the head never ends.
        for byte in head + Array(repeating: UInt8(ascii: "a"), count: 200) {
            guard Date().timeIntervalSince(start) < 1.6, (try? socket.send([byte])) != nil else {
                break
            }
            usleep(30_000)
        }
        let answer = try socket.receiveToEnd(until: Deadline(seconds: 1.5))
        let text = String(decoding: answer, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 408 "), "\(text)")
        #expect(text.contains(#""code":"request_timeout""#))
    }

    @Test func `a body that stops is 408`() throws {
        let client = hub.client()
        let start = Date()
        try client.send(
            client.request("POST", "/crm/leads", [("Content-Length", "1000")], "{\"name\":"))
        try client.readResponse().expectProblem(408, "request_timeout")
        #expect(Date().timeIntervalSince(start) < 3)
    }

    @Test func `an idle connection is closed in its time without a word`() throws {
        let client = hub.client()
        #expect(try client.get("/crm/leads").status == 200)
        let socket = try client.connected()
        #expect(try socket.receiveToEnd(until: Deadline(seconds: 5)).isEmpty)
    }

    @Test func `a connection that never speaks is closed`() throws {
        let socket = try TestSocket(port: hub.port)
        #expect(socket.isClosed(withinSeconds: 4))
    }

    @Test func `many slow senders hold nobody up`() throws {
        let slow = try (0..<200).map { _ in
            let socket = try TestSocket(port: hub.port)
            try socket.send("POST /crm/leads HTTP/1.1\r\nHost: a\r\n")
            return socket
        }
        let start = Date()
        #expect(try hub.post("/crm/leads", Sample.lead()).status == 201)
        #expect(Date().timeIntervalSince(start) < 1)
        for socket in slow { #expect(socket.isClosed(withinSeconds: 5)) }
    }

    @Test func `a stream outlives the limits of requests`() throws {
        let stream = EventStreamReader(port: hub.port, token: hub.admin)
        try stream.connect()
        #expect(try stream.isQuiet(forSeconds: 3.5))
        let id = try hub.makeLead()
        let event = try #require(try stream.next(timeoutSeconds: 5))
        #expect(JSON(event.data)["subject"].string == "leads/" + id)
    }
}
