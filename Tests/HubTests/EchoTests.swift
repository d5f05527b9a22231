// `/echo`, the WebSocket that conformance suites speak to. The rules of the protocol are tested in
// WireTests and, whole, by `make conformance`; here, that they hold on a connection.

import Foundation
import Support
import Testing
import Wire

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_ECHO": "true"])) struct EchoTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.EchoTests {
    /// A connection to the echo.
    private func connected(_ extensions: String? = nil) throws -> WebSocketReader {
        let reader = WebSocketReader(port: hub.port, token: nil, target: "/echo")
        try reader.connect(headers: extensions.map { [("Sec-WebSocket-Extensions", $0)] } ?? [])
        return reader
    }

    /// The next message; pongs before it are skipped.
    private func message(_ reader: WebSocketReader) throws -> [UInt8] {
        while let arrival = try reader.next() {
            if case .other(let bytes) = arrival { return bytes }
        }
        throw ConnectionFailure.timedOut
    }

    @Test(arguments: [nil, "permessage-deflate", "permessage-deflate; server_max_window_bits=9"])
    func `the echo gives back text and binary`(extensions: String?) throws {
        let reader = try connected(extensions)
        let long = String(repeating: "all that is said comes back, ", count: 100)
        for payload in [[], Array("Zoë".utf8), Array(long.utf8)] {
            try reader.send(.text, payload)
            #expect(try message(reader) == payload)
        }
        try reader.send(.binary, [0xFF, 0x00, 0xFE])
        #expect(try message(reader) == [0xFF, 0x00, 0xFE])
        #expect(reader.compressedCount == (extensions == nil ? 0 : 4))
    }

    @Test func `the echo takes more than a stream does`() throws {
        let reader = try connected()
        let big = [UInt8](repeating: 0xFE, count: 1_048_577)
        try reader.send(.binary, big)
        #expect(Data(try message(reader)) == Data(big))
    }

    @Test func `a message may come in fragments, with a ping between them`() throws {
        let reader = try connected()
        try reader.send(.text, Array("one ".utf8), isFinal: false)
        try reader.send(.ping, [7])
        try reader.send(.continuation, Array("two ".utf8), isFinal: false)
        try reader.send(.continuation, Array("three".utf8))
        guard case .pong([7]) = try reader.next() else {
            Issue.record("no pong")
            return
        }
        #expect(try message(reader) == Array("one two three".utf8))
        try reader.send(.close, [0x03, 0xE8])
        guard case .close(code: 1000, _) = try reader.next() else {
            Issue.record("the close was not echoed")
            return
        }
    }

    @Test func `a message of more than 16 MiB closes with 1009 before it is awaited`() throws {
        let reader = try connected()
        let tooMany = UInt64(16 * 1024 * 1024 + 1)
        let length = (0..<8).reversed().map { UInt8(truncatingIfNeeded: tooMany >> ($0 * 8)) }
        try #require(reader.socket).send([0x82, 0xFF] + length)
        guard case .close(code: 1009, _) = try reader.next() else {
            Issue.record("not closed with 1009")
            return
        }
    }

    @Test func `what is not deflate closes with 1007`() throws {
        let reader = try connected("permessage-deflate")
        // A compressed text whose mask is zeros: no such type of block.
        try #require(reader.socket).send([0xC1, 0x83, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF])
        guard case .close(code: 1007, _) = try reader.next() else {
            Issue.record("not closed with 1007")
            return
        }
    }
}
