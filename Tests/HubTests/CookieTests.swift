// A browser's cookies behind https: no neighbour of the hub's domain slips in its own, and a page
// of http is a page of elsewhere.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(
        .serialized,
        .hub(["HUB_PASSWORD_COST": "8", "HUB_PUBLIC_URL": "https://hub.test"]))
    struct CookieTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

/// The lines of an answer that set cookies.
private func cookieLines(_ reply: TestResponse) -> [String] {
    reply.headers.filter { $0.name.lowercased() == "set-cookie" }.map(\.value)
}

/// Its cookies, as a browser sends them back.
private func cookies(_ reply: TestResponse) -> String {
    cookieLines(reply).map { String($0.prefix { $0 != ";" }) }.joined(separator: "; ")
}

extension EndToEnd.CookieTests {
    private static let own = ("Sec-Fetch-Site", "same-origin")

    /// Somebody new who has signed in with cookies.
    private func signIn() throws -> TestResponse {
        let name = "nora-\(UUID().uuidString.prefix(8))"
        let credentials = #""name":"\#(name)","password":"correct horse""#
        #expect(
            try hub.post("/admin/users", #"{\#(credentials),"roles":["sales"]}"#).status == 201)
        let reply = try TestClient(port: hub.port).request(
            "POST", "/auth/login", headers: [Self.own], body: #"{\#(credentials),"cookies":true}"#)
        #expect(reply.status == 200, "\(reply.text)")
        return reply
    }

    private func send(
        _ method: String, _ path: String, cookie: String, _ headers: [(String, String)] = [own],
        body: String? = nil
    ) throws -> TestResponse {
        try TestClient(port: hub.port).request(
            method, path, headers: headers + [("Cookie", cookie)], body: body)
    }

    @Test func `both cookies are of this very host and of https alone`() throws {
        let lines = cookieLines(try signIn())
        #expect(lines.count == 2)
        for (line, name) in zip(lines, ["access", "refresh"]) {
            #expect(line.hasPrefix("__Host-hub_\(name)="), "\(line)")
            #expect(line.contains("; Path=/;") && line.contains("; Secure"), "\(line)")
            #expect(!line.contains("Domain"))
        }
    }

    @Test func `what a neighbour can set signs nobody in or out`() throws {
        let cookie = cookies(try signIn())
        let other = cookies(try signIn())
        // Without the prefix any host of the domain may set it for all others.
        for name in ["hub_", "__Secure-hub_"] {
            let tossed = other.replacing("__Host-hub_", with: name)
            try send("GET", "/auth/me", cookie: tossed).expectProblem(401, "token_missing")
            let both = try send("GET", "/auth/me", cookie: tossed + "; " + cookie)
            let me = try send("GET", "/auth/me", cookie: cookie)
            #expect(both.status == 200 && both.text == me.text)
        }
        let fresh = try send(
            "POST", "/auth/refresh",
            cookie: other.replacing("__Host-hub_", with: "hub_") + "; " + cookie)
        #expect(fresh.status == 200, "\(fresh.text)")
    }

    @Test func `two cookies of one name are refused, for one is somebody else's`() throws {
        let cookie = cookies(try signIn())
        for name in ["__Host-hub_access", "__Host-hub_refresh"] {
            for path in ["/auth/refresh", "/auth/logout", "/crm/leads"] {
                try send("POST", path, cookie: "\(name)=x; " + cookie, body: "")
                    .expectProblem(400, "repeated_cookie", field: name)
            }
        }
        #expect(try send("GET", "/auth/me", cookie: cookie).status == 200)
        #expect(
            try send("GET", "/auth/me", cookie: "hub_access=x; hub_access=y; " + cookie).status
                == 200, "those are none of the hub's names here")
    }

    @Test func `a page of http is a page of elsewhere`() throws {
        let cookie = cookies(try signIn())
        for origin in ["http://hub.test", "https://hub.test:8443", "http://127.0.0.1:\(hub.port)"] {
            try send(
                "POST", "/crm/leads", cookie: cookie, [("Origin", origin)], body: Sample.lead()
            ).expectProblem(403, "origin_not_allowed")
            let key = ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
            try send(
                "GET", "/ws", cookie: cookie,
                [
                    ("Origin", origin), key, ("Sec-WebSocket-Version", "13"),
                    ("Connection", "Upgrade"), ("Upgrade", "websocket"),
                ]
            ).expectProblem(403, "origin_not_allowed")
        }
        let reply = try send(
            "POST", "/crm/leads", cookie: cookie, [("Origin", "https://hub.test")],
            body: Sample.lead())
        #expect(reply.status == 201, "\(reply.text)")
    }
}

extension EndToEnd {
    @Suite(.serialized) struct `Sessions behind proxies` {
        private let password = "a password of the owner"

