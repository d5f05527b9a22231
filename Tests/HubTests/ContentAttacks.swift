// Attacks by what is sent and how much of it: media types, what the client accepts and expects,
// fields that stand twice, heads and bodies that are too large.

extension Attack {
    /// Bodies of other kinds, and what the client wants for an answer.
    static let contents: [Attack] = [
        typed("a form, as any page may send it", "application/x-www-form-urlencoded"),
        typed("a text, as any page may send it", "text/plain"),
        typed("a form in parts", "multipart/form-data; boundary=x"),
        typed("XML", "application/xml"), typed("another kind of JSON", "text/json"),
        typed("a type that begins with ours", "application/jsonx"),
        typed("a type with a space inside", "application/ json"),
        typed("a type with something behind it", "application/json x"),
        typed("no type at all", ""), typed("a parameter alone", "; charset=utf-8"),
        typed("a patch for a new lead", "application/merge-patch+json"),
        .refused(
            "a body in gzip", Raw.whole("Content-Encoding: gzip"), 415,
            "unsupported_content_encoding"),
        .refused(
            "a body in two codings",
            Raw.whole("Content-Encoding: identity", "Content-Encoding: br"),
            415, "unsupported_content_encoding"),
        .refused("a body that is a bomb of brackets", Raw.whole(body: bomb), 400, "bad_json"),
        .refused("a body with a NUL", Raw.whole(body: "{\"name\":\"\u{0}\"}"), 400, "bad_json"),
        .refused(
            "a body with a byte order mark", Raw.whole(body: "\u{EF}\u{BB}\u{BF}{}"), 400,
            "bad_json"),
        .refused(
            "a body that is not UTF-8", Raw.whole(body: "{\"name\":\"\u{C0}\u{AF}\"}"), 400,
            "bad_json"),
        .refused(
            "a field twice", Raw.whole(body: #"{"name":"A","name":"B"}"#), 422, "invalid_field"),
        .refused(
            "a field of JavaScript's objects", Raw.whole(body: #"{"name":"A","__proto__":{}}"#),
            422, "invalid_field"),
        .refused(
            "a stream for a page of HTML", Raw.get("/events", "Accept: text/html"), 406,
            "not_acceptable"),
        .refused(
            "a stream for nobody",
            Raw.get("/events", "Accept: text/event-stream;q=0, application/json; q=0.0"), 406,
            "not_acceptable"),
        .harmless(
            "what is accepted on two lines",
            Raw.get("/events?limit=1", "Accept: text/html", "Accept: application/json"), 200),
    ]

    /// What is expected before a body.
    static let expectations: [Attack] = [
        Attack(
            "a miracle", Raw.post("Expect: a-miracle", "Content-Length: 5"), 417,
            "expectation_failed"),
        Attack(
            "a miracle beside a 100", Raw.post("Expect: 100-continue, x", "Content-Length: 5"), 417,
            "expectation_failed"),
        Attack(
            "a miracle on a second line",
            Raw.post("Expect: 100-continue", "Expect: x", "Content-Length: 5"), 417,
            "expectation_failed"),
        Attack(
            "a 100 with a parameter", Raw.post("Expect: 100-continue;x=y", "Content-Length: 5"),
            417, "expectation_failed"),
        Attack(
            "a 100 for a body that is too large",
            Raw.post("Expect: 100-continue", "Content-Length: 99999999"), 413, "body_too_large"),
        Attack(
            "a 100 for a body whose end is in doubt",
            Raw.post("Expect: 100-continue", "Content-Length: 5", "Transfer-Encoding: chunked"),
            400, "bad_framing"),
        .harmless(
            "a 100 for no body", Raw.get("/crm/leads?limit=1", "Expect: 100-continue"), 200),
        .harmless(
            "a 100 for a body that is there already", Raw.whole("Expect: 100-continue"), 201,
            stored: 1),
        .harmless(
            "a 100 in HTTP/1.0, which has none",
            Raw.request(
                "POST /crm/leads HTTP/1.0",
                ["Expect: 100-continue", "Content-Length: \(Raw.lead.utf8.count)"]) + Raw.lead, 201,
            .closes, stored: 1),
    ]

    /// Fields of which there may be one, and of which another reader may take the other.
    static let repeats: [Attack] = [
        repeated("two tokens", "Authorization: Bearer x"),
        repeated("two types, ours first", "Content-Type: text/plain"),
        repeated("two types that agree", "Content-Type: application/json"),
        repeated("two origins", "Origin: https://a.test", "Origin: https://b.test"),
        repeated("two keys", "Idempotency-Key: a", "Idempotency-Key: b"),
        repeated("two places to go on from", "Last-Event-ID: a", "Last-Event-ID: b"),
        .harmless(
            "two traces, of which none is taken",
            Raw.whole("traceparent: " + trace, "traceparent: " + trace), 201, stored: 1),
        .harmless(
            "a trace with a line end in escapes",
            Raw.whole("traceparent: " + trace + "%0d%0aSet-Cookie:a=b"), 201, stored: 1),
        .harmless(
            "a preference that would begin a field of the answer",
            Raw.whole("Prefer: return=minimal%0d%0aSet-Cookie:a=b"), 201, stored: 1),
    ]

    /// Sizes beyond what is read.
    static let sizes: [Attack] = [
        Attack(
            "a hundred and one fields",
            Raw.head("GET /version HTTP/1.1", "Host: a")
                .replacing("\r\n\r\n", with: "\r\n" + String(repeating: "X: y\r\n", count: 100))
                + "\r\n", 431, "headers_too_large"),
        Attack(
            "one long value", Raw.get("/version", "X: " + String(repeating: "y", count: 20_000)),
            431, "headers_too_large"),
        Attack(
            "one long name", Raw.get("/version", String(repeating: "X", count: 20_000) + ": y"),
            431, "headers_too_large"),
        Attack(
            "one long token",
            Raw.head(
                "GET /crm/leads HTTP/1.1", "Host: a",
                "Authorization: Bearer " + String(repeating: "a", count: 20_000)), 431,
            "headers_too_large"),
        Attack(
            "fields without end",
            "GET /version HTTP/1.1\r\n" + String(repeating: "Host: a", count: 40_000), 431,
            "headers_too_large"),
        Attack(
            "a target of nine thousand bytes",
            Raw.get("/crm/leads?owner=" + String(repeating: "a", count: 9000)), 414,
            "uri_too_long"),
        Attack(
            "a target without end", "GET /" + String(repeating: "a", count: 60_000), 414,
            "uri_too_long"),
        Attack(
            "a method without end", String(repeating: "A", count: 60_000), 400,
            "bad_request_line"),
        Attack(
            "a body of one byte too much", Raw.post("Content-Length: 65537", body: "{"), 413,
            "body_too_large"),
        .refused(
            "a body as large as it may be", Raw.whole(body: String(repeating: " ", count: 65_536)),
            400, "bad_json"),
    ]

    private static let bomb = String(repeating: "[", count: 60_000)
    private static let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    private static func typed(_ sentence: String, _ type: String) -> Attack {
        .refused(
            sentence,
            Raw.request(
                "POST /crm/leads HTTP/1.1",
                ["Content-Type: " + type, "Content-Length: \(Raw.lead.utf8.count)"]) + Raw.lead,
            415, "unsupported_media_type")
    }

    private static func repeated(_ sentence: String, _ fields: String...) -> Attack {
        let all = ["Content-Type: application/json", "Content-Length: \(Raw.lead.utf8.count)"]
        return .refused(
            sentence, Raw.request("POST /crm/leads HTTP/1.1", all + fields) + Raw.lead, 400,
            "repeated_header")
    }
}
