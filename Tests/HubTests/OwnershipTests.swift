// Whose things are whose: two who sell in one team, one in another, an admin and a warehouse worker
// each ask for each kind of thing, list it, change it, and hear of it live and afterwards. What is
// another's is not there.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub(["HUB_PROCESSORS": "notifications"])) struct OwnershipTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

/// Who asks.
private enum Actor: String, CaseIterable {
    case asha, ben, cora, root, wanda

    var token: String {
        switch self {
        case .asha, .ben: sales("west")
        case .cora: sales("east")
        case .root: TokenSigner.shared.token(subject: rawValue, roles: ["admin"])
        case .wanda: TokenSigner.shared.token(subject: rawValue, roles: ["logistics"])
        }
    }

    private func sales(_ team: String) -> String {
        TokenSigner.shared.token(
            subject: rawValue, roles: ["sales"], more: #","teams":["\#(team)"]"#)
    }
}

/// A thing of asha's, and what is answered to whom.
private struct Thing {
    let collection: String
    let id: String
    /// A change, if it can be changed.
    let patch: String?
    /// What those are told who may not read it at all, or not change it, by their role.
    let unread: Set<Actor>
    let unchanged: Set<Actor>

    var path: String { "\(collection)/\(id)" }

    /// The statuses of a read and of a change.
    func expected(_ actor: Actor) -> (read: Int, write: Int) {
        let isForeign = actor == .cora
        return (
            unread.contains(actor) ? 403 : isForeign ? 404 : 200,
            unchanged.contains(actor) ? 403 : isForeign ? 404 : 200
        )
    }
}

extension EndToEnd.OwnershipTests {
    private func post(_ path: String, _ body: String, as actor: Actor = .asha) throws -> String {
        let reply = try hub.post(path, body, token: actor.token)
        #expect([200, 201].contains(reply.status), "\(path): \(reply.text)")
        return try #require(reply.json["id"].string)
    }

