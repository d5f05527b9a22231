// Attacks on a running hub by raw bytes (RFC 9112 §11): each is answered as its row says, nothing
// that was smuggled is executed, and the hub goes on. One hub bears them all, with limits that are
// low enough to be met.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(
        .serialized,
        .hub([
            "HUB_HEADER_TIMEOUT": "2", "HUB_BODY_TIMEOUT": "2", "HUB_MAX_HEAD": "16384",
            "HUB_MAX_BODY": "65536", "HUB_ADDRESS_CONNECTIONS": "64", "HUB_LOOPS": "2",
        ])
    ) struct HardeningTests {
        let hub: RunningHub
        let rig: AttackRig

        init() throws {
            hub = try RunningHub.current()
            rig = AttackRig(hub: hub, token: hub.admin)
        }
    }
}

// MARK: - The tables

extension EndToEnd.HardeningTests {
    @Test(arguments: Attack.lengths)
    func `a body whose length is in doubt is refused, and nothing behind it is read`(
        attack: Attack
    ) throws { try rig.check(attack) }

    @Test(arguments: Attack.codings)
    func `a transfer coding in doubt is refused, and nothing behind it is read`(
        attack: Attack
    ) throws { try rig.check(attack) }

    @Test(arguments: Attack.chunks + Attack.trailers)
    func `chunks are read to the letter, trailers are read past`(attack: Attack) throws {
        try rig.check(attack)
    }

    @Test(arguments: Attack.requestLines + Attack.versions)
    func `what is no request of HTTP/1 is refused at its first line`(attack: Attack) throws {
        try rig.check(attack)
    }

    @Test(arguments: Attack.fields + Attack.hosts)
    func `a head that two readers read differently is refused`(attack: Attack) throws {
        try rig.check(attack)
    }

    @Test(arguments: Attack.paths + Attack.queries)
    func `a target means what is written, and nothing else`(attack: Attack) throws {
        try rig.check(attack)
    }

    @Test(arguments: Attack.methods)
    func `a method that nobody knows is 501, and one that is not here 405`(attack: Attack) throws {
        try rig.check(attack)
    }

    @Test(arguments: Attack.contents + Attack.repeats)
    func `what is sent is what was said, once`(attack: Attack) throws { try rig.check(attack) }

    @Test(arguments: Attack.expectations + Attack.sizes)
    func `what is too much, or expected in vain, is refused before it is read`(
        attack: Attack
    ) throws { try rig.check(attack) }

    @Test(arguments: Attack.pipelines + Attack.bodies)
    func `nothing is executed that is no request`(attack: Attack) throws { try rig.check(attack) }

    @Test(arguments: Attack.upgrades)
    func `an upgrade that is refused hands nothing through`(attack: Attack) throws {
        try rig.check(attack)
    }

    @Test(arguments: Attack.ends)
    func `a request that its peer never ends is not executed`(attack: Attack) throws {
        try rig.check(attack)
    }

    @Test func `the tables are as long as they should be, and each row has its own sentence`() {
        let parts = [
            Attack.lengths, Attack.codings, Attack.chunks, Attack.trailers, Attack.requestLines,
            Attack.versions, Attack.fields, Attack.hosts, Attack.paths, Attack.queries,
            Attack.methods, Attack.contents, Attack.repeats, Attack.expectations, Attack.sizes,
            Attack.pipelines, Attack.bodies, Attack.upgrades, Attack.ends,
        ]
        for part in parts { #expect(Set(part.map(\.sentence)).count == part.count) }
        #expect(parts.joined().count >= 250)
    }
}

// MARK: - What needs time

extension EndToEnd.HardeningTests {
    /// Beginnings of requests that never go on, and what they are answered.
    private static let beginnings: [(sentence: String, bytes: String, status: Int?)] = [
        ("nothing at all", "", nil), ("an empty line", "\r\n", nil),
        ("a first letter", "P", 408), ("a request line", "GET /version HTTP/1.1\r\n", 408),
        ("a head without its end", String(Raw.get("/version").dropLast(2)), 408),
        ("a head whose body never comes", Raw.post("Content-Length: 5"), 408),
        ("a body without its last byte", String(Raw.whole().dropLast()), 408),
        ("chunks without the last", Raw.chunked(Raw.chunk(Raw.lead)), 408),
        ("chunks without the end", Raw.chunked(Raw.chunk(Raw.lead) + "0\r\n"), 408),
    ]

