// Attacks on the parsers, one sentence each. What is refused here is refused because another
// reader on the way could understand it differently, or because it costs more than it should.

import Testing
import Wire

/// The head of a request with these field lines after its Host.
private func withFields(_ lines: String...) -> Head {
    head("POST / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n")
}

@Suite struct RequestSmugglingTests {
    @Test func `a length beside a transfer coding is refused in either order`() {
        #expect(withFields("Content-Length: 4", "Transfer-Encoding: chunked") == .bad(.badFraming))
        #expect(withFields("Transfer-Encoding: chunked", "Content-Length: 4") == .bad(.badFraming))
        #expect(withFields("Transfer-Encoding: chunked", "Content-Length: 0") == .bad(.badFraming))
    }

    @Test func `a length said twice is refused even when both agree`() {
        #expect(withFields("Content-Length: 4", "Content-Length: 5") == .bad(.badFraming))
        #expect(withFields("Content-Length: 4", "content-length: 4") == .bad(.badFraming))
        #expect(withFields("Content-Length: 4, 4") == .bad(.badFraming))
    }

    @Test(arguments: ["", "+4", "-4", "0x4", "4 4", "4;", "4.0", "１", "\"4\"", "4\u{0B}"])
    func `a length that is not digits alone is refused`(_ value: String) {
        guard case .bad = withFields("Content-Length: \(value)") else {
            Issue.record("accepted \(value)")
            return
        }
    }

    @Test func `a length beyond any number is too large and does not wrap around`() {
        #expect(withFields("Content-Length: 18446744073709551620") == .bad(.bodyTooLarge))
        #expect(
            withFields("Content-Length: " + String(repeating: "9", count: 400))
                == .bad(.bodyTooLarge))
        #expect(withFields("Content-Length: 1048577") == .bad(.bodyTooLarge))
        #expect(withFields("Content-Length: 00001048576").request?.body == .length(1_048_576))
    }

    @Test(arguments: [
        "chunked, chunked", "chunked, gzip", "gzip", "identity", "", "xchunked", "chunked;q=1",
        "chunked chunked", ",chunked", "\"chunked\"", "chunked,", "chunked\u{A0}",
    ])
    func `a transfer coding that does not end in one chunked is refused`(_ value: String) {
        #expect(withFields("Transfer-Encoding: \(value)") == .bad(.badFraming))
    }

    @Test func `a known end with an unknown coding before it is not implemented`() {
        #expect(withFields("Transfer-Encoding: gzip, chunked") == .bad(.notImplemented))
    }

    @Test func `two transfer coding lines are refused`() {
        #expect(
            withFields("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")
                == .bad(.badFraming))
        #expect(
            withFields("Transfer-Encoding: identity", "Transfer-Encoding: chunked")
                == .bad(.badFraming))
    }

    @Test func `a transfer coding in HTTP 1,0 is refused`() {
        #expect(
            head("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n") == .bad(.badFraming))
    }

    @Test(arguments: [
        "Transfer-Encoding : chunked", "Content-Length : 4", " Content-Length: 4",
        "Content Length: 4", "Content-Length\t: 4", ": 4", "Content-Length", "X\u{0}: 4",
        "(X): 4", "Ünï: 4", "\u{B}X: 4", "X: a\u{0}b", "X: a\u{8}b", "X: a\u{7F}b",
    ])
    func `a field with a malformed name or value is refused`(_ line: String) {
        guard case .bad(let error) = withFields("X: y", line) else {
            Issue.record("accepted \(line)")
            return
        }
        #expect(error == (line.hasPrefix(" ") ? .obsoleteFold : .badHeader))
    }

    @Test func `a folded line is refused wherever it stands`() {
        #expect(withFields("X: a", " b: c") == .bad(.obsoleteFold))
        #expect(withFields("X: a", "\tContent-Length: 4") == .bad(.obsoleteFold))
        #expect(head("GET / HTTP/1.1\r\n Host: a\r\n\r\n") == .bad(.obsoleteFold))
        #expect(withFields("X: a", " ") == .bad(.obsoleteFold))
    }

    @Test func `a bare carriage return ends no line`() {
        #expect(withFields("X: a\rContent-Length: 4") == .bad(.bareCarriageReturn))
        #expect(withFields("X: a\r\rY: b") == .bad(.bareCarriageReturn))
        #expect(head("GET / HTTP/1.1\rHost: a\r\n\r\n") == .bad(.bareCarriageReturn))
        #expect(head("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n") == .bad(.bareCarriageReturn))
    }

    @Test func `a bare line feed ends no line`() {
        #expect(head("GET / HTTP/1.1\nHost: a\n\n") == .bad(.badRequestLine))
        #expect(withFields("X: a\nContent-Length: 4") == .bad(.badHeader))
        #expect(head("GET / HTTP/1.1\r\nHost: a\r\n\n") == .bad(.badHeader))
        #expect(head("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == .bad(.badRequestLine))
    }

    @Test func `a bare line feed that dribbles in is refused when it arrives`() {
        let bytes = utf8("GET / HTTP/1.1\r\nHost: a\r\nX: a\n")
        #expect(head(bytes, cuts: Array(1..<bytes.count)) == .bad(.badHeader))
    }
}

