// The unified log as it grows: `GET /logs` as an event stream, with its filters, and what it tells
// a client that comes back.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_PROCESSORS": "all"])) struct LogTailTests {
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

    @Test func `who comes back misses nothing and sees nothing twice`() throws {
        let type = Sample.type()
        let first = try tail("?event_type=\(type)")
        _ = try first.next()
        try report(type)
        let block = try first.nextEvent()
        var ids = [try #require(block.json["id"].string)]
        let place = try #require(block["id"])
        for _ in 0..<3 { try report(type, count: 20) }
        let again = try tail("?event_type=\(type)", after: place)
        while ids.count < 61 * 3 { ids.append(try #require(again.nextEvent().json["id"].string)) }
        let listed = try hub.get("/logs?event_type=\(type)&limit=1000").json["data"].array
        #expect(ids.count == Set(ids).count && listed.count == ids.count)
        #expect(Set(ids) == Set(listed.compactMap { $0["id"].string }))
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
        let refused = try hub.ask("GET", "/logs?colour=red", headers: asked)
        #expect(refused.status == 400 && refused.json["field"].string == "colour")
        let page = try hub.ask("GET", "/logs?cursor=x", headers: asked)
        #expect(page.status == 400 && page.json["field"].string == "cursor")
    }
}
