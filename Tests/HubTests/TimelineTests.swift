// Timelines: what happened to a lead and to all that hangs on it, whichever way it came about, as
// far as somebody may read it.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_PROCESSORS": "all"])) struct TimelineTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.TimelineTests {
    private func token(_ subject: String, _ role: String, team: String? = nil) -> String {
        let teams = team.map { #","teams":["\#($0)"]"# } ?? ""
        return TokenSigner.shared.token(subject: subject, roles: [role], more: teams)
    }

    private func timeline(_ path: String, token: String? = nil) throws -> [JSON] {
        let reply = try hub.get("\(path)/timeline?limit=100", token: token)
        #expect(reply.status == 200, "\(path): \(reply.text)")
        return reply.json["data"].array
    }

    private func names(_ entries: [JSON]) -> [String] { entries.compactMap { $0["event"].string } }

    /// A customer with one of everything; gives the ids of lead, deal, order and delivery.
    private func makeStory() throws -> (lead: String, deal: String, order: String, way: String) {
        let steps = PipelineSteps(hub)
        let lead = try steps.lead()
        let deal = try steps.opportunity(lead)
        let order = try steps.order(deal)
        let decision = try #require(try steps.decision(order)["id"].string)
        let way = try steps.delivery(order)
        _ = try steps.feedback(decision)
        let last = ["notification_sent", "rl_updated"]
        try waitUntil("everybody has reacted", timeoutSeconds: 20) {
            let seen = Set(names(try timeline("/crm/leads/\(lead)")))
            let scores = try timeline("/crm/leads/\(lead)").filter {
                $0["event"].string == "rl_scored"
            }
            return seen.isSuperset(of: last) && scores.count == 3
                && seen.contains("task_created") && seen.contains("compliance_checked")
        }
        return (lead, deal, order, way)
    }

    @Test func `a lead's timeline tells of everything that concerns it, the newest first`() throws {
        let story = try makeStory()
        let change = #"{"company":"Rao Ltd","status":"contacted"}"#
        #expect(try hub.ask("PATCH", "/crm/leads/\(story.lead)", change).status == 200)
        let entries = try timeline("/crm/leads/\(story.lead)")
        let positions = entries.compactMap { $0["position"].string.flatMap { Int($0) } }
        #expect(positions == positions.sorted(by: >) && positions.count == entries.count)
        #expect(
            Set(names(entries)) == [
                "lead_created", "lead_updated", "opportunity_created", "order_created",
                "decision_made", "delivery_scheduled", "feedback_received", "task_created",
                "notification_sent", "compliance_checked", "rl_scored", "rl_updated",
            ])
        let first = try #require(entries.first)
        #expect(first["event"].string == "lead_updated" && first["actor"].string == "root")
        #expect(first["subject"].string == "leads/\(story.lead)")
        #expect(Set(first["changed"].strings) == ["company", "status"])
        #expect(first["data"]["company"].string == "Rao Ltd" && !first["data"]["changed"].exists)
        #expect(first["time"].string != nil && first["id"].string != nil)
        // The log has no event of this customer that the timeline has not.
        let logged = try hub.history("limit=1000").filter {
            "\($0)".contains(story.lead) || "\($0)".contains(story.deal)
                || "\($0)".contains(story.order) || "\($0)".contains(story.way)
        }
        #expect(
            Set(logged.compactMap { $0["position"].string })
                .isSubset(of: entries.compactMap { $0["position"].string }))
    }

    @Test func `pages follow each other to the beginning, without a gap or a repetition`() throws {
        let story = try makeStory()
        let all = try timeline("/crm/leads/\(story.lead)").compactMap { $0["position"].string }
        var paged: [String] = []
        var next: String? = "/crm/leads/\(story.lead)/timeline?limit=4"
        while let target = next {
            let page = try hub.get(target)
            let positions = page.json["data"].array.compactMap { $0["position"].string }
            #expect(positions.count == 4 || page.json["next_cursor"].isNull)
            paged += positions
            next = page.header("Link").map {
                String($0.dropFirst().prefix { $0 != ">" })
            }
            #expect((next == nil) == page.json["next_cursor"].isNull)
        }
        #expect(paged == all && all.count > 8)
        let path = "/crm/leads/\(story.lead)/timeline"
        try hub.get(path + "?limit=0").expectProblem(400, "bad_parameter", field: "limit")
        try hub.get(path + "?cursor=x").expectProblem(400, "bad_parameter", field: "cursor")
        try hub.get(path + "?x=1").expectProblem(400, "bad_parameter", field: "x")
        try hub.get("/crm/leads/x/timeline").expectProblem(404, "not_found")
        let nobody = "0193b3a0-0000-7000-8000-000000000001"
        try hub.get("/crm/leads/\(nobody)/timeline").expectProblem(404, "not_found")
        let end = try hub.get(path + "?cursor=1").json
        #expect(end["data"].array.isEmpty && end["next_cursor"].isNull)
    }

    @Test func `a deal and an order have what is theirs, and nothing of their neighbours'`() throws
    {
        let story = try makeStory()
        let other = try PipelineSteps(hub).opportunity(story.lead)
        let deal = Set(names(try timeline("/crm/opportunities/\(story.deal)")))
        #expect(
            deal.isSuperset(of: [
                "opportunity_created", "order_created", "decision_made", "delivery_scheduled",
                "rl_scored",
            ]))
        #expect(!deal.contains("lead_created"))
        let order = Set(names(try timeline("/logistics/orders/\(story.order)")))
        #expect(order.isSuperset(of: ["order_created", "decision_made", "delivery_scheduled"]))
        #expect(!order.contains("opportunity_created"))
        let subjects = try timeline("/crm/opportunities/\(other)").compactMap {
            $0["subject"].string
        }
        #expect(Set(subjects) == ["opportunities/\(other)"])
        try hub.get("/crm/opportunities/\(story.lead)/timeline").expectProblem(404, "not_found")
    }

    @Test func `each reads what their role and their customers allow`() throws {
        let (west, east) = (
            token("asha", "sales", team: "west"), token("cora", "sales", team: "east")
        )
        let body = #"{"name":"Tara","email":"\#(UUID().uuidString)@x.test","team":"west"}"#
        let made = try hub.post("/crm/leads", body, token: west)
        let lead = try #require(made.json["id"].string)
        let path = "/crm/leads/\(lead)"
        let deal = try PipelineSteps(hub).opportunity(lead)
        try hub.get(path + "/timeline", token: east).expectProblem(404, "not_found")
        try hub.get("/crm/opportunities/\(deal)/timeline", token: east)
            .expectProblem(404, "not_found")
        try hub.get(path + "/timeline", token: token("wanda", "logistics"))
            .expectProblem(403, "forbidden")
        let seen = try timeline(path, token: west)
        #expect(seen.contains { $0["data"]["email"].string != nil })
        let masked = try timeline(path, token: token("vera", "viewer"))
        let creation = try #require(masked.first { $0["event"].string == "lead_created" })
        #expect(creation["data"]["email"].isNull && creation["data"]["name"].string == "Tara")
        let checks = try timeline(path, token: token("clara", "compliance"))
        #expect(names(checks).contains("lead_created"))
        #expect(!names(checks).contains("opportunity_created"))
        // Who gets a customer reads what was before.
        let handOver = #"{"owner":"cora","team":"east"}"#
        #expect(try hub.ask("PATCH", path, handOver, token: west).status == 200)
        try hub.get(path + "/timeline", token: west).expectProblem(404, "not_found")
        #expect(names(try timeline(path, token: east)).contains("lead_created"))
    }

    @Test func `who has a deal, but not its customer, reads of the deal alone`() throws {
        let (west, east) = (
            token("asha", "sales", team: "west"), token("cora", "sales", team: "east")
        )
        let email = "\(UUID().uuidString)@x.test"
        let made = try hub.post(
            "/crm/leads", #"{"name":"Tina","email":"\#(email)","team":"west"}"#, token: west)
        let lead = try #require(made.json["id"].string)
        let body =
            #"{"opportunity":{"name":"a","value":"1.00","currency":"INR","owner":"cora"}}"#
        let deal = try #require(
            try hub.post("/crm/leads/\(lead)/convert", body, token: west)
                .json["converted_opportunity"].string)
        let path = "/crm/opportunities/\(deal)"
        let task = #"{"title":"Call","subject":"opportunities/\#(deal)"}"#
        #expect(try hub.post("/task/tasks", task, token: west).status == 201)
        let theirs = try timeline(path, token: east)
        #expect(names(theirs).contains("opportunity_created"))
        #expect(!names(theirs).contains("lead_converted"))
        #expect(!names(theirs).contains("task_created"))
        #expect(!"\(theirs)".contains(email))
        #expect(
            Set(names(try timeline(path, token: west))).isSuperset(of: [
                "opportunity_created", "lead_converted", "task_created",
            ]))
        #expect(try hub.get(path + "/history", token: east).json["data"].array.count == 1)
    }

    @Test func `a message is its recipient's, and an admin's`() throws {
        let story = try makeStory()
        let isSent = { (token: String) in
            names(try timeline("/logistics/orders/\(story.order)", token: token))
                .contains("notification_sent")
        }
        let lead = try timeline("/crm/leads/\(story.lead)")
        #expect(names(lead).contains("notification_sent"))
        #expect(try !isSent(token("wanda", "logistics")) && !isSent(token("vera", "viewer")))
    }

    @Test func `of what was erased there is only that it was`() throws {
        let user = "u-\(UUID().uuidString)"
        let lead = try hub.makeLead(#"{"name":"Tess","source":"users/\#(user)"}"#)
        let change = #"{"source":null}"#
        #expect(try hub.ask("PATCH", "/crm/leads/\(lead)", change).status == 200)
        #expect(try hub.post("/compliance/subjects/users/\(user)/erase", "").status == 200)
        let entries = try timeline("/crm/leads/\(lead)")
        let creation = try #require(entries.last)
        #expect(creation["event"].string == "lead_created" && creation["actor"].string == "erased")
        #expect(creation["data"].names == ["erased"] && creation["changed"].array.isEmpty)
        let update = try #require(entries.first { $0["event"].string == "lead_updated" })
        #expect(update["data"]["name"].string == "Tess")
    }
}
