// Clients behind proxies: whom a trusted proxy names counts, is audited, logged and listed under
// its own address; whoever else names somebody names nobody. By fields of a request, and by the
// PROXY protocol before a connection.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(
        .serialized,
        .hub([
            "HUB_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8", "HUB_RATE_LIMIT": "10/600",
            "HUB_ADDRESS_CONNECTIONS": "2", "HUB_LOG_LEVEL": "debug",
        ])
    ) struct TrustedProxyTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }

    @Suite(
        .serialized,
        .hub([
            "HUB_TRUSTED_PROXIES": "127.0.0.1", "HUB_PROXY_PROTOCOL": "true",
            "HUB_RATE_LIMIT": "10/600", "HUB_ADDRESS_CONNECTIONS": "20", "HUB_HEADER_TIMEOUT": "1",
        ])
    ) struct ProxyProtocolTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

/// curl with a source address of its own: 127.0.0.2 is nobody's proxy.
private func curl(_ arguments: [String]) throws -> (exitCode: Int32, statuses: [String]) {
    let (code, output) = try ChildProcess.run(
        ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}\\n"]
            + ["--max-time", "10"] + arguments)
    return (code, output.split(separator: "\n").map(String.init))
}

/// Checks how many requests an answer says are left of the default limit.
private func expect(
    _ count: Int, leftIn reply: TestResponse, sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(
        reply.header("RateLimit")?.hasPrefix("\"default\";r=\(count);") == true,
        "\(reply.status) \(reply.header("RateLimit") ?? "")", sourceLocation: sourceLocation)
}

// MARK: - Fields

extension EndToEnd.TrustedProxyTests {
    private func forwarded(_ client: String) -> [(String, String)] {
        [("X-Forwarded-For", client)]
    }

    @Test func `clients behind a proxy each have their own quota, on one connection`() throws {
        let proxy = TestClient(port: hub.port)
        for number in 1...10 {
            for client in ["203.0.113.1", "1.1.1.1, 203.0.113.2, 10.0.0.9", "2001:db8::1"] {
                let reply = try proxy.get("/version", headers: forwarded(client))
                #expect(reply.status == 200, "\(client) \(number)")
                expect(10 - number, leftIn: reply)
            }
        }
        // What stands left of the first address that is no proxy's is the client's own invention.
        for client in ["203.0.113.1", "9.9.9.9, 203.0.113.2", "2001:db8::2", "[2001:db8::3]:80"] {
            try proxy.get("/version", headers: forwarded(client))
                .expectProblem(429, "rate_limited")
        }
        #expect(try proxy.get("/version", headers: forwarded("203.0.113.3")).status == 200)
        #expect(try proxy.get("/version", headers: forwarded("2001:db8:0:1::1")).status == 200)
    }

    @Test func `whoever is no proxy speaks for nobody`() throws {
        let url = "http://127.0.0.1:\(hub.port)/version?number=[1-12]"
        let (code, statuses) = try curl(
            ["--interface", "127.0.0.2", "--header", "X-Forwarded-For: 203.0.113.10", url])
        #expect(code == 0 && statuses == Array(repeating: "200", count: 10) + ["429", "429"])
        let reply = try TestClient(port: hub.port).get(
            "/version", headers: forwarded("203.0.113.10"))
        expect(9, leftIn: reply)
    }

    @Test func `a body that comes later is its request's client's, too`() throws {
        let proxy = TestClient(port: hub.port)
        let request = proxy.request(
            "POST", "/crm/leads", [("X-Forwarded-For", "203.0.113.20")], "{}")
        for _ in 0..<10 {
            try proxy.send(Array(request.dropLast()))
            try proxy.send(Array(request.suffix(1)))
            try proxy.readResponse().expectProblem(401, "token_missing")
        }
        try proxy.post("/crm/leads", "{}", headers: forwarded("203.0.113.20"))
            .expectProblem(429, "rate_limited")
        try proxy.post("/crm/leads", "{}", headers: forwarded("203.0.113.21"))
            .expectProblem(401, "token_missing")
    }

