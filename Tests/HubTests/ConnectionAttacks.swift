// Attacks by what stands behind a request on its connection (RFC 9112 §9, RFC 9110 §7.8): more
// requests, bodies that look like requests, upgrades that are refused, and ends that come early.

extension Attack {
    /// Several requests at once, one of which is an attack or the last.
    static let pipelines: [Attack] = [
        Attack(
            "a broken request between two good ones",
            Raw.whole() + Raw.get("/version", "X : y") + Raw.whole(),
            answers: [Answer(status: 201), Answer(status: 400, code: "bad_header")], .closes,
            stored: 1),
        Attack(
            "a broken body between two good requests",
            Raw.get("/version") + Raw.chunked("g\r\n") + Raw.whole(),
            answers: [Answer(status: 200), Answer(status: 400, code: "bad_chunk")], .closes),
        Attack(
            "garbage behind a good request", Raw.whole() + "\u{0}\u{1}\u{2}",
            answers: [Answer(status: 201), Answer(status: 400, code: "bad_request_line")], .closes,
            stored: 1),
        Attack(
            "a body longer than its length", Raw.whole() + "x" + Raw.get("/version"),
            answers: [Answer(status: 201), Answer(status: 501, code: "not_implemented")],
            .staysOpen, stored: 1),
        .harmless(
            "a command behind a read that ends the connection",
            Raw.get("/crm/leads?limit=1", "Connection: close"), 200, .closes),
        .harmless(
            "a command behind a command that ends the connection", Raw.whole("Connection: close"),
            201, .closes, stored: 1),
        .harmless(
            "a command behind a command that ends the connection on its second line",
            Raw.whole("Connection: keep-alive", "Connection: x, CLOSE"), 201, .closes, stored: 1),
        .harmless(
            "a command behind a command of HTTP/1.0",
            Raw.request(
                "POST /crm/leads HTTP/1.0", ["Content-Length: \(Raw.lead.utf8.count)"]) + Raw.lead,
            201, .closes, stored: 1),
        .harmless(
            "a command behind a probe of HTTP/1.0", Raw.head("GET /healthz HTTP/1.0"), 200,
            .closes),
        .harmless(
            "a command behind a page that ends the connection", Raw.get("/", "Connection: close"),
            200, .closes),
        Attack(
            "a command behind a refused one that ends the connection",
            Raw.whole("Connection: close", body: "nonsense"), 400, "bad_json"),
        Attack(
            "two commands behind one that asks before its body",
            Raw.whole() + Raw.post("Expect: 100-continue", "Content-Length: 5"),
            answers: [
                Answer(status: 201), Answer(status: 100),
                Answer(status: 400, code: "incomplete_request"),
            ], .closes, stored: 1, saysLast: true),
    ]

    /// Requests for bodies: whoever overlooks the length would execute them.
    static let bodies: [Attack] = [
        .harmless("a command in the body of a read", Raw.get("/crm/leads", length) + hidden, 200),
        .harmless("a command in the body of a probe", Raw.get("/healthz", length) + hidden, 200),
        .harmless("a command in the body of a page", Raw.get("/", length) + hidden, 200),
        .harmless(
            "a command in a chunk of a read",
            Raw.get("/crm/leads", "Transfer-Encoding: chunked") + Raw.chunk(hidden) + "0\r\n\r\n",
            200),
        .harmless(
            "a command in the body of OPTIONS",
            Raw.request("OPTIONS /crm/leads HTTP/1.1", [length]) + hidden, 204),
        .refused(
            "a command in the body of a method that isn't there",
            Raw.request("DELETE /crm/leads HTTP/1.1", [length]) + hidden, 405,
            "method_not_allowed"),
        .refused(
            "a command in the body of a method that nobody knows",
            Raw.request("BREW /crm/leads HTTP/1.1", [length]) + hidden, 501, "not_implemented"),
        .refused(
            "a command in the body for a path that isn't there",
            Raw.request("POST /nothing HTTP/1.1", [length]) + hidden, 404, "not_found"),
        .refused(
            "a command in the body of a request without a token",
            Raw.head("POST /crm/leads HTTP/1.1", "Host: a", length) + hidden, 401, "token_missing"),
        .refused(
            "a command in the body of a command", Raw.post(length, body: hidden), 400, "bad_json"),
        .refused(
            "a command in the body of a command of another type",
            Raw.request("POST /crm/leads HTTP/1.1", ["Content-Type: text/plain", length]) + hidden,
            415, "unsupported_media_type"),
        .harmless("empty lines behind a body", Raw.whole() + "\r\n\r\n", 201, stored: 1),
    ]