@Suite struct RequestHeadTests {
    @Test(arguments: [
        "GET  / HTTP/1.1", "GET / HTTP/1.1 ", "GET /  HTTP/1.1", " GET / HTTP/1.1", "GET /",
        "GET\t/ HTTP/1.1", "GET / http/1.1", "GET / HTTP/1", "GET / HTTP/1.10", "GET / HTTP/x.1",
        "GET HTTP/1.1", "GET / XTTP/1.1", "G@T / HTTP/1.1", "GET / x HTTP/1.1",
        "GET * HTTP/1.1", "OPTIONS *x HTTP/1.1", "GET index HTTP/1.1", "GET ftp://a/ HTTP/1.1",
        "GET /a#b HTTP/1.1", "GET /a\u{0}b HTTP/1.1", "GET /a\u{1}b HTTP/1.1",
        "GET /ä HTTP/1.1", "GET /a\u{7F} HTTP/1.1", "GET /a\tb HTTP/1.1",
        "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}",
    ])
    func `a request line with anything odd is refused`(_ line: String) {
        #expect(head(line + "\r\nHost: a\r\n\r\n") == .bad(.badRequestLine))
    }

    @Test func `garbage is refused at its first byte`() {
        #expect(head([0x16]) == .bad(.badRequestLine))
        #expect(head([0x00]) == .bad(.badRequestLine))
        #expect(head([0x80]) == .bad(.badRequestLine))
    }

    @Test func `a proxy's tunnel is not opened`() {
        #expect(head("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n") == .bad(.notImplemented))
        for target in ["/", "/crm/leads", "http://a/", "a:x", "a/b"] {
            let request = "CONNECT \(target) HTTP/1.1\r\nHost: a\r\n\r\n"
            #expect(head(request) == .bad(.badRequestLine), "\(target)")
        }
    }

    @Test func `a request without a Host, or with two, is refused`() {
        #expect(head("GET / HTTP/1.1\r\nX: y\r\n\r\n") == .bad(.missingHost))
        #expect(head("GET http://a/ HTTP/1.1\r\nX: y\r\n\r\n") == .bad(.missingHost))
        #expect(withFields("Host: a") == .bad(.badHost))
        #expect(head("GET / HTTP/1.0\r\nX: y\r\n\r\n").request?.hostRange.isEmpty == true)
    }

    @Test(arguments: [
        "", "a b", "a,b", "a/b", "u@a", "a:b", "a:65536", "a:123456", "a?b", "a#b", "[::1", "[]",
        "[::1]x", "[g]", "a:1:2", ":80", "ä", "http://a", "a\\b", "<a>",
    ])
    func `a Host that is no host is refused`(_ host: String) {
        #expect(head("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n") == .bad(.badHost))
    }

    @Test(arguments: [
        "a", "a.b-c_d", "127.0.0.1:8005", "[::1]", "[2001:db8::1]:443", "a:", "a%20b",
    ])
    func `a Host that is one is read`(_ host: String) {
        #expect(head("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n").request != nil)
    }

    @Test func `an absolute target with user information is refused`() {
        #expect(head("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n") == .bad(.badHost))
        #expect(head("GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n") == .bad(.badHost))
    }

