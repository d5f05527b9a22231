// The opening handshake of a WebSocket (RFC 6455 §4.2.2), except for the hash: the caller hashes
// the challenge with SHA-1 and passes its base64 back.

/// The server's side of the opening handshake.
package enum WebSocketHandshake {
    private static let guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

    /// What is to be hashed to answer a client's `Sec-WebSocket-Key`.
    package static func challenge(key: String) -> [UInt8] {
        Array(key.utf8) + Array(guid.utf8)
    }

    /// Whether `key` is the base64 of 16 bytes, as a client must send.
    package static func isValidKey(_ key: String) -> Bool {
        let bytes = Array(key.utf8)
        guard bytes.count == 24, bytes[22] == 0x3D, bytes[23] == 0x3D else { return false }
        return bytes[..<22].allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2F: true
            default: false
            }
        }
    }

    /// Appends the `101` that accepts: `accept` is the base64 of the hash, `subprotocol` the one
    /// chosen of those offered, `extensions` what was agreed, if any.
    package static func appendAcceptResponse(
        accept: String, protocol subprotocol: String?, extensions: String? = nil, date: [UInt8],
        to output: inout [UInt8]
    ) {
        var headers = [
            HTTPHeader(name: "Upgrade", value: "websocket"),
            HTTPHeader(name: "Connection", value: "Upgrade"),
            HTTPHeader(name: "Sec-WebSocket-Accept", value: accept),
        ]
        if let subprotocol {
            headers.append(HTTPHeader(name: "Sec-WebSocket-Protocol", value: subprotocol))
        }
        if let extensions {
            headers.append(HTTPHeader(name: "Sec-WebSocket-Extensions", value: extensions))
        }
        HTTPResponseWriter.append(
            status: 101, headers: headers, date: date, bodyCount: nil, keepAlive: true,
            to: &output)
    }
}
