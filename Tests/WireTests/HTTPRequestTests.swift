// Requests as browsers, curl and proxies send them, and the samples of RFC 9112.

import Testing
import Wire

@Suite struct HTTPRequestTests {
    static let browser = """
        GET /crm/leads?limit=20&q=asha%20rao HTTP/1.1\r
        Host: localhost:8005\r
        Connection: keep-alive\r
        sec-ch-ua: "Chromium";v="140", "Not=A?Brand";v="24"\r
        Accept: text/html,application/xhtml+xml\r
        User-Agent: Mozilla/5.0 (X11; Linux x86_64)\r
        Accept-Encoding: gzip, deflate, br\r
        Cookie: session=abc; theme=dark\r
        \r

        """

    static let samples = [
        browser,
        "GET /where?q=now HTTP/1.1\r\nHost: www.example.org\r\n\r\n",
        "GET http://www.example.org/pub/WWW/TheProject.html HTTP/1.1\r\nHost: a.b\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: www.example.org:8001\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n", "\r\nGET / HTTP/1.1\r\nhost: [::1]:80\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nX: a\nb\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", "G\u{0} / HTTP/1.1\r\nHost: a\r\n\r\n",
    ]

    private func value(of name: StaticString, _ request: HTTPRequest, _ bytes: [UInt8]) -> String? {
        request.header(name, in: bytes.span).map { request.text($0, in: bytes.span) }
    }

    @Test(arguments: samples)
    func `a head cut anywhere is read like the whole`(_ sample: String) {
        let bytes = utf8(sample)
        let whole = head(bytes)
        #expect(whole != .needMore)
        for cuts in everyCut(bytes.count) { #expect(head(bytes, cuts: cuts) == whole) }
    }

    @Test func `a browser's request is read in all its parts`() throws {
        let bytes = utf8(Self.browser + "next")
        let request = try #require(head(bytes).request)
        #expect(request.method == .get)
        #expect(text(bytes[request.pathRange]) == "/crm/leads")
        #expect(text(bytes[request.queryRange]) == "limit=20&q=asha%20rao")
        #expect(text(bytes[request.hostRange]) == "localhost:8005")
        #expect(request.headLength == bytes.count - 4)
        #expect(request.body == .none)
        #expect(request.keepAlive)
        #expect(request.headerCount == 7)
        #expect(value(of: "cookie", request, bytes) == "session=abc; theme=dark")
        #expect(text(bytes[request.headerName(at: 2)]) == "sec-ch-ua")
        #expect(value(of: "authorization", request, bytes) == nil)
    }

    @Test func `white space around a value is not part of it`() throws {
        let bytes = utf8("GET / HTTP/1.1\r\nHost: a\r\nX-A: \t a b \t\r\nX-B:\r\n\r\n")
        let request = try #require(head(bytes).request)
        #expect(value(of: "X-a", request, bytes) == "a b")
        #expect(value(of: "x-b", request, bytes) == "")
    }

    @Test func `a repeated field is counted and its first line found`() throws {
        let bytes = utf8("GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 2\r\nx: 3\r\n\r\n")
        let request = try #require(head(bytes).request)
        let count = request.count(of: "X", in: bytes.span)
        #expect(count == 2)
        #expect(value(of: "x", request, bytes) == "1")
    }

    @Test func `an absolute target gives path and host`() throws {
        let bytes = utf8("GET http://b.example:81/x?y=1 HTTP/1.1\r\nHost: other\r\n\r\n")
        let request = try #require(head(bytes).request)
        #expect(text(bytes[request.pathRange]) == "/x")
        #expect(text(bytes[request.queryRange]) == "y=1")
        #expect(text(bytes[request.hostRange]) == "b.example:81")
    }

    @Test(arguments: ["http://b.example", "HTTPS://b.example?y=1"])
    func `an absolute target without a path means the root`(_ target: String) throws {
        let bytes = utf8("GET \(target) HTTP/1.1\r\nHost: b.example\r\n\r\n")
        let request = try #require(head(bytes).request)
        #expect(text(bytes[request.pathRange]) == "/")
        #expect(text(bytes[request.queryRange]) == (target.contains("?") ? "y=1" : ""))
    }

    @Test func `every method is known by its name`() {
        for method in HTTPMethod.allCases where method != .connect {
            let request = head("\(method.name) / HTTP/1.1\r\nHost: a\r\n\r\n").request
            #expect(request?.method == method)
        }
        #expect(head("get / HTTP/1.1\r\nHost: a\r\n\r\n").request?.method == .other)
        #expect(head("PROPFINDALL / HTTP/1.1\r\nHost: a\r\n\r\n").request?.method == .other)
    }

    @Test func `a connection persists in HTTP 1,1 and closes in HTTP 1,0 unless told`() {
        func keepAlive(_ version: String, _ connection: String) -> Bool? {
            head("GET / HTTP/1.\(version)\r\nHost: a\r\n\(connection)\r\n\r\n").request?.keepAlive
        }
        #expect(keepAlive("1", "X: y") == true)
        #expect(keepAlive("1", "Connection: Close") == false)
        #expect(keepAlive("1", "Connection: upgrade, close") == false)
        #expect(keepAlive("0", "X: y") == false)
        #expect(keepAlive("0", "connection: Keep-Alive") == true)
        #expect(keepAlive("0", "Connection: keep-alive, close") == false)
    }

    @Test func `an upgrade is asked for in the Connection field`() {
        let start = "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
        #expect(
            head(start + "Connection: keep-alive, Upgrade\r\n\r\n").request?.asksForUpgrade == true)
        #expect(head(start + "\r\n").request?.asksForUpgrade == false)
    }

    @Test func `the body's framing is what the head says`() {
        func body(_ field: String) -> HTTPBodyFraming? {
            head("POST / HTTP/1.1\r\nHost: a\r\n\(field)\r\n\r\n").request?.body
        }
        #expect(body("Content-Length: 12") == .length(12))
        #expect(body("Content-Length: 0") == HTTPBodyFraming.none)
        #expect(body("Transfer-Encoding: Chunked") == .chunked)
        #expect(body("X: y") == HTTPBodyFraming.none)
    }

    @Test func `100-continue is expected only before a body`() {
        let start = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n"
        #expect(head(start + "Content-Length: 3\r\n\r\n").request?.expectsContinue == true)
        #expect(head(start + "\r\n").request?.expectsContinue == false)
        #expect(head("GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n") == .bad(.expectationFailed))
    }

    @Test func `one or two empty lines before a request are skipped`() {
        let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
        #expect(head("\r\n\r\n" + request).request?.headLength == request.utf8.count + 4)
        #expect(head("\r\n\r\n\r\n" + request) == .bad(.badRequestLine))
    }

    @Test func `other versions are refused`() {
        #expect(head("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == .bad(.versionNotSupported))
        #expect(head("GET / HTTP/0.9\r\nHost: a\r\n\r\n") == .bad(.versionNotSupported))
        #expect(head("GET / HTTP/1.2\r\nHost: a\r\n\r\n").request?.minorVersion == 2)
    }

    @Test func `every error has a status and a code of its own`() {
        #expect(Set(HTTPError.allCases.map(\.code)).count == HTTPError.allCases.count)
        #expect(HTTPError.allCases.allSatisfy { (400...599).contains($0.status) })
        #expect(HTTPError.allCases.allSatisfy { $0.detail.hasSuffix(".") })
    }
}
