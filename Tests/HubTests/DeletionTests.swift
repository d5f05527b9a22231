// Deleting over HTTP and in Postgres: who may, what is there afterwards, and what is free again.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct DeletionTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.DeletionTests {
    private struct Thing {
        let collection: String
        let id: String
        var path: String { "\(collection)/\(id)" }
        var subject: String { "\(collection.split(separator: "/")[1])/\(id)" }
    }

    private func makeThings() throws -> [Thing] {
        let steps = PipelineSteps(hub)
        let lead = try steps.lead()
        let deal = try steps.opportunity(lead)
        let order = try steps.order(deal)
        let task = try hub.post("/task/tasks", #"{"title":"Call","subject":"leads/\#(lead)"}"#)
        return [
            Thing(collection: "/task/tasks", id: try #require(task.json["id"].string)),
            Thing(collection: "/logistics/orders", id: order),
            Thing(collection: "/crm/opportunities", id: deal),
            Thing(collection: "/crm/leads", id: lead),
        ]
    }

    @Test func `what was deleted is not there, in reads, lists, changes and references`() throws {
        let things = try makeThings()
        for thing in things {
            try hub.ask("DELETE", thing.path, headers: ["If-Match": "\"7\""])
                .expectProblem(412, "precondition_failed")
            let before = try hub.head()
            let reply = try hub.ask("DELETE", thing.path, headers: ["If-Match": "\"1\""])
            #expect(reply.status == 204 && reply.body.isEmpty, "\(thing.path): \(reply.text)")
            let events = try hub.history("after=\(before)")
            #expect(events.count == 1 && events[0]["subject"].string == thing.subject)
            #expect(events[0]["type"].string?.hasSuffix("_deleted") == true)
            #expect(events[0]["data"]["deleted_at"].string != nil)
            #expect(events[0]["data"]["version"].int == 2)
            try hub.get(thing.path).expectProblem(404, "not_found")
            try hub.ask("DELETE", thing.path).expectProblem(404, "not_found")
            try hub.ask("PATCH", thing.path, "{}").expectProblem(404, "not_found")
            let list = try hub.get(thing.collection + "?limit=100")
            #expect(list.status == 200 && !list.text.contains("\"id\":\"\(thing.id)\""))
        }
        let (order, deal, lead) = (things[1].id, things[2].id, things[3].id)
        let bodies = [
            (
                "/crm/opportunities",
                #"{"lead_id":"\#(lead)","name":"x","value":"1.00","currency":"INR"}"#, "lead_id"
            ),
            (
                "/logistics/orders",
                #"{"opp_id":"\#(deal)","currency":"INR","#
                    + #""lines":[{"sku":"A","quantity":1,"unit_price":"1.00"}]}"#, "opp_id"
            ),
            (
                "/logistics/delivery", #"{"order_id":"\#(order)","delivery_date":"2026-12-01"}"#,
                "order_id"
            ),
            ("/task/tasks", #"{"title":"x","subject":"leads/\#(lead)"}"#, "subject"),
            ("/task/tasks", #"{"title":"x","subject":"orders/\#(order)"}"#, "subject"),
            ("/task/feedback", #"{"subject":"opportunities/\#(deal)","rating":1}"#, "subject"),
        ]
        for (path, body, field) in bodies {
            try hub.post(path, body).expectProblem(422, "invalid_field", field: field)
        }
        try hub.post("/crm/leads/\(lead)/convert", "").expectProblem(404, "not_found")
    }

    @Test func `a deleted lead's email and phone are free, and its erasure leaves nothing`() throws
    {
        let name = "Dora \(UUID().uuidString.prefix(8))"
        let number = "+91\(UInt32.random(in: 100_000_000...999_999_999))"
        let body =
            #"{"name":"\#(name)","email":"\#(UUID().uuidString)@x.test","phone":"\#(number)"}"#
        let lead = try hub.makeLead(body)
        try hub.post("/crm/leads", body).expectProblem(409, "duplicate_lead")
        #expect(try hub.ask("DELETE", "/crm/leads/\(lead)").status == 204)
        let second = try hub.makeLead(body)
        try hub.post("/crm/leads", body).expectProblem(409, "duplicate_lead")
        #expect(
            try hub.query("SELECT name FROM leads WHERE id = '\(lead)'").first?.first == name)
        #expect(try hub.post("/compliance/subjects/leads/\(lead)/erase", "").status == 200)
        #expect(
            try hub.query("SELECT name FROM leads WHERE id = '\(lead)'").first?.first == "erased")
        #expect(
            try hub.query(
                "SELECT count(*) FROM events WHERE subject = 'leads/\(lead)' AND body LIKE "
                    + "'%\(name)%'"
            ).first?.first == "0")
        try hub.post("/compliance/subjects/leads/\(lead)/erase", "")
            .expectProblem(404, "not_found")
        #expect(try hub.get("/crm/leads/\(second)").json["name"].string == name)
    }

    @Test func `an order that was confirmed is cancelled first`() throws {
        let order = try PipelineSteps(hub).orderFromNothing()
        let path = "/logistics/orders/\(order)"
        #expect(try hub.ask("PATCH", path, #"{"status":"confirmed"}"#).status == 200)
        let refused = try hub.ask("DELETE", path)
        try refused.expectProblem(409, "illegal_transition", field: "status")
        #expect(refused.json["allowed_transitions"].strings == ["packed", "cancelled"])
        #expect(try hub.ask("PATCH", path, #"{"status":"cancelled"}"#).status == 200)
        #expect(try hub.ask("DELETE", path).status == 204)
        try hub.get(path).expectProblem(404, "not_found")
    }

    @Test func `what is about a deleted thing stays, and keeps its customer`() throws {
        let things = try makeThings()
        let (task, deal, lead) = (things[0], things[2], things[3])
        #expect(try hub.ask("DELETE", lead.path).status == 204)
        #expect(try hub.get(deal.path).json["lead_id"].string == lead.id)
        #expect(try hub.ask("PATCH", deal.path, #"{"name":"Other"}"#).status == 200)
        #expect(try hub.ask("PATCH", task.path, #"{"priority":"high"}"#).status == 200)
        #expect(
            try hub.query("SELECT lead_id FROM tasks WHERE id = '\(task.id)'").first?.first
                == lead.id)
    }

    @Test func `of many who delete at once one does, and a body is refused`() throws {
        let lead = try hub.makeLead()
        try hub.ask("DELETE", "/crm/leads/\(lead)", #"{"x":1}"#)
            .expectProblem(422, "invalid_field", field: "x")
        try hub.ask("DELETE", "/crm/leads/\(lead)?x=1").expectProblem(400, "bad_parameter")
        let viewer = TokenSigner.shared.token(subject: "viewer", roles: ["viewer"])
        try hub.ask("DELETE", "/crm/leads/\(lead)", token: viewer)
            .expectProblem(403, "forbidden")
        let replies = try hub.concurrently(12) { hub, _ in
            try hub.ask("DELETE", "/crm/leads/\(lead)")
        }
        #expect(replies.filter { $0.status == 204 }.count == 1)
        #expect(replies.filter { $0.status == 404 }.count == 11)
        #expect(try hub.history("subject=leads/\(lead)&types=lead_deleted").count == 1)
    }
}