    @Test func `a target is as long as its limit and no longer`() {
        func target(_ count: Int) -> Head {
            head("GET /\(String(repeating: "a", count: count - 1)) HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(target(8192).request != nil)
        #expect(target(8193) == .bad(.uriTooLong))
        #expect(head("GET /" + String(repeating: "a", count: 9000)) == .bad(.uriTooLong))
    }

    @Test func `a head is as long as its limit and no longer`() {
        var limits = HTTPLimits()
        let request = "GET / HTTP/1.1\r\nHost: a\r\nX: 0123456789\r\n\r\n"
        limits.headBytesMax = request.utf8.count
        #expect(head(request + "more", limits: limits).request != nil)
        limits.headBytesMax -= 1
        #expect(head(request + "more", limits: limits) == .bad(.headersTooLarge))
        for end in 1..<request.utf8.count {
            let part = Array(request.utf8.prefix(end))
            let expected: Head =
                end < limits.headBytesMax ? .needMore : .bad(.headersTooLarge)
            #expect(head(part, cuts: Array(1..<max(end, 1)), limits: limits) == expected)
        }
    }

    @Test func `an endless head is refused at its limit`() {
        let endless = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 40_000)
        #expect(head(endless) == .bad(.headersTooLarge))
        #expect(head(utf8(endless), cuts: [100, 20_000, 32_767]) == .bad(.headersTooLarge))
    }

    @Test func `a hundred fields pass and one more does not`() {
        func fields(_ count: Int) -> Head {
            head(
                "GET / HTTP/1.1\r\nHost: a\r\n"
                    + String(repeating: "X: y\r\n", count: count - 1) + "\r\n")
        }
        #expect(fields(100).request?.headerCount == 100)
        #expect(fields(101) == .bad(.headersTooLarge))
    }

    @Test func `text of a client in a response's field cannot split the response`() {
        var output: [UInt8] = []
        let headers = [HTTPHeader(name: "Location", value: "/a\r\nSet-Cookie: x\r\n\r\n<b>\0")]
        HTTPResponseWriter.append(
            status: 201, headers: headers, date: [], bodyCount: 0, keepAlive: true, to: &output)
        #expect(
            text(output)
                == "HTTP/1.1 201 Created\r\nLocation: /a  Set-Cookie: x    <b> \r\n"
                + "Content-Length: 0\r\n\r\n")
    }
}

@Suite struct ChunkAttackTests {
    @Test(arguments: [
        "\r\n", "g\r\n", "-1\r\n", "+1\r\n", " 1\r\n", "1 \r\n", "1\t;x\r\n", "0x1\r\n", "1\n",
        "1\rx",
        ";x\r\n", "1;\u{0}\r\n", "1;a\nb\r\n", "1;a\rb\r\n", "1\r\nab\r\n", "1\r\na\n", "1\r\na\rx",
        "0\r\nX\r\n\r\n", "0\r\n X: y\r\n\r\n", "0\r\nX: y\n\r\n", "0\r\nX: \u{0}\r\n\r\n",
        "0\r\n\n", "0\r\n\rx", "0\r\n: y\r\n\r\n", "0\r\nX: y\r\n folded\r\n\r\n",
        "00000000000000001\r\na\r\n",
    ])
    func `a chunk that is not to the letter is refused`(_ sample: String) {
        #expect(chunked(utf8(sample)) == .bad(.badChunk))
    }

    @Test func `a size beyond any number is too large and does not wrap around`() {
        for size in [
            "FFFFFFFFFFFFFFFF", "8000000000000000", "10000000000000001", "7fffffffffffffff",
        ] {
            #expect(chunked(utf8(size + "\r\n")) == .bad(.bodyTooLarge))
        }
        let huge = chunked(utf8("8000000000000000\r\n"), bodyBytesMax: Int.max)
        #expect(huge == .bad(.bodyTooLarge))
        let large = chunked(utf8("5\r\nabcde\r\n7ffffffffffffffe\r\n"), bodyBytesMax: Int.max)
        #expect(large == .bad(.bodyTooLarge))
    }

    @Test func `a size beyond the limit is refused before its data`() {
        #expect(chunked(utf8("3e9\r\n")) == .bad(.bodyTooLarge))
        #expect(chunked(utf8("3e8\r\n")) == .needMore(body: []))
        #expect(chunked(utf8("1\r\na\r\n3e8\r\n")) == .bad(.bodyTooLarge))
    }