    @Test func `refusals are audited and requests logged under the client's address`() throws {
        let trace = UUID().uuidString.lowercased().filter { $0 != "-" }
        let headers =
            forwarded("2001:db8:30::7") + [("traceparent", "00-\(trace)-00f067aa0ba902b7-01")]
        try TestClient(port: hub.port).get("/crm/leads", headers: headers)
            .expectProblem(401, "token_missing")
        try waitUntil("the refusal is audited") {
            try hub.query("SELECT user_id FROM audit_logs WHERE trace_id = '\(trace)'")
                == [["address:2001:db8:30::7"]]
        }
        let log = try String(
            contentsOfFile: hub.folder.path + "/hub-\(hub.port).log", encoding: .utf8)
        let line = try #require(log.split(separator: "\n").first { $0.contains(trace) })
        #expect(JSON(line.utf8)["client.address"].string == "2001:db8:30::7", "\(line)")
    }

    @Test func `a stream is its client's: it is listed so, and counts for its address`() throws {
        let subject = "streamer"
        let token = TokenSigner.shared.token(subject: subject, roles: ["viewer"])
        func stream(_ address: String) throws(ConnectionFailure) -> EventStreamReader {
            let reader = EventStreamReader(port: hub.port, token: token)
            try reader.connect(headers: forwarded(address))
            return reader
        }
        let first = try stream("203.0.113.40")
        let second = try stream("203.0.113.40")
        let refused = TestClient(port: hub.port, token: token)
        try refused.get("/events", headers: forwarded("203.0.113.40"))
            .expectProblem(429, "too_many_streams")
        // Its connection is the proxy's as before.
        refused.token = nil
        let next = try refused.get("/version", headers: forwarded("203.0.113.43"))
        expect(9, leftIn: next)
        let other = try stream("203.0.113.41")
        // Connections that carry requests are the proxy's, and as many as it likes.
        let requests = (0..<5).map { _ in TestClient(port: hub.port) }
        for client in requests {
            #expect(try client.get("/version", headers: forwarded("203.0.113.42")).status == 200)
        }
        let admin = TokenSigner.shared.token(subject: "lister", roles: ["admin"])
        func addresses() throws -> [String] {
            try hub.get("/admin/connections?subject=\(subject)", token: admin).json["data"].array
                .compactMap { $0["address"].string }.sorted()
        }
        #expect(try addresses() == ["203.0.113.40", "203.0.113.40", "203.0.113.41"])
        second.close()
        try waitUntil("the hub has seen its end") {
            try TestClient(port: hub.port).get("/metrics").text
                .contains("\nhub_streams{transport=\"sse\"} 2\n")
        }
        let again = try stream("203.0.113.40")
        withExtendedLifetime((first, other, again)) {}
    }
}

// MARK: - The PROXY protocol

extension EndToEnd.ProxyProtocolTests {
    private static let request = "GET /version HTTP/1.1\r\nHost: a\r\n\r\n"

    private func line(_ address: String) -> String {
        let isIPv6 = address.contains(":")
        return "PROXY \(isIPv6 ? "TCP6 \(address) ::1" : "TCP4 \(address) 10.0.0.1") 5 80\r\n"
    }

    /// A connection of a client, its header sent.
    private func client(_ address: String) throws -> TestClient {
        let client = TestClient(port: hub.port)
        try client.send(line(address))
        return client
    }

    private func metric(_ sample: String) throws -> Int {
        let text = try client("198.51.100.\(Int.random(in: 1...254))").get("/metrics").text
        let found = text.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
        return try #require(found.flatMap { Int($0.split(separator: " ")[1]) })
    }

    private func refusals(_ reason: String) throws -> Int {
        try metric("hub_proxy_header_refusals_total{reason=\"\(reason)\"}")
    }

