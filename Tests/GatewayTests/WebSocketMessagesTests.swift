// What the server says on a WebSocket besides events, read by a client's parser.

import Testing
import Wire

@testable import Gateway

@Suite struct `Messages of the server` {
    private func texts(_ bytes: [UInt8]) -> [String] {
        var parser = WebSocketParser(role: .client, messageBytesMax: 1 << 20)
        var offset = 0
        var texts: [String] = []
        while case .message(true, let payload) = parser.next(bytes.span, from: &offset) {
            texts.append(String(decoding: payload, as: UTF8.self))
        }
        return texts
    }

    @Test func `each is one text frame with its operation`() {
        var output: [UInt8] = []
        WebSocketMessages.appendReady(
            .init(epoch: .init(rawValue: 0x5F3A_09C1), position: 42), expirySeconds: 1_790_000_000,
            to: &output)
        WebSocketMessages.appendPong(to: &output)
        WebSocketMessages.appendDrain(retryMilliseconds: 1500, to: &output)
        WebSocketMessages.appendProblem(
            Array(#"{"status":422}"#.utf8), for: "subscribe", to: &output)
        #expect(
            texts(output) == [
                #"{"op":"ready","id":"5f3a09c1-42","expires":"2026-09-21T14:13:20.000Z"}"#,
                #"{"op":"pong"}"#, #"{"op":"drain","retry_ms":1500}"#,
                #"{"op":"problem","problem":{"status":422},"for":"subscribe"}"#,
            ])
    }

    @Test func `a token of the far future has an expiry that can be written`() {
        var output: [UInt8] = []
        WebSocketMessages.appendReady(
            .init(epoch: .init(rawValue: 1), position: 0), expirySeconds: .max, to: &output)
        #expect(texts(output).first?.contains("9999-12-31T23:59:59.000Z") == true)
    }
}
