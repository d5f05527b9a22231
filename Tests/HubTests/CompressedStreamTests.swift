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
}
