// Response heads, dates and chunks as bytes.

import Testing
import Wire

@Suite struct HTTPResponseTests {
    private func response(
        _ status: Int, _ headers: [HTTPHeader] = [], date: String = "", count: Int? = nil,
        keepAlive: Bool = true
    ) -> String {
        var output: [UInt8] = []
        HTTPResponseWriter.append(
            status: status, headers: headers, date: utf8(date), bodyCount: count,
            keepAlive: keepAlive, to: &output)
        return text(output)
    }

    @Test func `a response has status, date, fields, length and a blank line`() {
        let headers = [HTTPHeader(name: "Content-Type", value: "application/json")]
        #expect(
            response(201, headers, date: "Sun, 06 Nov 1994 08:49:37 GMT", count: 12)
                == "HTTP/1.1 201 Created\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                + "Content-Type: application/json\r\nContent-Length: 12\r\n\r\n")
    }

    @Test func `a response that ends the connection says so`() {
        #expect(
            response(204, keepAlive: false)
                == "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
    }

    @Test func `statuses have their registered phrases`() {
        let phrases = [
            (101, "Switching Protocols"), (200, "OK"), (202, "Accepted"), (304, "Not Modified"),
            (409, "Conflict"), (412, "Precondition Failed"), (413, "Content Too Large"),
            (422, "Unprocessable Content"), (429, "Too Many Requests"),
            (431, "Request Header Fields Too Large"), (503, "Service Unavailable"),
        ]
        for (status, phrase) in phrases {
            #expect(response(status).hasPrefix("HTTP/1.1 \(status) \(phrase)\r\n"))
        }
    }

    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (1_795_564_799, "Tue, 24 Nov 2026 23:59:59 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
    ])
    func `dates are written as HTTP wants them`(_ seconds: Int64, _ expected: String) {
        var output: [UInt8] = []
        HTTPDate.append(secondsSinceEpoch: seconds, to: &output)
        #expect(text(output) == expected)
    }

    @Test func `chunks written are chunks read`() {
        var output: [UInt8] = []
        let pieces = [1, 15, 16, 17, 255, 256, 400].map { [UInt8](repeating: 65, count: $0) }
        for piece in pieces { HTTPResponseWriter.appendChunk(piece.span, to: &output) }
        HTTPResponseWriter.appendChunk([UInt8]().span, to: &output)
        HTTPResponseWriter.appendLastChunk(to: &output)
        #expect(
            chunked(output)
                == .complete(body: Array(pieces.joined()), consumed: output.count))
        #expect(text(output).hasPrefix("1\r\nA\r\nf\r\n"))
    }
}
