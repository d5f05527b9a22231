// The eight steps, live: each command's event, what reacts to it, in one order, and the log that
// tells the whole story by one trace id.

import Foundation
import Support
import Testing
import Wire

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_PROCESSORS": "all"])) struct PipelineTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

/// An event as a subscriber gets it.
private struct LiveEvent {
    let name: String
    let json: JSON

    var id: String { json["id"].string ?? "" }
    var position: Int { json["position"].string.flatMap { Int($0) } ?? 0 }
    var cause: String? { json["causationid"].string }
    var span: String { json["traceparent"].string ?? "" }
}

/// What the specification says follows from each step's event.
private let reactions: [(name: String, effects: [String])] = [
    ("lead_created", ["compliance_checked", "rl_scored", "task_created"]),
    ("opportunity_created", ["compliance_checked", "rl_scored"]),
    ("order_created", ["compliance_checked", "rl_scored", "task_created"]),
    ("decision_made", []),
    (
        "sla_warning",
        ["compliance_checked", "notification_sent", "rl_scored", "task_created"]
    ),
    ("delivery_scheduled", ["notification_sent"]),
    ("feedback_received", ["compliance_checked", "rl_updated"]),
]

extension EndToEnd.PipelineTests {
    /// Reads a stream until so many events of a trace have come, and no more after them.
    private func follow(
        _ reader: EventStreamReader, trace: String, count: Int
    ) throws -> [LiveEvent] {
        var events: [LiveEvent] = []
        let deadline = Date(timeIntervalSinceNow: 20)
        while Date() < deadline {
            let isComplete = events.count >= count
            guard let event = try reader.next(timeoutSeconds: isComplete ? 0.5 : 5) else {
                if isComplete { break }
                continue
            }
            let json = JSON(event.data)
            guard json["traceparent"].string?.contains(trace) == true else { continue }
            events.append(LiveEvent(name: event.event, json: json))
        }
        return events
    }

    @Test func `eight steps are one story, live in order and in the log`() throws {
        let reader = EventStreamReader(port: hub.port, token: hub.admin)
        try reader.connect()
        let steps = PipelineSteps(hub)
        let lead = try steps.lead()
        let order = try steps.order(try steps.opportunity(lead))
        let decision = try steps.decision(order)
        #expect(["standard", "express", "hold"].contains(decision["action"].string))
        let place = try steps.event()
        _ = try steps.delivery(order)
        _ = try steps.feedback(try #require(decision["id"].string))
        let expectedCount = reactions.reduce(0) { $0 + 1 + $1.effects.count }
        let events = try follow(reader, trace: steps.traceID, count: expectedCount)
        #expect(events.count == expectedCount, "\(events.map(\.name))")
        // One order for all, without a repeat.
        #expect(events.map(\.position) == Array(Set(events.map(\.position))).sorted())
        #expect(events.allSatisfy { $0.json["type"].string == "in.bhiv." + $0.name })
        // What was asked for, in the order of the steps; each with its own span.
        let asked = events.filter { $0.cause == nil }
        #expect(asked.map(\.name) == reactions.map(\.name))
        #expect(Set(events.map(\.span)).count > asked.count)
        for (event, expected) in zip(asked, reactions) {
            let effects = events.filter { $0.cause == event.id }
            #expect(effects.map(\.name).sorted() == expected.effects, "of \(event.name)")
            #expect(effects.allSatisfy { $0.position > event.position })
            #expect(effects.allSatisfy { $0.json["depth"].int == 1 })
        }
        try expectStory(steps.traceID)
        try expectBranches(place, judged: "done")
    }

    /// The log by the trace: from the first step to the last, modules and processors.
    private func expectStory(_ trace: String) throws {
        var entries: [JSON] = []
        try waitUntil("the log has the last step", timeoutSeconds: 10) {
            let page = try hub.get("/logs?trace_id=\(trace)&limit=1000").json
            entries = page["data"].array
            return entries.contains {
                $0["event_type"].string == "feedback_received" && $0["module"].string == "task"
            } && entries.contains { $0["message"].string?.contains("Learned") == true }
        }
        let told = entries.filter {
            !["compliance", "rl", "workflow", "notifications"].contains($0["module"].string ?? "")
                && $0["user_id"].string?.hasPrefix("hub/") != true
        }
        #expect(told.compactMap { $0["event_type"].string } == reactions.map(\.name))
        let times = entries.compactMap { $0["time"].string }
        #expect(times == times.sorted() && times.count == entries.count)
        #expect(entries.allSatisfy { $0["trace_id"].string == trace })
        let modules = Set(entries.compactMap { $0["module"].string })
        #expect(
            modules.isSuperset(of: [
                "crm", "logistics", "bhiv", "events", "task", "compliance", "rl", "workflow",
                "notifications",
            ]))
    }

