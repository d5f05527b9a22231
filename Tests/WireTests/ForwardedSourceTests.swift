// Whom a request comes from behind proxies: only what a trusted one wrote is believed, whatever a
// client sends along.

import Testing
import Wire

@Suite struct `Forwarded requests` {
    private static let networks = ["10.0.0.0/8", "2001:db8:1::/48"].compactMap {
        try? IPNetwork($0)
    }

    /// The source of a request with these lines that the proxy 10.0.0.1 sent.
    private func source(
        _ lines: [String], _ field: ForwardedField = .xForwardedFor
    ) throws -> ForwardedSource {
        let bytes = utf8(
            (["GET / HTTP/1.1", "Host: a"] + lines).joined(separator: "\r\n") + "\r\n\r\n")
        let request = try #require(head(bytes).request)
        let proxies = TrustedProxies(Self.networks, field: field)
        return proxies.source(
            of: request, in: bytes.span, from: try #require(IPAddress("10.0.0.1")))
    }

    private func address(
        _ lines: String..., by field: ForwardedField = .xForwardedFor
    ) throws
        -> String
    {
        "\(try source(lines, field).address)"
    }

    @Test(arguments: [
        ("203.0.113.9", "203.0.113.9"), ("1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("1.1.1.1, 203.0.113.9, 10.0.0.7", "203.0.113.9"),
        ("1.1.1.1,203.0.113.9 ,\t10.0.0.7,2001:db8:1::5", "203.0.113.9"),
        ("203.0.113.9:4711", "203.0.113.9"), ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]", "2001:db8::7"), ("[2001:db8::7]:4711", "2001:db8::7"),
        ("::ffff:203.0.113.9", "203.0.113.9"), ("203.0.113.9,,", "203.0.113.9"),
    ])
    func `the rightmost address that is no proxy's is the client's`(
        value: String, client: String
    ) throws {
        #expect(try address("X-Forwarded-For: " + value) == client)
    }

    @Test func `several lines are one list`() throws {
        #expect(
            try address(
                "X-Forwarded-For: 1.1.1.1", "Accept: */*", "X-Forwarded-For: 203.0.113.9",
                "x-forwarded-for: 10.0.0.7") == "203.0.113.9")
        #expect(
            try address("X-Forwarded-For: 203.0.113.9", "X-Forwarded-For:  ") == "203.0.113.9")
    }

    @Test func `when all are proxies, the leftmost is taken`() throws {
        #expect(try address("X-Forwarded-For: 10.0.0.9, 10.0.0.8") == "10.0.0.9")
        #expect(try address("Accept: */*") == "10.0.0.1")
    }

    @Test(arguments: [
        "unknown", "_hidden", "x", "203.0.113.9 203.0.113.8", "203.0.113", "203.0.113.9:", "[::1",
        "203.0.113.9:70000", "::1]:80", "[203.0.113.9]", "[::1]80", "fe80::1%eth0",
        "\"203.0.113.9\"",
        "[2001:db8::7]:x", "203.0.113.09", "(null)",
    ])
    func `what can't be read is the last known proxy's`(value: String) throws {
        #expect(try address("X-Forwarded-For: 203.0.113.1, " + value) == "10.0.0.1")
        #expect(try address("X-Forwarded-For: 203.0.113.1, \(value), 10.0.0.7") == "10.0.0.7")
    }

    @Test(arguments: [
        ("for=203.0.113.9", "203.0.113.9"), ("For=\"203.0.113.9:80\"", "203.0.113.9"),
        ("for=\"[2001:db8::7]:4711\"", "2001:db8::7"), ("for=\"[2001:db8::7]\"", "2001:db8::7"),
        ("by=10.0.0.1;for=203.0.113.9;host=a.test;proto=http", "203.0.113.9"),
        ("for=1.1.1.1, for=203.0.113.9;proto=https ,for=10.0.0.7", "203.0.113.9"),
        ("for=\"203.0.113.9:_port\"", "203.0.113.9"),
        ("for=203.0.113.9;host=\"a,b;c\"", "203.0.113.9"),
        ("for=1.1.1.1;host=\"x, for=203.0.113.9", "203.0.113.9"),
        (";;for=203.0.113.9;", "203.0.113.9"),
        // A quote that a client left open doesn't swallow what the proxy wrote behind it.
        ("for=\", for=203.0.113.9", "203.0.113.9"),
    ])
    func `the standard field is understood in every form`(value: String, client: String) throws {
        #expect(try address("Forwarded: " + value, by: .forwarded) == client)
    }

    @Test(arguments: [
        "for=unknown", "for=_hidden", "for=\"_SEVKISEK\"", "proto=https", "for=", "for", "=1.1.1.1",
        "for=203.0.113.9;for=203.0.113.8", "for=\"203.0.113.9", "for=203.0.113.9\"", "203.0.113.9",
        "for=\"203.0.113.9\\\"\"", "for=203.0.113.9;proto=http;proto=https", "f or=203.0.113.9",
    ])
    func `an element that can't be read is the last known proxy's`(value: String) throws {
        #expect(try address("Forwarded: for=1.1.1.1, " + value, by: .forwarded) == "10.0.0.1")
        let behind = "Forwarded: for=1.1.1.1, \(value), for=10.0.0.7"
        #expect(try address(behind, by: .forwarded) == "10.0.0.7")
    }

    @Test func `only the field that was set is believed, whatever the other says`() throws {
        let both = ["Forwarded: for=1.1.1.1;proto=https", "X-Forwarded-For: 203.0.113.9"]
        #expect(try source(both) == ForwardedSource(address: read("203.0.113.9"), isSecure: false))
        #expect(
            try source(both, .forwarded)
                == ForwardedSource(address: read("1.1.1.1"), isSecure: true))
    }

    private func read(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

    @Test(arguments: [
        ("203.0.113.9", "https", true), ("203.0.113.9", "HTTPS", true),
        ("203.0.113.9", "wss", true),
        ("203.0.113.9", "http", false), ("203.0.113.9", "", false), ("unknown", "https", true),
        // What a client sends stands left of what the proxy adds.
        ("203.0.113.9", "https, http", false), ("203.0.113.9", "http, https", true),
        // Two proxies: the outer one tells how the client came.
        ("203.0.113.9, 10.0.0.7", "https, http", true), ("203.0.113.9, 10.0.0.7", "https", true),
        ("203.0.113.9, 10.0.0.7", "http, https", false),
        ("1.1.1.1, 203.0.113.9, 10.0.0.7", "https, http, http", false),
    ])
    func `the scheme is the one that the client's proxy saw`(
        chain: String, schemes: String, isSecure: Bool
    ) throws {
        let lines = ["X-Forwarded-For: " + chain, "X-Forwarded-Proto: " + schemes]
        #expect(try source(lines).isSecure == isSecure)
    }

    @Test func `the scheme of the standard field belongs to its element`() throws {
        let value = "for=1.1.1.1;proto=https, for=203.0.113.9;proto=http, for=10.0.0.7;proto=https"
        #expect(try !source(["Forwarded: " + value], .forwarded).isSecure)
        let outside = "for=203.0.113.9;proto=https, for=10.0.0.7;proto=http"
        #expect(try source(["Forwarded: " + outside], .forwarded).isSecure)
    }

    @Test func `whatever a client sends, the proxy's own word at the end decides`() throws {
        var generator = SeededGenerator(for: "forged fields")
        let interesting = utf8("\",;= \t\\[]:._forproto1")
        for _ in 0..<3000 {
            let forged = (0..<Int.random(in: 0...24, using: &generator)).map { _ in
                interesting.randomElement(using: &generator) ?? 0x20
            }
            let plain = "X-Forwarded-For: \(text(forged)), 203.0.113.9"
            #expect(try address(plain) == "203.0.113.9", "\(plain)")
            let standard = "Forwarded: \(text(forged)), for=\"203.0.113.9:80\";proto=https"
            #expect(try address(standard, by: .forwarded) == "203.0.113.9", "\(standard)")
        }
    }
}