    @Test func `a connection is its client's for its whole life`() throws {
        let one = try client("203.0.113.1")
        let other = try client("2001:db8::1")
        for number in 1...10 {
            for client in [one, other] {
                let reply = try client.get("/version")
                expect(10 - number, leftIn: reply)
            }
        }
        try one.get("/version").expectProblem(429, "rate_limited")
        // A field makes it nobody else's: the client may have written it itself.
        try one.get("/version", headers: [("X-Forwarded-For", "203.0.113.99")])
            .expectProblem(429, "rate_limited")
        try client("203.0.113.1").get("/version").expectProblem(429, "rate_limited")
        #expect(try client("203.0.113.2").get("/version").status == 200)
    }

    @Test func `a header may be cut at any byte, and a request follow at once`() throws {
        for (index, header) in [Array(line("203.0.113.5").utf8), Self.binary].enumerated() {
            let bytes = header + Array(Self.request.utf8)
            for cut in [1, 5, 12, 13, 16, 20, header.count - 1, header.count, header.count + 4] {
                let client = TestClient(port: hub.port)
                try client.send(Array(bytes[..<cut]))
                try client.send(Array(bytes[cut...]))
                #expect(try client.readResponse().header("RateLimit") != nil, "\(index) at \(cut)")
            }
            let slow = TestClient(port: hub.port)
            for byte in bytes { try slow.send([byte]) }
            #expect(try slow.readResponse().header("RateLimit") != nil)
        }
        // All of the second kind came from 203.0.113.6, which the binary header names.
        try client("203.0.113.6").get("/version").expectProblem(429, "rate_limited")
    }

    /// A header of version 2 with a value that nobody needs.
    private static let binary: [UInt8] =
        [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, 0x21, 0x11, 0, 16]
        + [203, 0, 113, 6, 10, 0, 0, 1, 0, 5, 0, 80] + [0x04, 0, 1, 9]

    @Test func `curl's header is understood, and a proxy's own connection is the proxy's`() throws {
        let url = "http://127.0.0.1:\(hub.port)/version"
        #expect(try curl(["--haproxy-protocol", url]).statuses == ["200"])
        let proxy = TestClient(port: hub.port)
        try proxy.send("PROXY UNKNOWN\r\n")
        // Its requests may be others' who stand behind a proxy of HTTP.
        let reply = try proxy.get("/version", headers: [("X-Forwarded-For", "203.0.113.7")])
        expect(9, leftIn: reply)
    }

    @Test func `a connection without a header is closed without a word, and counted`() throws {
        let before = try refusals("malformed")
        for start in [
            "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "PROXY TCP4 x\r\n", "\r\n\r\n\u{1}",
        ] {
            let socket = try TestSocket(port: hub.port)
            try socket.send(start)
            #expect(try socket.receiveToEnd(until: Deadline(seconds: 5)).isEmpty)
        }
        #expect(try refusals("malformed") == before + 3)
        let late = try refusals("late")
        let silent = try TestSocket(port: hub.port)
        let slow = try TestSocket(port: hub.port)
        try slow.send("PROXY TCP4 1.")
        for socket in [silent, slow] {
            #expect(try socket.receiveToEnd(until: Deadline(seconds: 5)).isEmpty)
        }
        #expect(try refusals("late") == late + 2)
    }

    @Test func `whoever is no proxy is closed at once, with a header, too`() throws {
        let before = try refusals("untrusted")
        let url = "http://127.0.0.1:\(hub.port)/healthz"
        for arguments in [["--haproxy-protocol"], []] {
            let (code, statuses) = try curl(["--interface", "127.0.0.2"] + arguments + [url])
            #expect(code != 0 && statuses == ["000"])
        }
        #expect(try refusals("untrusted") == before + 2)
    }

    @Test func `connections count for the address that their header names`() throws {
        var clients = try (0..<20).map { _ in try client("203.0.113.50") }
        for client in clients { #expect(try client.get("/healthz").status == 200) }
        let tooMany = try TestSocket(port: hub.port)
        try tooMany.send(line("203.0.113.50") + Self.request)
        #expect(tooMany.isClosed(withinSeconds: 5))
        #expect(try client("203.0.113.51").get("/healthz").status == 200)
        clients.removeLast()
        try waitUntil("there is room again") {
            (try? client("203.0.113.50").get("/healthz"))?.status == 200
        }
    }
}
