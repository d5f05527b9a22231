// Erasing a person: when it is answered nothing of them is sent any more, stored, or given again,
// on any instance and whoever is killed meanwhile; and the log keeps every position.

import Foundation
import Support
import Testing
import Wire

extension EndToEnd {
    @Suite(.serialized, .hub()) struct ErasureTests {
        let hub: RunningHub
        let compliance = TokenSigner.shared.token(subject: "cora", roles: ["compliance"])

        init() throws { hub = try RunningHub.current() }
    }
}

/// A person with a name that stands nowhere else.
private struct Person {
    let name = "Erasmus \(UUID().uuidString.prefix(8))"
    var email: String { name.replacingOccurrences(of: " ", with: ".") + "@erase.test" }
    var body: String { #"{"name":"\#(name)","email":"\#(email)"}"# }
}

extension EndToEnd.ErasureTests {
    private func erase(_ subject: String, token: String? = nil) throws -> TestResponse {
        try hub.post("/compliance/subjects/\(subject)/erase", "", token: token ?? compliance)
    }

    /// How many stored events and rows have a text.
    private func stored(_ text: String) throws -> Int {
        let tables = ["events", "leads", "tasks", "idempotency", "feedback", "decisions"]
        let counts = tables.map {
            "(SELECT count(*) FROM \($0) AS t WHERE t::text LIKE '%\(text)%')"
        }
        return try #require(
            try hub.query("SELECT " + counts.joined(separator: " + ")).first?.first.flatMap(
                Int.init))
    }

    @Test func `a lead is erased from the log, from memory and from its row`() throws {
        let person = Person()
        let before = try hub.head()
        let key = ["Idempotency-Key": UUID().uuidString]
        let created = try hub.post("/crm/leads", person.body, headers: key)
        let id = try #require(created.json["id"].string)
        #expect(try hub.ask("PATCH", "/crm/leads/\(id)", #"{"company":"X"}"#).status == 200)
        let deal = #"{"lead_id":"\#(id)","name":"\#(person.name)","value":"1.00","currency":"INR"}"#
        let opportunity = try hub.post("/crm/opportunities", deal)
        #expect(opportunity.status == 201)
        let live = EventStreamReader(port: hub.port, token: hub.admin)
        live.setLastEventID(try hub.head())
        try live.connect()

        let reply = try erase("leads/\(id)")
        #expect(reply.status == 200 && reply.json["subject"].string == "leads/\(id)")

        let told = try #require(try live.next())
        #expect(
            told.event == "subject_erased" && JSON(told.data)["subject"].string == "leads/\(id)")
        let replay = EventStreamReader(port: hub.port, token: hub.admin)
        replay.setLastEventID(before)
        try replay.connect()
        let names = ["lead_created", "lead_updated", "opportunity_created"]
        for name in names {
            let event = try #require(try replay.next())
            #expect(event.event == name)
            let json = JSON(event.data)
            #expect(json["data"].names == ["erased"] && json["data"]["erased"].bool == true)
            #expect(json["type"].string == "in.bhiv." + name)
            #expect(json["position"].string == event.id.split(separator: "-").last.map(String.init))
        }
        let history = try hub.get(
            "/events?after=\(before)", headers: ["Accept": "application/json"])
        #expect(!history.text.contains(person.name))
        #expect(try hub.get("/crm/leads/\(id)").status == 404)
        #expect(try hub.ask("PATCH", "/crm/leads/\(id)", #"{"company":"Y"}"#).status == 404)
        #expect(try !hub.get("/crm/leads").text.contains(person.name))
        #expect(try stored(person.email) == 0)
        let again = try hub.post("/crm/leads", person.body, headers: key)
        #expect(again.status == 201 && again.json["erased"].bool == true, "\(again.text)")
        #expect(try hub.post("/crm/leads", person.body).status == 201, "the email is free again")
    }

    @Test func `who withdraws consent to events is erased from them, and consent stays proven`()
        throws
    {
        let user = "u-\(UUID().uuidString)"
        let before = try hub.head()
        let event = #"{"event_type":"visited","user_id":"\#(user)","payload":{"page":"/secret"}}"#
        let location = try hub.post("/event/unified", event).location()
        let body = #"{"subject":"users/\#(user)","purpose":"event_processing","status":"#
        #expect(try hub.post("/compliance/consents", body + #""granted"}"#).status == 201)
        #expect(try hub.get(location).text.contains("/secret"))
        #expect(try hub.post("/compliance/consents", body + #""withdrawn"}"#).status == 201)
        #expect(try !hub.get(location).text.contains("/secret"))
        let replay = EventStreamReader(port: hub.port, token: hub.admin)
        replay.setLastEventID(before)
        try replay.connect()
        let events = try replay.collect(3)
        #expect(events.map(\.event) == ["visited", "consent_granted", "consent_withdrawn"])
        #expect(JSON(events[0].data)["data"].names == ["erased"])
        #expect(JSON(events[1].data)["data"]["status"].string == "granted")
        try hub.post("/event/unified", event).expectProblem(403, "consent_required")
    }

    @Test(arguments: ["asha@example.test", "\u{301}ndra", "\u{1F3FB} + /50%"])
    func `a user is erased whatever is in the name, by an escaped path or a withdrawal`(
        name: String
    ) throws {
        for isErasure in [true, false] {
            let user = name + UUID().uuidString
            let event = #"{"event_type":"visited","user_id":"\#(user)","payload":{"page":"/own"}}"#
            let location = try hub.post("/event/unified", event).location()
            #expect(try hub.get(location).text.contains("/own"))
            if isErasure {
                let path = "/compliance/subjects/users/" + PercentEncoding.encode(user) + "/erase"
                #expect(try hub.ask("POST", path).status == 200)
            } else {
                let body =
                    #"{"subject":"users/\#(user)","purpose":"event_processing","#
                    + #""status":"withdrawn"}"#
                #expect(try hub.post("/compliance/consents", body).status == 201)
            }
            #expect(try !hub.get(location).text.contains("/own"))
            try hub.post("/event/unified", event).expectProblem(403, "consent_required")
        }
    }

    @Test func `only those who answer for it may erase, and only who is there`() throws {
        let id = try hub.makeLead(Person().body)
        let sales = TokenSigner.shared.token(subject: "asha", roles: ["sales"])
        try erase("leads/\(id)", token: sales).expectProblem(403, "forbidden")
        #expect(try hub.get("/crm/leads/\(id)").status == 200)
        for subject in ["leads/0193b3a0-0000-7000-8000-000000000001", "orders/\(id)", "x"] {
            try erase(subject).expectProblem(404, "not_found")
        }
        #expect(try erase("leads/\(id)").status == 200)
        try erase("leads/\(id)").expectProblem(404, "not_found")
    }
}