    @Test func `endless extensions are refused`() {
        let long = "1;" + String(repeating: "x", count: 9000)
        #expect(chunked(utf8(long)) == .bad(.badChunk))
        let many = String(
            repeating: "1;" + String(repeating: "x", count: 99) + "\r\na\r\n", count: 90)
        #expect(chunked(utf8(many)) == .bad(.badChunk))
    }

    @Test func `endless trailers are refused`() {
        let many = "0\r\n" + String(repeating: "X: y\r\n", count: 2000)
        #expect(chunked(utf8(many)) == .bad(.headersTooLarge))
    }
}

@Suite struct JSONAttackTests {
    @Test func `a million brackets cost no stack`() {
        for bracket in ["[", "{\"a\":"] {
            let bytes = utf8(String(repeating: bracket, count: 100_000))
            #expect(throws: JSONError.self) { try JSONDocument(bytes) }
            #expect(throws: JSONError.self) { try JSONDocument(bytes, depthMax: 1_000_000) }
        }
        let deep = String(repeating: "[", count: 50_000) + String(repeating: "]", count: 50_000)
        #expect(throws: Never.self) { try JSONDocument(utf8(deep), depthMax: 50_000) }
    }

    @Test(arguments: [
        "\\ud800", "\\udc00", "\\ud800\\ud800", "\\ud800x", "\\ud800\\n", "\\ud800\\u0041",
        "\\udc00\\ud800", "\\uDBFF", "\\ud800\\u",
    ])
    func `half a surrogate pair is refused`(_ inside: String) {
        #expect(throws: JSONError.self) { try JSONDocument(utf8("\"\(inside)\"")) }
    }

    @Test func `raw controls, NUL included, are refused in strings and between them`() {
        for byte: UInt8 in 0..<0x20 {
            #expect(throws: JSONError.self) { try JSONDocument([0x22, byte, 0x22]) }
            if ![0x09, 0x0A, 0x0D].contains(byte) {
                #expect(throws: JSONError.self) { try JSONDocument([byte, 0x31]) }
            }
        }
    }

    @Test func `UTF-8 that is cut by the quote is refused`() {
        for start: [UInt8] in [[0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98]] {
            #expect(throws: JSONError.self) { try JSONDocument([0x22] + start + [0x22]) }
            #expect(throws: JSONError.self) { try JSONDocument([0x22] + start) }
        }
    }

    @Test func `a number of any length is read and kept as text`() throws {
        let digits = String(repeating: "9", count: 10_000)
        let document = try JSONDocument(utf8(digits))
        #expect(document.integer(document.root) == nil)
        #expect(document.numberText(document.root) == digits)
    }
}

@Suite struct WebSocketAttackTests {
    private static let mask: [UInt8] = [0, 0, 0, 0]

    private func isRefused(
        _ bytes: [UInt8], with code: UInt16, role: WebSocketRole = .server,
        messageBytesMax: Int = 1000
    ) -> Bool {
        let all = [[], Array(0..<bytes.count)].map {
            webSocket(bytes, cuts: $0, role: role, messageBytesMax: messageBytesMax)
        }
        return all.allSatisfy {
            if case .failed(let closeCode, let reason)? = $0.last {
                return closeCode == code && !reason.isEmpty
            }
            return false
        }
    }

    @Test func `a client that does not mask is refused, and a server that does`() {
        #expect(isRefused([0x81, 0x01, 0x41], with: 1002))
        #expect(isRefused([0x81, 0x81, 0, 0, 0, 0, 0x41], with: 1002, role: .client))
    }

    @Test(arguments: [0xC1, 0xA1, 0x91, 0xF1, 0xC9] as [UInt8])
    func `reserved bits without an extension are refused`(_ first: UInt8) {
        #expect(isRefused([first], with: 1002))
    }

