// What an operator asks of the streams: who is subscribed, who is behind, why the last ones ended,
// and how many anybody may have open.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(
        .serialized,
        .hub([
            "HUB_SLOW_TIME": "1", "HUB_LOG_MEMORY": "1048576", "HUB_PRINCIPAL_STREAMS": "3",
            "HUB_LOOPS": "2",
        ]))
    struct ConnectionListTests {
        let hub: RunningHub
        let subject = "lena-\(UUID().uuidString)"

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.ConnectionListTests {
    private func token(seconds: Int = 3600, more: String = "") -> String {
        TokenSigner.shared.token(
            subject: subject, roles: ["viewer"], lifetimeSeconds: seconds, more: more)
    }

    private func stream(_ target: String, _ token: String) throws -> EventStreamReader {
        let stream = EventStreamReader(port: hub.port, token: token, target: target)
        try stream.connect()
        return stream
    }

    private func list(_ query: String = "") throws -> JSON {
        let reply = try hub.get("/admin/connections?subject=\(subject)\(query)")
        #expect(reply.status == 200, "\(reply.text)")
        return reply.json
    }

    private func metric(_ name: String) throws -> Int {
        let text = try hub.get("/metrics").text
        let line = text.split(separator: "\n").first { $0.hasPrefix(name + " ") }
        return try #require(line.flatMap { Int($0.split(separator: " ")[1]) })
    }

    @Test func `every open stream is shown with what it is, whichever loop has it`() throws {
        let sse = try stream("/events?types=order_*&stream=tab-1", token(more: #","teams":["w"]"#))
        let socket = WebSocketReader(
            port: hub.port, token: token(), target: "/ws?policy=skip&subject=leads/1")
        try socket.connect()
        _ = try socket.next(op: "ready")
        let tail = try stream("/logs", token())
        let list = try list()
        #expect(list["open"]["sse"].int == 1 && list["open"]["websocket"].int == 1)
        #expect(list["open"]["log_tail"].int == 1)
        let rows = list["data"].array
        #expect(rows.count == 3)
        let first = try #require(rows.first { $0["transport"].string == "sse" })
        #expect(first["stream"].string == "tab-1" && first["policy"].string == "disconnect")
        #expect(first["filter"].array[0]["types"].array.map(\.string) == ["order_*"])
        #expect(first["teams"].array.map(\.string) == ["w"])
        #expect(first["address"].string == "127.0.0.1" && first["behind"].int == 0)
        #expect(first["position"].string == (try hub.head()))
        #expect(first["expires_at"].string?.hasSuffix("Z") == true)
        let second = try #require(rows.first { $0["transport"].string == "websocket" })
        #expect(second["policy"].string == "skip" && second["stream"].isNull)
        #expect(second["filter"].array[0]["subjects"].array.map(\.string) == ["leads/1"])
        #expect(rows.allSatisfy { $0["subject"].string == subject })
        #expect(try self.list("&limit=1")["data"].array.count == 1)
        for stream in [sse, tail] { stream.close() }
    }

    @Test func `who reads nothing stands first, behind and with what waits for it`() throws {
        let type = Sample.type()
        let idle = try stream("/events?types=nothing_ever&policy=latest", token())
        let slow = try stream("/events?types=\(type)&policy=latest", token())
        let live = try stream("/events?types=lead_created", token())
        let fill = String(repeating: "x", count: 8_000)
        let event =
            #"{"user_id":"u","event_type":"\#(type)","consent_flag":true,"#
            + #""payload":{"fill":"\#(fill)"}}"#
        for _ in 0..<15 {
            let events = (0..<100).map { _ in event }
            #expect(
                try hub.post("/event/unified", "[\(events.joined(separator: ","))]").status == 202)
        }
        try waitUntil("the reader that stands is behind") {
            let rows = try list()["data"].array
            let row = try #require(rows.first)
            return row["blocked"].bool == true && (row["behind"].int ?? 0) > 0
                && (row["unsent_bytes"].int ?? 0) > 10_000 && rows.last?["behind"].int == 0
        }
        try waitUntil("the metrics say so") {
            try metric("hub_streams_behind") == 1 && metric("hub_stream_lag_positions_max") > 0
        }
        let delivered = try metric("hub_delivery_latency_seconds_count")
        _ = try hub.makeLead()
        _ = try #require(try live.next())
        try waitUntil("it is counted") {
            try metric("hub_delivery_latency_seconds_count") == delivered + 1
        }
        for stream in [idle, slow, live] { stream.close() }
    }

    @Test func `why a stream ended is told, newest first, and counted`() throws {
        let expired = #"hub_streams_ended_total{reason="token_expired"}"#
        let left = #"hub_streams_ended_total{reason="client_left"}"#
        let before = (expired: try metric(expired), left: try metric(left))
        let brief = try stream("/events?types=nothing_ever&stream=brief", token(seconds: 1))
        let problem = try #require(try brief.next())
        #expect(JSON(problem.data)["code"].string == "token_expired")
        try waitUntil("it is listed") { try list()["ended"].array.count == 1 }
        try stream("/events?types=nothing_ever&stream=gone", token()).close()
        try waitUntil("both are listed") { try list()["ended"].array.count == 2 }
        let ended = try list()["ended"].array
        #expect(ended.map { $0["reason"].string } == ["client_left", "token_expired"])
        #expect(ended.map { $0["stream"].string } == ["gone", "brief"])
        #expect(ended.allSatisfy { $0["transport"].string == "sse" })
        #expect(ended.allSatisfy { $0["ended_at"].string?.hasSuffix("Z") == true })
        #expect(try metric(expired) >= before.expired + 1 && metric(left) >= before.left + 1)
    }

    @Test func `how a stream began is counted by its outcome`() throws {
        func outcomes() throws -> [Int] {
            try ["live", "complete", "unknown_epoch", "malformed", "future"].map {
                try metric(#"hub_resumes_total{outcome="\#($0)"}"#)
            }
        }
        let before = try outcomes()
        let head = try hub.head()
        let future = head.split(separator: "-")[0] + "-999999999999"
        for after in ["", "&after=\(head)", "&after=00000001-5", "&after=x"] {
            try stream("/events?types=nothing_ever\(after)", token()).close()
        }
        let beyond = try stream("/events?types=nothing_ever&after=\(future)", token())
        _ = try #require(try beyond.next())
        let counted = zip(try outcomes(), before).map { $0 - $1 }
        #expect(counted == [1, 1, 1, 1, 1])
    }

    @Test func `a principal has so many streams open, and one more when it closes one`() throws {
        let open = try (0..<3).map { _ in try stream("/events?types=nothing_ever", token()) }
        for target in ["/events", "/logs"] {
            try hub.get(target, headers: ["Accept": "text/event-stream"], token: token())
                .expectProblem(429, "too_many_streams")
        }
        let other = TokenSigner.shared.token(subject: subject + "2", roles: ["viewer"])
        try stream("/events?types=nothing_ever", other).close()
        open[0].close()
        try waitUntil("the place is free") {
            let another = EventStreamReader(
                port: hub.port, token: token(), target: "/events?types=nothing_ever")
            return (try? another.connect()) != nil
        }
        #expect(try metric("hub_streams_refused_total") >= 2)
    }

    @Test func `only an admin sees connections, and asks for what there is`() throws {
        for role in ["service", "compliance", "viewer"] {
            let token = TokenSigner.shared.token(subject: "eve", roles: [role])
            try hub.get("/admin/connections", token: token).expectProblem(403, "forbidden")
        }
        try hub.get("/admin/connections?limit=1001")
            .expectProblem(400, "bad_parameter", field: "limit")
        try hub.get("/admin/connections?colour=red")
            .expectProblem(400, "bad_parameter", field: "colour")
    }
}

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_ADDRESS_CONNECTIONS": "4", "HUB_LOOPS": "2"]))
    struct AddressLimitTests {
        @Test func `an address has so many connections, and one more when it closes one`() throws {
            let hub = try RunningHub.current()
            func ask(_ client: TestClient) -> Int? { try? client.get("/healthz").status }
            let clients = (0..<4).map { _ in TestClient(port: hub.port, token: hub.admin) }
            try waitUntil("four connections are open") {
                clients.allSatisfy { ask($0) == 200 }
            }
            #expect(ask(TestClient(port: hub.port, token: hub.admin)) == nil)
            clients[0].close()
            try waitUntil("the place is free") {
                let client = TestClient(port: hub.port, token: hub.admin)
                defer { client.close() }
                return ask(client) == 200
            }
            let text = try clients[1].get("/metrics").text
            #expect(!text.contains("hub_connections_refused_total 0\n"))
        }
    }
}