    /// Upgrades: one that is refused ends the connection if it was one to WebSocket, for a proxy
    /// may take it for done and pass on what comes behind it.
    static let upgrades: [Attack] = [
        .harmless(
            "HTTP/2, which is not spoken here",
            Raw.get(
                "/version", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
                "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"), 200),
        .harmless(
            "HTTP/2 for a command",
            Raw.whole("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings:"),
            201, stored: 1),
        .harmless(
            "TLS within the connection",
            Raw.get("/version", "Connection: Upgrade", "Upgrade: TLS/1.2"), 200),
        .harmless(
            "WebSocket where there is none", Raw.get("/crm/leads?limit=1", ask, socket), 200,
            .closes),
        .harmless("WebSocket at a probe", Raw.get("/healthz", ask, socket), 200, .closes),
        Attack(
            "WebSocket of another version", webSocket("Sec-WebSocket-Version: 12", key), 426,
            "upgrade_required"),
        Attack("WebSocket of no version", webSocket(key), 426, "upgrade_required"),
        Attack(
            "WebSocket of a version in words", webSocket("Sec-WebSocket-Version: 13x", key), 426,
            "upgrade_required"),
        Attack(
            "WebSocket of two versions", webSocket(version, "Sec-WebSocket-Version: 8", key), 400,
            "repeated_header"),
        Attack("WebSocket without a key", webSocket(version), 400, "bad_websocket_key"),
        Attack(
            "WebSocket with a short key", webSocket(version, "Sec-WebSocket-Key: AAAA"), 400,
            "bad_websocket_key"),
        Attack(
            "WebSocket with a key that is no Base64",
            webSocket(version, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!=="), 400,
            "bad_websocket_key"),
        Attack(
            "WebSocket with a key of 17 bytes",
            webSocket(version, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAAA="), 400,
            "bad_websocket_key"),
        Attack(
            "WebSocket with two keys", webSocket(version, key, key), 400, "repeated_header"),
        Attack(
            "WebSocket beside HTTP/2, without a key",
            Raw.get("/ws", ask, "Upgrade: h2c, WebSocket", version), 400, "bad_websocket_key"),
        Attack(
            "WebSocket from a page of another origin",
            webSocket(version, key, "Origin: https://evil.test"), 403, "origin_not_allowed"),
        Attack(
            "WebSocket from a page of the host that only the field names",
            Raw.get("http://other.test/ws", ask, socket, version, key, "Origin: http://hub.test"),
            403, "origin_not_allowed"),
        Attack(
            "WebSocket without a token",
            Raw.head("GET /ws HTTP/1.1", "Host: a", ask, socket, version, key), 401,
            "token_missing"),
        Attack(
            "WebSocket by POST", Raw.request("POST /ws HTTP/1.1", [ask, socket, version, key]), 405,
            "method_not_allowed"),
        Attack(
            "WebSocket in HTTP/1.0", Raw.request("GET /ws HTTP/1.0", [ask, socket, version, key]),
            426, "upgrade_required"),
        .refused(
            "WebSocket that is not asked for in Connection", Raw.get("/ws", socket, version, key),
            426, "upgrade_required"),
        .refused(
            "WebSocket in a word that holds it",
            Raw.get("/ws", ask, "Upgrade: xwebsocket", version, key), 426, "upgrade_required"),
    ]

    /// Peers that end their side of the connection early (RFC 9112 §8).
    static let ends: [Attack] = [
        end("in the request line", "POST /crm/le"),
        end("in the head", "POST /crm/leads HTTP/1.1\r\nHost: hub.test\r\n"),
        end("before the body", Raw.post("Content-Length: 5")),
        end("in the body", String(Raw.whole().dropLast())),
        end("in a chunk", Raw.chunked("26\r\n" + Raw.lead.dropLast())),
        end("before the last chunk", Raw.chunked(Raw.chunk(Raw.lead))),
        end("in the last chunk", Raw.chunked(Raw.chunk(Raw.lead) + "0\r\n")),
        Attack(
            "the end comes behind a whole request", Raw.whole(), answers: [Answer(status: 201)],
            .closes, stored: 1, saysLast: true),
        Attack(
            "the end comes in the second request", Raw.whole() + "POST /crm",
            answers: [Answer(status: 201), Answer(status: 400, code: "incomplete_request")],
            .closes, stored: 1, saysLast: true),
        Attack(
            "the end comes behind an empty line", Raw.whole() + "\r\n",
            answers: [Answer(status: 201)], .closes, stored: 1, saysLast: true),
        Attack("the end comes at once", "", answers: [], .closes, saysLast: true),
    ]

    private static let hidden = Raw.smuggled
    private static let length = "Content-Length: \(Raw.smuggled.utf8.count)"
    private static let ask = "Connection: Upgrade"
    private static let socket = "Upgrade: websocket"
    private static let version = "Sec-WebSocket-Version: 13"
    private static let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="

    /// The opening of a WebSocket with these fields besides.
    private static func webSocket(_ fields: String...) -> String {
        Raw.request("GET /ws HTTP/1.1", [ask, socket] + fields)
    }

    private static func end(_ sentence: String, _ bytes: String) -> Attack {
        Attack(
            "the end comes " + sentence, bytes,
            answers: [Answer(status: 400, code: "incomplete_request")], .closes, saysLast: true)
    }
}
