// What must be written nowhere: whatever came where a token, a password or a cookie is sent, in its
// right form and in wrong ones, is in no line of the log, no row and no file of the database.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(
        .serialized,
        .hub([
            "HUB_LOG_LEVEL": "debug", "HUB_PROCESSORS": "all", "HUB_AUDIT_CHECKPOINT": "1/1",
            "HUB_RATE_LIMIT": "60/3600",
        ])
    ) struct SecretsTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.SecretsTests {
    /// Where secrets are sent, and where people send them by mistake.
    private static func requests(
        _ secret: String
    ) -> [(method: String, target: String, headers: [String: String], body: String?)] {
        let header = "Authorization"
        let lead = #"{"name":"A","password":"\#(secret)","token":"\#(secret)"}"#
        return [
            ("GET", "/crm/leads", [header: "Bearer \(secret)"], nil),
            ("GET", "/crm/leads", [header: "bearer  \(secret)"], nil),
            ("GET", "/crm/leads", [header: secret], nil),
            ("GET", "/crm/leads", [header: "Basic \(secret)"], nil),
            ("GET", "/crm/leads", [header: "Bearer a.\(secret).b"], nil),
            ("GET", "/crm/leads", ["Cookie": "session=\(secret)", "X-Api-Key": secret], nil),
            ("GET", "/crm/leads?access_token=\(secret)", [:], nil),
            ("GET", "/events?access_token=\(secret)", [:], nil),
            ("GET", "/events?types=a&access_token=\(secret)&access_token=\(secret)", [:], nil),
            ("GET", "/events?ticket=\(secret)", [:], nil),
            ("GET", "/events?Access_Token=%22\(secret)", [:], nil),
            ("GET", "/ws?access_token=\(secret)", [:], nil),
            ("GET", "/ws?ticket=\(secret)", [:], nil),
            ("GET", "/events?ticket=\(secret)&ticket=\(secret)", [:], nil),
            ("GET", "/crm/leads?ticket=\(secret)", [:], nil),
            ("POST", "/auth/ticket?ticket=\(secret)", [:], nil),
            ("GET", "/crm/leads;access_token=\(secret)", [:], nil),
            ("GET", "/crm/leads/1;access_token=\(secret)", [:], nil),
            ("GET", "/crm/leads/1&access_token=\(secret)", [:], nil),
            ("GET", "/crm/leads/1%3Faccess_token=\(secret)", [:], nil),
            ("GET", "/crm/leads/1%3faccess_token%3d\(secret)", [:], nil),
            ("POST", "/crm/leads", [header: "Bearer \(secret)"], lead),
            ("POST", "/auth/streams/a?access_token=\(secret)", [:], nil),
            ("POST", "/auth/login", [:], #"{"username":"a","password":"\#(secret)"}"#),
        ]
    }

    /// What a principal who may do everything sends by mistake.
    private static func bodies(_ secret: String) -> [(target: String, body: String)] {
        [
            ("/crm/leads", #"{"name":"A","password":"\#(secret)"}"#),
            ("/crm/leads", #"{"name":"A","access_token":"\#(secret)"}"#),
            ("/crm/leads", #"{"password":"\#(secret)"#),
            ("/crm/leads", #"{"name":{"token":"\#(secret)"}}"#),
            ("/admin/revocations", #"{"token":"\#(secret)"}"#),
            ("/event/unified", #"{"event_type":"a","password":"\#(secret)"}"#),
        ]
    }

    @Test func `what came as a secret is in no log, no row and no file`() throws {
        let secret = "canary\(UInt64.random(in: 1 << 60 ... .max))"
        let token = hub.admin
        // Known before its address has used up what it may ask.
        #expect(try hub.get("/crm/leads", token: token).status == 200)
        let anonymous = TestClient(port: hub.port)
        // Beyond the limit the refusals are others, and are written, too.
        for _ in 0..<4 {
            for request in Self.requests(secret) {
                let reply = try anonymous.request(
                    request.method, request.target,
                    headers: request.headers.map { ($0.key, $0.value) }, body: request.body)
                #expect((400...499).contains(reply.status), "\(request.target)")
            }
        }
        for (target, body) in Self.bodies(secret) {
            let reply = try hub.post(target, body, token: token)
            #expect((400...499).contains(reply.status), "\(target) \(body): \(reply.status)")
        }
        let cookies = ["Cookie": "token=\(secret)", "Proxy-Authorization": "Bearer \(secret)"]
        #expect(
            try hub.post("/crm/leads", Sample.lead(), headers: cookies, token: token).status == 201)
        let verify = "/audit/verify?access_token=\(secret)"
        #expect(try hub.get(verify, token: token).status == 400)
        try malformed(secret)
        let tickets = try useTickets(token)
        let socket = WebSocketReader(port: hub.port, token: token)
        try socket.connect()
        try socket.send(#"{"op":"auth","token":"\#(secret)"}"#)
        try awaitRows()
        // The token that was good is as secret: its signature is looked for.
        let signature = try #require(token.split(separator: ".").last)
        for text in [secret, String(signature)] + tickets { try expectNowhere(text, token) }
    }

    /// Tickets that were good: one opened a stream and came again, one was never used.
    private func useTickets(_ token: String) throws -> [String] {
        let tickets = try (0..<2).map { _ in
            try #require(hub.post("/auth/ticket", "", token: token).json["ticket"].string)
        }
        let stream = EventStreamReader(
            port: hub.port, token: nil, target: "/events?ticket=\(tickets[0])&types=nothing_ever")
        try stream.connect()
        let again = try TestClient(port: hub.port).get("/events?ticket=\(tickets[0])")
        #expect((400...499).contains(again.status))
        return tickets
    }

    /// Heads that are no HTTP.
    private func malformed(_ secret: String) throws {
        for head in [
            "GET /events?access_token=\(secret) HTTP/9.9\r\n\r\n",
            "GET /events?access_token=\(secret)\r\n\r\n",
            "GET /crm/leads HTTP/1.1\r\nAuthorization : Bearer \(secret)\r\n\r\n",
            "GET /crm/leads HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(secret)\u{1}\r\n\r\n",
            "GET /crm/leads HTTP/1.1\r\nHost: a\r\nCookie: \(secret)\r\nHost: b\r\n\r\n",
        ] {
            let socket = try TestSocket(port: hub.port)
            try socket.send(head)
            _ = try socket.receiveToEnd(until: Deadline(seconds: 5))
        }
    }

    /// Waits until what was refused is written and sealed.
    private func awaitRows() throws {
        try waitUntil("the refusals are in the trail") {
            try !hub.query("SELECT 1 FROM audit_logs WHERE layer = 'rate_limit'").isEmpty
                && !hub.query("SELECT 1 FROM audit_logs WHERE layer = 'authentication'").isEmpty
        }
        try waitUntil("the log tells of the lead") {
            try !hub.query("SELECT 1 FROM logs WHERE event_type = 'lead_created'").isEmpty
        }
    }

    private func expectNowhere(_ text: String, _ token: String) throws {
        let host = try #require(hub.folder.socketFolder)
        let (code, dump) = try ChildProcess.run(
            ["pg_dump", "--host=\(host)", "--username=hub", "hub"])
        #expect(code == 0 && dump.contains("audit_logs"))
        #expect(!dump.contains(text), "in a row")
        #expect(
            try !hub.get("/logs?limit=1000", token: token).text.contains(text), "in the unified log"
        )
        // The hub's own output and every file of the cluster, WAL and all.
        try hub.query("CHECKPOINT")
        let (found, files) = try ChildProcess.run(
            ["grep", "--recursive", "--files-with-matches", "--text", text, hub.folder.path])
        #expect(found == 1, "in \(files)")
    }
}
