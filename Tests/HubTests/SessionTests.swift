// People sign in, go on with fresh tokens, and sign out; who comes with what was used before, or
// guesses, gets nowhere, and nobody else is hindered by it.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_PASSWORD_COST": "8", "HUB_REFRESH_GRACE": "0"]))
    struct SessionTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

/// Somebody who can sign in.
private struct Person {
    let name = "nora-\(UUID().uuidString.prefix(8))"
    let password = "correct horse \(UUID().uuidString)"
    var id = ""

    func credentials(_ password: String? = nil) -> String {
        #"{"name":"\#(name)","password":"\#(password ?? self.password)"}"#
    }
}

extension EndToEnd.SessionTests {
    private func person(roles: String = #"["sales"]"#) throws -> Person {
        var person = Person()
        let reply = try hub.post(
            "/admin/users",
            #"{"name":"\#(person.name)","password":"\#(person.password)","roles":\#(roles)}"#)
        #expect(reply.status == 201, "\(reply.text)")
        person.id = try #require(reply.json["id"].string)
        return person
    }

    private func anonymous() -> TestClient { TestClient(port: hub.port) }

    private func signIn(_ person: Person) throws -> JSON {
        let reply = try anonymous().post("/auth/login", person.credentials())
        #expect(reply.status == 200, "\(reply.text)")
        return reply.json
    }

    private func refresh(_ token: String) throws -> TestResponse {
        try anonymous().post("/auth/refresh", #"{"refresh_token":"\#(token)"}"#)
    }

    private func patch(_ person: Person, _ body: String) throws -> TestResponse {
        try hub.ask("PATCH", "/admin/users/\(person.id)", body)
    }

    private func me(_ grant: JSON) throws -> TestResponse {
        try hub.get("/auth/me", token: grant["access_token"].string)
    }

    @Test func `who signs in gets tokens that say who they are, and no password comes back`() throws
    {
        let person = try person(roles: #"["viewer","sales"]"#)
        let reply = try anonymous().post("/auth/login", person.credentials())
        #expect(reply.status == 200 && reply.header("Cache-Control") == "no-store")
        let grant = reply.json
        #expect(grant["token_type"].string == "Bearer" && grant["expires_in"].int == 900)
        let me = try me(grant).json
        #expect(me["user"]["name"].string == person.name)
        #expect(me["user"]["roles"].array.map(\.string) == ["sales", "viewer"])
        #expect(me["session"].string == grant["session"]["id"].string)
        let user = try hub.get("/admin/users/\(person.id)")
        #expect(user.status == 200 && user.json["active"].bool == true)
        #expect(!user.text.contains("scrypt") && !user.text.contains("password"))
    }

    @Test func `a wrong password and an unknown name are refused alike, and audited`() throws {
        let person = try person()
        let wrong = try anonymous().post(
            "/auth/login", person.credentials("not their password"))
        let unknown = try anonymous().post(
            "/auth/login", #"{"name":"ghost","password":"not their password"}"#)
        for reply in [wrong, unknown] { try reply.expectProblem(401, "bad_credentials") }
        try waitUntil("both are in the audit trail") {
            try hub.query(
                """
                SELECT user_id FROM audit_logs WHERE action = 'session.open' AND NOT success
                AND reason = 'bad_credentials'
                AND (resource = 'users/\(person.id)' OR resource = 'users')
                """
            ).count >= 2
        }
        #expect(
            try hub.query("SELECT 1 FROM audit_logs WHERE audit_logs::text LIKE '%ghost%'").isEmpty)
    }

    @Test func `each refresh gives a new pair, and the session goes on`() throws {
        let first = try signIn(try person())
        let second = try refresh(try #require(first["refresh_token"].string))
        #expect(second.status == 200, "\(second.text)")
        #expect(second.json["refresh_token"].string != first["refresh_token"].string)
        #expect(second.json["session"]["id"].string == first["session"]["id"].string)
        #expect(try me(second.json).status == 200)
        #expect(try me(first).status == 200, "an access token lives until it expires")
        #expect(try refresh(try #require(second.json["refresh_token"].string)).status == 200)
    }

    @Test func `a refresh token that comes again ends its session and all tokens of it`() throws {
        let person = try person()
        let stolen = try signIn(person)
        let token = try #require(stolen["refresh_token"].string)
        let fresh = try refresh(token)
        #expect(fresh.status == 200)
        let other = try signIn(person)
        let stream = EventStreamReader(
            port: hub.port, token: fresh.json["access_token"].string,
            target: "/events?types=nothing_ever")
        try stream.connect()

        try refresh(token).expectProblem(401, "refresh_reused")

        try me(fresh.json).expectProblem(401, "token_revoked")
        #expect(try #require(try stream.next()).event == "problem")
        try refresh(try #require(fresh.json["refresh_token"].string))
            .expectProblem(401, "session_ended")
        #expect(try me(other).status == 200, "another session of theirs goes on")
        let rows = try hub.query(
            """
            SELECT reason, layer FROM audit_logs WHERE user_id = '\(person.name)'
            AND action = 'session.refresh' AND NOT success ORDER BY timestamp LIMIT 1
            """)
        #expect(rows == [["refresh_reused", "authentication"]])
    }

    @Test func `who signs out is out, and sees and ends no session of others`() throws {
        let person = try person()
        let one = try signIn(person)
        let two = try signIn(person)
        let stranger = try signIn(try self.person())
        let token = try #require(one["access_token"].string)
        let open = try hub.get("/auth/sessions?open=true", token: token).json["data"].array
        let ids = open.map { $0["id"].string }
        #expect(Set(ids) == [one["session"]["id"].string, two["session"]["id"].string])

        let out = try hub.ask("POST", "/auth/logout", token: token)

        #expect(out.status == 204, "\(out.text)")
        try me(one).expectProblem(401, "token_revoked")
        try refresh(try #require(one["refresh_token"].string))
            .expectProblem(401, "session_ended")
        #expect(try me(two).status == 200)
        let id = try #require(stranger["session"]["id"].string)
        let second = try #require(two["access_token"].string)
        try hub.ask("DELETE", "/auth/sessions/\(id)", token: second)
            .expectProblem(404, "not_found")
        #expect(try hub.ask("DELETE", "/auth/sessions/\(id)").status == 204, "an admin may")
        try me(stranger).expectProblem(401, "token_revoked")
    }

    @Test func `other roles hold at once: old tokens are void, fresh ones say the new`() throws {
        let person = try person(roles: #"["viewer"]"#)
        let grant = try signIn(person)
        #expect(try patch(person, #"{"roles":["logistics"],"teams":["north"]}"#).status == 200)
        try me(grant).expectProblem(401, "token_revoked")
        let fresh = try refresh(try #require(grant["refresh_token"].string))
        #expect(fresh.status == 200, "\(fresh.text)")
        let me = try me(fresh.json).json["user"]
        #expect(me["roles"].array.map(\.string) == ["logistics"])
        #expect(me["teams"].array.map(\.string) == ["north"])
    }

    @Test func `a new password ends the sessions, and the old one opens none`() throws {
        let person = try person()
        let grant = try signIn(person)
        #expect(try patch(person, #"{"password":"another long password"}"#).status == 200)
        try me(grant).expectProblem(401, "token_revoked")
        try refresh(try #require(grant["refresh_token"].string))
            .expectProblem(401, "session_ended")
        try anonymous().post("/auth/login", person.credentials())
            .expectProblem(401, "bad_credentials")
        let reply = try anonymous().post(
            "/auth/login", person.credentials("another long password"))
        #expect(reply.status == 200, "\(reply.text)")
        #expect(try me(reply.json).status == 200)
    }

    @Test func `who is deactivated is out and stays out, until they are let in again`() throws {
        let person = try person()
        let grant = try signIn(person)
        #expect(try patch(person, #"{"active":false}"#).status == 200)
        try me(grant).expectProblem(401, "token_revoked")
        try anonymous().post("/auth/login", person.credentials())
            .expectProblem(401, "bad_credentials")
        #expect(try patch(person, #"{"active":true}"#).status == 200)
        try refresh(try #require(grant["refresh_token"].string))
            .expectProblem(401, "session_ended")
        _ = try signIn(person)
    }

    @Test func `users are the admins' business, and bad ones are refused by field`() throws {
        let grant = try signIn(try person(roles: #"["sales","compliance","service"]"#))
        let token = try #require(grant["access_token"].string)
        try hub.get("/admin/users", token: token).expectProblem(403, "forbidden")
        try hub.post("/admin/users", "{}", token: token).expectProblem(403, "forbidden")
        let person = try person()
        try hub.post(
            "/admin/users",
            #"{"name":"\#(person.name)","password":"a long password","roles":["sales"]}"#
        ).expectProblem(409, "user_exists", field: "name")
        for (body, field) in [
            (#"{"password":"a long password","roles":["sales"]}"#, "name"),
            (#"{"name":"a b","password":"a long password","roles":["sales"]}"#, "name"),
            (#"{"name":"ab","password":"too short","roles":["sales"]}"#, "password"),
            (#"{"name":"ab","password":"a long password","roles":["king"]}"#, "roles"),
            (#"{"name":"ab","password":"a long password","roles":[]}"#, "roles"),
            (#"{"name":"ab","password":"a long password","roles":["sales"],"x":1}"#, "x"),
            (#"{"name":"a\u0085b","password":"a long password","roles":["sales"]}"#, "name"),
            (Self.withTeams(#""a\u0007""#), "teams"), (Self.withTeams(#""a\u009b""#), "teams"),
            (Self.withTeams(#""""#), "teams"),
            (Self.withTeams(#""\#(String(repeating: "x", count: 129))""#), "teams"),
            (
                Self.withTeams(
                    (0..<9).map { #""\#($0)\#(String(repeating: "x", count: 119))""# }
                        .joined(separator: ",")), "teams"
            ),
        ] {
            try hub.post("/admin/users", body).expectProblem(422, "invalid_field", field: field)
        }
        try hub.ask(
            "PATCH", "/admin/users/\(person.id)", #"{"active":false}"#,
            headers: ["If-Match": "\"9\""]
        ).expectProblem(412, "precondition_failed")
    }

    private static func withTeams(_ teams: String) -> String {
        #"{"name":"ab","password":"a long password","roles":["sales"],"teams":[\#(teams)]}"#
    }

    /// The cookies that an answer sets, as a browser sends them back.
    private func cookies(_ reply: TestResponse) -> String {
        reply.headers.filter { $0.name.lowercased() == "set-cookie" }
            .map { String($0.value.prefix { $0 != ";" }) }.joined(separator: "; ")
    }

    @Test func `a browser's session is in cookies, and pages of elsewhere can't use it`() throws {
        let person = try person()
        let body =
            #"{"name":"\#(person.name)","password":"\#(person.password)","cookies":true}"#
        let own = [("Sec-Fetch-Site", "same-origin")]
        let foreign = [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.test")]
        try anonymous().request("POST", "/auth/login", headers: foreign, body: body)
            .expectProblem(403, "origin_not_allowed")
        let reply = try anonymous().request("POST", "/auth/login", headers: own, body: body)
        #expect(reply.status == 200 && reply.string("access_token") == nil, "\(reply.text)")
        let lines = reply.headers.filter { $0.name.lowercased() == "set-cookie" }.map(\.value)
        #expect(lines.count == 2)
        for line in lines { #expect(line.contains("HttpOnly; SameSite=Strict"), "\(line)") }
        let cookie = [("Cookie", "theme=dark; " + cookies(reply))]
        #expect(try anonymous().request("GET", "/auth/me", headers: cookie).status == 200)

        for headers in [
            cookie, cookie + foreign, cookie + [("Sec-Fetch-Site", "same-site")],
            cookie + [("Origin", "null")], cookie + [("Origin", "http://127.0.0.1:1")],
        ] {
            for path in ["/auth/logout", "/auth/refresh", "/crm/leads"] {
                let answer = try anonymous().request(
                    "POST", path, headers: headers,
                    body: path == "/crm/leads" ? Sample.lead() : "")
                try answer.expectProblem(403, "origin_not_allowed")
            }
        }
        let origin = [("Origin", "http://127.0.0.1:\(hub.port)")]
        #expect(
            try anonymous().request(
                "POST", "/crm/leads", headers: cookie + origin, body: Sample.lead()
            ).status == 201)
        let fresh = try anonymous().request("POST", "/auth/refresh", headers: cookie + own)
        #expect(fresh.status == 200 && cookies(fresh) != cookies(reply), "\(fresh.text)")
        let next = [("Cookie", cookies(fresh))]
        let out = try anonymous().request("POST", "/auth/logout", headers: next + own)
        #expect(out.status == 204 && cookies(out) == "hub_access=; hub_refresh=")
        try anonymous().request("GET", "/auth/me", headers: next)
            .expectProblem(401, "token_revoked")
    }

    @Test func `whose tokens are taken back has no session to make new ones of`() throws {
        let person = try person()
        let grants = try [signIn(person), signIn(person)]
        let id = try #require(grants[0]["session"]["id"].string)
        #expect(try hub.post("/admin/revocations", #"{"sid":"\#(id)"}"#).status == 201)
        try me(grants[0]).expectProblem(401, "token_revoked")
        try refresh(try #require(grants[0]["refresh_token"].string))
            .expectProblem(401, "session_ended")
        #expect(try me(grants[1]).status == 200)
        #expect(
            try hub.post("/admin/revocations", #"{"sub":"\#(person.name)"}"#).status == 201)
        try me(grants[1]).expectProblem(401, "token_revoked")
        try refresh(try #require(grants[1]["refresh_token"].string))
            .expectProblem(401, "session_ended")
        #expect(try me(try signIn(person)).status == 200)
    }

    @Test func `a browser signs out even when its access token is void`() throws {
        let person = try person()
        let own = [("Sec-Fetch-Site", "same-origin")]
        let reply = try anonymous().request(
            "POST", "/auth/login", headers: own,
            body: #"{"name":"\#(person.name)","password":"\#(person.password)","cookies":true}"#)
        let cookie = [("Cookie", cookies(reply))]
        #expect(try patch(person, #"{"teams":["north"]}"#).status == 200)
        try anonymous().request("GET", "/auth/me", headers: cookie)
            .expectProblem(401, "token_revoked")
        let out = try anonymous().request("POST", "/auth/logout", headers: cookie + own)
        #expect(out.status == 204 && cookies(out) == "hub_access=; hub_refresh=", "\(out.text)")
        try anonymous().request("POST", "/auth/refresh", headers: cookie + own)
            .expectProblem(401, "session_ended")
        let again = try anonymous().request(
            "POST", "/auth/logout", headers: own + [("Cookie", "hub_refresh=made-up")])
        #expect(again.status == 204 && cookies(again) == "hub_access=; hub_refresh=")
    }

    @Test func `made-up and broken refresh tokens are refused`() throws {
        let grant = try signIn(try person())
        let token = try #require(grant["refresh_token"].string)
        let access = try #require(grant["access_token"].string)
        var bad = ["", "x", access, token + "AAAA", String(token.dropLast(4))]
        for place in stride(from: 0, to: token.count, by: 7) {
            var letters = Array(token)
            letters[place] = letters[place] == "A" ? "B" : "A"
            bad.append(String(letters))
        }
        for text in bad { try refresh(text).expectProblem(401, "token_invalid") }
        try hub.get("/auth/me", token: token).expectProblem(401, "token_invalid")
        #expect(try refresh(token).status == 200)
    }
}

extension EndToEnd {
    @Suite(.serialized) struct `Sessions and guessing` {
        private let password = "a password of the owner"

        private func login(_ hub: HubProcess, _ name: String, _ password: String) throws -> Int {
            try hub.client().post(
                "/auth/login", #"{"name":"\#(name)","password":"\#(password)"}"#
            ).status
        }

        @Test func `the first admin comes from the command line, and a restart signs nobody out`()
            throws
        {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder, settings: ["HUB_PASSWORD_COST": "8"])
            let add = { (name: String) in
                try ChildProcess.run(
                    [
                        "bash", "-c",
                        "printf '%s\\n' '\(password)' | '\(HubProgram.path)' user add \(name) "
                            + "--role admin",
                    ], environment: hub.environment)
            }
            #expect(try add("owner").exitCode == 0)
            let again = try add("owner")
            #expect(again.exitCode == 65 && again.output.contains("user_exists"))
            let reply = try hub.client().post(
                "/auth/login", #"{"name":"owner","password":"\#(password)"}"#)
            let access = try #require(reply.string("access_token"))
            let refresh = try #require(reply.string("refresh_token"))
            let ended = try hub.client().post(
                "/auth/login", #"{"name":"owner","password":"\#(password)"}"#)
            let endedAccess = try #require(ended.string("access_token"))
            #expect(try hub.client(endedAccess).post("/auth/logout", "").status == 204)

            hub.kill()
            try hub.start()

            #expect(try hub.client(access).get("/admin/users").status == 200)
            #expect(try hub.client(endedAccess).get("/admin/users").status == 401)
            let fresh = try hub.client().post(
                "/auth/refresh", #"{"refresh_token":"\#(refresh)"}"#)
            #expect(fresh.status == 200, "\(fresh.text)")
            let repeated = try hub.client().post(
                "/auth/refresh", #"{"refresh_token":"\#(refresh)"}"#)
            #expect(repeated.status == 200, "an answer that was lost is given again")
            #expect(repeated.string("refresh_token") == fresh.string("refresh_token"))
        }

        @Test func `a password is hashed anew when its cost has changed, as its owner signs in`()
            throws
        {
            let folder = try HubFolder()
            defer { folder.close() }
            var hub = try HubProcess(folder, settings: ["HUB_PASSWORD_COST": "8"])
            let body = #"{"name":"owner","password":"\#(password)","roles":["sales"]}"#
            let reply = try hub.client(try hub.token(for: "admin")).post("/admin/users", body)
            let id = try #require(reply.string("id"))
            let etag = reply.header("ETag")
            func cost() throws -> [[String]] {
                try RunningHub(hub).query("SELECT split_part(password_hash, ',', 1) FROM users")
            }
            #expect(try cost() == [["$scrypt$ln=8"]])
            hub.terminate()
            #expect(try hub.waitForExit() == 0)
            hub = try HubProcess(folder, settings: ["HUB_PASSWORD_COST": "9"])
            #expect(try login(hub, "owner", "a guess, wrong") == 401)
            #expect(try cost() == [["$scrypt$ln=8"]])
            for _ in 0..<2 { #expect(try login(hub, "owner", password) == 200) }
            #expect(try cost() == [["$scrypt$ln=9"]])
            let user = try hub.client(try hub.token(for: "admin")).get("/admin/users/\(id)")
            #expect(user.header("ETag") == etag, "nobody sees it, so it is no other version")
        }

        @Test func `who guesses is slowed down, and nobody else is hindered`()
            throws
        {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(
                folder,
                settings: ["HUB_PASSWORD_COST": "8", "HUB_SIGN_IN_LIMIT": "3/900"])
            let admin = hub.client(try hub.token(for: "admin"))
            for name in ["owner", "other"] {
                let reply = try admin.post(
                    "/admin/users",
                    #"{"name":"\#(name)","password":"\#(password)","roles":["sales"]}"#)
                #expect(reply.status == 201)
            }
            for _ in 0..<2 { #expect(try login(hub, "owner", "a guess, wrong") == 401) }
            #expect(try login(hub, "owner", password) == 200, "a good one forgives the others")
            for _ in 0..<3 { #expect(try login(hub, "owner", "a guess, wrong") == 401) }
            let refused = try hub.client().post(
                "/auth/login", #"{"name":"owner","password":"\#(password)"}"#)
            #expect(refused.status == 429 && refused.header("Retry-After") != nil)
            #expect(try login(hub, "other", password) == 200, "others are not hindered")
            let guesses = try (0..<12).map { try login(hub, "nobody-\($0)", "a guess, wrong") }
            #expect(guesses.contains(429), "an address has only so many: \(guesses)")
        }
    }
}
