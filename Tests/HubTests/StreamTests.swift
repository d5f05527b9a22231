// Server-Sent Events, frame by frame: what a subscriber is told first, where it resumes, what it
// sees with a filter, and when the hub speaks though nothing happens.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct StreamTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

/// A stream as it is on the wire, block by block.
final class EventBlocks {
    /// The lines between two empty ones.
    struct Block: CustomStringConvertible {
        let lines: [String]

        /// A field's value; `:` is a comment.
        subscript(name: String) -> String? {
            let start = name == ":" ? ":" : name + ": "
            return lines.first { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
        }

        var json: JSON { JSON((self["data"] ?? "").utf8) }
        var description: String { lines.joined(separator: "⏎") }
    }

    let socket: TestSocket
    let head: String

    /// Subscribes and reads the head of the answer.
    init(_ hub: RunningHub, _ target: String = "/events", headers: [String: String] = [:]) throws {
        let client = hub.client()
        socket = try client.connected()
        try client.send(client.request("GET", target, headers.map { ($0.key, $0.value) }))
        head = String(
            decoding: try socket.receive(
                through: Array("\r\n\r\n".utf8), until: Deadline(seconds: 10)), as: UTF8.self)
        #expect(head.hasPrefix("HTTP/1.1 200 "), "\(head)")
    }

    /// The next block.
    func next(seconds: Double = 10) throws -> Block {
        let bytes = try socket.receive(
            through: Array("\n\n".utf8), until: Deadline(seconds: seconds))
        return Block(
            lines: String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init))
    }

    /// The next block that is an event, be it of the log or a gap.
    func nextEvent(seconds: Double = 10) throws -> Block {
        while true {
            let block = try next(seconds: seconds)
            if block["event"] != nil { return block }
        }
    }
}

// MARK: - Frames

extension EndToEnd.StreamTests {
    @Test func `a stream begins with its retry time, another for each`() throws {
        var times: Set<Int> = []
        for _ in 0..<8 {
            let stream = try EventBlocks(hub)
            let head = stream.head.lowercased()
            #expect(head.contains("content-type: text/event-stream\r\n"))
            #expect(head.contains("x-accel-buffering: no\r\n"))
            #expect(head.contains("cache-control: no-store"))
            let first = try stream.next()
            let retry = try #require(first["retry"].flatMap { Int($0) }, "\(first)")
            #expect((1000...5000).contains(retry))
            times.insert(retry)
        }
        #expect(times.count > 2, "\(times)")
    }

    @Test func `one event is one frame: name, id, and one line of JSON`() throws {
        let stream = try EventBlocks(hub)
        let id = try hub.makeLead(
            #"{"name":"Line one\nline two ä","tags":[]}"#.replacingOccurrences(of: "\\n", with: " ")
        )
        let block = try stream.nextEvent()
        #expect(block.lines.count == 3, "\(block)")
        #expect(block.lines[0] == "event: lead_created")
        let place = try #require(block["id"])
        #expect(place.wholeMatch(of: /[0-9a-f]{8}-[1-9][0-9]*/) != nil, "\(place)")
        let event = block.json
        #expect(event["specversion"].string == "1.0")
        #expect(event["type"].string == "in.bhiv.lead_created")
        #expect(event["subject"].string == "leads/" + id)
        #expect(event["datacontenttype"].string == "application/json")
        #expect(event["source"].string?.isEmpty == false)
        #expect(event["actor"].string == "root")
        #expect(event["position"].string == place.split(separator: "-").last.map(String.init))
        #expect(event["time"].string?.hasSuffix("Z") == true)
        #expect(event["traceparent"].string?.hasPrefix("00-") == true)
        #expect(event["data"]["id"].string == id)
        // The history shows the same text.
        let text = try #require(block["data"])
        let page = try hub.get(
            "/events?subject=leads/\(id)", headers: ["Accept": "application/json"]
        ).text
        #expect(page.contains(text))
    }

