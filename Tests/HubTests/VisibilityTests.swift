// What a subscriber may see follows its role: contact details are null in its frames, in what it
// replays, and in what it reads.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct VisibilityTests {
        let hub: RunningHub
        let viewer = TokenSigner.shared.token(subject: "vera", roles: ["viewer"])
        let sales = TokenSigner.shared.token(subject: "asha", roles: ["sales"])

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.VisibilityTests {
    private func lead(
        _ name: String, owner: String = "root"
    ) throws -> (body: String, email: String) {
        let email = "\(UUID().uuidString.lowercased())@visible.test"
        let phone = "+49 30 \(Int.random(in: 10_000...9_999_999))"
        return (
            #"{"name":"\#(name)","email":"\#(email)","phone":"\#(phone)","owner":"\#(owner)"}"#,
            email
        )
    }

    @Test func `a viewer's live frames, replay, history and reads have no contact details`() throws
    {
        let sample = try lead("Vera Sees Little")
        let before = try hub.head()
        let live = EventStreamReader(port: hub.port, token: viewer)
        try live.connect()
        let id = try hub.makeLead(sample.body)
        let replay = EventStreamReader(
            port: hub.port, token: viewer, target: "/events?subject=leads/\(id)&after=\(before)")
        try replay.connect()
        for stream in [live, replay] {
            var event = try #require(try stream.next())
            while JSON(event.data)["data"]["id"].string != id {
                event = try #require(try stream.next())
            }
            let data = JSON(event.data)["data"]
            #expect(data["id"].string == id)
            #expect(data["name"].string == "Vera Sees Little")
            #expect(data["email"].isNull && data["phone"].isNull, "\(data)")
        }
        let history = try hub.get(
            "/events?subject=leads/\(id)", headers: ["Accept": "application/json"], token: viewer)
        let item = try hub.get("/crm/leads/\(id)", token: viewer)
        let list = try hub.get("/crm/leads?limit=1", token: viewer)
        for reply in [history, item, list] {
            #expect(reply.status == 200 && reply.text.contains("Vera Sees Little"))
            #expect(!reply.text.contains(sample.email), "\(reply.text)")
        }
        #expect(item.json["email"].isNull)
        try hub.get("/crm/leads?email=\(sample.email)", token: viewer)
            .expectProblem(400, "bad_parameter", field: "email")
        #expect(
            try hub.get("/crm/leads/\(id)", token: hub.admin).json["email"].string == sample.email)
    }

    @Test func `who comes when another has gone sees its own frames, not those of the other`()
        throws
    {
        let sample = try lead("One After Another")
        let before = try hub.head()
        let id = try hub.makeLead(sample.body)
        for round in 0..<12 {
            let isViewer = round % 2 == 0
            let stream = EventStreamReader(
                port: hub.port, token: isViewer ? viewer : hub.admin,
                target: "/events?subject=leads/\(id)&after=\(before)")
            try stream.connect()
            let data = JSON(try #require(try stream.next()).data)["data"]
            #expect(data["email"].string == (isViewer ? nil : sample.email), "round \(round)")
            stream.close()
            try waitUntil("it has gone") {
                try hub.get("/metrics").text.contains(#"hub_streams{transport="sse"} 0"#)
            }
        }
    }

    @Test func `a socket that gets another role sees what that one does from there on`() throws {
        let socket = WebSocketReader(port: hub.port, token: sales)
        try socket.connect()
        _ = try socket.next(op: "ready")
        let first = try lead("First", owner: "asha")
        _ = try hub.makeLead(first.body)
        #expect(try data(socket, of: "First")["email"].string == first.email)
        let lesser = TokenSigner.shared.token(subject: "asha", roles: ["agent"])
        try socket.send(#"{"op":"auth","token":"\#(lesser)"}"#)
        _ = try socket.next(op: "ready")
        _ = try hub.makeLead(try lead("Second").body)
        #expect(try data(socket, of: "Second")["email"].isNull)
    }

    @Test func `who sells sees leads of their own, of their teams and of nobody`() throws {
        let token = TokenSigner.shared.token(
            subject: "asha", roles: ["sales"], more: #","teams":["west"]"#)
        let before = try hub.head()
        let live = EventStreamReader(port: hub.port, token: token)
        try live.connect()
        func make(_ more: String) throws -> String {
            try hub.makeLead(#"{"name":"\#(UUID().uuidString)",\#(more)}"#)
        }
        let foreign = try make(#""owner":"ravi""#)
        let own = try make(#""owner":"asha""#)
        let team = try make(#""owner":"ravi","team":"west""#)
        #expect(
            try hub.ask("PATCH", "/crm/leads/\(foreign)", #"{"owner":null}"#).status == 200)
        let replay = EventStreamReader(
            port: hub.port, token: token, target: "/events?types=lead_*")
        replay.setLastEventID(before)
        try replay.connect()
        for stream in [live, replay] {
            let seen = try stream.collect(3).map { JSON($0.data)["subject"].string }
            #expect(seen == ["leads/\(own)", "leads/\(team)", "leads/\(foreign)"])
        }
        let hidden = try make(#""owner":"ravi""#)
        #expect(try live.isQuiet(forSeconds: 0.3))
        let history = try hub.get(
            "/events?types=lead_*", headers: ["Accept": "application/json"], token: token)
        #expect(history.text.contains(own) && !history.text.contains(hidden))
        let list = try hub.get("/crm/leads", token: token)
        #expect(list.text.contains(team) && !list.text.contains(hidden))
        try hub.get("/crm/leads/\(hidden)", token: token).expectProblem(404, "not_found")
        let change = #"{"company":"Elsewhere"}"#
        try hub.ask("PATCH", "/crm/leads/\(hidden)", change, token: token)
            .expectProblem(404, "not_found")
        #expect(try hub.get("/crm/leads/\(hidden)").json["company"].isNull)
        for id in [own, team, foreign] {
            #expect(try hub.ask("PATCH", "/crm/leads/\(id)", change, token: token).status == 200)
        }
        #expect(try hub.get("/crm/leads/\(own)", token: token).status == 200)
        #expect(try hub.get("/crm/leads/\(hidden)").status == 200)
    }

    /// The data of the next event of a lead with this name.
    private func data(_ socket: WebSocketReader, of name: String) throws -> JSON {
        while true {
            let data = JSON(try socket.next(op: "event").bytes)["event"]["data"]
            if data["name"].string == name { return data }
        }
    }
}