    /// A customer of asha's and her team's, with everything that is about one.
    private func makeThings() throws -> [Thing] {
        let lead = try post("/crm/leads", #"{"name":"\#(UUID().uuidString)","team":"west"}"#)
        let deal = try post(
            "/crm/opportunities",
            #"{"lead_id":"\#(lead)","name":"Deal","value":"1.00","currency":"INR"}"#)
        let order = try post(
            "/logistics/orders",
            #"{"opp_id":"\#(deal)","currency":"INR","#
                + #""lines":[{"sku":"A","quantity":1,"unit_price":"1.00"}]}"#)
        let delivery = try post(
            "/logistics/delivery", #"{"order_id":"\#(order)","delivery_date":"2026-12-01"}"#,
            as: .wanda)
        let task = try post("/task/tasks", #"{"title":"Pack","subject":"orders/\#(order)"}"#)
        let feedback = try post("/task/feedback", #"{"subject":"orders/\#(order)","rating":4}"#)
        let decision = try post(
            "/bhiv/agent/decide", #"{"subject":"orders/\#(order)","actions":["hold"]}"#, as: .root)
        let sales: Set<Actor> = [.asha, .ben, .cora]
        let all = Set(Actor.allCases)
        return [
            Thing(
                collection: "/crm/leads", id: lead, patch: #"{"company":"\#(UUID())"}"#,
                unread: [.wanda], unchanged: [.wanda]),
            Thing(
                collection: "/crm/opportunities", id: deal, patch: #"{"name":"\#(UUID())"}"#,
                unread: [.wanda], unchanged: [.wanda]),
            Thing(
                collection: "/logistics/orders", id: order, patch: #"{"status":"confirmed"}"#,
                unread: [], unchanged: []),
            Thing(
                collection: "/logistics/deliveries", id: delivery,
                patch: #"{"carrier":"\#(UUID())"}"#, unread: [], unchanged: sales),
            Thing(
                collection: "/task/tasks", id: task, patch: #"{"description":"\#(UUID())"}"#,
                unread: [], unchanged: []),
            Thing(
                collection: "/task/feedback", id: feedback, patch: nil, unread: [],
                unchanged: all),
            Thing(
                collection: "/bhiv/agent/decisions", id: decision, patch: nil, unread: [],
                unchanged: all),
        ]
    }

    @Test func `each reads, lists and changes what the table says, and nothing else is there`()
        throws
    {
        for thing in try makeThings() {
            for actor in Actor.allCases {
                let (read, write) = thing.expected(actor)
                let item = try hub.get(thing.path, token: actor.token)
                #expect(item.status == read, "\(actor) \(thing.path): \(item.text)")
                let list = try hub.get(thing.collection + "?limit=50", token: actor.token)
                #expect(list.status == (read == 403 ? 403 : 200), "\(actor) \(thing.collection)")
                #expect(list.text.contains(thing.id) == (read == 200), "\(actor) \(thing.path)")
                guard let patch = thing.patch else { continue }
                let change = try hub.ask("PATCH", thing.path, patch, token: actor.token)
                #expect(change.status == write, "\(actor) \(thing.path): \(change.text)")
            }
        }
    }

    /// What each hears of one customer; a message is its recipient's.
    private static let heard: [Actor: [String]] = [
        .asha: [
            "lead_created", "opportunity_created", "order_created", "delivery_scheduled",
            "task_created", "feedback_received", "decision_made", "notification_sent",
        ],
        .ben: [
            "lead_created", "opportunity_created", "order_created", "delivery_scheduled",
            "task_created", "feedback_received", "decision_made",
        ],
        .cora: [],
        .root: [
            "lead_created", "opportunity_created", "order_created", "delivery_scheduled",
            "task_created", "feedback_received", "decision_made", "notification_sent",
        ],
        .wanda: [
            "order_created", "delivery_scheduled", "task_created", "feedback_received",
            "decision_made",
        ],
    ]

    @Test func `each hears of the same, live, afterwards and in the history`() throws {
        let before = try hub.head()
        let live = try Actor.allCases.map { actor in
            let stream = EventStreamReader(port: hub.port, token: actor.token)
            try stream.connect()
            return (actor, stream)
        }
        let things = try makeThings()
        try waitUntil("the message is sent") {
            try !hub.history("types=notification_sent&after=\(before)").isEmpty
        }
        let end = "end_\(UInt32.random(in: 0 ... .max))"
        #expect(
            try hub.post(
                "/event/unified", #"{"event_type":"\#(end)","consent_flag":true,"payload":{}}"#
            ).status == 202)
        let replays = try Actor.allCases.map { actor in
            let stream = EventStreamReader(port: hub.port, token: actor.token)
            stream.setLastEventID(before)
            try stream.connect()
            return (actor, stream)
        }
        for (actor, stream) in live + replays {
            var names: [String] = []
            while true {
                let event = try #require(try stream.next())
                if event.event == end { break }
                names.append(event.event)
            }
            #expect(Set(names) == Set(Self.heard[actor] ?? []), "\(actor)")
            #expect(names.count == Set(names).count, "\(actor): \(names)")
        }
        for actor in Actor.allCases {
            let history = try hub.get(
                "/events?after=\(before)&limit=1000", headers: ["Accept": "application/json"],
                token: actor.token)
            let isForeign = actor == .cora
            #expect(history.text.contains(things[2].id) == !isForeign, "\(actor)")
        }
        let inbox = try hub.get("/notifications?limit=50", token: Actor.asha.token)
        #expect(inbox.text.contains(things[3].id))
        let message = try #require(inbox.json["data"].array.first?["id"].string)
        for actor in Actor.allCases where actor != .asha {
            try hub.get("/notifications/\(message)", token: actor.token)
                .expectProblem(404, "not_found")
        }
    }

    @Test func `who works on a thing sees it, whoever has the customer, and hands it on`() throws {
        let lead = try post("/crm/leads", #"{"name":"\#(UUID().uuidString)","team":"west"}"#)
        let live = EventStreamReader(
            port: hub.port, token: Actor.cora.token, target: "/events?types=task_*")
        try live.connect()
        let task = try post(
            "/task/tasks", #"{"title":"Call","subject":"leads/\#(lead)","assignee":"cora"}"#)
        let path = "/task/tasks/\(task)"
        #expect(JSON(try #require(try live.next()).data)["data"]["id"].string == task)
        let change = #"{"assignee":"asha"}"#
        #expect(try hub.ask("PATCH", path, change, token: Actor.cora.token).status == 200)
        try hub.get(path, token: Actor.cora.token).expectProblem(404, "not_found")
        try hub.get("/crm/leads/\(lead)", token: Actor.cora.token).expectProblem(404, "not_found")
        #expect(try hub.get(path, token: Actor.asha.token).status == 200)
        // Another customer's owner gets what is about the customer, too.
        let handOver = #"{"owner":"cora","team":"east"}"#
        #expect(
            try hub.ask("PATCH", "/crm/leads/\(lead)", handOver, token: Actor.asha.token).status
                == 200)
        #expect(try hub.get(path, token: Actor.cora.token).status == 200)
        #expect(try hub.get(path, token: Actor.asha.token).status == 200, "she works on it")
        try hub.get(path, token: Actor.ben.token).expectProblem(404, "not_found")
    }

    @Test func `who may not change a thing neither converts nor deletes it`() throws {
        let things = try makeThings()
        for thing in things where thing.patch != nil {
            for actor in Actor.allCases {
                let expected = thing.expected(actor).write
                guard expected != 200 else { continue }
                if thing.collection == "/crm/leads" {
                    let reply = try hub.post(thing.path + "/convert", "{}", token: actor.token)
                    #expect(reply.status == expected, "\(actor): \(reply.text)")
                }
                guard thing.collection != "/logistics/deliveries" else { continue }
                let reply = try hub.ask("DELETE", thing.path, token: actor.token)
                #expect(reply.status == expected, "\(actor) \(thing.path): \(reply.text)")
            }
        }
        let converted = try hub.post(things[0].path + "/convert", "{}", token: Actor.ben.token)
        #expect(converted.status == 200, "\(converted.text)")
        for thing in [things[4], things[1], things[0]] {
            #expect(try hub.ask("DELETE", thing.path, token: Actor.ben.token).status == 204)
        }
    }

    @Test func `nothing can be made about another's things`() throws {
        let things = try makeThings()
        let (lead, deal, order) = (things[0].id, things[1].id, things[2].id)
        for (path, body, field) in [
            (
                "/crm/opportunities",
                #"{"lead_id":"\#(lead)","name":"x","value":"1.00","currency":"INR"}"#, "lead_id"
            ),
            (
                "/logistics/orders",
                #"{"opp_id":"\#(deal)","currency":"INR","#
                    + #""lines":[{"sku":"A","quantity":1,"unit_price":"1.00"}]}"#, "opp_id"
            ),
            ("/task/tasks", #"{"title":"x","subject":"orders/\#(order)"}"#, "subject"),
            ("/task/feedback", #"{"subject":"orders/\#(order)","rating":1}"#, "subject"),
        ] {
            try hub.post(path, body, token: Actor.cora.token)
                .expectProblem(422, "invalid_field", field: field)
        }
    }

    @Test func `who may read checks hears of them, and of nothing else that they may not read`()
        throws
    {
        let token = TokenSigner.shared.token(subject: "clara", roles: ["compliance"])
        let live = EventStreamReader(port: hub.port, token: token)
        try live.connect()
        let lead = try makeThings()[0].id
        let withdrawal =
            #"{"subject":"leads/\#(lead)","purpose":"contact","status":"withdrawn"}"#
        let reply = try hub.post("/compliance/consents", withdrawal)
        #expect(reply.status == 201, "\(reply.text)")
        let names = try live.collect(3).map(\.event)
        #expect(names == ["lead_created", "decision_made", "consent_withdrawn"])
    }
}