    @Test func `a sender that stops is told so when its time is over, and executes nothing`() throws
    {
        let before = try rig.position()
        let clients = try Self.beginnings.map { beginning in
            let client = TestClient(port: hub.port)
            let socket = try client.connected()
            try socket.send(Raw.bytes(beginning.bytes))
            return (beginning, client, socket)
        }
        // Another sends a byte now and then: it gets no more time for that.
        let dribbler = TestClient(port: hub.port)
        let dribbling = try dribbler.connected()
        for byte in Raw.bytes(Raw.smuggled).prefix(60) {
            guard (try? dribbling.send([byte])) != nil else { break }
            usleep(50_000)
        }
        try dribbler.readResponse().expectProblem(408, "request_timeout")
        for (beginning, client, socket) in clients {
            if let status = beginning.status {
                let answer = try client.readResponse()
                #expect(answer.header("Connection") == "close", "\(beginning.sentence)")
                try answer.expectProblem(status, "request_timeout")
            }
            let rest = try socket.receiveToEnd(until: Deadline(seconds: 10))
            #expect(rest.isEmpty, "\(beginning.sentence)")
        }
        try rig.checkClean(before)
    }
}

// MARK: - What turns into a stream

extension EndToEnd.HardeningTests {
    @Test func `a command behind the opening of an event stream is not executed`() throws {
        let before = try rig.position()
        let socket = try TestSocket(port: hub.port)
        try socket.send(Raw.bytes(Raw.get("/events") + Raw.smuggled))
        let head = try socket.receive(through: Raw.bytes("\r\n\r\n"), until: Deadline(seconds: 10))
        #expect(String(decoding: head, as: UTF8.self).hasPrefix("HTTP/1.1 200 "))
        try socket.send(Raw.bytes(Raw.smuggled))
        try rig.checkClean(before)
    }

    @Test func `a command behind the opening of a WebSocket is a broken frame`() throws {
        let before = try rig.position()
        let socket = try TestSocket(port: hub.port)
        let opening = Raw.get(
            "/ws", "Connection: Upgrade", "Upgrade: h2c, WebSocket", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==")
        try socket.send(Raw.bytes(opening + Raw.smuggled))
        let all = try socket.receiveToEnd(until: Deadline(seconds: 10))
        let text = String(decoding: all, as: UTF8.self)
        #expect(text.hasPrefix("HTTP/1.1 101 ") && !text.contains("HTTP/1.1 2"), "\(text)")
        // A close frame with 1002, protocol error (RFC 6455 §7.4.1).
        #expect(all.firstRange(of: [0x03, 0xEA]) != nil)
        try rig.checkClean(before)
    }
}

// MARK: - What is reflected

extension EndToEnd.HardeningTests {
    @Test func `what stands in a query does not become another link of the answer`() throws {
        let owner = #">;rel="next",<http://evil.test/"#
        for _ in 0..<2 {
            let body = try JSONSerialization.data(withJSONObject: ["name": "A", "owner": owner])
            try hub.post("/crm/leads", String(decoding: body, as: UTF8.self))
        }
        let page = try hub.get("/crm/leads?limit=1&owner=" + owner)
        #expect(page.json["data"][0]["owner"].string == owner)
        let link = try #require(page.header("Link"))
        #expect(link.hasPrefix("</crm/leads?limit=1&owner=%3E;rel=%22next%22,%3Chttp:"), "\(link)")
        #expect(link.split(separator: ">").count == 2, "one target: \(link)")
        let target = try #require(link.split(separator: ">").first?.dropFirst())
        let next = try hub.get(String(target))
        #expect(next.json["data"][0]["owner"].string == owner)
    }

