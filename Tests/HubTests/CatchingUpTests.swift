// Streams that come back from far behind take turns; who doesn't read gives way to others.

import Foundation
import Support
import Testing
import Wire

extension RunningHub {
    /// Reports so many events with a payload of 8 KB, about as many things as are named.
    func flood(_ count: Int, type: String) throws {
        let fill = String(repeating: "x", count: 8_000)
        for start in stride(from: 0, to: count, by: 100) {
            let events = (start..<min(start + 100, count)).map { _ in
                #"{"user_id":"u","event_type":"\#(type)","consent_flag":true,"#
                    + #""payload":{"fill":"\#(fill)"}}"#
            }
            let body = "[\(events.joined(separator: ","))]"
            #expect(try post("/event/unified", body).status == 202)
        }
    }
}

extension EndToEnd {
    // The budget of 8 MB has room for 16 that catch up.
    @Suite(
        .serialized,
        .hub(["HUB_OUTBOUND_MEMORY": "8388608", "HUB_LOOPS": "1", "HUB_SLOW_TIME": "60"]))
    struct CatchingUpTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }

        @Test func `readers that come back and don't read don't hold up one that reads`() throws {
            let type = Sample.type()
            let first = EventStreamReader(
                port: hub.port, token: hub.admin, target: "/events?types=\(type)")
            try first.connect()
            try hub.flood(1, type: type)
            let start = try #require(try first.next()).id
            try hub.flood(600, type: type)
            let standing = try (0..<24).map { _ in
                let blocks = try EventBlocks(
                    hub, "/events?types=\(type)", headers: ["Last-Event-ID": start])
                return blocks
            }
            let reader = EventStreamReader(
                port: hub.port, token: hub.admin, target: "/events?types=\(type)")
            reader.setLastEventID(start)
            try reader.connect()
            var ids: [String] = []
            while ids.count < 600 {
                guard let event = try reader.next(timeoutSeconds: 15) else { break }
                if event.event == type { ids.append(event.id) }
            }
            #expect(ids.count == 600 && Set(ids).count == 600)
            let text = try hub.get("/metrics").text
            #expect(text.contains(#"hub_slow_readers_total{outcome="evicted"} 0"#))
            #expect(standing.count == 24)
        }

        @Test func `streams that catch up by the hundred each get every event in order`() throws {
            let type = Sample.type()
            try waitUntil("nothing waits for readers of before, who share the budget") {
                try hub.get("/metrics").text.contains("hub_outbound_bytes 0\n")
            }
            let first = EventStreamReader(
                port: hub.port, token: hub.admin, target: "/events?types=\(type)")
            try first.connect()
            try hub.flood(1, type: type)
            let start = try #require(try first.next()).id
            try hub.flood(100, type: type)
            let expected = try first.collect(100).map(\.id)
            let readers = try (0..<100).map { _ in
                let reader = EventStreamReader(
                    port: hub.port, token: hub.admin, target: "/events?types=\(type)")
                reader.setLastEventID(start)
                try reader.connect()
                return reader
            }
            try hub.flood(1, type: type)
            let last = try #require(try first.next()).id
            for reader in readers {
                var ids: [String] = []
                while ids.count < 101, let event = try reader.next() {
                    if event.event == type { ids.append(event.id) }
                }
                #expect(ids == expected + [last])
            }
        }
    }
}
