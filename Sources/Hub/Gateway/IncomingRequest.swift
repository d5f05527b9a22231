// A request with what the gates and routes look at, taken out of the bytes once, so that nothing
// points into a buffer that is used again.

import Domain
import Wire

/// One whole request.
struct IncomingRequest {
    let method: HTTPMethod
    let path: String
    let query: String
    let keepAlive: Bool
    let asksForUpgrade: Bool
    let isHTTP10: Bool
    let authorization: String?
    let contentType: String?
    let accept: String?
    let acceptEncoding: String?
    let traceparent: String?
    let idempotencyKey: String?
    let ifMatch: String?
    let ifNoneMatch: String?
    let prefer: String?
    let origin: String?
    let lastEventID: String?
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
    /// All lines of the field, for it is a list.
    let webSocketExtensions: String?
    /// Whom it comes from, as far as those are trusted who say so.
    var source = ForwardedSource(address: IPAddress(high: 0, low: 0), isSecure: false)
    var body: [UInt8] = []

    /// Takes a request out of the bytes that its head was parsed from.
    init(_ request: HTTPRequest, in bytes: borrowing Span<UInt8>) {
        method = request.method
        keepAlive = request.keepAlive
        asksForUpgrade = request.asksForUpgrade
        isHTTP10 = request.minorVersion == 0
        path = request.text(request.pathRange, in: bytes)
        query = request.queryRange.isEmpty ? "" : request.text(request.queryRange, in: bytes)
        authorization = IncomingRequest.value("authorization", request, bytes)
        contentType = IncomingRequest.value("content-type", request, bytes)
        accept = IncomingRequest.value("accept", request, bytes)
        acceptEncoding = IncomingRequest.list("accept-encoding", request, bytes)
        traceparent = IncomingRequest.value("traceparent", request, bytes)
        idempotencyKey = IncomingRequest.value("idempotency-key", request, bytes)
        ifMatch = IncomingRequest.value("if-match", request, bytes)
        ifNoneMatch = IncomingRequest.value("if-none-match", request, bytes)
        prefer = IncomingRequest.value("prefer", request, bytes)
        origin = IncomingRequest.value("origin", request, bytes)
        lastEventID = IncomingRequest.value("last-event-id", request, bytes)
        upgrade = IncomingRequest.value("upgrade", request, bytes)
        cookie =
            authorization == nil ? IncomingRequest.value("cookie", request, bytes) : nil
        let isAboutSessions = path.hasPrefix("/auth/")
        let mayBeForeign = cookie != nil || isAboutSessions
        fetchSite =
            mayBeForeign ? IncomingRequest.value("sec-fetch-site", request, bytes) : nil
        host =
            request.asksForUpgrade || mayBeForeign
            ? IncomingRequest.value("host", request, bytes) : nil
        userAgent =
            isAboutSessions
            ? IncomingRequest.value("user-agent", request, bytes).map { String($0.prefix(256)) }
            : nil
        webSocketKey = IncomingRequest.value("sec-websocket-key", request, bytes)
        webSocketVersion = IncomingRequest.value("sec-websocket-version", request, bytes)
        webSocketProtocol = IncomingRequest.value("sec-websocket-protocol", request, bytes)
        webSocketExtensions = IncomingRequest.list("sec-websocket-extensions", request, bytes)
    }

    /// Whether a page of another host than the one asked for sent it; other clients name no origin.
    var isFromElsewhere: Bool {
        guard let origin, let host else { return false }
        let named = origin.split(separator: "/", maxSplits: 2).last.map { $0.lowercased() }
        return named != host.lowercased()
    }

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

    private static func value(
        _ name: StaticString, _ request: HTTPRequest, _ bytes: borrowing Span<UInt8>
    ) -> String? {
        request.header(name, in: bytes).map { request.text($0, in: bytes) }
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
