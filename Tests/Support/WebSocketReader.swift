// A subscriber over WebSocket, one connection at a time, that blocks with time-outs. It resumes
// with `after=` behind the last id that the server told.

import Foundation
import Wire

/// What comes from the server.
package enum WebSocketArrival: Sendable {
    /// A text message of the hub: its `op` and its JSON.
    case message(op: String, JSONDocument)
    /// Any other message.
    case other([UInt8])
    /// A ping, which was answered.
    case ping
    /// A pong.
    case pong([UInt8])
    /// A close frame; the connection ends.
    case close(code: UInt16?, reason: String)
}

/// A reader of `/ws` or `/events`; used by one thread.
package final class WebSocketReader {
    /// The server's port; may change between connections.
    package var port: Int
    /// The path and query, without `after`.
    package var target: String
    /// Where it resumes; empty before the first id.
    package private(set) var lastID = ""
    /// The answer's header fields.
    package private(set) var headers: [(name: String, value: String)] = []
    /// The connection, for bytes that no client should send.
    package private(set) var socket: TestSocket?
    private let token: String?
    private var parser = WebSocketParser(role: .client, messageBytesMax: 16_777_216)
    private var pending: [UInt8] = []
    private var offset = 0
    private let inflater = RawInflater()
    /// Messages that came compressed.
    package private(set) var compressedCount = 0

    /// The key of the RFC's example, whose answer must be `accept`.
    package static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    /// The answer to `key`.
    package static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    /// A reader that is not connected yet.
    package init(port: Int, token: String?, target: String = "/ws") {
        self.port = port
        self.token = token
        self.target = target
    }

    /// Connects; after the first id, resumes behind the last one.
    ///
    /// Another status than 101 is `malformed`, with the answer's status.
    package func connect(
        headers extra: [(String, String)] = [], after: String? = nil, timeoutSeconds: Double = 10
    ) throws(ConnectionFailure) {
        pending = []
        offset = 0
        parser = WebSocketParser(role: .client, messageBytesMax: 16_777_216)
        let fresh = try TestSocket(port: port)
        socket = fresh
        var place = target
        if let id = after ?? (lastID.isEmpty ? nil : lastID) {
            place += (target.contains("?") ? "&" : "?") + "after=" + id
        }
        var text = "GET \(place) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
        text += "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        text += "Sec-WebSocket-Key: \(WebSocketReader.key)\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        for (name, value) in extra { text += "\(name): \(value)\r\n" }
        let deadline = Deadline(seconds: timeoutSeconds)
        try fresh.send(text + "\r\n", timeoutSeconds: timeoutSeconds)
        let head = try ResponseHead(
            fresh.receive(through: Array("\r\n\r\n".utf8), until: deadline))
        self.headers = head.headers
        if head.value("sec-websocket-extensions") != nil {
            parser = WebSocketParser(
                role: .client, messageBytesMax: 16_777_216, allowsCompression: true)
        }
        guard head.status == 101, head.value("sec-websocket-accept") == WebSocketReader.accept
        else {
            socket = nil
            throw .malformed("status \(head.status)")
        }
    }

    /// The next message or control frame; nil when none has come in time.
    ///
    /// Throws `closed` when the server ended the connection.
    package func next(timeoutSeconds: Double = 10) throws(ConnectionFailure) -> WebSocketArrival? {
        guard let socket else { throw .closed }
        let deadline = Deadline(seconds: timeoutSeconds)
        while true {
            switch parser.next(pending.span, from: &offset) {
            case .needMore: break
            case .message(let isText, let bytes): return message(isText, bytes)
            case .compressed(let isText, let bytes):
                compressedCount += 1
                guard let whole = try? inflater.message(bytes, bytesMax: 16_777_216) else {
                    throw .malformed("a message can't be inflated")
                }
                return message(isText, whole)
            case .ping(let payload):
                try send(.pong, payload)
                return .ping
            case .pong(let payload): return .pong(payload)
            case .close(let code, let reason):
                return .close(code: code, reason: String(decoding: reason, as: UTF8.self))
            case .failed(let code, let reason):
                throw .malformed("a bad frame from the server: \(code) \(reason)")
            }
            do throws(ConnectionFailure) {
                pending = try socket.receive(until: deadline)
                offset = 0
            } catch {
                if error == .timedOut { return nil }
                self.socket = nil
                throw error
            }
        }
    }

    /// The next message of the hub with this `op`.
    ///
    /// Others before it are skipped; throws `timedOut` when it does not come.
    package func next(
        op wanted: String, timeoutSeconds: Double = 10
    ) throws(ConnectionFailure)
        -> JSONDocument
    {
        let deadline = Deadline(seconds: timeoutSeconds)
        while let arrival = try next(timeoutSeconds: deadline.secondsLeft) {
            if case .message(wanted, let document) = arrival { return document }
        }
        throw .timedOut
    }

    private func message(_ isText: Bool, _ bytes: [UInt8]) -> WebSocketArrival {
        guard isText, let document = try? JSONDocument(bytes),
            let op = document.member("op", of: document.root).flatMap({ document.string($0) })
        else { return .other(bytes) }
        if let id = document.member("id", of: document.root).flatMap({ document.string($0) }) {
            lastID = id
        }
        return .message(op: op, document)
    }

    /// Sends one frame, masked as a client must.
    package func send(
        _ opcode: WebSocketOpcode, _ payload: [UInt8], isFinal: Bool = true
    )
        throws(ConnectionFailure)
    {
        guard let socket else { throw .closed }
        var frame: [UInt8] = []
        WebSocketFrame.append(
            opcode: opcode, payload: payload, mask: 0x1234_5678, isFinal: isFinal, to: &frame)
        try socket.send(frame)
    }

    /// Sends a text message.
    package func send(_ text: String) throws(ConnectionFailure) {
        try send(.text, Array(text.utf8))
    }

    /// Lets the connection go, without a close frame.
    package func close() {
        socket = nil
    }

    /// Forgets or sets the place where it resumes.
    package func setLastID(_ id: String) {
        lastID = id
    }
}
