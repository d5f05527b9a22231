// HTTP/1.1 on one connection: requests cut and joined in every way that a client or proxy may.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct ConnectionTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.ConnectionTests {
    @Test func `pipelined requests are answered in their order`() throws {
        let client = hub.client()
        let owner = "piper-\(UUID().uuidString)"
        var bytes: [UInt8] = []
        for number in 0..<30 {
            let body = #"{"name":"N\#(number)","owner":"\#(owner)"}"#
            bytes += client.request("POST", "/crm/leads", [], body)
        }
        bytes += client.request("GET", "/crm/leads?limit=100&owner=\(owner)")
        bytes += client.request("GET", "/nothing")
        bytes += client.request("POST", "/crm/leads", [], "nonsense")
        bytes += client.request("GET", "/healthz")
        try client.send(bytes)
        for number in 0..<30 {
            let reply = try client.readResponse()
            #expect(reply.status == 201)
            #expect(reply.json["name"].string == "N\(number)")
        }
        // A read sees what was written before it on the same connection.
        #expect(try client.readResponse().json["data"].array.count == 30)
        #expect(try client.readResponse().status == 404)
        #expect(try client.readResponse().status == 400)
        #expect(try client.readResponse().text == "ok\n")
    }

    @Test func `hundreds of pipelined requests are all answered`() throws {
        let client = hub.client()
        let one: [UInt8] = client.request("GET", "/version")
        try client.send((0..<500).flatMap { _ in one })
        for _ in 0..<500 { #expect(try client.readResponse().status == 200) }
        let post = client.request("POST", "/event/unified", [], #"{"event_type":"pipelined"}"#)
        try client.send((0..<500).flatMap { _ in post })
        for _ in 0..<500 { #expect(try client.readResponse().status == 202) }
    }

    @Test func `a request may be cut at any byte`() throws {
        let client = hub.client()
        let body = Sample.lead(name: "Zoë")
        let whole = client.request("POST", "/crm/leads?allow_duplicate=true", [], body)
        for cut in stride(from: 1, to: whole.count, by: 7) {
            try client.send(Array(whole[..<cut]))
            try client.send(Array(whole[cut...]))
            #expect(try client.readResponse().status == 201, "cut at \(cut)")
        }
        for byte in whole { try client.send([byte]) }
        #expect(try client.readResponse().json["name"].string == "Zoë")
    }

    @Test func `a body in chunks is one body`() throws {
        let client = hub.client()
        let head = client.request("POST", "/crm/leads", [("Transfer-Encoding", "chunked")], "")
        let parts = [
            "5;a=b\r\n{\"nam", "\r\n4\r\ne\":\"", "\r\n", "3\r\nAda", "\r\n2\r\n\"}\r\n",
            "0\r\nX-Trailer: 1\r\n", "\r\n",
        ]
        try client.send(head)
        for part in parts { try client.send(part) }
        #expect(try client.readResponse().json["name"].string == "Ada")
        try client.send(head + Array((parts.joined()).utf8) + client.request("GET", "/healthz"))
        #expect(try client.readResponse().status == 201)
        #expect(try client.readResponse().text == "ok\n")
    }

    @Test func `a client that asks first is told to go on`() throws {
        let client = hub.client()
        let body = Sample.lead()
        let head = client.request(
            "POST", "/crm/leads",
            [("Expect", "100-continue"), ("Content-Length", "\(body.utf8.count)")], "")
        try client.send(head)
        #expect(try client.readResponse().status == 100)
        try client.send(body)
        #expect(try client.readResponse().status == 201)
        // Who sends the body with the head hears no 100.
        let other = Sample.lead()
        try client.send(
            client.request("POST", "/crm/leads", [("Expect", "100-continue")], other))
        #expect(try client.readResponse().status == 201)
        // Too large a body is refused before it is sent.
        try client.send(
            client.request(
                "POST", "/crm/leads",
                [("Expect", "100-continue"), ("Content-Length", "99999999")], ""))
        try client.readResponse().expectProblem(413, "body_too_large")
    }

    @Test func `a connection is kept, or closed when the client asks for it`() throws {
        let client = hub.client()
        for _ in 0..<3 { #expect(try client.get("/version").status == 200) }
        #expect(client.isConnected)
        let socket = try client.connected()
        let last = try client.get("/version", headers: [("Connection", "close")])
        #expect(last.header("Connection")?.lowercased() == "close")
        #expect(socket.isClosed(withinSeconds: 5))
        let old = try TestSocket(port: hub.port)
        try old.send("GET /healthz HTTP/1.0\r\n\r\n")
        let text = String(
            decoding: try old.receiveToEnd(until: Deadline(seconds: 5)), as: UTF8.self)
        #expect(text.contains(" 200 ") && text.hasSuffix("ok\n"))
    }

    @Test func `a client that has said its last still gets its answers`() throws {
        let client = hub.client()
        let socket = try client.connected()
        try client.send(client.request("POST", "/crm/leads", [], Sample.lead()))
        try client.send(client.request("GET", "/version"))
        socket.finishSending()
        #expect(try client.readResponse().status == 201)
        #expect(try client.readResponse().status == 200)
        #expect(socket.isClosed(withinSeconds: 5))
    }

    @Test func `a command whose client is gone is done all the same`() throws {
        let email = Sample.email()
        let client = hub.client()
        try client.send(
            client.request("POST", "/crm/leads", [], #"{"name":"A","email":"\#(email)"}"#))
        client.close()
        try waitUntil("the lead is there") {
            try hub.get("/crm/leads?email=\(email)").json["data"].array.count == 1
        }
    }

    @Test func `answers say their date, length and that they may not be stored`() throws {
        let reply = try hub.get("/crm/leads?limit=1")
        #expect(reply.header("Date")?.hasSuffix(" GMT") == true)
        #expect(reply.header("Content-Length") == String(reply.body.count))
        #expect(reply.header("Cache-Control") == "no-store")
        #expect(reply.header("X-Content-Type-Options") == "nosniff")
    }

    @Test func `a client that reads slowly gets a large page whole`() throws {
        let tags = (0..<30).map { "\"\(String(repeating: "t", count: 60))\($0)\"" }
        for _ in 0..<100 {
            try hub.post("/crm/leads", #"{"name":"Big","tags":[\#(tags.joined(separator: ","))]}"#)
        }
        // The second one has said its last when the hub meets the full socket.
        for (pageCount, saysLast) in [(20, false), (60, true)] {
            let client = hub.client()
            let socket = try client.connected()
            let one: [UInt8] = client.request("GET", "/crm/leads?limit=100")
            try client.send((0..<pageCount).flatMap { _ in one })
            if saysLast { socket.finishSending() }
            usleep(300_000)
            for _ in 0..<pageCount {
                let reply = try client.readResponse()
                #expect(reply.json["data"].array.count == 100)
            }
        }
    }
}