    @Test(arguments: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8])
    func `an opcode without a meaning is refused`(_ opcode: UInt8) {
        #expect(isRefused([0x80 | opcode], with: 1002))
    }

    @Test func `a control frame that is long or in pieces is refused`() {
        for opcode: UInt8 in [8, 9, 10] {
            #expect(isRefused([opcode], with: 1002))
            #expect(isRefused([0x80 | opcode, 0xFE], with: 1002))
            #expect(isRefused([0x80 | opcode, 0xFF], with: 1002))
        }
    }

    @Test func `a continuation of nothing and a message within a message are refused`() {
        #expect(isRefused([0x80], with: 1002))
        #expect(isRefused([0x00], with: 1002))
        #expect(isRefused([0x01, 0x80] + Self.mask + [0x81], with: 1002))
        #expect(isRefused([0x01, 0x80] + Self.mask + [0x82], with: 1002))
    }

    @Test func `a message beyond the limit is refused by its header alone`() {
        #expect(isRefused([0x82, 0xFE, 0x03, 0xE9], with: 1009))
        #expect(isRefused([0x82, 0xFF, 0, 0, 0, 0, 0xFF, 0, 0, 0], with: 1009))
        #expect(isRefused([0x82, 0xFF, 0x7F] + [UInt8](repeating: 0xFF, count: 7), with: 1009))
        #expect(isRefused([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], with: 1002))
        #expect(
            isRefused([0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0], with: 1002, messageBytesMax: .max))
        #expect(webSocket([0x82, 0xFE, 0x03, 0xE8] + Self.mask).isEmpty)
    }

    @Test func `fragments together beyond the limit are refused`() {
        let fragment = [0x02, 0x84] + Self.mask + [1, 2, 3, 4]
        let more = [0x00, 0x84] + Self.mask + [1, 2, 3, 4]
        #expect(isRefused(fragment + more + more, with: 1009, messageBytesMax: 10))
    }

    @Test(
        arguments: [
            0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535,
        ] as [UInt16])
    func `a close code that may not be sent is refused`(_ code: UInt16) {
        let payload = [UInt8(code >> 8), UInt8(code & 0xFF)]
        #expect(isRefused([0x88, 0x82] + Self.mask + payload, with: 1002))
    }

    @Test(arguments: [1000, 1003, 1007, 1011, 1014, 3000, 4401, 4999] as [UInt16])
    func `a close code that may be sent is read`(_ code: UInt16) {
        let payload = [UInt8(code >> 8), UInt8(code & 0xFF)]
        #expect(
            webSocket([0x88, 0x82] + Self.mask + payload) == [.close(code: code, reason: [])])
    }

    @Test func `a close of one byte, or with a reason that is not UTF-8, is refused`() {
        #expect(isRefused([0x88, 0x81] + Self.mask + [3], with: 1002))
        #expect(isRefused([0x88, 0x83] + Self.mask + [3, 0xE8, 0xFF], with: 1007))
        #expect(isRefused([0x88, 0x83] + Self.mask + [3, 0xE8, 0xC3], with: 1007))
    }

    @Test func `text that is not UTF-8 is refused at its first bad byte`() {
        // Four of a hundred bytes have come, the fourth cannot stand there.
        let start = [0x81, 0x80 | 100] + Self.mask
        #expect(isRefused(start + [0x41, 0x42, 0xE2, 0x41], with: 1007))
        #expect(isRefused(start + [0xED, 0xA0], with: 1007))
        #expect(isRefused(start + [0xC0], with: 1007))
        #expect(isRefused([0x81, 0x81] + Self.mask + [0xC3], with: 1007))
    }

    @Test func `a character may span fragments but not messages`() {
        let first = [0x01, 0x81] + Self.mask + [0xC3]
        #expect(
            webSocket(first + [0x80, 0x81] + Self.mask + [0xA9])
                == [.message(isText: true, utf8("é"))])
        #expect(isRefused(first + [0x80, 0x80] + Self.mask, with: 1007))
    }

    @Test func `nothing is read after a fault or a close`() {
        var parser = WebSocketParser(role: .server, messageBytesMax: 100)
        var offset = 0
        let bad: [UInt8] = [0x83]
        _ = parser.next(bad.span, from: &offset)
        let good = [0x81, 0x81] + Self.mask + [0x41]
        offset = 0
        guard case .failed(1002, _) = parser.next(good.span, from: &offset) else {
            Issue.record("read on")
            return
        }
        let closed = [0x88, 0x80] + Self.mask + good
        #expect(webSocket(closed) == [.close(code: nil, reason: [])])
    }
}
