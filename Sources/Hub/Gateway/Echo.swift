// `/echo`: a WebSocket that gets back whatever it says, for conformance suites. It is closed unless
// the hub was started with `--echo`, and needs no token.

import Domain
import EventLog
import TLS
import Wire

/// The opening handshake of a WebSocket (RFC 6455 §4.2).
enum WebSocketOpening {
    /// The client's key; what is wrong with its request is a refusal.
    static func key(_ request: IncomingRequest) throws(Refusal) -> String {
        guard request.method == .get, !request.isHTTP10, request.webSocketVersion == "13" else {
            throw .badHTTP(
                status: 426, code: "upgrade_required",
                detail: "Upgrade with GET, HTTP/1.1 and Sec-WebSocket-Version: 13.")
        }
        guard let key = request.webSocketKey, WebSocketHandshake.isValidKey(key) else {
            throw .badHTTP(
                status: 400, code: "bad_websocket_key",
                detail: "Sec-WebSocket-Key must be 16 bytes in Base64.")
        }
        return key
    }

    /// The server's answer to a key.
    static func accept(_ key: String) -> String {
        Base64.encode(Digest.sha1(WebSocketHandshake.challenge(key: key)))
    }

    /// What is agreed on compression: the first offer that can be met.
    static func compression(
        _ request: IncomingRequest, smallestWindowBits: Int = 15
    ) -> PerMessageDeflate? {
        request.webSocketExtensions.flatMap {
            PerMessageDeflate(offers: $0, smallestWindowBits: smallestWindowBits)
        }
    }
}

extension GatewayLoop {
    /// `GET /echo`.
    func openEcho(_ slot: Int, _ request: IncomingRequest) throws(Refusal) {
        guard settings.opensEcho else { throw .noRoute }
        guard request.opensWebSocket else {
            throw .badHTTP(
                status: 426, code: "upgrade_required", detail: "Connect with WebSocket.")
        }
        let key = try WebSocketOpening.key(request)
        let compression = WebSocketOpening.compression(request, smallestWindowBits: 9)
        WebSocketHandshake.appendAcceptResponse(
            accept: WebSocketOpening.accept(key), protocol: nil, extensions: compression?.answer,
            date: date, to: &connections[slot].output)
        connections[slot].phase = .echo
        connections[slot].exchanges = []
        if let compression {
            connections[slot].flags.insert(.isCompressed)
            if compression.windowBits < 15 {
                echoWindowBits[connections.token(slot)] = compression.windowBits
            }
        }
        markDirty(slot)
    }

    /// Says a message back, compressed if that was agreed.
    func echo(_ slot: Int, _ payload: [UInt8], isText: Bool) {
        let opcode: WebSocketOpcode = isText ? .text : .binary
        if connections[slot].flags.contains(.isCompressed) {
            WebSocketFrame.appendCompressed(
                opcode: opcode, payload: payload.span,
                by: deflater(windowBits: echoWindowBits[connections.token(slot)] ?? 15),
                to: &connections[slot].output)
        } else {
            WebSocketFrame.append(
                opcode: opcode, payload: payload, to: &connections[slot].output)
        }
        markDirty(slot)
    }

    /// The loop's compressor for a size of window.
    func deflater(windowBits: Int) -> RawDeflater {
        if let known = deflaters[windowBits] { return known }
        let made = RawDeflater(windowBits: windowBits)
        deflaters[windowBits] = made
        return made
    }
}
