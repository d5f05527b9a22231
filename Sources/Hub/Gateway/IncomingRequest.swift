// A request with what the gates and routes look at, taken out of the bytes once, so that nothing
// points into a buffer that is used again.

import Domain
import Wire

/// One whole request; an object, for it goes through many hands and its texts are many.
final class IncomingRequest {
    let method: HTTPMethod
    let path: String
    let query: String
    let keepAlive: Bool
    let asksForUpgrade: Bool
    let isHTTP10: Bool
    let authorization: String?
    let contentType: String?
    let contentEncoding: String?
    let accept: String?
    let acceptEncoding: String?
    let traceparent: String?
    /// All lines of the field, of a request with a `traceparent`.
    let tracestate: String?
    let idempotencyKey: String?
    let ifMatch: String?
    let ifNoneMatch: String?
    let prefer: String?
    let origin: String?
    let lastEventID: String?
    /// All lines of the field, for it is a list.
    let upgrade: String?
    /// Of a request without `Authorization`.
    let cookie: String?
    /// `Sec-Fetch-Site`, of a request with cookies or about sessions.
    let fetchSite: String?
    /// `Host`, of such a request and of one that asks for an upgrade.
    let host: String?
    /// `User-Agent`, of a request about sessions.
    let userAgent: String?
    let webSocketKey: String?
    let webSocketVersion: String?
    let webSocketProtocol: String?
    let webSocketExtensions: String?
    /// Whom it comes from, as far as those are trusted who say so.
    var source = ForwardedSource(address: IPAddress(high: 0, low: 0), isSecure: false)
    /// The first field that stands twice though its value is no list; nil when none does.
    ///
    /// Of two values another reader on the way may have seen the other one.
    let repeatedField: String?
    var body: [UInt8] = []

    /// Takes a request out of the bytes that its head was parsed from.
    init(_ request: HTTPRequest, in bytes: borrowing Span<UInt8>) {
        method = request.method
        keepAlive = request.keepAlive
        asksForUpgrade = request.asksForUpgrade
        isHTTP10 = request.minorVersion == 0
        path = request.text(request.pathRange, in: bytes)
        query = request.queryRange.isEmpty ? "" : request.text(request.queryRange, in: bytes)
        var single = SingleFields(request)
        authorization = single.value("authorization", bytes)
        contentType = single.value("content-type", bytes)
        contentEncoding = IncomingRequest.list("content-encoding", request, bytes)
        accept = IncomingRequest.list("accept", request, bytes)
        acceptEncoding = IncomingRequest.list("accept-encoding", request, bytes)
        // Two of them, joined, are malformed, and a malformed one is left out (W3C §3.2).
        traceparent = IncomingRequest.list("traceparent", request, bytes)
        tracestate =
            traceparent == nil ? nil : IncomingRequest.list("tracestate", request, bytes)
        idempotencyKey = single.value("idempotency-key", bytes)
        ifMatch = IncomingRequest.list("if-match", request, bytes)
        ifNoneMatch = IncomingRequest.list("if-none-match", request, bytes)
        prefer = IncomingRequest.list("prefer", request, bytes)
        origin = single.value("origin", bytes)
        lastEventID = single.value("last-event-id", bytes)
        upgrade = IncomingRequest.list("upgrade", request, bytes)
        cookie = authorization == nil ? single.value("cookie", bytes) : nil
        let isAboutSessions = path.hasPrefix("/auth/")
        let mayBeForeign = cookie != nil || isAboutSessions
        fetchSite = mayBeForeign ? single.value("sec-fetch-site", bytes) : nil
        host =
            request.asksForUpgrade || mayBeForeign
            ? request.text(request.hostRange, in: bytes) : nil
        userAgent =
            isAboutSessions
            ? IncomingRequest.list("user-agent", request, bytes).map {
                $0.utf8.count > 256 ? String($0.prefix(256)) : $0
            }
            : nil
        webSocketKey = single.value("sec-websocket-key", bytes)
        webSocketVersion = single.value("sec-websocket-version", bytes)
        webSocketProtocol = IncomingRequest.list("sec-websocket-protocol", request, bytes)
        webSocketExtensions = IncomingRequest.list("sec-websocket-extensions", request, bytes)
        repeatedField = single.repeated
    }

    /// Whether it asks to speak WebSocket from now on (RFC 6455 §4.2.1).
    var opensWebSocket: Bool {
        guard asksForUpgrade, let upgrade else { return false }
        return upgrade.lowercased().split(separator: ",").contains { item in
            item.filter { $0 != " " && $0 != "\t" } == "websocket"
        }
    }

    /// Whether the connection may serve another request after this one.
    ///
    /// A WebSocket that is refused ends it: a proxy that takes the upgrade for done would hand its
    /// clients' next bytes through unseen.
    var letsConnectionLive: Bool { keepAlive && !isHTTP10 && !opensWebSocket }

    private static func list(
        _ name: StaticString, _ request: HTTPRequest, _ bytes: borrowing Span<UInt8>
    ) -> String? {
        var text: String?
        var line = 0
        while let found = request.header(name, in: bytes, from: line) {
            let value = request.text(request.headerValue(at: found), in: bytes)
            text = text.map { $0 + "," + value } ?? value
            line = found + 1
        }
        return text
    }

    /// The query's parameters; a bad escape is the client's mistake.
    func parameters() throws(Refusal) -> QueryItems {
        if query.isEmpty { return QueryItems() }
        let bytes = Array(query.utf8)
        guard let items = QueryItems(query: bytes.span, range: 0..<bytes.count) else {
            throw .badParameter("query", "can't be decoded")
        }
        return items
    }
}

/// Reads fields whose value is no list, and notes which one stands twice.
private struct SingleFields {
    private let request: HTTPRequest
    private(set) var repeated: String?

    init(_ request: HTTPRequest) {
        self.request = request
    }

    /// The value of the field's first line.
    mutating func value(_ name: StaticString, _ bytes: borrowing Span<UInt8>) -> String? {
        guard let line = request.header(name, in: bytes, from: 0) else { return nil }
        if repeated == nil, request.header(name, in: bytes, from: line + 1) != nil {
            repeated = "\(name)"
        }
        return request.text(request.headerValue(at: line), in: bytes)
    }
}
