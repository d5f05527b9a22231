// What the REST side promises, request by request: each bad input gets its problem, each good one
// its representation, and the hub goes on.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct RequestTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

/// One body that is refused, and what the problem says.
struct Refused: CustomTestStringConvertible, Sendable {
    let body: String
    let status: Int
    let code: String
    let field: String?

    init(_ body: String, _ status: Int, _ code: String, field: String? = nil) {
        self.body = body
        self.status = status
        self.code = code
        self.field = field
    }

    var testDescription: String { "\(body.prefix(60)) → \(status) \(code) \(field ?? "")" }
}

// MARK: - Bodies

extension EndToEnd.RequestTests {
    @Test(arguments: [
        Refused("", 400, "bad_json"),
        Refused("nonsense", 400, "bad_json"),
        Refused(#"{"name":"Asha"#, 400, "bad_json"),
        Refused(#"{"name":"Asha",}"#, 400, "bad_json"),
        Refused(#"{"name":"Asha"} {}"#, 400, "bad_json"),
        Refused("{\"name\":\"\u{1}\"}", 400, "bad_json"),
        Refused(#"{"name":"\ud800"}"#, 400, "bad_json"),
        Refused(String(repeating: "[", count: 100_000), 400, "bad_json"),
        Refused("[]", 422, "invalid_field", field: "body"),
        Refused("null", 422, "invalid_field", field: "body"),
        Refused("{}", 422, "invalid_field", field: "name"),
        Refused(#"{"name":null}"#, 422, "invalid_field", field: "name"),
        Refused(#"{"name":7}"#, 422, "invalid_field", field: "name"),
        Refused(#"{"name":{"first":"Asha"}}"#, 422, "invalid_field", field: "name"),
        Refused(#"{"name":""}"#, 422, "invalid_field", field: "name"),
        Refused(#"{"name":" \t "}"#, 422, "invalid_field", field: "name"),
        Refused(#"{"name":"a\u0000b"}"#, 422, "invalid_field", field: "name"),
        Refused(#"{"name":"Asha","company":"\u0000"}"#, 422, "invalid_field", field: "company"),
        Refused(#"{"name":"Asha","tags":["a\u0000"]}"#, 422, "invalid_field", field: "tags"),
        Refused(#"{"name":"Asha","name":"Rao"}"#, 422, "invalid_field", field: "name"),
        Refused(#"{"name":"Asha","email":"no"}"#, 422, "invalid_field", field: "email"),
        Refused(#"{"name":"Asha","email":"a@b@c.test"}"#, 422, "invalid_field", field: "email"),
        Refused(#"{"name":"Asha","email":17}"#, 422, "invalid_field", field: "email"),
        Refused(#"{"name":"Asha","phone":"call me"}"#, 422, "invalid_field", field: "phone"),
        Refused(#"{"name":"Asha","phone":true}"#, 422, "invalid_field", field: "phone"),
        Refused(#"{"name":"Asha","tags":"hot"}"#, 422, "invalid_field", field: "tags"),
        Refused(#"{"name":"Asha","tags":[1]}"#, 422, "invalid_field", field: "tags"),
        Refused(
            #"{"name":"Asha","consent_flag":"no"}"#, 422, "invalid_field", field: "consent_flag"),
        Refused(#"{"name":"Asha","colour":"red"}"#, 422, "invalid_field", field: "colour"),
        Refused(#"{"name":"Asha","id":"x"}"#, 422, "invalid_field", field: "id"),
        Refused(#"{"name":"Asha","status":"new"}"#, 422, "invalid_field", field: "status"),
        Refused(#"{"name":"Asha","consent_flag":false}"#, 403, "consent_required"),
        Refused(#"{"consent_flag":false,"colour":1}"#, 403, "consent_required"),
        Refused(#"{"consent_flag":false"#, 400, "bad_json"),
    ])
    func `a bad lead is refused with the problem that says why, and nothing is stored`(
        refused: Refused
    ) throws {
        let head = try hub.head()
        let reply = try hub.post("/crm/leads", refused.body)
        try reply.expectProblem(refused.status, refused.code, field: refused.field)
        #expect(try hub.head() == head)
        #expect(try hub.post("/crm/leads", Sample.lead()).status == 201)
    }

    @Test func `a name longer than 200 characters is refused, one of 200 is taken`() throws {
        let long = String(repeating: "ä", count: 201)
        let reply = try hub.post("/crm/leads", #"{"name":"\#(long)"}"#)
        try reply.expectProblem(422, "invalid_field", field: "name")
        let fits = String(repeating: "ä", count: 200)
        let taken = try hub.post("/crm/leads", #"{"name":"\#(fits)"}"#)
        #expect(taken.status == 201)
        #expect(taken.json["name"].string == fits)
    }

    @Test func `every kind of text comes back as it was sent`() throws {
        for name in [
            "Zoë 🚀 \u{1F469}\u{200D}\u{1F680}", "日本語", "O'Brien \\ \"quoted\"", "{a,b}", "NULL",
            "%s$1",
        ] {
            let body = try JSONSerialization.data(withJSONObject: ["name": name, "tags": [name]])
            let made = try hub.post("/crm/leads", String(decoding: body, as: UTF8.self))
            #expect(made.status == 201)
            let read = try hub.get(try made.location())
            #expect(read.json["name"].string == name)
            #expect(read.json["tags"].strings == [name])
        }
    }

    @Test(arguments: ["text/plain", "application/xml", "multipart/form-data; boundary=x", "json"])
    func `a body of another media type is 415`(type: String) throws {
        let reply = try hub.post("/crm/leads", Sample.lead(), headers: ["Content-Type": type])
        try reply.expectProblem(415, "unsupported_media_type")
    }

    @Test(arguments: ["application/json", "Application/JSON; charset=utf-8"])
    func `JSON is taken by any of its names`(type: String) throws {
        let reply = try hub.post("/crm/leads", Sample.lead(), headers: ["Content-Type": type])
        #expect(reply.status == 201)
    }
}

// MARK: - Leads

extension EndToEnd.RequestTests {
    @Test func `a new lead is answered whole, with its place and its entity tag`() throws {
        let email = Sample.email()
        let reply = try hub.post(
            "/crm/leads",
            #"{"name":" Asha Rao ","email":"\#(email)","company":"Acme","tags":["hot","hot"]}"#)
        #expect(reply.status == 201)
        #expect(reply.header("Content-Type") == "application/json")
        let lead = reply.json
        let id = try #require(lead["id"].string)
        #expect(try reply.location() == "/crm/leads/" + id)
        #expect(reply.header("ETag")?.hasPrefix("\"") == true)
        #expect(id.dropFirst(14).first == "7", "\(id) is not a UUIDv7")
        #expect(lead["name"].string == "Asha Rao")
        #expect(lead["email"].string == email)
        #expect(lead["tags"].strings == ["hot"])
        #expect(lead["status"].string == "new")
        #expect(lead["phone"].isNull)
        let time = try #require(lead["created_at"].string)
        #expect(time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil)
        #expect(try hub.get("/crm/leads/" + id).body == reply.body)
    }

    @Test func `a second lead with the same email is 409 and names the first`() throws {
        let email = Sample.email()
        let first = try hub.post("/crm/leads", #"{"name":"A","email":"\#(email)"}"#)
        let id = try #require(first.json["id"].string)
        let second = try hub.post(
            "/crm/leads", #"{"name":"B","email":"\#(email.uppercased())"}"#)
        try second.expectProblem(409, "duplicate_lead", field: "email")
        #expect(second.json["existing"]["id"].string == id)
        #expect(second.json["existing"]["location"].string == "/crm/leads/" + id)
    }

    @Test func `the same phone written otherwise is the same phone`() throws {
        let digits = Sample.phoneDigits()
        let first = try hub.post("/crm/leads", #"{"name":"A","phone":"+\#(digits)"}"#)
        let spaced = "00" + digits.prefix(3) + " " + digits.dropFirst(3)
        let second = try hub.post("/crm/leads", #"{"name":"B","phone":"\#(spaced)"}"#)
        try second.expectProblem(409, "duplicate_lead", field: "phone")
        #expect(second.json["existing"]["id"].string == first.json["id"].string)
    }

    @Test func `a duplicate that is allowed is created, and bars nobody after it`() throws {
        let email = Sample.email()
        let body = #"{"name":"A","email":"\#(email)"}"#
        #expect(try hub.post("/crm/leads?allow_duplicate=true", body).status == 201)
        #expect(try hub.post("/crm/leads", body).status == 201)
        #expect(try hub.post("/crm/leads", body).status == 409)
        #expect(try hub.post("/crm/leads?allow_duplicate=false", body).status == 409)
        #expect(try hub.post("/crm/leads?allow_duplicate=true", body).status == 201)
        let found = try hub.get("/crm/leads?email=\(email)").json["data"].array
        #expect(found.count == 3)
    }

    @Test func `of many who race for one email, one wins and the others learn who`() throws {
        let body = #"{"name":"A","email":"\#(Sample.email())"}"#
        let replies = try hub.concurrently(20) { hub, _ in try hub.post("/crm/leads", body) }
        let winners = replies.filter { $0.status == 201 }
        #expect(winners.count == 1)
        let winner = try #require(winners.first?.json["id"].string)
        for reply in replies where reply.status != 201 {
            try reply.expectProblem(409, "duplicate_lead", field: "email")
            #expect(reply.json["existing"]["id"].string == winner)
        }
    }

    @Test func `a patch changes what it names, clears what is null, and leaves the rest`() throws {
        let made = try hub.post(
            "/crm/leads", #"{"name":"A","email":"\#(Sample.email())","company":"Acme"}"#)
        let place = try made.location()
        let reply = try hub.ask(
            "PATCH", place, #"{"company":null,"status":"contacted"}"#,
            headers: ["Content-Type": "application/merge-patch+json"])
        #expect(reply.status == 200)
        #expect(reply.json["company"].isNull)
        #expect(reply.json["status"].string == "contacted")
        #expect(reply.json["email"].string == made.json["email"].string)
        #expect(reply.header("ETag") != made.header("ETag"))
        #expect(try hub.get(place).body == reply.body)
    }

    @Test func `a patch against an old entity tag loses with 412 and changes nothing`() throws {
        let made = try hub.post("/crm/leads", Sample.lead())
        let place = try made.location()
        let old = try #require(made.header("ETag"))
        let first = try hub.ask("PATCH", place, #"{"name":"B"}"#, headers: ["If-Match": old])
        #expect(first.status == 200)
        let second = try hub.ask("PATCH", place, #"{"name":"C"}"#, headers: ["If-Match": old])
        try second.expectProblem(412, "precondition_failed")
        #expect(try hub.get(place).json["name"].string == "B")
        let new = try #require(first.header("ETag"))
        let weak = try hub.ask("PATCH", place, #"{"name":"C"}"#, headers: ["If-Match": "W/" + new])
        try weak.expectProblem(412, "precondition_failed")
        let any = try hub.ask("PATCH", place, #"{"name":"C"}"#, headers: ["If-Match": "*"])
        #expect(any.status == 200)
        let listed = try hub.ask(
            "PATCH", place, #"{"name":"D"}"#,
            headers: ["If-Match": "\(new), \(try #require(any.header("ETag")))"])
        #expect(listed.status == 200)
    }

    @Test func `of many patches against one version exactly one wins`() throws {
        let made = try hub.post("/crm/leads", Sample.lead())
        let place = try made.location()
        let etag = try #require(made.header("ETag"))
        let replies = try hub.concurrently(12) { hub, number in
            try hub.ask("PATCH", place, #"{"name":"N\#(number)"}"#, headers: ["If-Match": etag])
        }
        #expect(replies.map(\.status).sorted() == [200] + Array(repeating: 412, count: 11))
    }

    @Test func `a patch that changes nothing gives the same entity tag and no event`() throws {
        let made = try hub.post("/crm/leads", Sample.lead(name: "A"))
        let place = try made.location()
        let head = try hub.head()
        for body in [#"{"name":"A"}"#, "{}", #"{"company":null}"#, #"{"status":"new"}"#] {
            let reply = try hub.ask("PATCH", place, body)
            #expect(reply.status == 200, "\(body)")
            #expect(reply.header("ETag") == made.header("ETag"), "\(body)")
            #expect(reply.body == made.body, "\(body)")
        }
        #expect(try hub.head() == head)
    }

    @Test func `an illegal move is 409 with the moves that are allowed`() throws {
        let place = try hub.post("/crm/leads", Sample.lead()).location()
        let reply = try hub.ask("PATCH", place, #"{"status":"converted"}"#)
        try reply.expectProblem(409, "illegal_transition", field: "status")
        #expect(reply.json["allowed_transitions"].strings.contains("contacted"))
        #expect(!reply.json["allowed_transitions"].strings.contains("converted"))
        let unknown = try hub.ask("PATCH", place, #"{"status":"happy"}"#)
        try unknown.expectProblem(422, "invalid_field", field: "status")
        let cleared = try hub.ask("PATCH", place, #"{"name":null}"#)
        try cleared.expectProblem(422, "invalid_field", field: "name")
    }

    @Test(arguments: [
        "/crm/leads/0198a9a0-0000-7000-8000-000000000000", "/crm/leads/7", "/crm/leads/%00",
        "/crm/leads/0198a9a0-0000-7000-8000-00000000000Z",
        "/event/0198a9a0-0000-7000-8000-000000000000", "/event/x", "/nothing", "/crm",
        "/crm/leads/",
    ])
    func `what isn't there is 404`(path: String) throws {
        try hub.get(path).expectProblem(404, "not_found")
        if path.hasPrefix("/crm/leads/"), path != "/crm/leads/" {
            try hub.ask("PATCH", path, #"{"name":"A"}"#).expectProblem(404, "not_found")
        }
    }

    @Test func `a method that a path doesn't have is 405 and says which it has`() throws {
        for (method, path, allowed) in [
            ("DELETE", "/crm/leads", "GET, HEAD, POST, OPTIONS"),
            ("PUT", "/event/unified", "POST, OPTIONS"), ("POST", "/healthz", "GET, HEAD, OPTIONS"),
            (
                "POST", "/crm/leads/0198a9a0-0000-7000-8000-000000000000",
                "GET, HEAD, PATCH, DELETE, OPTIONS"
            ),
        ] {
            let reply = try hub.ask(method, path, "{}")
            try reply.expectProblem(405, "method_not_allowed")
            #expect(reply.header("Allow") == allowed)
        }
    }

    @Test(arguments: [
        "/crm/leads?colour=red", "/crm/leads?limit=0", "/crm/leads?limit=101",
        "/crm/leads?limit=ten", "/crm/leads?cursor=x", "/crm/leads?sort=name",
        "/crm/leads?status=happy", "/crm/leads?limit=%zz", "/events?types=Not!Good",
        "/events?colour=red", "/events?entity=", "/events?subject=",
        "/crm/leads/0198a9a0-0000-7000-8000-000000000000?x=1",
    ])
    func `a bad query parameter is 400`(target: String) throws {
        let reply = try hub.get(target)
        try reply.expectProblem(400, "bad_parameter")
        #expect(reply.json["field"].exists)
    }

    @Test func `a command with an unknown query parameter is 400 and does nothing`() throws {
        let head = try hub.head()
        for path in [
            "/crm/leads?dry=true", "/crm/leads?allow_duplicate=yes",
            "/event/unified?allow_duplicate=true",
        ] {
            try hub.post(path, Sample.lead()).expectProblem(400, "bad_parameter")
        }
        #expect(try hub.head() == head)
    }
}

// MARK: - Collections

extension EndToEnd.RequestTests {
    @Test func `pages of a list join without hole or repeat while leads are added`() throws {
        let owner = "owner-\(UUID().uuidString.prefix(8))"
        var made: [String] = []
        for number in 0..<7 {
            let reply = try hub.post(
                "/crm/leads", #"{"name":"Lead \#(number)","owner":"\#(owner)"}"#)
            made.append(try #require(reply.json["id"].string))
        }
        var seen: [String] = []
        var next: String? = "/crm/leads?owner=\(owner)&limit=3"
        while let target = next {
            let page = try hub.get(target)
            #expect(page.status == 200)
            #expect(page.json["data"].array.count <= 3)
            seen += page.json["data"].array.compactMap { $0["id"].string }
            // A newer lead comes before the first page and must not shift the later ones.
            _ = try hub.post("/crm/leads", #"{"name":"Late","owner":"\#(owner)"}"#)
            next = page.json["next_cursor"].string.map {
                "/crm/leads?owner=\(owner)&limit=3&cursor=\($0)"
            }
            #expect(seen.count < 20)
        }
        #expect(seen == made.reversed())
    }

    @Test func `a list is sorted by age either way and filtered by status`() throws {
        let owner = "owner-\(UUID().uuidString.prefix(8))"
        let first = try hub.post("/crm/leads", #"{"name":"A","owner":"\#(owner)"}"#)
        _ = try hub.post("/crm/leads", #"{"name":"B","owner":"\#(owner)"}"#)
        _ = try hub.ask("PATCH", try first.location(), #"{"status":"contacted"}"#)
        func names(_ more: String) throws -> [String] {
            try hub.get("/crm/leads?owner=\(owner)\(more)").json["data"].array
                .compactMap { $0["name"].string }
        }
        #expect(try names("&sort=created_at") == ["A", "B"])
        #expect(try names("&sort=-created_at") == ["B", "A"])
        #expect(try names("&status=contacted") == ["A"])
        #expect(try names("&status=qualified") == [])
    }

    @Test func `a page that isn't the last has a Link to the next`() throws {
        let owner = "owner-\(UUID().uuidString.prefix(8))"
        for name in ["A", "B"] {
            _ = try hub.post("/crm/leads", #"{"name":"\#(name)","owner":"\#(owner)"}"#)
        }
        let page = try hub.get("/crm/leads?owner=\(owner)&limit=1&sort=created_at")
        let link = try #require(page.header("Link"))
        #expect(link.hasSuffix("; rel=\"next\""))
        let target = try #require(link.split(separator: ">").first?.dropFirst())
        let next = try hub.get(String(target))
        #expect(next.json["data"][0]["name"].string == "B")
        #expect(next.header("Link") == nil)
    }
}

// MARK: - Reading again

extension EndToEnd.RequestTests {
    @Test func `a lead that hasn't changed is 304 without a body`() throws {
        let made = try hub.post("/crm/leads", Sample.lead())
        let place = try made.location()
        let etag = try #require(made.header("ETag"))
        for value in [etag, "W/" + etag, "\"x\", \(etag)", "*"] {
            let reply = try hub.get(place, headers: ["If-None-Match": value])
            #expect(reply.status == 304, "\(value)")
            #expect(reply.header("ETag") == etag)
        }
        #expect(try hub.get(place, headers: ["If-None-Match": "\"x\""]).status == 200)
        _ = try hub.ask("PATCH", place, #"{"name":"Changed"}"#)
        #expect(try hub.get(place, headers: ["If-None-Match": etag]).status == 200)
    }

    @Test func `HEAD says what GET would, without the body`() throws {
        let place = try hub.post("/crm/leads", Sample.lead()).location()
        let client = hub.client()
        let get = try client.get(place)
        let head: TestResponse = try client.request("HEAD", place)
        #expect(head.status == 200)
        #expect(head.header("Content-Length") == String(get.body.count))
        #expect(head.header("ETag") == get.header("ETag"))
        #expect(try client.get(place).body == get.body, "a body after HEAD would be taken for this")
        for (path, status) in [("/nothing", 404), ("/events", 200)] {
            let reply: TestResponse = try client.request("HEAD", path)
            #expect(reply.status == status)
        }
    }

    @Test func `a client that prefers little gets the head alone`() throws {
        let reply = try hub.post(
            "/crm/leads", Sample.lead(), headers: ["Prefer": "return=minimal"])
        #expect(reply.status == 201)
        #expect(reply.body.isEmpty)
        #expect(reply.header("Preference-Applied") == "return=minimal")
        #expect(try hub.get(try reply.location()).status == 200)
        let refused = try hub.post("/crm/leads", "{}", headers: ["Prefer": "return=minimal"])
        try refused.expectProblem(422, "invalid_field", field: "name")
    }

    @Test func `the caller's trace id is kept, and a malformed one replaced`() throws {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        let good = "00-\(trace)-00f067aa0ba902b7-01"
        let refused = try hub.post("/crm/leads", "{}", headers: ["traceparent": good])
        #expect(refused.json["trace_id"].string == trace)
        let subject = try hub.post("/crm/leads", Sample.lead(), headers: ["traceparent": good])
        let id = try #require(subject.json["id"].string)
        let event = try hub.history("subject=leads/\(id)")[0]
        #expect(event["traceparent"].string?.hasPrefix("00-\(trace)-") == true)
        #expect(event["traceparent"].string != good, "the hub is a span of its own")
        for bad in [
            "00-\(String(repeating: "0", count: 32))-00f067aa0ba902b7-01", "ff" + good.dropFirst(2),
            good.uppercased(), "x",
        ] {
            let reply = try hub.post("/crm/leads", "{}", headers: ["traceparent": bad])
            let made = try #require(reply.json["trace_id"].string)
            #expect(made.wholeMatch(of: /[0-9a-f]{32}/) != nil && made != trace)
        }
    }
}
