// WebSocket frames of RFC 6455 §5.7, whole and cut anywhere, in both roles.

import Testing
import Wire

@Suite struct WebSocketTests {
    private static let mask: UInt32 = 0x37FA_213D

    static func frame(
        _ opcode: WebSocketOpcode, _ payload: [UInt8], isFinal: Bool = true,
        mask: UInt32? = WebSocketTests.mask
    ) -> [UInt8] {
        var output: [UInt8] = []
        WebSocketFrame.append(
            opcode: opcode, payload: payload, mask: mask, isFinal: isFinal, to: &output)
        return output
    }

    @Test func `the RFC's sample frames are written to the byte`() {
        #expect(
            Self.frame(.text, utf8("Hello"), mask: nil) == [0x81, 5, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        #expect(
            Self.frame(.text, utf8("Hello"))
                == [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
        #expect(
            Self.frame(.text, utf8("Hel"), isFinal: false, mask: nil)
                == [0x01, 0x03, 0x48, 0x65, 0x6C])
        #expect(Self.frame(.continuation, utf8("lo"), mask: nil) == [0x80, 0x02, 0x6C, 0x6F])
        #expect(
            Self.frame(.ping, utf8("Hello"), mask: nil) == [0x89, 5, 0x48, 0x65, 0x6C, 0x6C, 0x6F])
        let medium = Self.frame(.binary, [UInt8](repeating: 7, count: 256), mask: nil)
        #expect(Array(medium.prefix(4)) == [0x82, 0x7E, 0x01, 0x00])
        let large = Self.frame(.binary, [UInt8](repeating: 7, count: 65_536), mask: nil)
        #expect(Array(large.prefix(10)) == [0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0])
        var header: [UInt8] = []
        WebSocketFrame.appendHeader(opcode: .text, payloadCount: 125, to: &header)
        #expect(header == [0x81, 125])
    }

    @Test func `fragments are joined and control frames come out between them`() {
        let bytes =
            Self.frame(.text, utf8("Hel"), isFinal: false) + Self.frame(.ping, utf8("p"))
            + Self.frame(.continuation, [], isFinal: false) + Self.frame(.pong, [])
            + Self.frame(.continuation, utf8("lo")) + Self.frame(.binary, [0, 255])
            + Self.frame(.close, [0x03, 0xE8] + utf8("bye")) + Self.frame(.text, utf8("late"))
        let expected: [WebSocketParser.Outcome] = [
            .ping(utf8("p")), .pong([]), .message(isText: true, utf8("Hello")),
            .message(isText: false, [0, 255]), .close(code: 1000, reason: utf8("bye")),
        ]
        #expect(webSocket(bytes) == expected)
        for cuts in everyCut(bytes.count) { #expect(webSocket(bytes, cuts: cuts) == expected) }
    }

    @Test func `a client reads what a server writes`() {
        var bytes = Self.frame(.text, utf8("é😀"), mask: nil)
        WebSocketFrame.appendClose(code: WebSocketCloseCode.tooSlow, reason: "slow", to: &bytes)
        let expected: [WebSocketParser.Outcome] = [
            .message(isText: true, utf8("é😀")), .close(code: 4408, reason: utf8("slow")),
        ]
        for cuts in everyCut(bytes.count) {
            #expect(webSocket(bytes, cuts: cuts, role: .client) == expected)
        }
    }

    @Test(arguments: [0, 1, 2, 3, 4, 5, 125, 126, 127, 65_535, 65_536, 70_001])
    func `a payload of any length reads back`(_ count: Int) {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let bytes = Self.frame(.binary, payload)
        let expected = [WebSocketParser.Outcome.message(isText: false, payload)]
        #expect(webSocket(bytes, messageBytesMax: count) == expected)
        #expect(
            webSocket(bytes, cuts: [1, 2, 4 + count / 2, 5 + count / 2], messageBytesMax: count)
                == expected)
    }

    @Test func `a length may be written longer than needed`() {
        #expect(
            webSocket([0x81, 126, 0, 2] + utf8("hi"), role: .client)
                == [.message(isText: true, utf8("hi"))])
    }

    @Test func `empty messages and an empty close are what they are`() {
        #expect(webSocket(Self.frame(.text, [])) == [.message(isText: true, [])])
        #expect(webSocket(Self.frame(.close, [])) == [.close(code: nil, reason: [])])
    }

    @Test func `a parser that waits for nothing is idle`() {
        var parser = WebSocketParser(role: .server, messageBytesMax: 10)
        #expect(parser.isIdle)
        var offset = 0
        let bytes = Self.frame(.text, utf8("a"), isFinal: false)
        let outcome = parser.next(bytes.span, from: &offset)
        #expect(outcome == .needMore)
        #expect(offset == bytes.count)
        #expect(!parser.isIdle)
    }

    @Test func `a long close reason is cut between characters`() {
        var bytes: [UInt8] = []
        let reason = String(repeating: "é", count: 100)
        WebSocketFrame.appendClose(code: 1001, reason: reason, to: &bytes)
        #expect(bytes.count == 2 + 2 + 122)
        #expect(
            webSocket(bytes, role: .client)
                == [.close(code: 1001, reason: utf8(String(repeating: "é", count: 61)))])
    }

    @Test func `the handshake of the RFC is answered`() {
        let key = "dGhlIHNhbXBsZSBub25jZQ=="
        #expect(WebSocketHandshake.isValidKey(key))
        #expect(
            text(WebSocketHandshake.challenge(key: key))
                == "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
        for bad in [
            "", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ=a", "dGhlIHNhbXBsZSBub2!jZQ==",
        ] {
            #expect(!WebSocketHandshake.isValidKey(bad))
        }
        var output: [UInt8] = []
        WebSocketHandshake.appendAcceptResponse(
            accept: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", protocol: "unified.v1.json", date: [],
            to: &output)
        #expect(
            text(output)
                == "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                + "Connection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
                + "Sec-WebSocket-Protocol: unified.v1.json\r\n\r\n")
    }
}
