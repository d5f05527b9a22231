// Readers that can't keep up, each by the policy that it chose, and the budget that they share.

import Foundation
import Support
import Testing
import Wire

extension EndToEnd {
    @Suite(
        .serialized,
        .hub(["HUB_SLOW_TIME": "1", "HUB_LOOPS": "1", "HUB_LOG_MEMORY": "1048576"]))
    struct SlowReaderTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.SlowReaderTests {
    private func metric(_ name: String) throws -> Int {
        let text = try hub.get("/metrics").text
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return try #require(line.flatMap { Int($0.split(separator: " ")[1]) })
    }

    @Test(arguments: ["disconnect", "skip"])
    func `a reader that wants none of what memory is full of misses nothing`(
        policy: String
    ) throws {
        let type = Sample.type()
        let reader = EventStreamReader(
            port: hub.port, token: hub.admin, target: "/events?types=\(type)&policy=\(policy)")
        try reader.connect()
        try hub.flood(400, type: Sample.type())
        try hub.flood(1, type: type)
        let event = try #require(try reader.next())
        #expect(event.event == type)
    }

    @Test func `a reader that stands still is told why, and ended`() throws {
        let ended = try metric(#"hub_slow_readers_total{outcome="ended"}"#)
        let type = Sample.type()
        let reader = WebSocketReader(
            port: hub.port, token: hub.admin, target: "/ws?types=\(type)")
        try reader.connect()
        _ = try reader.next(op: "ready")
        try hub.flood(1_500, type: type)
        try waitUntil("the reader is slow", timeoutSeconds: 10) {
            try metric(#"hub_slow_readers_total{outcome="ended"}"#) == ended + 1
        }
        var code: UInt16?
        var problem = ""
        while let arrival = try reader.next() {
            if case .message("problem", let document) = arrival {
                let body = document.member("problem", of: document.root)
                problem =
                    body.flatMap { document.member("code", of: $0) }
                    .flatMap { document.string($0) } ?? ""
            }
            if case .close(let closed, _) = arrival {
                code = closed
                break
            }
        }
        #expect(code == 4408 && problem == "too_slow")
    }

    @Test func `a reader that would rather skip is led to the head by a gap`() throws {
        let type = Sample.type()
        let stream = try EventBlocks(
            hub, "/events?policy=skip&types=\(type)",
            headers: ["Authorization": "Bearer \(hub.admin)"])
        _ = try stream.next()
        let standing = try metric(#"hub_slow_readers_total{outcome="standing"}"#)
        try hub.flood(1_500, type: type)
        try waitUntil("the hub has noticed", timeoutSeconds: 10) {
            try metric(#"hub_slow_readers_total{outcome="standing"}"#) == standing + 1
        }
        var last = 0
        while true {
            let block = try stream.nextEvent()
            let id = try #require(block["id"].flatMap { Int($0.split(separator: "-")[1]) })
            #expect(id > last)
            last = id
            guard block["event"] == "gap" else { continue }
            #expect(block.json["reason"].string == "slow")
            #expect(block.json["to"].string == block["id"])
            break
        }
        try hub.flood(1, type: type)
        #expect(try stream.nextEvent()["event"] == type)
    }

    @Test func `a reader that wants the newest gets the last event of each lead`() throws {
        let ids = try (0..<3).map { _ in try hub.makeLead() }
        let stream = try EventBlocks(hub, "/events?policy=latest&types=lead_updated&max_rate=2")
        _ = try stream.next()
        for round in 1...20 {
            for id in ids {
                let patch = #"{"company":"Round \#(round)"}"#
                #expect(try hub.ask("PATCH", "/crm/leads/\(id)", patch).status == 200)
            }
        }
        var companies: [String: String] = [:]
        var count = 0
        while Set(companies.values) != ["Round 20"] || companies.count < 3 {
            let event = try stream.nextEvent().json
            let subject = try #require(event["subject"].string)
            companies[subject] = event["data"]["company"].string
            count += 1
        }
        #expect(count < 30, "60 updates were conflated to \(count)")
    }

    @Test func `a rate cap spreads a burst over time`() throws {
        let type = Sample.type()
        let stream = try EventBlocks(hub, "/events?types=\(type)&max_rate=8")
        _ = try stream.next()
        let start = Date()
        try hub.flood(12, type: type)
        for _ in 0..<12 { #expect(try stream.nextEvent()["event"] == type) }
        #expect(Date().timeIntervalSince(start) >= 1, "8 a second are two each quarter")
    }

    @Test(arguments: [
        ("policy=sometimes", "policy"), ("max_rate=0", "max_rate"), ("max_rate=1.5", "max_rate"),
        ("max_rate=10001", "max_rate"),
    ])
    func `a wrong wish is refused by its name`(query: String, name: String) throws {
        for path in ["/events", "/ws"] {
            var headers = ["Upgrade": "websocket", "Connection": "Upgrade"]
            headers["Sec-WebSocket-Version"] = "13"
            headers["Sec-WebSocket-Key"] = WebSocketReader.key
            let reply = try hub.get("\(path)?\(query)", headers: path == "/ws" ? headers : [:])
            try reply.expectProblem(400, "bad_parameter", field: name)
        }
    }
}

extension EndToEnd {
    @Suite(
        .serialized,
        .hub(["HUB_OUTBOUND_MEMORY": "1000000", "HUB_LOOPS": "1", "HUB_SLOW_TIME": "60"]))
    struct OutboundBudgetTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }

        @Test func `beyond the budget slow readers are ended, and others lose nothing`() throws {
            let type = Sample.type()
            let reader = EventStreamReader(
                port: hub.port, token: hub.admin, target: "/events?types=\(type)")
            try reader.connect()
            let slow = try (0..<12).map { _ in
                try EventBlocks(hub, "/events?policy=skip&types=\(type)")
            }
            let fill = String(repeating: "x", count: 8_000)
            let event =
                #"{"user_id":"u","event_type":"\#(type)","consent_flag":true,"#
                + #""payload":{"fill":"\#(fill)"}}"#
            let body = "[" + Array(repeating: event, count: 100).joined(separator: ",") + "]"
            for _ in 0..<8 {
                #expect(try hub.post("/event/unified", body).status == 202)
                for _ in 0..<100 { #expect(try reader.next(timeoutSeconds: 10) != nil) }
            }
            try waitUntil("slow readers are ended", timeoutSeconds: 10) {
                let text = try hub.get("/metrics").text
                return !text.contains(#"hub_slow_readers_total{outcome="evicted"} 0"#)
            }
            #expect(slow.count == 12)
        }
    }
}
