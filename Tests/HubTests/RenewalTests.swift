// Streams that go on with a fresh token, which their client posts under the name that it gave them:
// how long they live and what they see follows the new token, on every instance, and nobody else's
// stream is touched.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct RenewalTests {
        let hub: RunningHub
        let subject = "nora-\(UUID().uuidString)"

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.RenewalTests {
    private func token(
        _ role: String = "sales", seconds: Int = 3600, subject: String? = nil
    ) -> String {
        TokenSigner.shared.token(
            subject: subject ?? self.subject, roles: [role], lifetimeSeconds: seconds)
    }

    private func stream(
        _ token: String, _ target: String = "/events?types=lead_created&stream=tab-1"
    ) throws -> EventStreamReader {
        let stream = EventStreamReader(port: hub.port, token: token, target: target)
        try stream.connect()
        return stream
    }

    /// A lead that the subject may see as its owner.
    private func makeLead(_ phone: String? = nil) throws -> String {
        let contact = phone.map { #","phone":"\#($0)""# } ?? ""
        return try hub.makeLead(
            #"{"name":"\#(UUID().uuidString)","owner":"\#(subject)"\#(contact)}"#)
    }

    private func renew(_ name: String, _ token: String) throws -> TestResponse {
        try hub.ask("POST", "/auth/streams/\(name)", token: token)
    }

    private func expectEnd(of stream: EventStreamReader, _ code: String) throws {
        var event = try #require(try stream.next(timeoutSeconds: 10))
        while event.event == "lead_created" {
            event = try #require(try stream.next(timeoutSeconds: 10))
        }
        #expect(event.event == "problem")
        #expect(JSON(event.data)["code"].string == code)
        #expect(throws: ConnectionFailure.closed) { try stream.next() }
    }

    @Test func `streams of the name outlive their first token, no others do`() throws {
        let short = token(seconds: 3)
        let renewed = [try stream(short), try stream(short)]
        let others = [
            try stream(short, "/events?types=lead_created"),
            try stream(short, "/events?types=lead_created&stream=tab-2"),
            try stream(token(seconds: 3, subject: "nick-\(UUID().uuidString)")),
        ]
        let socket = WebSocketReader(
            port: hub.port, token: short, target: "/ws?types=lead_created&stream=tab-1")
        try socket.connect()
        _ = try socket.next(op: "ready")

        let reply = try renew("tab-1", token())

        #expect(reply.status == 204 && reply.body.isEmpty)
        for stream in others { try expectEnd(of: stream, "token_expired") }
        let id = try makeLead()
        for stream in renewed {
            #expect(JSON(try #require(try stream.next()).data)["data"]["id"].string == id)
        }
        let event = JSON(try socket.next(op: "event").bytes)["event"]
        #expect(event["data"]["id"].string == id)
    }

    @Test func `a stream sees what its new roles may see from the answer on`() throws {
        let live = try stream(token())
        let phone = "+49 30 \(Int.random(in: 10_000...9_999_999))"
        func next() throws -> JSON { JSON(try #require(try live.next()).data)["data"] }
        _ = try makeLead(phone)
        #expect(try next()["phone"].string == phone)
        #expect(try renew("tab-1", token("viewer")).status == 204)
        let id = try makeLead(phone + "1")
        let seen = try next()
        #expect(seen["id"].string == id && seen["phone"].isNull)
    }

    @Test func `a shorter token ends the stream when it says so`() throws {
        let live = try stream(token())
        #expect(try renew("tab-1", token(seconds: 2)).status == 204)
        try expectEnd(of: live, "token_expired")
    }

    @Test func `a tail whose reader may read the log no more ends, and says why`() throws {
        let none = String(repeating: "0", count: 32)
        let tail = try stream(token("compliance"), "/logs?trace_id=\(none)&stream=tab-1")
        #expect(try renew("tab-1", token("compliance")).status == 204)
        #expect(try tail.isQuiet(forSeconds: 0.2))
        #expect(try renew("tab-1", token("sales")).status == 204)
        try expectEnd(of: tail, "forbidden")
    }

    @Test func `bad names and bad tokens are refused, and change nothing`() throws {
        let live = try stream(token(seconds: 4))
        let long = String(repeating: "x", count: 65)
        for name in ["a%20b", long, "a%2Fb"] {
            try renew(name, token()).expectProblem(400, "bad_parameter", field: "stream")
        }
        for name in ["", "a%20b", long] {
            try hub.get("/events?stream=\(name)", token: token())
                .expectProblem(400, "bad_parameter", field: "stream")
        }
        try renew("tab-1", token(seconds: -1)).expectProblem(401, "token_expired")
        try renew("tab-1", token("nobody")).expectProblem(401, "token_invalid")
        try hub.get("/auth/streams/tab-1", token: token()).expectProblem(405, "method_not_allowed")
        try expectEnd(of: live, "token_expired")
    }
}

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_RATE_LIMIT": "20/600"])) struct RenewalRateTests {
        @Test func `bad tokens on an open stream count as requests, and soon are not checked`()
            throws
        {
            let hub = try RunningHub.current()
            let socket = WebSocketReader(port: hub.port, token: hub.admin)
            try socket.connect()
            _ = try socket.next(op: "ready")
            var codes: [String] = []
            for _ in 0..<30 {
                try socket.send(#"{"op":"auth","token":"x"}"#)
                let problem = JSON(try socket.next(op: "problem").bytes)["problem"]
                codes.append(problem["code"].string ?? "")
            }
            #expect(codes.first == "token_invalid" && codes.last == "rate_limited", "\(codes)")
            #expect((10...20).contains(codes.count { $0 == "token_invalid" }), "\(codes)")
        }
    }

    @Suite(.serialized) struct `Renewals of several hubs` {
        @Test func `a stream on another hub is renewed, too`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let one = try HubProcess(folder)
            let other = try HubProcess(folder)
            let live = EventStreamReader(
                port: other.port,
                token: try one.token(for: "viewer", arguments: ["--ttl", "4"]),
                target: "/events?stream=here")
            try live.connect()
            let control = EventStreamReader(
                port: other.port,
                token: try one.token(for: "viewer", arguments: ["--ttl", "5"]),
                target: "/events?stream=there")
            try control.connect()
            let fresh = one.client(try one.token(for: "viewer"))
            #expect(try fresh.post("/auth/streams/here", "").status == 204)
            let problem = try #require(try control.next(timeoutSeconds: 10))
            #expect(JSON(problem.data)["code"].string == "token_expired")
            #expect(try live.isQuiet(forSeconds: 0.1))
        }
    }
}