extension EndToEnd {
    @Suite(.serialized) struct `Erasures of several hubs` {
        private func client(_ hub: HubProcess) throws -> TestClient {
            hub.client(try hub.token(for: "admin"))
        }

        @Test func `another hub sends nothing of who was erased after it says so`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let one = try HubProcess(folder)
            let other = try HubProcess(folder)
            let token = try one.token(for: "admin")
            let live = EventStreamReader(port: other.port, token: token)
            try live.connect()
            let person = Person()
            let created = try client(one).post("/crm/leads", person.body)
            let id = try #require(created.json["id"].string)
            #expect(try #require(try live.next()).event == "lead_created")
            let erased = try client(one).post("/compliance/subjects/leads/\(id)/erase", "")
            #expect(erased.status == 200, "\(erased.text)")
            #expect(try #require(try live.next()).event == "subject_erased")
            let replay = EventStreamReader(
                port: other.port, token: token, target: "/events?after=0")
            try replay.connect()
            for event in try replay.collect(2) where event.event == "lead_created" {
                #expect(JSON(event.data)["data"].names == ["erased"], "\(JSON(event.data))")
            }
        }

        @Test func `an erasure that is killed on its way is done, whole, when it is answered`()
            throws
        {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder)
            var random = TestSeed.random("erasures killed")
            for round in 0..<6 {
                let person = Person()
                let id = try #require(
                    try client(hub).post("/crm/leads", person.body).json["id"].string)
                let key = [("Idempotency-Key", "erase-\(round)")]
                let target = "/compliance/subjects/leads/\(id)/erase"
                let asking = TestThread { [port = hub.port, token = try hub.token(for: "admin")] in
                    _ = try? TestClient(port: port, token: token).request(
                        "POST", target, headers: key, body: "")
                }
                usleep(UInt32.random(in: 0...12_000, using: &random))
                hub.kill()
                asking.join()
                try hub.start()
                let lead = try client(hub).get("/crm/leads/\(id)")
                let history = try client(hub).request(
                    "GET", "/events?subject=leads/\(id)",
                    headers: [("Accept", "application/json")])
                #expect(lead.text.contains(person.name) == history.text.contains(person.name))
                let reply = try client(hub).request("POST", target, headers: key, body: "")
                #expect(reply.status == 200, "\(reply.text)")
                let after = try client(hub).request(
                    "GET", "/events?subject=leads/\(id)",
                    headers: [("Accept", "application/json")])
                #expect(!after.text.contains(person.name))
                #expect(after.json["data"].array.count == 2)
            }
        }
    }
}
