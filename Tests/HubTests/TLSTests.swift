// TLS as clients meet it: which versions and protocols are spoken, what becomes of those who speak
// something else, and that everything else is as it is without.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(
        .serialized,
        .tlsHub([
            "HUB_HEADER_TIMEOUT": "2", "HUB_BODY_TIMEOUT": "2", "HUB_MAX_HEAD": "16384",
            "HUB_MAX_BODY": "65536", "HUB_ADDRESS_CONNECTIONS": "64", "HUB_LOOPS": "1",
            "HUB_TLS_HANDSHAKES": "3", "HUB_HSTS": "86400",
        ]))
    struct TLSTests {
        let hub: TLSHub

        init() throws { hub = try TLSHub.current() }
    }
}

extension EndToEnd.TLSTests {
    @Test func `TLS 1.2 and 1.3 are spoken, older versions and other protocols are refused`() throws
    {
        let counted = ["done", "version", "cipher", "application_protocol"]
        let before = try counted.map { try hub.handshakes($0) }
        for (version, name) in [
            ("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3"), ("", "TLSv1.3"),
        ] {
            let text = try hub.openssl([version, "-alpn", "h2,http/1.1"])
            #expect(text.contains("ALPN protocol: http/1.1"), "\(text)")
            #expect(text.contains(name), "\(text)")
            #expect(text.contains("HTTP/1.1 200 OK"), "\(text)")
            #expect(text.contains("unified-core"), "\(text)")
            #expect(text.contains("Compression: NONE"))
            #expect(!text.contains("New Session Ticket"))
            #expect(!text.contains("unexpected eof"), "it ends with a close_notify: \(text)")
        }
        let old = try hub.openssl(["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
        #expect(old.contains("alert protocol version"), "\(old)")
        let weak = try hub.openssl(["-tls1_2", "-cipher", "AES128-SHA256"])
        #expect(weak.contains("handshake failure"), "\(weak)")
        let newer = try hub.openssl(["-alpn", "h2"])
        #expect(newer.contains("alert no application protocol"), "\(newer)")
        let again = try hub.commanding("R", "-tls1_2")
        #expect(again.contains("no renegotiation"), "\(again)")
        let after = try counted.map { try hub.handshakes($0) }
        #expect(zip(before, after).map { $1 - $0 } == [4, 1, 1, 1])
        let expiry = try hub.metric("hub_tls_certificate_expiry_timestamp_seconds")
        let left = Double(expiry) - Date().timeIntervalSince1970
        #expect((29.9 * 86_400...30.1 * 86_400).contains(left))
    }

    @Test func `curl reads answers and streams, and is told to come by TLS alone`() throws {
        let version = try hub.hub.get("/version")
        #expect(version.header("Strict-Transport-Security") == "max-age=86400")
        #expect(try hub.plain.get("/version").header("Strict-Transport-Security") == nil)
        #expect(try hub.hub.get("/healthz").header("Strict-Transport-Security") != nil)
        let place = "https://localhost:\(hub.port)"
        let id = try hub.hub.makeLead()
        let (code, output) = try ChildProcess.run(
            [
                "/usr/bin/curl", "--silent", "--show-error", "--cacert",
                hub.authority.certificate, "-H", "Authorization: Bearer \(hub.hub.admin)",
                "\(place)/crm/leads/\(id)",
            ], environment: ChildProcess.plainEnvironment)
        #expect(code == 0 && output.contains(id), "\(output)")
        let stream = try ChildProcess.run(
            [
                "/usr/bin/curl", "--silent", "--no-buffer", "--max-time", "2", "--cacert",
                hub.authority.certificate, "-D", "-", "-H",
                "Authorization: Bearer \(hub.hub.admin)", "\(place)/events?after=0",
            ], environment: ChildProcess.plainEnvironment
        ).output
        #expect(stream.contains("event: lead_created"), "\(stream)")
        #expect(stream.lowercased().contains("strict-transport-security"))
    }

    @Test func `who speaks plain HTTP to the TLS port is told so, and garbage harms nobody`() throws
    {
        let stream = EventStreamReader(port: hub.port, token: hub.hub.admin)
        try stream.connect()
        let plain = try RawPlain(port: hub.port)
        let answer = try plain.ask("GET /version HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(answer.hasPrefix("HTTP/1.1 400 "), "\(answer)")
        #expect(answer.contains(#""code":"plain_http_on_tls_port""#), "\(answer)")
        for garbage in [
            "\u{0}\u{1}\u{2}garbage", "SSH-2.0-OpenSSH_9.2\r\n", "\u{16}\u{3}\u{1}",
        ] {
            let socket = try RawPlain(port: hub.port)
            let rest = try socket.ask(garbage, finishes: true)
            #expect(!rest.contains("HTTP"), "\(rest)")
        }
        #expect(try hub.handshakes("plain_http") == 1)
        #expect(try hub.handshakes("malformed") + hub.handshakes("disconnected") == 3)
        _ = try hub.hub.makeLead()
        #expect(try stream.next()?.event == "lead_created")
        try waitUntil("nothing else is open") { try hub.metric("hub_tls_connections") == 1 }
    }

    @Test func `a handshake that doesn't get on is cut, and only so many are under way`() throws {
        let idle = try (0..<3).map { _ in try RawPlain(port: hub.port) }
        // The fourth waits in the kernel's queue until one of those was given up.
        #expect(try hub.hub.get("/version").status == 200)
        #expect(try hub.handshakes("timeout") > 0)
        for socket in idle { #expect(socket.isClosed()) }
        #expect(try hub.handshakes("timeout") == 3)
        #expect(try hub.plain.get("/version").status == 200)
    }

    @Test func `cookies are for TLS alone where a session begins by it`() throws {
        let made = try hub.plain.post(
            "/admin/users", #"{"name":"tess","password":"correct horse","roles":["viewer"]}"#)
        #expect(made.status == 201, "\(made.text)")
        let login = #"{"name":"tess","password":"correct horse","cookies":true}"#
        let origin = ["Sec-Fetch-Site": "same-origin"]
        let secure = try hub.hub.post("/auth/login", login, headers: origin)
        let cookies = secure.headers.filter { $0.name.lowercased() == "set-cookie" }
        #expect(cookies.count == 2 && cookies.allSatisfy { $0.value.contains("; Secure") })
        #expect(cookies[0].value.hasPrefix("__Host-hub_access="))
        let plain = try hub.plain.post("/auth/login", login, headers: origin)
        #expect(plain.header("Set-Cookie")?.contains("Secure") == false)
    }

    @Test func `the attacks on HTTP come to the same by TLS, and so does a request byte by byte`()
        throws
    {
        let rig = AttackRig(hub: hub.hub, token: hub.hub.admin)
        for attack in Attack.chunks + Attack.lengths + Attack.pipelines + Attack.requestLines {
            try rig.check(attack)
        }
        let body = Sample.lead()
        let request = Array(
            ("POST /crm/leads HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(hub.hub.admin)\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
                + body).utf8)
        // Each byte a record; then one request in two records, split anywhere.
        let client = hub.hub.client()
        for byte in request { try client.send([byte]) }
        #expect(try client.readResponse(isHead: false).status == 201)
        let get = Array("GET /version HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        for split in 1..<get.count {
            try client.send(Array(get[..<split]))
            try client.send(Array(get[split...]))
            #expect(try client.readResponse(isHead: false).status == 200)
        }
    }

    @Test func `a new key in the middle of a connection changes nothing`() throws {
        // A `K` to s_client is a KeyUpdate that asks for one in return (RFC 8446 §4.6.3).
        let text = try hub.commanding("K")
        #expect(text.contains("KEYUPDATE") && text.contains("HTTP/1.1 200 OK"), "\(text)")
    }

    @Test func `the load tester opens its streams by TLS and gets every event in order`() throws {
        let (code, output) = try ChildProcess.run([
            HubProgram.path, "loadtest", "subscribers", "--url",
            "http://127.0.0.1:\(hub.plain.port)", "--tls-port", "\(hub.port)", "--count", "20",
            "--rate", "40", "--duration", "1", "--token", hub.hub.admin, "--quiet",
        ])
        #expect(code == 0, "\(output)")
    }

    @Test func `an answer comes whole to who says first that nothing more comes`() throws {
        let client = hub.hub.client()
        let socket = try client.connected()
        try socket.send("GET /version HTTP/1.1\r\nHost: a\r\n\r\n")
        socket.finishSending()
        #expect(try client.readResponse(isHead: false).status == 200)
        #expect(try socket.receiveToEnd(until: Deadline(seconds: 5)).isEmpty)
    }
}

/// A connection without TLS to a port that speaks it.
private final class RawPlain {
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var patience = timeval(tv_sec: 15, tv_usec: 0)
        setsockopt(
            descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let outcome = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(outcome == 0)
    }

    deinit { close(descriptor) }

    /// Sends a text and reads to the end.
    func ask(_ text: String, finishes: Bool = false) throws -> String {
        let bytes = Array(text.utf8)
        try #require(Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) > 0)
        if finishes { shutdown(descriptor, Int32(SHUT_WR)) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            try #require(count >= 0, "it neither answered nor closed")
            if count == 0 { return String(decoding: all, as: UTF8.self) }
            all += buffer[..<count]
        }
    }

    /// Whether the peer closes without a word.
    func isClosed() -> Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, 0) == 0
    }
}