    @Test func `a change is streamed as the whole lead and the names of what changed`() throws {
        let id = try hub.makeLead()
        let stream = try EventBlocks(hub, "/events?subject=leads/\(id)")
        _ = try hub.ask("PATCH", "/crm/leads/" + id, #"{"company":"Acme","tags":["x"]}"#)
        let block = try stream.nextEvent()
        #expect(block["event"] == "lead_updated")
        #expect(block.json["data"]["company"].string == "Acme")
        #expect(block.json["data"]["changed"].strings.sorted() == ["company", "tags"])
        #expect(block.json["data"]["version"].int == 2)
    }

    @Test func `everybody sees the same order, and no position is missing`() throws {
        let streams = try (0..<5).map { _ in try EventBlocks(hub) }
        _ = try hub.concurrently(60) { hub, number in
            number % 3 == 0
                ? try hub.post("/crm/leads", Sample.lead())
                : try hub.post("/event/unified", Sample.event())
        }
        let seen = try streams.map { stream in
            try (0..<60).map { _ in try #require(try stream.nextEvent()["id"]) }
        }
        #expect(Set(seen.map { $0.joined(separator: ",") }).count == 1)
        let positions = seen[0].compactMap { $0.split(separator: "-").last.flatMap { Int($0) } }
        #expect(positions == Array(positions[0]..<(positions[0] + 60)))
    }
}

// MARK: - Where a stream begins

extension EndToEnd.StreamTests {
    @Test func `0 is before the first event: everything comes, from Postgres or memory`() throws {
        for _ in 0..<5 { _ = try hub.makeLead() }
        let head = try hub.head()
        let count = try #require(head.split(separator: "-").last.flatMap { Int($0) })
        let stream = try EventBlocks(hub, "/events?after=0")
        var positions: [String] = []
        for _ in 0..<count {
            positions.append(try #require(try stream.nextEvent().json["position"].string))
        }
        #expect(positions == (1...count).map(String.init))
    }

    @Test func `a stream goes on behind the id it names, and the header wins over the query`()
        throws
    {
        let ids = try (0..<4).map { _ in try hub.makeLead() }
        let places = try ids.map { id in
            try #require(try hub.history("subject=leads/\(id)")[0]["position"].string)
        }
        let epoch = try #require(try hub.head().split(separator: "-").first)
        let byQuery = try EventBlocks(hub, "/events?after=\(epoch)-\(places[1])")
        #expect(try byQuery.nextEvent().json["subject"].string == "leads/" + ids[2])
        let byHeader = try EventBlocks(
            hub, "/events?after=0", headers: ["Last-Event-ID": "\(epoch)-\(places[2])"])
        #expect(try byHeader.nextEvent().json["subject"].string == "leads/" + ids[3])
        let atHead = try EventBlocks(hub, "/events?after=\(try hub.head())")
        let id = try hub.makeLead()
        #expect(try atHead.nextEvent().json["subject"].string == "leads/" + id)
    }

    @Test(arguments: [
        ("deadbeef-1", "unknown_epoch", true), ("EPOCH-99999999", "future", true),
        ("EPOCH-18446744073709551615", "future", true), ("nonsense", "malformed", false),
        ("EPOCH-", "malformed", false), ("EPOCH-01", "malformed", false),
        ("EPOCH-18446744073709551616", "malformed", false), ("-1", "malformed", false),
        ("00", "malformed", false),
    ])
    func `an id that can't be gone on from opens with a gap that says why, and goes on`(
        id: String, reason: String, names: Bool
    ) throws {
        let head = try hub.head()
        let epoch = try #require(head.split(separator: "-").first)
        let asked = id.replacingOccurrences(of: "EPOCH", with: epoch)
        for header in [true, false] {
            let stream = try EventBlocks(
                hub, header ? "/events" : "/events?after=\(asked)",
                headers: header ? ["Last-Event-ID": asked] : [:])
            let gap = try stream.nextEvent()
            #expect(gap["event"] == "gap", "\(gap)")
            #expect(gap.json["reason"].string == reason)
            #expect(names ? gap.json["from"].string == asked : gap.json["from"].isNull)
            #expect(gap["id"] == gap.json["to"].string)
            #expect(gap["id"] == (try hub.head()), "it goes on at the head")
            #expect(gap.json["reload"].string?.hasPrefix("/") == true)
            let lead = try hub.makeLead()
            #expect(try stream.nextEvent().json["subject"].string == "leads/" + lead)
        }
    }

    @Test func `an empty after is malformed, not everything`() throws {
        let stream = try EventBlocks(hub, "/events?after=")
        #expect(try stream.nextEvent().json["reason"].string == "malformed")
    }

    @Test func `a reader that resumes again and again sees each event once`() throws {
        let start = try hub.head()
        let writer = TestThread { [hub] in
            for _ in 0..<150 { _ = try? hub.post("/event/unified", Sample.event(type: "resumed")) }
        }
        defer { writer.join() }
        let reader = EventStreamReader(port: hub.port, token: hub.admin)
        reader.setLastEventID(start)
        var seen: [String] = []
        while seen.count < 150 {
            try reader.connect()
            for _ in 0..<7 where seen.count < 150 {
                guard let event = try reader.next(timeoutSeconds: 10) else { break }
                seen.append(event.id)
            }
            reader.close()
        }
        let first = try #require(start.split(separator: "-").last.flatMap { Int($0) })
        #expect(
            seen.compactMap { $0.split(separator: "-").last.flatMap { Int($0) } }
                == Array((first + 1)...(first + 150)))
    }
}

// MARK: - Filters

extension EndToEnd.StreamTests {
    /// The subjects or names of what a filtered stream is sent while other things happen too.
    private func names(_ query: String, until last: String) throws -> [String] {
        let stream = try EventBlocks(hub, "/events?\(query)&after=\(try hub.head())")
        for type in ["order_seen", "order_lost", "alarm", "alarm.red", last] {
            try hub.post("/event/unified", #"{"event_type":"\#(type)"}"#)
        }
        _ = try hub.makeLead()
        try hub.post("/event/unified", #"{"event_type":"\#(last)"}"#)
        var names: [String] = []
        while names.filter({ $0 == last }).count < 2 {
            names.append(try #require(try stream.nextEvent()["event"]))
        }
        return names
    }

    @Test func `types are names joined by or, with a star at the end for all that begin so`() throws
    {
        #expect(try names("types=last_one", until: "last_one") == ["last_one", "last_one"])
        #expect(
            try names("types=order_*,last_two", until: "last_two") == [
                "order_seen", "order_lost", "last_two", "last_two",
            ])
        #expect(
            try names("types=alarm,last_three", until: "last_three") == [
                "alarm", "last_three", "last_three",
            ])
        #expect(try names("types=*", until: "last_four").count == 7)
        #expect(
            try names("types=lead_created&types=last_five", until: "last_five") == [
                "last_five", "lead_created", "last_five",
            ])
    }

    @Test func `subject and entity are conditions that must all hold`() throws {
        let one = try hub.makeLead()
        let two = try hub.makeLead()
        let start = try hub.head()
        for id in [one, two, one] {
            _ = try hub.ask("PATCH", "/crm/leads/" + id, #"{"name":"\#(UUID().uuidString)"}"#)
        }
        try hub.post("/event/unified", #"{"event_type":"lead_like"}"#)
        let end = try hub.makeLead()
        let bySubject = try EventBlocks(hub, "/events?subject=leads/\(one)&after=\(start)")
        for _ in 0..<2 {
            #expect(try bySubject.nextEvent().json["subject"].string == "leads/" + one)
        }
        let byEntity = try EventBlocks(hub, "/events?entity=lead&types=lead_*&after=\(start)")
        let seen = try (0..<4).map { _ in try byEntity.nextEvent().json["subject"].string }
        #expect(seen == ["leads/" + one, "leads/" + two, "leads/" + one, "leads/" + end])
        let both = try EventBlocks(
            hub, "/events?entity=order,lead&types=lead_created&after=\(start)")
        #expect(try both.nextEvent().json["subject"].string == "leads/" + end)
    }
}

// MARK: - Time

extension EndToEnd.StreamTests {
    @Test func `a silent stream speaks within 15 seconds and moves a filtered place`() throws {
        let quiet = try EventBlocks(hub)
        let filtered = try EventBlocks(hub, "/events?types=nothing_ever")
        let tail = try EventBlocks(hub, "/logs", headers: ["Accept": "text/event-stream"])
        let socket = WebSocketReader(
            port: hub.port, token: hub.admin, target: "/ws?types=nothing_ever")
        try socket.connect()
        let silent = WebSocketReader(port: hub.port, token: hub.admin)
        try silent.connect()
        for stream in [quiet, filtered] { _ = try stream.next() }
        for _ in 0..<3 { _ = try tail.next() }
        _ = try silent.next(op: "ready")
        _ = try socket.next(op: "ready")
        _ = try hub.makeLead()
        let head = try hub.head()
        #expect(try quiet.nextEvent()["event"] == "lead_created")
        _ = try silent.next(op: "event")
        let start = Date()
        let comment = try quiet.next(seconds: 15)
        #expect(comment[":"] != nil, "\(comment)")
        #expect(try filtered.next(seconds: 15)[":"] != nil)
        let place = try filtered.next(seconds: 1)
        #expect(place.lines == ["id: " + head], "a bare id line after the comment")
        #expect(try tail.next(seconds: 15)[":"] != nil)
        let position = try socket.next(op: "position", timeoutSeconds: 15)
        #expect(JSON(position.bytes)["id"].string == head)
        guard case .ping? = try silent.next(timeoutSeconds: 15) else {
            Issue.record("a silent WebSocket is pinged")
            return
        }
        #expect(Date().timeIntervalSince(start) < 15.5)
    }

    @Test func `a stream ends with its token, and says so first`() throws {
        let token = TokenSigner.shared.token(
            subject: "brief", roles: ["viewer"], lifetimeSeconds: 2)
        let stream = EventStreamReader(port: hub.port, token: token)
        try stream.connect()
        let tail = EventStreamReader(port: hub.port, token: token, target: "/logs")
        try tail.connect()
        let socket = WebSocketReader(port: hub.port, token: token)
        try socket.connect()
        for stream in [stream, tail] {
            let last = try #require(try stream.next(timeoutSeconds: 5))
            #expect(last.event == "problem")
            #expect(JSON(last.data)["code"].string == "token_expired")
            #expect(JSON(last.data)["status"].int == 401)
            #expect(throws: ConnectionFailure.closed) { try stream.next(timeoutSeconds: 5) }
        }
        let problem = try socket.next(op: "problem", timeoutSeconds: 5)
        #expect(JSON(problem.bytes)["problem"]["code"].string == "token_expired")
        guard case .close(let code, _)? = try socket.next(timeoutSeconds: 5) else {
            Issue.record("no close frame")
            return
        }
        #expect(code == 4401)
        try hub.get("/events", token: token).expectProblem(401, "token_expired")
        // An EventSource that comes back is stopped for good, and so it can't see why.
        let back = ["Last-Event-ID": try hub.head(), "Accept": "text/event-stream"]
        let again = try TestClient(port: hub.port).get(
            "/events?access_token=\(token)", headers: back.map { ($0.key, $0.value) })
        #expect(again.status == 204 && again.body.isEmpty)
        try hub.get("/events", headers: back, token: token).expectProblem(401, "token_expired")
    }

    @Test func `a reader that stops for a while gets everything once when it goes on`() throws {
        let start = try hub.head()
        let text = String(repeating: "x", count: 20_000)
        let stream = EventStreamReader(
            port: hub.port, token: hub.admin, target: "/events?types=bulky&after=\(start)")
        let socket = WebSocketReader(
            port: hub.port, token: hub.admin, target: "/ws?types=bulky&after=\(start)")
        try stream.connect()
        try socket.connect()
        let items = (0..<40).map { _ in #"{"event_type":"bulky","payload":"\#(text)"}"# }
        for _ in 0..<15 {
            let reply = try hub.post("/event/unified", "[\(items.joined(separator: ","))]")
            #expect(reply.status == 202)
        }
        // 12 MB wait for each; nobody else waits with them.
        let asked = Date()
        _ = try hub.makeLead()
        #expect(Date().timeIntervalSince(asked) < 1)
        let first = try #require(start.split(separator: "-").last.flatMap { Int($0) })
        let expected = Array((first + 1)...(first + 600))
        let events = try stream.collect(600, timeoutSeconds: 30)
        #expect(
            events.compactMap { JSON($0.data)["position"].string.flatMap { Int($0) } } == expected)
        var positions: [Int] = []
        while positions.count < 600 {
            let event = JSON(try socket.next(op: "event", timeoutSeconds: 30).bytes)["event"]
            positions.append(event["position"].string.flatMap { Int($0) } ?? -1)
        }
        #expect(positions == expected)
    }
}