        private func login(_ name: String, _ password: String, from address: String) -> [UInt8] {
            let body = #"{"name":"\#(name)","password":"\#(password)","cookies":true}"#
            return Array(
                """
                POST /auth/login HTTP/1.1\r
                Host: hub.test\r
                X-Forwarded-For: \(address)\r
                X-Forwarded-Proto: https\r
                Sec-Fetch-Site: same-origin\r
                Content-Type: application/json\r
                Content-Length: \(body.utf8.count)\r
                \r
                \(body)
                """.utf8)
        }

        private func makeUser(_ hub: HubProcess, _ name: String) throws {
            let body = #"{"name":"\#(name)","password":"\#(password)","roles":["sales"]}"#
            let reply = try hub.client(try hub.token(for: "admin")).post("/admin/users", body)
            #expect(reply.status == 201, "\(reply.text)")
        }

        @Test func `a trusted proxy says whether cookies are for https, and a warning says so`()
            throws
        {
            let folder = try HubFolder()
            defer { folder.close() }
            let settings = ["HUB_PASSWORD_COST": "8", "HUB_TRUSTED_PROXIES": "127.0.0.1"]
            let hub = try HubProcess(folder, settings: settings)
            let line = try #require(hub.line(with: #""log.level":"warn""#))
            #expect(line.contains("HUB_TRUSTED_PROXIES") && line.contains("HUB_PUBLIC_URL"))
            try makeUser(hub, "owner")
            let client = hub.client()
            try client.send(login("owner", password, from: "203.0.113.1"))
            let lines = cookieLines(try client.readResponse())
            #expect(lines.count == 2 && lines.allSatisfy { $0.hasPrefix("__Host-hub_") })
            let plain = try client.request(
                "POST", "/auth/login", headers: [("Sec-Fetch-Site", "same-origin")],
                body: #"{"name":"owner","password":"\#(password)","cookies":true}"#)
            #expect(cookieLines(plain).allSatisfy { $0.hasPrefix("hub_") }, "\(plain.headers)")
            #expect(cookieLines(plain).count == 2)
        }

        @Test func `a flood of guesses keeps nobody out who was in before`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(
                folder,
                settings: [
                    "HUB_PASSWORD_COST": "13", "HUB_TRUSTED_PROXIES": "127.0.0.1",
                    "HUB_PUBLIC_URL": "https://hub.test",
                ])
            try makeUser(hub, "owner")
            let owner = hub.client()
            try owner.send(login("owner", password, from: "203.0.113.1"))
            #expect(try owner.readResponse().status == 200)

            let guessers = (0..<150).map { _ in hub.client() }
            for (number, guesser) in guessers.enumerated() {
                try guesser.send(
                    login("nobody-\(number)", "a guess, wrong", from: "198.51.100.\(number)"))
            }
            let last = try guessers[149].readResponse()
            #expect(last.status == 503, "the queue is full: \(last.text)")
            try owner.send(login("owner", password, from: "203.0.113.1"))
            #expect(try owner.readResponse().status == 200)

            let statuses = try guessers.dropLast().map { try $0.readResponse().status }
            #expect(Set(statuses) == [401, 503], "\(statuses)")
        }
    }
}
