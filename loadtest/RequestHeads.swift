// The requests that a load test makes, as bytes. A request is written for each event or command,
// so what doesn't change is written once.

import Wire

/// A POST whose body differs from one request to the next.
struct PostRequest {
    private let head: [UInt8]

    /// A POST of JSON to a path.
    init(target: LoadTestTarget, path: String, token: String?) {
        var text = "POST \(path) HTTP/1.1\r\nHost: \(target.authority)\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        text += "Content-Type: application/json\r\n"
        head = Array(text.utf8)
    }

    /// Appends one request; without a key there is no `Idempotency-Key`.
    func append(body: [UInt8], idempotencyKey: [UInt8]?, to output: inout [UInt8]) {
        output.append(contentsOf: head)
        if let idempotencyKey {
            output.append(text: "Idempotency-Key: ")
            output.append(contentsOf: idempotencyKey)
            output.append(text: "\r\n")
        }
        output.append(text: "Content-Length: ")
        DecimalText.append(body.count, to: &output)
        output.append(text: "\r\n\r\n")
        output.append(contentsOf: body)
    }
}

/// The request that opens a stream.
enum SubscribersRequest {
    // The sample of RFC 6455 §1.3: its answer is known, so it can be checked without a hash.
    private static let webSocketKey = "dGhlIHNhbXBsZSBub25jZQ=="
    /// What a server must answer to the key.
    static let webSocketAccept: StaticString = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    /// A GET that asks for the stream at a path.
    static func bytes(
        target: LoadTestTarget, path: String, transport: StreamTransport, token: String?,
        isCompressed: Bool = false
    ) -> [UInt8] {
        var text = "GET \(path) HTTP/1.1\r\nHost: \(target.authority)\r\n"
        if let token { text += "Authorization: Bearer \(token)\r\n" }
        switch transport {
        case .serverSentEvents:
            text += "Accept: text/event-stream\r\nCache-Control: no-cache\r\n"
        case .webSocket:
            text += "Upgrade: websocket\r\nConnection: Upgrade\r\n"
            text += "Sec-WebSocket-Key: \(webSocketKey)\r\nSec-WebSocket-Version: 13\r\n"
            if isCompressed { text += "Sec-WebSocket-Extensions: permessage-deflate\r\n" }
        }
        return Array((text + "\r\n").utf8)
    }
}
