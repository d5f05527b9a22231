// Streams that are compressed on the way, for clients that ask for it: the same events, read by the
// clients that people use.

import Foundation
import Support
import Testing
import Wire

extension EndToEnd {
    @Suite(.serialized, .hub()) struct CompressedStreamTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_COMPRESSION": "off"])) struct UncompressedStreamTests {
        @Test func `nothing is compressed where that is switched off`() throws {
            let hub = try RunningHub.current()
            let reader = WebSocketReader(port: hub.port, token: hub.admin)
            try reader.connect(headers: [("Sec-WebSocket-Extensions", "permessage-deflate")])
            #expect(!reader.headers.contains { $0.name.lowercased().hasSuffix("extensions") })
            let stream = try EventBlocks(hub, headers: ["Accept-Encoding": "gzip"])
            #expect(!stream.head.lowercased().contains("content-encoding"))
        }
    }
}

extension EndToEnd.CompressedStreamTests {
    private static let offer = [("Sec-WebSocket-Extensions", "permessage-deflate")]

    @Test func `a WebSocket that offers compression gets compressed events`() throws {
        let reader = WebSocketReader(port: hub.port, token: hub.admin)
        try reader.connect(headers: EndToEnd.CompressedStreamTests.offer)
        let agreed = reader.headers.first { $0.name.lowercased() == "sec-websocket-extensions" }
        #expect(
            agreed?.value
                == "permessage-deflate; server_no_context_takeover; client_no_context_takeover")
        _ = try reader.next(op: "ready")
        let id = try hub.makeLead()
        let event = try reader.next(op: "event")
        let about = event.member("event", of: event.root).flatMap {
            event.member("subject", of: $0)
        }
        #expect(about.flatMap { event.string($0) } == "leads/" + id)
        #expect(reader.compressedCount == 1)
    }

    @Test func `what a client compresses is understood`() throws {
        let reader = WebSocketReader(port: hub.port, token: hub.admin)
        try reader.connect(headers: EndToEnd.CompressedStreamTests.offer)
        _ = try reader.next(op: "ready")
        var frame: [UInt8] = []
        WebSocketFrame.appendCompressed(
            opcode: .text, payload: Array(#"{"op":"ping"}"#.utf8).span, by: RawDeflater(),
            to: &frame)
        // A client masks; a mask of zeros changes nothing.
        frame.replaceSubrange(1..<2, with: [frame[1] | 0x80, 0, 0, 0, 0])
        try #require(reader.socket).send(frame)
        _ = try reader.next(op: "pong")
    }

    @Test func `a compressed message that grows too big closes with 1009`() throws {
        let reader = WebSocketReader(port: hub.port, token: hub.admin)
        try reader.connect(headers: EndToEnd.CompressedStreamTests.offer)
        var bomb: [UInt8] = []
        WebSocketFrame.appendCompressed(
            opcode: .text, payload: [UInt8](repeating: 32, count: 8_000_000).span,
            by: RawDeflater(), to: &bomb)
        #expect(bomb[1] == 126)
        bomb.replaceSubrange(1..<4, with: [126 | 0x80, bomb[2], bomb[3], 0, 0, 0, 0])
        try #require(reader.socket).send(bomb)
        var code: UInt16?
        while let arrival = try reader.next() {
            if case .close(let closed, _) = arrival {
                code = closed
                break
            }
        }
        #expect(code == 1009)
    }

    @Test(arguments: CompressingClient.allCases)
    func `a client reads compressed events while they happen`(client: CompressingClient) throws {
        let start = try hub.head()
        _ = try hub.makeLead()
        let reader = try RunningClient(
            client.command(port: hub.port, token: hub.admin, after: start))
        defer { reader.end() }
        try waitUntil("\(client.rawValue) has the first event") { reader.ids.count == 1 }
        #expect(reader.output.lowercased().contains(client.agreement), "\(reader.output)")
        for count in 2...3 {
            _ = try hub.makeLead()
            try waitUntil("\(client.rawValue) has event \(count)") { reader.ids.count == count }
        }
        let parts = start.split(separator: "-")
        let position = try #require(Int(parts[1]))
        #expect(reader.ids == (1...3).map { "\(parts[0])-\(position + $0)" })
        if client == .webSockets { #expect(reader.output.contains("pong")) }
    }

    @Test func `Chromium reads compressed events on both transports`() throws {
        let browser = try Browser()
        defer { browser.close() }
        try browser.open("http://127.0.0.1:\(hub.port)/")
        let start = try hub.head()
        _ = try hub.makeLead()
        _ = try browser.run(
            """
            const query = "?after=\(start)&access_token=\(hub.admin)";
            window.got = { encoding: "", socket: [], source: [] };
            window.socket = new WebSocket(`ws://${location.host}/ws${query}`);
            socket.onmessage = ({ data }) => {
                const message = JSON.parse(data);
                if (message.op === "event") got.socket.push(message.id);
            };
            window.source = new EventSource(`/events${query}`);
            source.addEventListener("lead_created", (e) => got.source.push(e.lastEventId));
            fetch(`/events${query}`, { headers: { accept: "text/event-stream" } })
                .then(({ headers }) => { got.encoding = headers.get("content-encoding"); });
            """)
        var ids: [[String]] = []
        for count in 1...3 {
            if count > 1 { _ = try hub.makeLead() }
            try waitUntil("Chromium has \(count) events of both") {
                ids = ["socket", "source"].compactMap {
                    try? browser.run("return got.\($0)").strings
                }
                return ids.map(\.count) == [count, count]
            }
        }
        #expect(ids[0] == ids[1])
        try waitUntil("the fetch was answered") {
            try browser.run("return got.encoding").string?.isEmpty == false
        }
        #expect(try browser.run("return got.encoding").string == "gzip")
        #expect(
            try browser.run("return socket.extensions").string?.hasPrefix("permessage-deflate")
                == true)
    }

    @Test func `an event stream in gzip is what curl reads without`() throws {
        let start = try hub.head()
        for _ in 0..<3 { _ = try hub.makeLead() }
        let url = "http://127.0.0.1:\(hub.port)/events?after=\(start)&access_token=\(hub.admin)"
        let command = ["curl", "--silent", "--no-buffer", "--max-time", "1"]
        let plain = try ChildProcess.run(command + [url]).output
        let packed = try ChildProcess.run(command + ["--compressed", url]).output
        func events(_ text: String) -> Substring { text.drop { $0 != "\n" } }
        #expect(plain.components(separatedBy: "event: lead_created").count == 4)
        #expect(events(packed) == events(plain))
    }

    @Test func `gzip is for those who accept it`() throws {
        let kept = try EventBlocks(hub, headers: ["Accept-Encoding": "br, gzip;q=0"])
        #expect(!kept.head.lowercased().contains("content-encoding"))
        let packed = try EventBlocks(hub, headers: ["Accept-Encoding": "br, gzip"])
        #expect(packed.head.lowercased().contains("content-encoding: gzip\r\n"))
        #expect(packed.head.lowercased().contains("vary: accept, accept-encoding\r\n"))
    }

    @Test func `there is no echo unless it was asked for`() throws {
        let reader = WebSocketReader(port: hub.port, token: hub.admin, target: "/echo")
        #expect(throws: ConnectionFailure.malformed("status 404")) { try reader.connect() }
    }
}