    @Test func `a new thing's place is made of its id, whatever the request says`() throws {
        let answer = try hub.post(
            "/crm/leads", #"{"name":"A\r\nSet-Cookie: a=b","company":"\r\n\r\n<script>"}"#)
        let place = try answer.status == 201 ? answer.location() : ""
        #expect(place.isEmpty || place.wholeMatch(of: /\/crm\/leads\/[0-9a-f-]{36}/) != nil)
        #expect(answer.header("Set-Cookie") == nil)
        #expect(answer.header("X-Content-Type-Options") == "nosniff")
    }

    @Test func `an answer without a body has no length`() throws {
        let renewed = try hub.post("/auth/streams/nobody", "")
        #expect(renewed.status == 204 && renewed.header("Content-Length") == nil)
        let options = try hub.ask("OPTIONS", "/crm/leads")
        #expect(options.status == 204 && options.header("Content-Length") == nil)
    }

    @Test func `OPTIONS names what a path can do`() throws {
        for (path, allowed) in [
            ("/crm/leads", "GET, HEAD, POST, OPTIONS"), ("/event/unified", "POST, OPTIONS"),
            ("/healthz", "GET, HEAD, OPTIONS"), ("/", "GET, HEAD, OPTIONS"),
        ] {
            #expect(try hub.ask("OPTIONS", path).header("Allow") == allowed, "\(path)")
        }
    }
}

// MARK: - Every answer

extension EndToEnd.HardeningTests {
    @Test(arguments: [
        "/healthz", "/readyz", "/metrics", "/version", "/", "/app.js", "/style.css", "/crm/leads",
        "/nothing", "/crm/leads?x=y", "/events?limit=0",
    ])
    func `whatever is answered says that it is to be taken for nothing else`(path: String) throws {
        let answer = try hub.get(path, headers: ["Accept": "application/json"])
        for (name, value) in [
            ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
            ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ] {
            let values = answer.headers.filter { $0.name == name }.map(\.value)
            #expect(values == [value], "\(path): \(name)")
        }
        let policy = answer.header("Content-Security-Policy") ?? ""
        #expect(policy.hasPrefix("default-src 'none'; ") && !policy.contains("unsafe"))
        #expect(policy.contains("frame-ancestors 'none'"))
    }

    @Test func `a stream and an answer that ends the connection say so, too`() throws {
        for bytes in [Raw.get("/events"), "nonsense\r\n\r\n"] {
            let socket = try TestSocket(port: hub.port)
            try socket.send(Raw.bytes(bytes))
            let head = try socket.receive(
                through: Raw.bytes("\r\n\r\n"), until: Deadline(seconds: 10))
            let text = String(decoding: head, as: UTF8.self)
            #expect(text.contains("\r\nX-Content-Type-Options: nosniff\r\n"), "\(text)")
            #expect(text.contains("\r\nContent-Security-Policy: default-src 'none'; "), "\(text)")
            #expect(text.contains("\r\nCache-Control: no-store"), "\(text)")
        }
    }
}

// MARK: - Too many

extension EndToEnd.HardeningTests {
    @Test func `whoever opens too many connections is refused the next one, and keeps the others`()
        throws
    {
        var kept: [TestSocket] = []
        var refusedCount = 0
        for _ in 0..<80 {
            let socket = try TestSocket(port: hub.port)
            try? socket.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            if (try? socket.receive(through: Array("ok\n".utf8), until: Deadline(seconds: 10)))
                == nil
            {
                refusedCount += 1
            } else {
                kept.append(socket)
            }
        }
        #expect(refusedCount >= 16 && kept.count <= 64 && kept.count > 32)
        for socket in kept {
            try socket.send("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            _ = try socket.receive(through: Array("ok\n".utf8), until: Deadline(seconds: 10))
        }
        kept = []
        try waitUntil("a new connection is taken again") {
            (try? TestClient(port: hub.port).get("/healthz").status) == 200
        }
        try rig.checkClean(rig.position())
    }
}
