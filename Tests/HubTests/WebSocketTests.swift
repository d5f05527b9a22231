// The WebSocket contract, message by message: the handshake, filters that grow and shrink, places
// that are set back, tokens that are renewed, and every way to break the protocol.

import Foundation
import Support
import Testing
import Wire

extension EndToEnd {
    @Suite(.serialized, .hub()) struct WebSocketTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.WebSocketTests {
    /// A connected WebSocket that has been told `ready`.
    private func open(_ target: String = "/ws", token: String? = nil) throws -> WebSocketReader {
        let socket = WebSocketReader(port: hub.port, token: token ?? hub.admin, target: target)
        try socket.connect()
        _ = try socket.next(op: "ready")
        return socket
    }

    /// The next message, whatever it is.
    private func message(_ socket: WebSocketReader, seconds: Double = 10) throws -> JSON {
        while let arrival = try socket.next(timeoutSeconds: seconds) {
            if case .message(_, let document) = arrival { return JSON(document.bytes) }
        }
        throw ConnectionFailure.timedOut
    }

    /// Reads up to the event of a lead.
    ///
    /// A stream begins where its loop's log stands, so events of
    /// other tests that were on their way may come before it.
    private func expectLead(_ lead: String, on socket: WebSocketReader) throws {
        while try message(socket)["event"]["subject"].string != "leads/" + lead {}
    }

    /// Waits until the hub has done all that was said before.
    private func settle(_ socket: WebSocketReader) throws {
        try socket.send(#"{"op":"ping"}"#)
        _ = try socket.next(op: "pong")
    }

    private func publish(_ type: String) throws {
        #expect(try hub.post("/event/unified", #"{"event_type":"\#(type)"}"#).status == 202)
    }

    /// The names of the events that come until one is called `last`.
    private func names(_ socket: WebSocketReader, until last: String) throws -> [String] {
        var names: [String] = []
        while names.last != last {
            let type = try message(socket)["event"]["type"].string ?? ""
            guard !type.isEmpty else { continue }
            names.append(String(type.dropFirst("in.bhiv.".count)))
        }
        return names
    }
}

// MARK: - Opening

extension EndToEnd.WebSocketTests {
    @Test(arguments: ["/ws", "/events"])
    func `a WebSocket is told once that it is ready, then what happens`(path: String) throws {
        let socket = WebSocketReader(port: hub.port, token: hub.admin, target: path)
        try socket.connect(headers: [("Sec-WebSocket-Protocol", "other, unified.v1.json")])
        let names = socket.headers.map { ($0.name.lowercased(), $0.value) }
        #expect(names.contains { $0 == ("sec-websocket-protocol", "unified.v1.json") })
        let ready = JSON(try socket.next(op: "ready").bytes)
        #expect(ready["id"].string == (try hub.head()))
        #expect(ready["expires"].string?.hasSuffix("Z") == true)
        let id = try hub.makeLead()
        let event = try message(socket)
        #expect(event["op"].string == "event")
        #expect(event["event"]["subject"].string == "leads/" + id)
        let place = try #require(event["id"].string)
        #expect(place.hasSuffix("-" + (event["event"]["position"].string ?? "?")))
        #expect(try hub.head() == place)
    }

    @Test func `a subprotocol that isn't ours is not answered`() throws {
        let socket = WebSocketReader(port: hub.port, token: hub.admin)
        try socket.connect(headers: [("Sec-WebSocket-Protocol", "other")])
        #expect(!socket.headers.contains { $0.name.lowercased() == "sec-websocket-protocol" })
    }

    @Test func `a handshake that can't be is refused as HTTP`() throws {
        let good = [
            ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", WebSocketReader.key),
        ]
        func with(_ name: String, _ value: String?) throws -> TestResponse {
            let headers = good.filter { $0.0 != name } + (value.map { [(name, $0)] } ?? [])
            return try hub.client().get("/ws", headers: headers)
        }
        try with("Sec-WebSocket-Version", "8").expectProblem(426, "upgrade_required")
        try with("Sec-WebSocket-Key", "short").expectProblem(400, "bad_websocket_key")
        try with("Sec-WebSocket-Key", nil).expectProblem(400, "bad_websocket_key")
        try with("Upgrade", nil).expectProblem(426, "upgrade_required")
        let version = try with("Sec-WebSocket-Version", "8")
        #expect(version.header("Sec-WebSocket-Version") == "13", "RFC 6455 §4.4")
        let anonymous = try TestClient(port: hub.port).get("/ws", headers: good)
        try anonymous.expectProblem(401, "token_missing")
        let wrong = try hub.client().get("/ws?types=Not!", headers: good)
        try wrong.expectProblem(400, "bad_parameter")
    }

    @Test func `a query with a filter or a place needs no first message`() throws {
        let start = try hub.head()
        try publish("ws_before")
        let replayed = try open("/ws?after=\(start)&types=ws_*")
        #expect(try names(replayed, until: "ws_before") == ["ws_before"])
        let filtered = try open("/ws?types=ws_after")
        try publish("ws_other")
        try publish("ws_after")
        #expect(try names(filtered, until: "ws_after") == ["ws_after"])
        #expect(try names(replayed, until: "ws_after") == ["ws_other", "ws_after"])
    }

    @Test(arguments: [("deadbeef-7", "unknown_epoch"), ("nonsense", "malformed")])
    func `a place that can't be gone on from is a gap`(id: String, reason: String) throws {
        let socket = try open("/ws?after=\(id)")
        let gap = try message(socket)
        #expect(gap["op"].string == "gap" && gap["reason"].string == reason)
        #expect(gap["id"].string == (try hub.head()) && gap["to"].string == gap["id"].string)
        #expect(gap["reload"].string?.hasPrefix("/") == true)
        let lead = try hub.makeLead()
        try expectLead(lead, on: socket)
    }
}

// MARK: - Filters

extension EndToEnd.WebSocketTests {
    @Test func `the first subscribe replaces everything, later ones add`() throws {
        let socket = try open()
        try publish("sub_all")
        #expect(try names(socket, until: "sub_all") == ["sub_all"])
        try socket.send(#"{"op":"subscribe","types":["sub_a","sub_b*"]}"#)
        try settle(socket)
        for type in ["sub_c", "sub_bb", "sub_a"] { try publish(type) }
        #expect(try names(socket, until: "sub_a") == ["sub_bb", "sub_a"])
        try socket.send(#"{"op":"subscribe","types":["sub_c"]}"#)
        try settle(socket)
        for type in ["sub_d", "sub_c", "sub_a"] { try publish(type) }
        #expect(try names(socket, until: "sub_a") == ["sub_c", "sub_a"])
    }

    @Test func `a filter of the query is added to, not replaced`() throws {
        let socket = try open("/ws?types=query_a")
        try socket.send(#"{"op":"subscribe","types":["query_b"]}"#)
        try settle(socket)
        for type in ["query_a", "query_c", "query_b"] { try publish(type) }
        #expect(try names(socket, until: "query_b") == ["query_a", "query_b"])
    }

    @Test func `a subject is followed alone`() throws {
        let one = try hub.makeLead()
        let two = try hub.makeLead()
        let socket = try open()
        try socket.send(#"{"op":"subscribe","subject":"leads/\#(one)"}"#)
        try settle(socket)
        for id in [two, one] {
            _ = try hub.ask("PATCH", "/crm/leads/" + id, #"{"name":"\#(UUID().uuidString)"}"#)
        }
        #expect(try message(socket)["event"]["subject"].string == "leads/" + one)
    }

    @Test func `unsubscribing the last filter leaves nothing`() throws {
        let socket = try open()
        try socket.send(#"{"op":"subscribe","types":["un_a","un_b"]}"#)
        try socket.send(#"{"op":"unsubscribe","types":["un_b"]}"#)
        try settle(socket)
        for type in ["un_b", "un_a"] { try publish(type) }
        #expect(try names(socket, until: "un_a") == ["un_a"])
        try socket.send(#"{"op":"unsubscribe","types":["un_a"]}"#)
        try settle(socket)
        for type in ["un_a", "un_b"] { try publish(type) }
        // The next message is the pong: nothing came in between.
        try socket.send(#"{"op":"ping"}"#)
        #expect(try message(socket)["op"].string == "pong")
        try socket.send(#"{"op":"subscribe","types":["un_c"]}"#)
        try settle(socket)
        for type in ["un_a", "un_c"] { try publish(type) }
        #expect(try names(socket, until: "un_c") == ["un_c"])
    }

    @Test func `after in the first subscribe sets the place back, and marks it`() throws {
        let start = try hub.head()
        for number in 0..<5 { try publish("back_\(number)") }
        let socket = try open()
        try socket.send(#"{"op":"subscribe","types":["back_*"],"after":"\#(start)"}"#)
        let mark = try message(socket)
        #expect(mark["op"].string == "position" && mark["id"].string == start)
        #expect(try names(socket, until: "back_4") == (0..<5).map { "back_\($0)" })
        // A second one changes nothing.
        try socket.send(#"{"op":"subscribe","types":["back_*"],"after":"\#(start)"}"#)
        let problem = try message(socket)
        #expect(problem["op"].string == "problem" && problem["for"].string == "subscribe")
        #expect(problem["problem"]["field"].string == "after")
        try publish("back_5")
        #expect(try names(socket, until: "back_5") == ["back_5"])
    }

    @Test func `after 0 in the first subscribe is everything`() throws {
        let socket = try open()
        try socket.send(#"{"op":"subscribe","types":["*"],"after":"0"}"#)
        let mark = try message(socket)
        #expect(mark["op"].string == "position" && mark["id"].string == "0")
        let head = try hub.head()
        let count = try #require(head.split(separator: "-").last.flatMap { Int($0) })
        for position in 1...count {
            #expect(try message(socket)["event"]["position"].string == "\(position)")
        }
    }

    @Test func `after that can't be gone on from is a gap, and ready isn't said twice`() throws {
        for (id, reason) in [("x", "malformed"), ("deadbeef-1", "unknown_epoch")] {
            let socket = try open()
            try socket.send(#"{"op":"subscribe","types":["g_*"],"after":"\#(id)"}"#)
            let first = try message(socket)
            #expect(first["op"].string == "gap" && first["reason"].string == reason, "\(first)")
            try publish("g_on")
            #expect(try names(socket, until: "g_on") == ["g_on"])
        }
        let epoch = try #require(try hub.head().split(separator: "-").first)
        let future = try open()
        try future.send(#"{"op":"subscribe","types":["g_*"],"after":"\#(epoch)-99999999"}"#)
        let first = try message(future)
        #expect(first["op"].string == "gap" && first["reason"].string == "future", "\(first)")
        try publish("g_on")
        #expect(try names(future, until: "g_on") == ["g_on"])
    }

    @Test func `a place set back behind a full socket breaks no frame`() throws {
        let start = try hub.head()
        let text = String(repeating: "y", count: 30_000)
        let items = (0..<30).map { _ in #"{"event_type":"wide","payload":"\#(text)"}"# }
        for _ in 0..<12 { try hub.post("/event/unified", "[\(items.joined(separator: ","))]") }
        // Its socket is full in the middle of a frame when the place is set back.
        let socket = try open("/ws?types=wide&after=\(start)")
        try waitUntil("the hub has sent what the socket takes") {
            usleep(300_000)
            return true
        }
        try socket.send(#"{"op":"subscribe","types":["narrow"],"after":"\#(start)"}"#)
        try publish("narrow")
        var positions: [Int] = []
        var isMarked = false
        while true {
            let message = try message(socket, seconds: 30)
            if message["op"].string == "position", message["id"].string == start {
                isMarked = true
                positions = []
            }
            guard message["op"].string == "event" else { continue }
            positions.append(message["event"]["position"].string.flatMap { Int($0) } ?? -1)
            if message["event"]["type"].string == "in.bhiv.narrow" { break }
        }
        #expect(isMarked)
        let first = try #require(start.split(separator: "-").last.flatMap { Int($0) })
        #expect(positions == Array((first + 1)...(first + 361)))
    }
}

// MARK: - Messages

extension EndToEnd.WebSocketTests {
    @Test(arguments: [
        ("nonsense", "message", "bad_json"), ("[]", "message", "invalid_field"),
        ("{}", "message", "invalid_field"), (#"{"op":"dance"}"#, "message", "invalid_field"),
        (#"{"op":7}"#, "message", "invalid_field"),
        (#"{"op":"subscribe","types":"a"}"#, "subscribe", "invalid_field"),
        (#"{"op":"subscribe","types":["A!"]}"#, "subscribe", "invalid_field"),
        (#"{"op":"subscribe","colour":1}"#, "subscribe", "invalid_field"),
        (#"{"op":"unsubscribe","types":[7]}"#, "unsubscribe", "invalid_field"),
        (#"{"op":"ping","x":1}"#, "ping", "invalid_field"),
        (#"{"op":"auth"}"#, "auth", "invalid_field"),
        (#"{"op":"auth","token":"x"}"#, "auth", "token_invalid"),
    ])
    func `a wrong message is a problem, and the stream goes on`(
        text: String, operation: String, code: String
    ) throws {
        let socket = try open()
        try socket.send(text)
        let problem = try message(socket)
        #expect(problem["op"].string == "problem")
        #expect(problem["for"].string == operation)
        #expect(problem["problem"]["code"].string == code)
        #expect(problem["problem"]["trace_id"].string?.count == 32)
        let lead = try hub.makeLead()
        try expectLead(lead, on: socket)
    }

    @Test func `pings of both kinds are answered, and a close is echoed`() throws {
        let socket = try open()
        try settle(socket)
        try socket.send(.ping, Array("hello".utf8))
        // Events of leads that other tests made may come before it.
        var payload: [UInt8]?
        while payload == nil, let frame = try socket.next() {
            if case .pong(let bytes) = frame { payload = bytes }
        }
        #expect(payload == Array("hello".utf8))
        try socket.send(.close, [0x03, 0xE8])
        guard case .close(1000?, _)? = try socket.next() else {
            Issue.record("no close")
            return
        }
        #expect(throws: ConnectionFailure.closed) { try socket.next() }
    }

    @Test func `a message in pieces with a ping between them is one message`() throws {
        let socket = try open()
        try socket.send(.text, Array(#"{"op":"#.utf8), isFinal: false)
        try socket.send(.ping, [])
        try socket.send(.continuation, Array(#""ping"}"#.utf8))
        guard case .pong? = try socket.next() else {
            Issue.record("no pong")
            return
        }
        #expect(try message(socket)["op"].string == "pong")
    }

    @Test func `a token is renewed in the stream, for the same subject alone`() throws {
        let brief = TokenSigner.shared.token(subject: "rita", roles: ["viewer"], lifetimeSeconds: 3)
        let socket = try open("/ws", token: brief)
        let other = TokenSigner.shared.token(subject: "eve", roles: ["viewer"])
        try socket.send(#"{"op":"auth","token":"\#(other)"}"#)
        let problem = try message(socket)
        #expect(problem["op"].string == "problem" && problem["for"].string == "auth")
        let fresh = TokenSigner.shared.token(subject: "rita", roles: ["viewer"])
        try socket.send(#"{"op":"auth","token":"\#(fresh)"}"#)
        let ready = try message(socket)
        #expect(ready["op"].string == "ready" && ready["expires"].string != nil)
        // The first token ends, the stream doesn't.
        try waitUntil("the first token has expired") {
            try hub.get("/crm/leads", token: brief).status == 401
        }
        let lead = try hub.makeLead()
        try expectLead(lead, on: socket)
    }
}

// MARK: - Who doesn't read

extension EndToEnd.WebSocketTests {
    @Test func `a peer that asks and never reads fills its own sockets, not the hub`() throws {
        let socket = try open("/ws?types=nothing_ever")
        let wire = try #require(socket.socket)
        var frame: [UInt8] = []
        WebSocketFrame.append(
            opcode: .ping, payload: Array(repeating: 7, count: 125), mask: 1, isFinal: true,
            to: &frame)
        let many = (0..<2000).flatMap { _ in frame }
        var sent = 0
        let before = try hub.residentKilobytes()
        #expect(throws: ConnectionFailure.timedOut) {
            while sent < 200_000 {
                try wire.send(many, timeoutSeconds: 2)
                sent += 2000
            }
        }
        let growth = try hub.residentKilobytes() - before
        #expect(growth < 4096, "\(growth) kB for \(sent) pings")
        // The hub serves others, and this one as soon as it reads.
        _ = try hub.makeLead()
        for _ in 0..<max(1, sent) {
            guard case .pong? = try socket.next(timeoutSeconds: 10) else {
                Issue.record("no pong")
                return
            }
        }
    }
}

// MARK: - Broken frames

extension EndToEnd.WebSocketTests {
    @Test(
        arguments: [
            ("unmasked", [0x81, 0x01, 0x61], 1002),
            ("reserved bit", [0xC1, 0x80, 0, 0, 0, 0], 1002),
            ("unknown opcode", [0x83, 0x80, 0, 0, 0, 0], 1002),
            ("fragmented ping", [0x09, 0x80, 0, 0, 0, 0], 1002),
            ("long ping", [0x89, 0xFE, 0x00, 0x7E, 0, 0, 0, 0], 1002),
            ("stray continuation", [0x80, 0x80, 0, 0, 0, 0], 1002),
            ("binary", [0x82, 0x81, 0, 0, 0, 0, 0x61], 1003),
            ("bad UTF-8", [0x81, 0x82, 0, 0, 0, 0, 0xC3, 0x28], 1007),
            ("surrogate", [0x81, 0x83, 0, 0, 0, 0, 0xED, 0xA0, 0x80], 1007),
            ("too big", [0x81, 0xFF, 0, 0, 0, 0, 0x10, 0, 0, 1, 0, 0, 0, 0], 1009),
            ("close of one byte", [0x88, 0x81, 0, 0, 0, 0, 0x03], 1002),
            ("close with a code that may not be sent", [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xED], 1002),
        ] as [(String, [UInt8], Int)])
    func `a broken frame closes with its code, and the hub goes on`(
        name: String, bytes: [UInt8], code: Int
    ) throws {
        let socket = try open()
        try #require(socket.socket).send(bytes)
        while let arrival = try socket.next(timeoutSeconds: 5) {
            guard case .close(let told, _) = arrival else { continue }
            #expect(told == UInt16(code))
            break
        }
        #expect(throws: ConnectionFailure.closed) { try socket.next(timeoutSeconds: 5) }
        #expect(try hub.get("/healthz").status == 200)
    }

    @Test func `garbage of any kind leaves the hub standing`() throws {
        var random = TestSeed.random("garbage on WebSockets")
        for _ in 0..<60 {
            let socket = try open()
            let bytes = (0..<Int.random(in: 1...200, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            try? socket.socket?.send(bytes)
            socket.close()
        }
        let socket = try open()
        let lead = try hub.makeLead()
        try expectLead(lead, on: socket)
    }
}
