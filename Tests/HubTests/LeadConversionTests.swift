// Leads that become customers, over HTTP and in Postgres: once, whoever asks how often and at the
// same time, and still so after a restart.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct LeadConversionTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.LeadConversionTests {
    private static let deal =
        #"{"opportunity":{"name":"Annual plan","value":"12500.00","currency":"INR"}}"#

    @Test func `lead and deal change together, and follow each other in the log`() throws {
        let lead = try hub.makeLead()
        let before = try hub.head()
        let reply = try hub.post(
            "/crm/leads/\(lead)/convert", Self.deal, headers: ["If-Match": "\"1\""])
        #expect(reply.status == 201, "\(reply.text)")
        let deal = try #require(reply.json["converted_opportunity"].string)
        #expect(try reply.location() == "/crm/opportunities/\(deal)")
        #expect(reply.json["id"].string == lead && reply.json["status"].string == "converted")
        #expect(reply.json["converted_at"].string == reply.json["updated_at"].string)
        #expect(try hub.get("/crm/leads/\(lead)").text == reply.text)
        let stored = try hub.get("/crm/opportunities/\(deal)").json
        #expect(stored["lead_id"].string == lead && stored["value"].string == "12500.00")
        let events = try hub.history("after=\(before)")
        #expect(
            events.map { $0["type"].string }
                == ["lead_converted", "opportunity_created"]
                .map { "in.bhiv." + $0 })
        let positions = events.compactMap { $0["position"].string.flatMap { Int($0) } }
        #expect(positions.count == 2 && positions[1] == positions[0] + 1)
        #expect(Set(events.compactMap { $0["traceparent"].string }).count == 1)
        let again = try hub.post("/crm/leads/\(lead)/convert", Self.deal)
        try again.expectProblem(409, "already_converted")
        #expect(again.json["existing"]["id"].string == deal, "\(again.text)")
        #expect(again.json["existing"]["location"].string == "/crm/opportunities/\(deal)")
        let patch = try hub.ask("PATCH", "/crm/leads/\(lead)", #"{"name":"Other"}"#)
        try patch.expectProblem(409, "already_converted")
        #expect(patch.json["existing"]["id"].string == deal)
    }

    @Test func `without a body the lead alone is converted, and one who is out can't be`() throws {
        let lead = try hub.makeLead()
        let reply = try hub.post("/crm/leads/\(lead)/convert", "")
        #expect(reply.status == 200 && reply.header("Location") == nil, "\(reply.text)")
        #expect(reply.header("ETag") == "\"2\"" && reply.json["converted_opportunity"].isNull)
        let other = try hub.makeLead()
        let out = #"{"status":"disqualified"}"#
        #expect(try hub.ask("PATCH", "/crm/leads/\(other)", out).status == 200)
        let refused = try hub.post("/crm/leads/\(other)/convert", "{}")
        try refused.expectProblem(409, "illegal_transition", field: "status")
        #expect(refused.json["allowed_transitions"].strings == ["recycled"])
    }

    @Test func `each gate and field refuses what it should`() throws {
        let lead = try hub.makeLead()
        let path = "/crm/leads/\(lead)/convert"
        let roles = ["viewer", "agent", "logistics", "compliance"]
        for role in roles {
            let token = TokenSigner.shared.token(subject: role, roles: [role])
            let refused = try hub.post(path, "{", token: token)
            try refused.expectProblem(403, "forbidden")
            #expect(refused.json["permission"].string == "leads.convert")
        }
        try hub.post(path, "{").expectProblem(400, "bad_json")
        try hub.post(path + "?x=1", "{}").expectProblem(400, "bad_parameter", field: "x")
        try hub.post(path, #"{"consent_flag":false,"x":1}"#).expectProblem(403, "consent_required")
        let bodies = [
            (#"{"x":1}"#, "x"), (#"{"opportunity":1}"#, "opportunity"),
            (#"{"opportunity":{"value":"1","currency":"INR"}}"#, "opportunity.name"),
            (#"{"opportunity":{"name":"a","currency":"INR"}}"#, "opportunity.value"),
            (
                #"{"opportunity":{"name":"a","value":"-1","currency":"INR"}}"#, "opportunity.value"
            ),
            (
                #"{"opportunity":{"name":"a","value":"1","currency":"INR","lead_id":"x"}}"#,
                "opportunity.lead_id"
            ),
        ]
        for (body, field) in bodies {
            try hub.post(path, body).expectProblem(422, "invalid_field", field: field)
        }
        try hub.post(path, "{}", headers: ["If-Match": "\"7\""])
            .expectProblem(412, "precondition_failed")
        let nobody = "/crm/leads/0193b3a0-0000-7000-8000-000000000001/convert"
        try hub.post(nobody, "{}").expectProblem(404, "not_found")
        #expect(try hub.get("/crm/leads/\(lead)").header("ETag") == "\"1\"")
    }

    @Test func `of many at once one converts, and its key gives its answer again`() throws {
        let lead = try hub.makeLead()
        let path = "/crm/leads/\(lead)/convert"
        let replies = try hub.concurrently(16) { hub, number in
            try hub.post(
                path, Self.deal, headers: ["Idempotency-Key": "\(lead)-\(number / 2)"])
        }
        let first = try #require(replies.first { $0.status == 201 })
        let others = replies.filter { $0.status != 201 }
        #expect(others.allSatisfy { $0.status == 409 } && others.count == 14)
        let made = replies.filter { $0.status == 201 }
        #expect(Set(made.map(\.text)).count == 1)
        let deals = try hub.get("/crm/opportunities?lead_id=\(lead)").json["data"].array
        #expect(deals.count == 1)
        let number = try #require(
            (0..<8).first { number in
                try hub.post(
                    path, Self.deal, headers: ["Idempotency-Key": "\(lead)-\(number)"]
                ).status == 201
            })
        let replay = try hub.post(
            path, Self.deal, headers: ["Idempotency-Key": "\(lead)-\(number)"])
        #expect(replay.text == first.text && replay.header("Idempotent-Replayed") == "true")
        #expect(try replay.location() == first.location())
        #expect(replay.header("ETag") == first.header("ETag"))
    }

    @Test func `an erased customer's conversion is not given again`() throws {
        let name = "Erin \(UUID().uuidString.prefix(8))"
        let lead = try hub.makeLead(#"{"name":"\#(name)"}"#)
        let key = ["Idempotency-Key": UUID().uuidString]
        let path = "/crm/leads/\(lead)/convert"
        #expect(try hub.post(path, Self.deal, headers: key).status == 201)
        #expect(try hub.post("/compliance/subjects/leads/\(lead)/erase", "").status == 200)
        let replay = try hub.post(path, Self.deal, headers: key)
        #expect(replay.status == 201 && !replay.text.contains(name), "\(replay.text)")
    }
}

extension Upheaval {
    @Suite(.serialized) struct `Conversions and restarts` {
        @Test func `a customer stays one when the hub is killed and starts again`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let process = try HubProcess(
                folder, settings: ["HUB_JWT_SECRET": TokenSigner.shared.secret])
            let hub = RunningHub(process)
            let lead = try hub.makeLead()
            let key = ["Idempotency-Key": "convert-once"]
            let path = "/crm/leads/\(lead)/convert"
            let deal = #"{"opportunity":{"name":"a","value":"1.00","currency":"INR"}}"#
            let first = try hub.post(path, deal, headers: key)
            #expect(first.status == 201, "\(first.text)")
            process.kill()
            try process.start()
            let after = RunningHub(process)
            let replay = try after.post(path, deal, headers: key)
            #expect(replay.status == 201 && replay.text == first.text)
            try after.post(path, deal).expectProblem(409, "already_converted")
            #expect(try after.get("/crm/leads/\(lead)").text == first.text)
            process.terminate()
            #expect(try process.waitForExit() == 0)
        }
    }
}