    /// Waits until all four branches of a reported event are over.
    private func expectBranches(_ place: String, judged: String) throws {
        var branches = JSON([])
        try waitUntil("no branch is pending", timeoutSeconds: 10) {
            branches = try hub.get(place).json["branches"]
            return branches.names.allSatisfy { branches[$0]["state"].string != "pending" }
        }
        #expect(branches.names == ["compliance", "log", "rl", "workflow"])
        for name in ["compliance", "rl"] {
            #expect(branches[name]["state"].string == judged)
        }
        for name in ["log", "workflow"] { #expect(branches[name]["state"].string == "done") }
        // Both say what was judged, and by which rules: none of them where nothing permitted it.
        let isDenied = judged == "denied"
        let result = branches["compliance"]["result"]
        #expect(result["effect"].string == (isDenied ? "deny" : "allow"))
        #expect(result["rules"].exists && result["rules"].array.isEmpty == isDenied)
        #expect(branches["rl"]["result"]["effect"].string == (isDenied ? "deny" : nil))
    }

    @Test func `an event that compliance denies is logged, and not scored`() throws {
        let type = Sample.type()
        let reply = try hub.post(
            "/event/unified", #"{"user_id":"\#(Sample.type())","event_type":"\#(type)"}"#)
        #expect(reply.status == 202)
        try expectBranches(try reply.location(), judged: "denied")
        let id = try #require(reply.json["id"].string)
        let scored = try hub.history("types=rl_scored&subject=events/\(id)")
        #expect(scored.isEmpty)
        let checks = try hub.get("/compliance/checks?subject=events/\(id)").json["data"].array
        #expect(checks.count == 1 && checks.first?["effect"].string == "deny")
    }

    @Test func `a score comes to its lead, and is no change of what a client edits`() throws {
        let reply = try hub.post("/crm/leads", Sample.lead())
        let place = try reply.location()
        #expect(reply.header("ETag") == "\"1\"" && reply.json["score"].isNull)
        var scored = reply
        try waitUntil("the lead is scored", timeoutSeconds: 10) {
            scored = try hub.get(place)
            return !scored.json["score"].isNull
        }
        #expect(scored.header("ETag") == "\"1.1\"" && scored.json["version"].int == 1)
        let patch = try hub.ask(
            "PATCH", place, #"{"company":"C"}"#, headers: ["If-Match": "\"1\""])
        #expect(patch.status == 200 && patch.json["version"].int == 2)
    }

    @Test func `feedback teaches the agent: what was praised is chosen, with its reasons`() throws {
        let steps = PipelineSteps(hub)
        let order = try steps.orderFromNothing()
        let body =
            #"{"subject":"orders/\#(order)","context":{"region":"praise"},"#
            + #""actions":["standard","express"]}"#
        func version() throws -> Int {
            try #require(try hub.get("/bhiv/agent/policy").json["model"]["version"].int)
        }
        var learned = try version()
        for _ in 0..<12 {
            let decision = try hub.post("/bhiv/agent/decide", body).json
            let id = try #require(decision["id"].string)
            let reward = decision["action"].string == "express" ? 1 : -1
            try hub.post(
                "/task/feedback", #"{"subject":"decisions/\#(id)","reward":\#(reward)}"#)
            learned += 1
            try waitUntil("the agent has learned", timeoutSeconds: 10) {
                try version() >= learned
            }
        }
        let decision = try hub.post("/bhiv/agent/decide", body).json
        let express = decision["actions"].array.first { $0["action"].string == "express" }
        #expect(decision["fallback"].bool == false)
        #expect((express?["propensity"].double ?? 0) > 0.8, "\(decision)")
        #expect(express?["learned"].bool == true)
        let id = try #require(decision["id"].string)
        let kept = try hub.get("/bhiv/agent/decisions/\(id)")
        #expect(kept.json["action"].string == decision["action"].string)
        #expect(!kept.json["explanation"].array.isEmpty)
    }

    @Test func `each processor has its own cursor, at the head when all is done`() throws {
        _ = try PipelineSteps(hub).lead()
        try waitUntil("every processor has caught up", timeoutSeconds: 10) {
            let page = try hub.get("/admin/processors").json
            return page["data"].array.count == 5
                && page["data"].array.allSatisfy { $0["lag"]["positions"].int == 0 }
        }
        let page = try hub.get("/admin/processors").json
        #expect(
            page["data"].array.compactMap { $0["name"].string }
                == ["compliance", "log", "notifications", "rl", "workflow"])
        #expect(page["this_instance"].array.allSatisfy { $0["leased"].bool == true })
        let metrics = try hub.get("/metrics").text
        #expect(metrics.contains("hub_processor_leased{processor=\"rl\"} 1.0"))
        #expect(metrics.contains("hub_processor_failures_total{processor=\"rl\"} 0.0"))
        #expect(try hub.get("/admin/dead-letters").json["data"].array.isEmpty)
    }
}
