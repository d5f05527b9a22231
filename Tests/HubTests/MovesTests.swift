// How things moved from state to state: who, when, from where, to where and why, for every state
// machine by one mechanism.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct MovesTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.MovesTests {
    private func patch(_ path: String, _ body: String) throws {
        let reply = try hub.ask("PATCH", path, body)
        #expect(reply.status == 200, "\(path) \(body): \(reply.text)")
    }

    /// The states that something has passed, the newest first, checked to follow each other.
    private func states(_ path: String) throws -> [String] {
        let reply = try hub.get(path + "/history")
        #expect(reply.status == 200, "\(reply.text)")
        let moves = reply.json["data"].array
        for (move, before) in zip(moves, moves.dropFirst()) {
            #expect(move["from"].string == before["to"].string)
        }
        #expect(moves.last?["from"].isNull == true)
        #expect(moves.allSatisfy { $0["actor"].string == "root" && $0["time"].string != nil })
        return moves.compactMap { $0["to"].string }
    }

    @Test func `a lead, an order, a delivery and a task tell of their ways`() throws {
        let steps = PipelineSteps(hub)
        let lead = try steps.lead()
        let leadPath = "/crm/leads/\(lead)"
        try patch(leadPath, #"{"status":"contacted"}"#)
        try patch(leadPath, #"{"company":"Rao Ltd"}"#)
        try patch(leadPath, #"{"status":"qualified","company":null}"#)
        let deal = #"{"opportunity":{"name":"a","value":"1.00","currency":"INR"}}"#
        let converted = try hub.post(leadPath + "/convert", deal)
        #expect(try states(leadPath) == ["converted", "qualified", "contacted", "new"])

        let order = try steps.order(
            try #require(converted.json["converted_opportunity"].string))
        let way = try steps.delivery(order)
        try patch("/logistics/deliveries/\(way)", #"{"status":"out_for_delivery"}"#)
        try patch("/logistics/deliveries/\(way)", #"{"status":"delivered","proof":"signed"}"#)
        #expect(
            try states("/logistics/deliveries/\(way)")
                == ["delivered", "out_for_delivery", "scheduled"])
        #expect(try states("/logistics/orders/\(order)") == ["delivered", "draft"])

        let task = try hub.post("/task/tasks", #"{"title":"Call"}"#).location()
        for status in ["in_progress", "open", "done"] {
            try patch(task, #"{"status":"\#(status)"}"#)
        }
        #expect(try states(task) == ["done", "open", "in_progress", "open"])
    }

    @Test func `a lost deal says why, what it was before, and what it was worth`() throws {
        let steps = PipelineSteps(hub)
        let path = "/crm/opportunities/\(try steps.opportunity(try steps.lead()))"
        let fresh = try hub.get(path).json
        #expect(fresh["last_stage"].isNull && fresh["weighted_value"].string == "1250.00")
        try patch(path, #"{"stage":"qualification","probability":33}"#)
        #expect(try hub.get(path).json["weighted_value"].string == "4125.00")
        try patch(path, #"{"stage":"lost","lost_reason":"Too dear"}"#)
        let lost = try hub.get(path).json
        #expect(lost["last_stage"].string == "qualification")
        #expect(lost["weighted_value"].string == "0.00")
        let moves = try hub.get(path + "/history").json["data"].array
        #expect(moves.map { $0["to"].string } == ["lost", "qualification", "prospecting"])
        #expect(moves[0]["reason"].string == "Too dear" && moves[1]["reason"].isNull)
        #expect(moves.map { $0["event"].string?.hasPrefix("opportunity_") } == [true, true, true])
    }

    @Test func `pages know where the first of them came from, and no text looks like a move`()
        throws
    {
        let task = try hub.post("/task/tasks", #"{"title":"Call"}"#).location()
        try patch(task, #"{"status":"in_progress"}"#)
        let text = #"x\",\"changed\":[\"status\"]}}"#
        try patch(task, #"{"description":"\#(text)"}"#)
        try patch(task, #"{"status":"done"}"#)
        let first = try hub.get(task + "/history?limit=1")
        #expect(first.json["data"].array.count == 1)
        #expect(first.json["data"][0]["from"].string == "in_progress")
        let next = try #require(first.header("Link")).dropFirst().prefix { $0 != ">" }
        let second = try hub.get(String(next))
        #expect(second.json["data"][0]["to"].string == "in_progress")
        #expect(second.json["data"][0]["from"].string == "open")
        let cursor = try #require(second.json["next_cursor"].string)
        let last = try hub.get(task + "/history?limit=1&cursor=\(cursor)").json
        #expect(last["data"][0]["to"].string == "open" && last["next_cursor"].isNull)
        #expect(last["data"][0]["from"].isNull && last["data"].array.count == 1)
    }

    @Test func `what is another's has no history, nor has what is not there`() throws {
        let steps = PipelineSteps(hub)
        let lead = try steps.lead()
        let order = try steps.order(try steps.opportunity(lead))
        let way = try steps.delivery(order)
        let task = try hub.post("/task/tasks", #"{"title":"x","subject":"leads/\#(lead)"}"#)
        let cora = TokenSigner.shared.token(subject: "cora", roles: ["sales"])
        let nobody = "0193b3a0-0000-7000-8000-000000000001"
        for path in [
            "/crm/leads/\(lead)", "/logistics/orders/\(order)", "/logistics/deliveries/\(way)",
            try task.location(),
        ] {
            #expect(try hub.get(path + "/history").status == 200)
            try hub.get(path + "/history", token: cora).expectProblem(404, "not_found")
            let other = String(path.prefix { $0 != "0" }) + nobody
            try hub.get(other + "/history").expectProblem(404, "not_found")
            try hub.get(path + "/history?x=1").expectProblem(400, "bad_parameter", field: "x")
        }
        let wanda = TokenSigner.shared.token(subject: "wanda", roles: ["logistics"])
        try hub.get("/crm/leads/\(lead)/history", token: wanda).expectProblem(403, "forbidden")
    }
}
