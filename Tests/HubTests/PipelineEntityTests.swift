// What can be done with the pipeline's entities after they were made: patches, moves, lists,
// messages, consent.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_PROCESSORS": "all"])) struct PipelineEntityTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.PipelineEntityTests {
    private func patch(
        _ place: String, _ body: String, ifMatch: String? = nil
    ) throws -> TestResponse {
        try hub.ask(
            "PATCH", place, body, headers: ifMatch.map { ["If-Match": $0] } ?? [:])
    }

    @Test func `each entity is patched by its version, and a lost race changes nothing`() throws {
        let steps = PipelineSteps(hub)
        let opportunity = try steps.opportunity(try steps.lead())
        let order = try steps.order(opportunity)
        let task = try hub.post("/task/tasks", #"{"title":"Call"}"#)
        let cases = [
            ("/crm/opportunities/\(opportunity)", #"{"stage":"qualification"}"#),
            ("/logistics/orders/\(order)", #"{"status":"confirmed"}"#),
            ("/logistics/deliveries/\(try steps.delivery(order))", #"{"carrier":"DHL"}"#),
            (try task.location(), #"{"status":"in_progress"}"#),
        ]
        for (place, body) in cases {
            let first = try patch(place, body, ifMatch: "\"1\"")
            #expect(first.status == 200 && first.header("ETag") == "\"2\"", "\(first.text)")
            try patch(place, body, ifMatch: "\"1\"").expectProblem(412, "precondition_failed")
            let again = try patch(place, body)
            #expect(again.status == 200 && again.header("ETag") == "\"2\"")
            let changes = try hub.history("subject=\(subject(place))")
                .filter { $0["type"].string?.hasSuffix("_updated") == true }
            #expect(changes.count == 1)
            let stored = try hub.get(place, headers: ["If-None-Match": "\"2\""])
            #expect(stored.status == 304)
        }
    }

    /// The subject of the events of what is at a place.
    private func subject(_ place: String) -> String {
        let parts = place.split(separator: "/")
        return parts.suffix(2).joined(separator: "/")
    }

    @Test func `a move that is not allowed names those that are`() throws {
        let steps = PipelineSteps(hub)
        let opportunity = try steps.opportunity(try steps.lead())
        let order = try steps.order(opportunity)
        let cases = [
            (
                "/crm/opportunities/\(opportunity)", #"{"stage":"won"}"#, "stage",
                ["qualification", "lost"]
            ),
            (
                "/logistics/orders/\(order)", #"{"status":"shipped"}"#, "status",
                ["confirmed", "cancelled"]
            ),
            (
                "/logistics/deliveries/\(try steps.delivery(order))",
                #"{"status":"delivered"}"#, "status", ["out_for_delivery"]
            ),
        ]
        for (place, body, field, allowed) in cases {
            let reply = try patch(place, body)
            try reply.expectProblem(409, "illegal_transition", field: field)
            #expect(reply.json["allowed_transitions"].strings == allowed, "\(reply.text)")
        }
    }

    @Test func `an order has one delivery under way, and what arrives completes it`() throws {
        let steps = PipelineSteps(hub)
        let order = try steps.orderFromNothing()
        let delivery = try steps.delivery(order)
        let second = try hub.post(
            "/logistics/delivery", #"{"order_id":"\#(order)","delivery_date":"2026-12-02"}"#)
        try second.expectProblem(409, "delivery_exists", field: "order_id")
        #expect(second.json["existing"]["id"].string == delivery, "\(second.text)")
        for status in ["confirmed", "packed", "shipped"] {
            #expect(
                try patch("/logistics/orders/\(order)", #"{"status":"\#(status)"}"#).status == 200)
        }
        let place = "/logistics/deliveries/\(delivery)"
        #expect(try patch(place, #"{"status":"out_for_delivery"}"#).json["attempts"].int == 1)
        #expect(
            try patch(place, #"{"status":"delivered","proof":"signed"}"#).json["status"].string
                == "delivered")
        #expect(try hub.get("/logistics/orders/\(order)").json["status"].string == "delivered")
        let last = try hub.history("subject=orders/\(order)&types=order_updated").last
        #expect(last?["data"]["status"].string == "delivered")
    }

    @Test func `what a body names must exist, and money must add up`() throws {
        let nobody = "0193b3a0-0000-7000-8000-000000000001"
        let order = try PipelineSteps(hub).orderFromNothing()
        let opportunity = try #require(
            try hub.get("/logistics/orders/\(order)").json["opp_id"].string)
        let line = #"{"sku":"a","quantity":3,"unit_price":"0.10"}"#
        let cases = [
            (
                "/crm/opportunities",
                #"{"lead_id":"\#(nobody)","name":"a","value":"1","currency":"INR"}"#, "lead_id"
            ),
            (
                "/logistics/orders",
                #"{"opp_id":"\#(nobody)","currency":"INR","lines":[\#(line)]}"#, "opp_id"
            ),
            (
                "/logistics/orders",
                #"{"opp_id":"\#(opportunity)","currency":"INR","lines":[\#(line)],"#
                    + #""total":"0.3001"}"#, "total"
            ),
            (
                "/logistics/delivery", #"{"order_id":"\#(nobody)","delivery_date":"2026-12-01"}"#,
                "order_id"
            ),
            ("/task/tasks", #"{"title":"a","subject":"leads/\#(nobody)"}"#, "subject"),
            ("/task/feedback", #"{"subject":"decisions/\#(nobody)","rating":1}"#, "subject"),
            ("/bhiv/agent/decide", #"{"subject":"orders/\#(nobody)"}"#, "subject"),
        ]
        for (path, body, field) in cases {
            try hub.post(path, body).expectProblem(422, "invalid_field", field: field)
        }
        let exact = try hub.post(
            "/logistics/orders",
            #"{"opp_id":"\#(opportunity)","currency":"INR","lines":[\#(line)],"total":"0.3"}"#)
        #expect(exact.status == 201 && exact.json["total"].string == "0.30")
    }

    @Test func `a list goes on from page to page, by its filters`() throws {
        let steps = PipelineSteps(hub)
        let lead = try steps.lead()
        let ids = try (0..<5).map { _ in try steps.opportunity(lead) }
        var seen: [String] = []
        var target = "/crm/opportunities?lead_id=\(lead)&limit=2&sort=created_at"
        for _ in 0..<3 {
            let page = try hub.get(target)
            seen += page.json["data"].array.compactMap { $0["id"].string }
            guard let link = page.header("Link") else { break }
            #expect(link.hasSuffix("; rel=\"next\""))
            target = String(link.dropFirst().prefix { $0 != ">" })
        }
        #expect(seen == ids)
        #expect(
            try hub.get("/crm/opportunities?lead_id=\(lead)&stage=won").json["data"].array.isEmpty)
        for path in [
            "/crm/opportunities", "/logistics/orders", "/logistics/deliveries", "/task/tasks",
            "/task/feedback", "/task/workflows", "/task/workflows/lead_follow_up/runs",
            "/bhiv/agent/decisions", "/bhiv/agent/policy", "/notifications",
            "/compliance/consents", "/compliance/purposes", "/compliance/policies",
            "/compliance/checks", "/logs", "/admin/processors", "/admin/dead-letters",
        ] {
            #expect(try hub.get(path).status == 200, "\(path)")
            try hub.get(path + "?colour=1").expectProblem(400, "bad_parameter", field: "colour")
        }
    }

    @Test func `an inbox is its owner's alone`() throws {
        let signer = TokenSigner.shared
        let owner = "owner-" + Sample.type()
        let token = signer.token(subject: owner, roles: ["admin"])
        let steps = PipelineSteps(hub)
        let opportunity = try steps.opportunity(try steps.lead())
        let order = try hub.post(
            "/logistics/orders",
            #"{"opp_id":"\#(opportunity)","currency":"INR","owner":"\#(owner)","lines":[{"#
                + #""sku":"A-1","quantity":2,"unit_price":"6250.00"}]}"#)
        let id = try #require(order.json["id"].string)
        _ = try steps.delivery(id)
        var inbox = JSON([])
        try waitUntil("the owner is told", timeoutSeconds: 10) {
            inbox = try hub.get("/notifications", token: token).json["data"]
            return !inbox.array.isEmpty
        }
        #expect(inbox.array.count == 1 && inbox[0]["state"].string == "unseen")
        let place = "/notifications/" + (try #require(inbox[0]["id"].string))
        // To others the message does not exist, whatever their role.
        try hub.get(place).expectProblem(404, "not_found")
        try patch(place, #"{"state":"read"}"#).expectProblem(404, "not_found")
        let read = try hub.ask("PATCH", place, #"{"state":"read"}"#, token: token)
        #expect(read.status == 200 && read.json["state"].string == "read")
        let counts = try hub.get("/notifications/counts", token: token).json
        #expect(counts["read"].int == 1 && counts["unseen"].int == 0)
        #expect(
            try hub.get("/notifications?state=unseen", token: token).json["data"].array.isEmpty)
    }

    @Test func `a withdrawal stops what it is about, and rules out what needs it`() throws {
        let steps = PipelineSteps(hub)
        let lead = try steps.lead()
        func consent(_ purpose: String, _ status: String) throws {
            let reply = try hub.post(
                "/compliance/consents",
                #"{"subject":"leads/\#(lead)","purpose":"\#(purpose)","status":"\#(status)"}"#)
            #expect(reply.status == 201, "\(reply.text)")
        }
        let body = #"{"subject":"leads/\#(lead)"}"#
        try consent("contact", "withdrawn")
        for _ in 0..<5 {
            let decision = try hub.post("/bhiv/agent/decide", body).json
            #expect(decision["action"].string == "wait")
            let call = decision["actions"].array.first { $0["action"].string == "call" }
            #expect(call?["excluded_by"].string == "contact_withdrawn")
            #expect(call?["propensity"].double == 0 && call?["score"].isNull == true)
        }
        try consent("contract", "withdrawn")
        let opportunity =
            #"{"lead_id":"\#(lead)","name":"a","value":"1","currency":"INR","consent_flag":true}"#
        try hub.post("/crm/opportunities", opportunity).expectProblem(403, "consent_required")
        #expect(
            try hub.post("/bhiv/agent/decide", body).json["action"].string == "no_action")
        try consent("contract", "granted")
        #expect(try hub.post("/crm/opportunities", opportunity).status == 201)
        let history = try hub.get("/compliance/consents?subject=leads/\(lead)").json["data"]
        #expect(
            history.array.compactMap { $0["status"].string }
                == ["granted", "withdrawn", "withdrawn"])
    }
}
