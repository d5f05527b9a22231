// The gates, in their order: rate limit, token, role, consent, business, audit. Each refuses with
// its own problem, an earlier one before a later one, and each refusal is in the audit trail.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_CORS_ORIGINS": "https://app.test"])) struct GateTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

/// A token that must be refused.
struct BadToken: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let token: String
    let code: String

    init(_ description: String, _ token: String, code: String = "token_invalid") {
        testDescription = description
        self.token = token
        self.code = code
    }

    static let all: [BadToken] = {
        let signer = TokenSigner.shared
        let now = Int(Date().timeIntervalSince1970)
        let good = signer.token(subject: "root", roles: ["admin"])
        let parts = good.split(separator: ".").map(String.init)
        let claims = #"{"sub":"root","roles":["admin"],"exp":\#(now + 36000)}"#
        let other = TokenSigner(secret: String(repeating: "x", count: 40))
        return [
            BadToken("not a token", "nonsense"),
            BadToken("empty parts", ".."),
            BadToken("without its signature", parts[0] + "." + parts[1] + "."),
            BadToken("with another's signature", other.token(subject: "root", roles: ["admin"])),
            BadToken(
                "with claims exchanged",
                parts[0] + "."
                    + TokenSigner.part(claims.replacingOccurrences(of: "root", with: "x"))
                    + "." + parts[2]),
            BadToken(
                "alg none, unsigned",
                TokenSigner.unsigned(header: #"{"alg":"none","typ":"JWT"}"#, claims: claims)),
            BadToken("alg none, signed", signer.sign(header: #"{"alg":"none"}"#, claims: claims)),
            BadToken("alg NONE", signer.sign(header: #"{"alg":"NONE"}"#, claims: claims)),
            BadToken("alg HS512", signer.sign(header: #"{"alg":"HS512"}"#, claims: claims)),
            BadToken("no alg", signer.sign(header: "{}", claims: claims)),
            BadToken(
                "a critical extension",
                signer.sign(
                    header: #"{"alg":"HS256","crit":["b64"],"b64":false}"#, claims: claims)),
            BadToken("no exp", signer.sign(claims: #"{"sub":"root","roles":["admin"]}"#)),
            BadToken("no sub", signer.sign(claims: #"{"roles":["admin"],"exp":\#(now + 36000)}"#)),
            BadToken("an empty sub", signer.token(subject: "", roles: ["admin"])),
            BadToken("no role", signer.sign(claims: #"{"sub":"root","exp":\#(now + 36000)}"#)),
            BadToken("an unknown role", signer.token(subject: "root", roles: ["king"])),
            BadToken(
                "exp as text",
                signer.sign(claims: #"{"sub":"a","roles":["admin"],"exp":"\#(now + 36000)"}"#)),
            BadToken(
                "not valid yet",
                signer.token(subject: "root", roles: ["admin"], more: #","nbf":\#(now + 36000)"#)),
            BadToken(
                "expired", signer.token(subject: "root", roles: ["admin"], lifetimeSeconds: -1),
                code: "token_expired"),
        ]
    }()
}

// MARK: - Tokens

extension EndToEnd.GateTests {
    @Test(arguments: BadToken.all)
    func `a bad token opens nothing`(bad: BadToken) throws {
        for (method, path) in [
            ("GET", "/crm/leads"), ("POST", "/crm/leads"), ("GET", "/events"), ("GET", "/ws"),
            ("POST", "/event/unified"),
        ] {
            let reply = try hub.ask(
                method, path, method == "POST" ? Sample.lead() : nil, token: bad.token)
            try reply.expectProblem(401, bad.code)
            #expect(reply.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
        }
    }

    @Test func `no token at all is 401 token_missing`() throws {
        for header in ["", "Basic cm9vdDpyb290", "Bearer"] {
            let headers = header.isEmpty ? [] : [("Authorization", header)]
            let reply = try TestClient(port: hub.port).get("/crm/leads", headers: headers)
            try reply.expectProblem(401, "token_missing")
            #expect(reply.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
        }
    }

    @Test func `a token in the query opens streams and nothing else`() throws {
        let query = "?access_token=" + hub.admin
        let client = TestClient(port: hub.port)
        let page = try client.get("/events" + query, headers: [("Accept", "application/json")])
        #expect(page.status == 200)
        try client.get("/crm/leads" + query).expectProblem(401, "token_missing")
    }

    @Test func `role as one text is a role, and an unknown one beside a known one does no harm`()
        throws
    {
        let soon = Int(Date().timeIntervalSince1970) + 60
        let single = TokenSigner.shared.sign(claims: #"{"sub":"a","role":"admin","exp":\#(soon)}"#)
        #expect(try hub.get("/crm/leads", token: single).status == 200)
        let mixed = TokenSigner.shared.token(subject: "a", roles: ["king", "viewer"])
        #expect(try hub.get("/crm/leads", token: mixed).status == 200)
    }

    @Test func `a token that was good a second ago and has expired is refused`() throws {
        let token = TokenSigner.shared.token(subject: "a", roles: ["admin"], lifetimeSeconds: 2)
        #expect(try hub.get("/crm/leads", token: token).status == 200)
        try waitUntil("the cached token expires") {
            try hub.get("/crm/leads", token: token).status == 401
        }
        try hub.get("/crm/leads", token: token).expectProblem(401, "token_expired")
    }
}

// MARK: - Roles

extension EndToEnd.GateTests {
    @Test(arguments: [
        ("viewer", "POST", "/crm/leads", 403), ("agent", "POST", "/crm/leads", 403),
        ("compliance", "POST", "/crm/leads", 403), ("logistics", "POST", "/crm/leads", 403),
        ("logistics", "GET", "/crm/leads", 403), ("viewer", "POST", "/event/unified", 403),
        ("compliance", "POST", "/event/unified", 403), ("viewer", "GET", "/crm/leads", 200),
        ("sales", "POST", "/crm/leads", 201), ("service", "POST", "/crm/leads", 201),
        ("admin", "POST", "/crm/leads", 201), ("agent", "POST", "/event/unified", 202),
        ("logistics", "POST", "/event/unified", 202),
    ])
    func `a role may do what its row says`(
        role: String, method: String, path: String, status: Int
    )
        throws
    {
        let token = TokenSigner.shared.token(subject: "u-" + role, roles: [role])
        let body = path == "/event/unified" ? Sample.event() : Sample.lead()
        let reply = try hub.ask(method, path, method == "POST" ? body : nil, token: token)
        #expect(reply.status == status, "\(reply.text)")
        if status == 403 {
            try reply.expectProblem(403, "forbidden")
            #expect(reply.json["permission"].string?.contains(".") == true)
        }
    }

    @Test func `of several roles one that may is enough`() throws {
        let token = TokenSigner.shared.token(subject: "u", roles: ["viewer", "sales"])
        #expect(try hub.post("/crm/leads", Sample.lead(), token: token).status == 201)
    }
}

// MARK: - Order

extension EndToEnd.GateTests {
    @Test func `an earlier gate answers before a later one`() throws {
        let viewer = TokenSigner.shared.token(subject: "v", roles: ["viewer"])
        let noConsent = #"{"consent_flag":false,"colour":1}"#
        // Token before everything that the body could say.
        try hub.post("/crm/leads", "nonsense", token: "x").expectProblem(401, "token_invalid")
        try hub.post("/crm/leads", noConsent, token: "x").expectProblem(401, "token_invalid")
        // Role before the body.
        try hub.post("/crm/leads", "nonsense", token: viewer).expectProblem(403, "forbidden")
        try hub.post("/crm/leads", noConsent, token: viewer).expectProblem(403, "forbidden")
        // JSON before consent, consent before fields.
        try hub.post("/crm/leads", #"{"consent_flag":false,"#).expectProblem(400, "bad_json")
        try hub.post("/crm/leads", noConsent).expectProblem(403, "consent_required")
        try hub.post("/event/unified", noConsent).expectProblem(403, "consent_required")
    }

    @Test func `a request that says there is no consent is refused with purpose and notice`() throws
    {
        let head = try hub.head()
        let lead = try hub.post("/crm/leads", #"{"name":"A","consent_flag":false}"#)
        try lead.expectProblem(403, "consent_required")
        #expect(lead.json["purpose"].string == "contract")
        #expect(lead.json["notice"].string?.hasPrefix("/compliance/purposes") == true)
        let event = try hub.post(
            "/event/unified",
            #"{"task_id":"t","user_id":"u","event_type":"ping_","consent_flag":false,"payload":{}}"#
        )
        try event.expectProblem(403, "consent_required")
        #expect(event.json["purpose"].exists)
        let id = try hub.makeLead()
        _ = try hub.head()
        let patch = try hub.ask("PATCH", "/crm/leads/" + id, #"{"name":"B","consent_flag":false}"#)
        try patch.expectProblem(403, "consent_required")
        #expect(try hub.get("/crm/leads/" + id).json["name"].string == "Asha Rao")
        #expect(Self.position(try hub.head()) == Self.position(head) + 1)
    }

    @Test func `a withdrawal on record beats the request's flag`() throws {
        let user = UUID().uuidString
        let id = try hub.makeLead()
        try hub.query(
            "INSERT INTO consent_now VALUES "
                + "('users/\(user)', 'event_processing', 'withdrawn'), "
                + "('leads/\(id)', 'contract', 'withdrawn')")
        let head = try hub.head()
        let event = try hub.post("/event/unified", Sample.event(user: user))
        try event.expectProblem(403, "consent_required")
        #expect(event.json["subject"].string == "users/" + user)
        #expect(event.json["purpose"].string == "event_processing")
        let patch = try hub.ask(
            "PATCH", "/crm/leads/" + id, #"{"name":"B","consent_flag":true}"#)
        try patch.expectProblem(403, "consent_required")
        #expect(patch.json["subject"].string == "leads/" + id)
        #expect(try hub.head() == head)
        // In an array it is that item's problem alone.
        let both = try hub.post(
            "/event/unified", "[\(Sample.event(user: user)),\(Sample.event())]")
        #expect(both.status == 202)
        #expect(both.json[0]["problem"]["code"].string == "consent_required")
        #expect(both.json[1]["id"].string != nil)
        try hub.query("UPDATE consent_now SET status = 'granted' WHERE subject = 'users/\(user)'")
        #expect(try hub.post("/event/unified", Sample.event(user: user)).status == 202)
    }

    private static func position(_ id: String) -> Int {
        id.split(separator: "-").last.flatMap { Int($0) } ?? -1
    }
}

// MARK: - Limits of a request

extension EndToEnd.GateTests {
    @Test func `a body of 8 MiB is 413, and the hub goes on`() throws {
        let body = #"{"name":""# + String(repeating: "a", count: 8 << 20) + #""}"#
        let reply = try hub.post("/crm/leads", body)
        try reply.expectProblem(413, "body_too_large")
        #expect(try hub.post("/crm/leads", Sample.lead()).status == 201)
    }

    @Test func `a body in chunks is 413 when it grows too large`() throws {
        let client = hub.client()
        let chunk = "10000\r\n" + String(repeating: "a", count: 65_536) + "\r\n"
        try client.send(
            client.request("POST", "/crm/leads", [("Transfer-Encoding", "chunked")], ""))
        for _ in 0..<40 { guard (try? client.send(chunk)) != nil else { break } }
        try client.readResponse().expectProblem(413, "body_too_large")
    }

    @Test func `a header of 100 KiB is 431, and the hub goes on`() throws {
        let long = String(repeating: "a", count: 100 << 10)
        try hub.get("/crm/leads", headers: ["X-Long": long]).expectProblem(431, "headers_too_large")
        let many = (0..<200).map { ("X-\($0)", "a") }
        try hub.client().get("/crm/leads", headers: many).expectProblem(431, "headers_too_large")
        try hub.get("/crm/leads?email=" + String(repeating: "a", count: 20_000))
            .expectProblem(414, "uri_too_long")
        #expect(try hub.get("/crm/leads").status == 200)
    }

    @Test(arguments: [
        ("GET /crm/leads HTTP/1.1\r\n\r\n", 400), ("nonsense\r\n\r\n", 400),
        ("GET /crm/leads HTTP/2.0\r\nHost: a\r\n\r\n", 505),
        ("GET /crm/leads HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET /crm/leads HTTP/1.1\r\nHost: a\r\nX : b\r\n\r\n", 400),
        ("GET /crm/leads HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n", 400),
        ("GET /crm/leads HTTP/1.1\r\nHost: a\r\nX: b\rc\r\n\r\n", 400),
        ("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (
            "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n",
            400
        ),
        ("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ("POST /a HTTP/1.1\r\nHost: a\r\nExpect: a-miracle\r\nContent-Length: 1\r\n\r\n", 417),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{FC}\u{3}\u{3}\r\n\r\n", 400),
    ])
    func `what isn't HTTP is answered once and the connection ends`(
        bytes: String, status: Int
    )
        throws
    {
        let socket = try TestSocket(port: hub.port)
        try socket.send(bytes + "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
        let answer = try socket.receiveToEnd(until: Deadline(seconds: 10))
        let text = String(decoding: answer, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text)")
        #expect(text.contains("application/problem+json"))
        #expect(
            text.components(separatedBy: "\r\nContent-Length: ").count == 2, "one answer: \(text)")
        #expect(try hub.get("/healthz").status == 200)
    }
}

// MARK: - Other origins

extension EndToEnd.GateTests {
    @Test func `a page of a known origin may ask, one of another may not`() throws {
        let asked = ["Origin": "https://app.test", "Access-Control-Request-Method": "POST"]
        let preflight = try TestClient(port: hub.port).request(
            "OPTIONS", "/crm/leads", headers: asked.map { ($0.key, $0.value) })
        #expect(preflight.status == 204)
        #expect(preflight.header("Access-Control-Allow-Origin") == "https://app.test")
        #expect(preflight.header("Access-Control-Allow-Methods")?.contains("POST") == true)
        let allowed = preflight.header("Access-Control-Allow-Headers")?.lowercased() ?? ""
        for name in ["authorization", "content-type", "idempotency-key", "if-match"] {
            #expect(allowed.contains(name))
        }
        #expect(preflight.header("Vary")?.contains("Origin") == true)
        for origin in ["https://app.test.evil.test", "https://evil.test", "null"] {
            let other = try TestClient(port: hub.port).request(
                "OPTIONS", "/crm/leads", headers: [("Origin", origin)])
            #expect(other.header("Access-Control-Allow-Origin") == nil, "\(origin)")
            let reply = try hub.get("/crm/leads", headers: ["Origin": origin])
            #expect(reply.header("Access-Control-Allow-Origin") == nil, "\(origin)")
        }
        let reply = try hub.get("/crm/leads", headers: ["Origin": "https://app.test"])
        #expect(reply.header("Access-Control-Allow-Origin") == "https://app.test")
        #expect(reply.header("Access-Control-Expose-Headers")?.contains("ETag") == true)
        let refused = try hub.post("/crm/leads", "", headers: ["Origin": "https://app.test"])
        #expect(refused.header("Access-Control-Allow-Origin") == "https://app.test")
    }

    @Test func `a page of another origin opens no WebSocket, the hub's own and a known one do`()
        throws
    {
        let own = "127.0.0.1:\(hub.port)"
        for origin in ["http://\(own)", "https://\(own)", "https://app.test"] {
            let socket = WebSocketReader(port: hub.port, token: hub.admin)
            try socket.connect(headers: [("Origin", origin)])
            _ = try socket.next(op: "ready")
        }
        for origin in ["https://evil.test", "http://127.0.0.1", "null", "", "http://\(own)/x"] {
            let socket = WebSocketReader(port: hub.port, token: hub.admin)
            #expect(throws: ConnectionFailure.malformed("status 403"), "\(origin)") {
                try socket.connect(headers: [("Origin", origin)])
            }
        }
    }
}

// MARK: - What everybody may see

extension EndToEnd.GateTests {
    @Test func `probes, version and page need no token`() throws {
        let client = TestClient(port: hub.port)
        #expect(try client.get("/healthz").text == "ok\n")
        #expect(try client.get("/readyz").status == 200)
        #expect(try client.get("/version").json["version"].string?.isEmpty == false)
        let page = try client.get("/")
        #expect(page.header("Content-Type")?.hasPrefix("text/html") == true)
        #expect(page.header("Content-Security-Policy")?.contains("'self'") == true)
        #expect(page.header("X-Content-Type-Options") == "nosniff")
        let etag = try #require(page.header("ETag"))
        #expect(try client.get("/", headers: [("If-None-Match", etag)]).status == 304)
        #expect(
            try client.get("/client/hub.js").header("Content-Type")?.contains("javascript") == true)
        for path in ["/../README.md", "/%2e%2e/README.md", "/client/hub.test.mjs", "/x.js"] {
            #expect(try client.get(path).status >= 400, "\(path)")
        }
    }

    @Test func `metrics are Prometheus text, and the README names every one`() throws {
        let reply = try TestClient(port: hub.port).get("/metrics")
        #expect(reply.header("Content-Type")?.hasPrefix("text/plain") == true)
        var families: Set<String> = []
        for line in reply.text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if line.hasPrefix("# TYPE ") {
                families.insert(String(words[2]))
            } else if !line.hasPrefix("#") {
                #expect(words.count == 2 && Double(words[1]) != nil, "\(line)")
            }
        }
        #expect(families.contains("hub_connections") && families.count > 20)
        let readme = try String(
            contentsOfFile: Checkout.path + "/README.md", encoding: .utf8)
        let unnamed = families.filter { !readme.contains("`\($0)`") }
        #expect(unnamed.isEmpty, "not in the README: \(unnamed.sorted())")
    }

    @Test func `what the gates refuse is counted by gate`() throws {
        func denied(_ layer: String) throws -> Int {
            let text = try TestClient(port: hub.port).get("/metrics").text
            let line = text.split(separator: "\n").first {
                $0.hasPrefix("hub_denied_total{layer=\"\(layer)\"}")
            }
            return try #require(line?.split(separator: " ").last.flatMap { Int($0) })
        }
        let before = try denied("authentication")
        _ = try hub.get("/crm/leads", token: "x")
        #expect(try denied("authentication") == before + 1)
    }
}

/// The sources that the tests were built from.
enum Checkout {
    static let path = #filePath.components(separatedBy: "/Tests/").first ?? ""
}
