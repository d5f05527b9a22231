// What the gateway takes out of a head: fields that may stand once, lists, and upgrades.

import Domain
import Testing
import Wire

@testable import Gateway

@Suite struct `Fields of requests` {
    @Test(arguments: [
        "Authorization", "Content-Type", "Idempotency-Key", "Origin", "Last-Event-ID",
        "Sec-WebSocket-Key", "Sec-WebSocket-Version",
    ])
    func `a field that may stand once and stands twice is named`(name: String) throws {
        let once = try request("GET /events", ["\(name): a", "X: y"])
        #expect(once.repeatedField == nil)
        let twice = try request("GET /events", ["\(name): a", "X: y", "\(name.lowercased()): a"])
        #expect(twice.repeatedField == name.lowercased())
    }

    @Test func `a list may stand on several lines`() throws {
        let lists = try request(
            "GET /events",
            [
                "Accept: a", "If-Match: \"1\"", "If-None-Match: \"1\"", "Prefer: a", "Upgrade: a",
                "Sec-WebSocket-Protocol: a", "Accept: b", "If-Match: \"2\"",
                "If-None-Match: \"2\"", "Prefer: b", "Upgrade: b", "Sec-WebSocket-Protocol: b",
            ])
        #expect(lists.repeatedField == nil)
        #expect(lists.ifMatch == "\"1\",\"2\"" && lists.ifNoneMatch == "\"1\",\"2\"")
        let others = [lists.accept, lists.prefer, lists.upgrade, lists.webSocketProtocol]
        #expect(others == ["a,b", "a,b", "a,b", "a,b"])
    }

    @Test func `of two traces none is taken`() throws {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
        let one = try request("GET /", ["traceparent: " + trace])
        #expect(one.traceparent.flatMap { Traceparent.traceID($0) } != nil)
        let two = try request("GET /", ["traceparent: " + trace, "traceparent: " + trace])
        #expect(two.traceparent.flatMap { Traceparent.traceID($0) } == nil)
    }

    @Test(arguments: [
        ("Upgrade: websocket", true), ("Upgrade: WebSocket", true),
        ("Upgrade: h2c, websocket", true), ("Upgrade: h2c", false), ("Upgrade: xwebsocket", false),
        ("Upgrade: websocket/13", false), ("X: websocket", false),
    ])
    func `a WebSocket is asked for by its name in a list`(field: String, opens: Bool) throws {
        let asked = try request("GET /ws", ["Connection: Upgrade", field])
        #expect(asked.opensWebSocket == opens)
        // One that is refused ends the connection.
        #expect(asked.letsConnectionLive == !opens)
        #expect(try !request("GET /ws", [field]).opensWebSocket)
    }

    @Test func `a connection lives on unless its request says otherwise`() throws {
        #expect(try request("GET /").letsConnectionLive)
        #expect(try !request("GET /", ["Connection: close"]).letsConnectionLive)
    }

    private func isForeign(
        _ origin: String, to own: String? = nil, target: String = "/ws", bySecure: Bool = false
    ) throws -> Bool {
        let asked = try request(
            "GET \(target)", ["Connection: Upgrade", "Upgrade: websocket", "Origin: \(origin)"])
        asked.source.isSecure = bySecure
        let own = try own.map { try #require(WebOrigin($0)) }
        return PageOrigins(own: own, allowed: ["https://friend.test"]).isForeign(asked)
    }

    @Test func `the origin of an upgrade is compared with the host that was asked for`() throws {
        #expect(try !isForeign("http://hub.test"))
        #expect(try !isForeign("https://HUB.test"), "a proxy may speak https and not tell")
        #expect(try !isForeign("https://friend.test"))
        #expect(try isForeign("http://hub.test", target: "http://other.test/ws"))
        for origin in ["null", "", "http://hub.test:8080", "http://hub.test.evil.test"] {
            #expect(try isForeign(origin), "\(origin)")
        }
    }

    @Test func `an origin of http is another one where browsers use https`() throws {
        #expect(try isForeign("http://hub.test", bySecure: true))
        #expect(try !isForeign("https://hub.test", bySecure: true))
        #expect(try isForeign("http://hub.test", to: "https://hub.test"))
        #expect(try !isForeign("https://hub.test:443", to: "https://hub.test"))
        #expect(
            try isForeign(
                "https://other.test", to: "https://hub.test", target: "https://other.test/ws"))
    }
}

@Suite struct `What a client accepts` {
    @Test(arguments: [
        (nil, Acceptance.stream), ("", .stream), ("*/*", .stream), ("text/*", .stream),
        ("text/event-stream", .stream), ("text/html, */*;q=0.8", .stream),
        ("application/json", .history), ("application/*;q=0.1", .history),
        ("application/json, text/event-stream;q=0", .history), ("text/html", .nothing),
        ("application/json;q=0", .nothing), ("*/*; q=0.000", .nothing),
    ])
    func `is a stream, the history or neither`(header: String?, expected: Acceptance) {
        #expect(Acceptance.of(header) == expected)
    }
}
