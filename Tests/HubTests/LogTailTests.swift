// The unified log as it grows: `GET /logs` as an event stream, with its filters, what it tells a
// client that comes back, and whom it refuses. How it beats, expires and drains is tested with the
// other streams.

import Foundation
import Support
import Testing
import Wire

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_PROCESSORS": "all", "HUB_LOG_LEVEL": "debug"]))
    struct LogTailTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.LogTailTests {
    private static let stream = ["Accept": "text/event-stream"]

    private func tail(_ query: String = "", after: String? = nil) throws -> EventBlocks {
        var headers = EndToEnd.LogTailTests.stream
        headers["Last-Event-ID"] = after
        return try EventBlocks(hub, "/logs" + query, headers: headers)
    }

    /// Reports events of a type that nobody else uses: three modules write of each.
    private func report(_ type: String, count: Int = 1) throws {
        let event =
            #"{"user_id":"u","event_type":"\#(type)","consent_flag":true,"payload":{}}"#
        let events = Array(repeating: event, count: count).joined(separator: ",")
        #expect(try hub.post("/event/unified", "[\(events)]").status == 202)
    }

    /// What some entries say, in any order.
    private func texts(_ entries: [JSON]) -> Set<[String?]> {
        Set(entries.map { entry in entry.names.map { entry[$0].string } })
    }

    @Test func `what is logged comes to those who watch, as the list shows it`() throws {
        let type = Sample.type()
        let tail = try tail("?event_type=\(type)")
        _ = try tail.next()
        try report(type)
        var seen: [JSON] = []
        for _ in 0..<3 {
            let block = try tail.nextEvent()
            #expect(block["event"] == "log")
            seen.append(block.json)
        }
        let listed = try hub.get("/logs?event_type=\(type)&sort=time").json["data"].array
        #expect(texts(seen) == texts(listed))
        #expect(Set(seen.compactMap { $0["module"].string }) == ["events", "compliance", "rl"])
    }

    @Test func `what a command did is told under its trace id`() throws {
        let trace = UUID().uuidString.lowercased().filter { $0 != "-" }
        let tail = try tail("?trace_id=\(trace)")
        _ = try tail.next()
        _ = try hub.makeLead()
        let reply = try hub.post(
            "/crm/leads", Sample.lead(),
            headers: ["traceparent": "00-\(trace)-00f067aa0ba902b7-01"])
        let entry = try tail.nextEvent().json
        #expect(entry["trace_id"].string == trace && entry["event_type"].string == "lead_created")
        #expect(entry["subject"].string == "leads/" + (reply.json["id"].string ?? ""))
    }

    @Test func `a filter lets through what it names, and nothing else`() throws {
        let type = Sample.type()
        let tail = try tail("?module=compliance&event_type=\(type)")
        try report(Sample.type())
        try report(type)
        try report(type)
        for _ in 0..<2 {
            let entry = try tail.nextEvent().json
            #expect(entry["module"].string == "compliance" && entry["event_type"].string == type)
        }
    }

    @Test func `who is cut off before the first entry has a place to come back to`() throws {
        let type = Sample.type()
        let first = try tail("?event_type=\(type)")
        let blocks = try (0..<3).map { _ in try first.next() }
        let place = try #require(blocks.last?["id"], "\(blocks)")
        try report(type)
        try waitUntil("it is logged") {
            try hub.get("/logs?event_type=\(type)").json["data"].array.count == 3
        }
        let again = try tail("?event_type=\(type)", after: place)
        for _ in 0..<3 { #expect(try again.nextEvent().json["event_type"].string == type) }
    }

    @Test func `the whole log can be followed from its beginning`() throws {
        try report(Sample.type())
        let tail = try tail("?after=0")
        let id = try #require(tail.nextEvent()["id"])
        #expect(id.hasSuffix("-1"))
    }

    @Test(arguments: [
        ("5f3a09c1-3", "unknown_epoch"), ("nonsense", "malformed"), ("future", "future"),
    ])
    func `a place that is none of this log opens with a gap`(id: String, reason: String) throws {
        let epoch = try hub.head().prefix { $0 != "-" }
        let tail = try tail("?after=\(id == "future" ? "\(epoch)-999999999" : id)")
        let gap = try tail.nextEvent()
        #expect(gap["event"] == "gap" && gap.json["reason"].string == reason)
        #expect(gap.json["to"].string == gap["id"] && gap.json["reload"].string == "/logs")
        let type = Sample.type()
        try report(type)
        #expect(try tail.nextEvent()["event"] == "log")
    }

    @Test func `a tail is for those who may read the log, and takes the log's filters`() throws {
        let asked = EndToEnd.LogTailTests.stream
        #expect(try hub.ask("GET", "/logs", headers: asked, token: "none").status == 401)
        let seller = TokenSigner.shared.token(subject: "seller", roles: ["sales"])
        try hub.get("/logs", token: seller).expectProblem(403, "forbidden")
        try hub.get("/logs", headers: asked, token: seller).expectProblem(403, "forbidden")
        for name in ["colour", "cursor", "limit", "sort"] {
            let refused = try hub.get("/logs?\(name)=x", headers: asked)
            #expect(refused.status == 400 && refused.json["field"].string == name)
        }
        let refused = try hub.get("/logs?level=loud", headers: asked)
        #expect(refused.status == 400 && refused.json["field"].string == "level")
    }

    @Test func `a token in the query opens no tail, and is not logged`() throws {
        let target = "/logs?access_token=\(hub.admin)"
        try TestClient(port: hub.port).get(target, headers: [("Accept", "text/event-stream")])
            .expectProblem(401, "token_missing")
        let lines = try String(
            contentsOfFile: hub.folder.path + "/hub-\(hub.port).log", encoding: .utf8)
        #expect(lines.contains("/logs") && !lines.contains(hub.admin))
    }
}

// MARK: - Two hubs

extension EndToEnd.LogTailTests {
    /// The processors are shared out, so both hubs write entries all the time; the reader is cut
    /// off again and again and comes back to the other hub.
    @Test func `who moves between hubs misses nothing and sees nothing twice`() throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let hubs = [
            try HubProcess(folder, settings: ["HUB_PROCESSORS": "compliance,workflow"]),
            try HubProcess(folder, settings: ["HUB_PROCESSORS": "rl,log"]),
        ]
        let token = try hubs[0].token(for: "admin")
        let ports = hubs.map(\.port)
        let reader = EventStreamReader(port: ports[0], token: token, target: "/logs")
        try reader.connect()
        // Its place comes at once, so that nothing that is written from now on is missed.
        try waitUntil("the tail says where it begins") {
            _ = try reader.next(timeoutSeconds: 0.1)
            return !reader.lastEventID.isEmpty
        }
        let writers = ports.map { port in
            TestThread {
                let event = #"{"user_id":"u","event_type":"seen","consent_flag":true}"#
                let body = "[\(Array(repeating: event, count: 3).joined(separator: ","))]"
                for _ in 0..<25 {
                    let client = TestClient(port: port, token: token)
                    _ = try? client.post("/event/unified", body)
                }
            }
        }
        var random = TestSeed.random("tails cut off")
        var events: [ParsedServerSentEvent] = []
        let count = 2 * 25 * 3 * 3
        while events.count < count {
            let some = min(count - events.count, Int.random(in: 1...20, using: &random))
            events += try reader.collect(some)
            reader.close()
            reader.port = ports[Int.random(in: 0...1, using: &random)]
            try reader.connect()
        }
        for writer in writers { writer.join() }
        #expect(try reader.isQuiet(forSeconds: 0.4))
        let numbers = events.compactMap { $0.id.split(separator: "-").last.flatMap { Int($0) } }
        #expect(numbers == Array(1...count))
        let listed = try hubs[0].client(token).get("/logs?limit=1000").json["data"].array
        let ids = Set(events.map { JSON($0.data)["id"].string })
        #expect(ids == Set(listed.map { $0["id"].string }))
        #expect(listed.count == count)
    }
}
