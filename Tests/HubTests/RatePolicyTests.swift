// The rate limit as clients meet it: exact however many ask at once and however many loops answer,
// with limits of roles and routes, and told in the answer, the audit trail and the metrics.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized) struct ExactRateTests {}

    @Suite(
        .serialized,
        .hub([
            "HUB_RATE_LIMIT": "8/600", "HUB_RATE_LIMIT_ROLE": "admin=9/600, service=off",
            "HUB_RATE_LIMIT_ROUTE": "GET /version=2/300, /task/*=3/900",
        ])
    ) struct RatePolicyTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.ExactRateTests {
    /// The statuses of so many requests, ten on each connection, all sent before one is answered.
    private func statuses(_ hub: RunningHub, _ request: [UInt8], count: Int) throws -> [Int] {
        let clients = (0..<count / 10).map { _ in TestClient(port: hub.port) }
        for client in clients { _ = try client.connected() }
        let ten = Array(repeating: request, count: 10).flatMap { $0 }
        for client in clients { try client.send(ten) }
        return try clients.flatMap { client in
            try (0..<10).map { _ in try client.readResponse().status }
        }
    }

    @Test(arguments: [1, 4])
    func `of a thousand requests at once exactly a hundred pass, and all others are audited`(
        loops: Int
    ) throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let process = try HubProcess(
            folder,
            settings: [
                "HUB_JWT_SECRET": TokenSigner.shared.secret, "HUB_RATE_LIMIT": "100/600",
                "HUB_LOOPS": "\(loops)",
            ])
        let hub = RunningHub(process)
        let anonymous = TestClient(port: hub.port).request("GET", "/version", [])
        let counts = Dictionary(
            grouping: try statuses(hub, anonymous, count: 1000), by: { $0 }
        ).mapValues(\.count)
        #expect(counts == [200: 100, 429: 900])
        let token = TokenSigner.shared.token(subject: "asha", roles: ["viewer"])
        let known = TestClient(port: hub.port, token: token).request("GET", "/task/workflows", [])
        // The address has used up its quota: who comes with a token that is not known yet is
        // checked at its cost, so the token is made known to the hub from elsewhere.
        let (code, output) = try ChildProcess.run([
            "curl", "--silent", "--interface", "127.0.0.2", "--header",
            "Authorization: Bearer \(token)", "http://127.0.0.1:\(hub.port)/task/workflows",
        ])
        #expect(code == 0 && output.contains("\"data\""), "\(output)")
        let principal = Dictionary(
            grouping: try statuses(hub, known, count: 1000), by: { $0 }
        ).mapValues(\.count)
        #expect(principal == [200: 99, 429: 901])
        try waitUntil("every refusal is audited") {
            try hub.query(
                "SELECT user_id, sum(count) FROM audit_logs WHERE layer = 'rate_limit' "
                    + "AND NOT success GROUP BY user_id ORDER BY user_id")
                == [["address:127.0.0.1", "900"], ["asha", "901"]]
        }
        // Few lines for many refusals.
        let lines = try hub.query("SELECT count(*) FROM audit_logs WHERE layer = 'rate_limit'")
        #expect(Int(lines[0][0]) ?? 0 < 60)
    }
}

extension EndToEnd.RatePolicyTests {
    private func client(_ subject: String, _ role: String) -> TestClient {
        hub.client(TokenSigner.shared.token(subject: subject, roles: [role]))
    }

    /// How many requests pass before the first that is refused.
    private func passed(_ client: TestClient, _ path: String) throws -> Int {
        for count in 0..<40 where try client.get(path).status == 429 { return count }
        return 40
    }

    @Test func `a role has its own limit, and says so`() throws {
        let admin = client("boss", "admin")
        let reply = try admin.get("/crm/leads?limit=1")
        #expect(reply.header("RateLimit-Policy") == "\"role:admin\";q=9;w=600")
        #expect(reply.header("RateLimit")?.hasPrefix("\"role:admin\";r=8;t=") == true)
        #expect(try passed(admin, "/crm/leads?limit=1") == 8)
        let refused = try admin.get("/crm/leads?limit=1")
        try refused.expectProblem(429, "rate_limited")
        #expect(refused.json["violated-policies"].array.map(\.string) == ["role:admin"])
        #expect(try passed(client("seller", "sales"), "/crm/leads?limit=1") == 8)
        let service = client("robot", "service")
        #expect(try passed(service, "/crm/leads?limit=1") == 40)
        #expect(try service.get("/crm/leads?limit=1").header("RateLimit") == nil)
    }

    @Test func `a route's limit counts apart, and the stricter decides`() throws {
        let seller = client("router", "sales")
        _ = try seller.get("/crm/leads?limit=1")
        for remaining in [2, 1, 0] {
            let reply = try seller.get("/task/workflows")
            #expect(reply.status == 200)
            #expect(
                reply.header("RateLimit-Policy")
                    == "\"default\";q=8;w=600, \"/task/*\";q=3;w=900")
            #expect(reply.header("RateLimit")?.hasPrefix("\"/task/*\";r=\(remaining);t=") == true)
        }
        for path in ["/task/workflows", "/task/tasks", "/task/nothing"] {
            let refused = try seller.get(path)
            try refused.expectProblem(429, "rate_limited")
            #expect(refused.json["violated-policies"].array.map(\.string) == ["/task/*"])
            let seconds = try #require(refused.header("Retry-After").flatMap { Int($0) })
            #expect((850...900).contains(seconds))
        }
        // What the route refused cost nothing of the default.
        let reply = try seller.get("/crm/leads?limit=1")
        #expect(reply.header("RateLimit")?.hasPrefix("\"default\";r=3;t=") == true)
        #expect(reply.header("RateLimit-Policy") == "\"default\";q=8;w=600")
        // Who has no limit of a role has that of the route.
        #expect(try passed(client("other-robot", "service"), "/task/workflows") == 3)
    }

    @Test func `metrics say by policy what passed and what was refused`() throws {
        func sample(_ outcome: String) throws -> Int {
            let name =
                #"hub_rate_limit_requests_total{policy="GET /version",outcome="\#(outcome)"} "#
            let text = try TestClient(port: hub.port).get("/metrics").text
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix(name) })
            return try #require(Int(line.dropFirst(name.utf8.count)))
        }
        let before = (try sample("passed"), try sample("refused"))
        let version = client("versed", "service")
        // The token is made known first, else its address would be asked, too.
        _ = try version.get("/crm/leads?limit=1")
        #expect(try passed(version, "/version") == 2)
        #expect(try sample("passed") == before.0 + 2 && sample("refused") == before.1 + 1)
        // HEAD asks for the same.
        #expect(try version.request("HEAD", "/version").status == 429)
    }
}
