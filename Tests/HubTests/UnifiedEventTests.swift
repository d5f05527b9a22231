// Reported events: what is taken, what is refused, and what becomes of it.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(.serialized, .hub()) struct UnifiedEventTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }
    }
}

extension EndToEnd.UnifiedEventTests {
    /// A CloudEvent that nobody sent before, unless its id is given.
    private static func cloudEvent(
        id: String = UUID().uuidString, type: String = "in.bhiv.sla_warning",
        source: String = "/crm", data: String = #"{"user_id":"u-1","payload":{"a":1}}"#
    ) -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"\#(source)","type":"\#(type)","#
            + #""data":\#(data)}"#
    }

    @Test func `an event is accepted, and can be looked up with its branches pending`() throws {
        let type = Sample.type()
        let reply = try hub.post("/event/unified", Sample.event(type: type))
        #expect(reply.status == 202)
        let id = try #require(reply.json["id"].string)
        #expect(try reply.location() == "/event/" + id)
        let looked = try hub.get(try reply.location())
        #expect(looked.status == 200)
        let event = looked.json["event"]
        #expect(event["type"].string == "in.bhiv." + type)
        #expect(event["specversion"].string == "1.0")
        #expect(event["id"].string == id)
        #expect(event["position"].string.flatMap { Int($0) } != nil)
        #expect(event["actor"].string == "root")
        #expect(event["data"].names == ["consent_flag", "payload", "task_id", "user_id"])
        #expect(event["data"]["payload"]["late"].bool == true)
        let branches = looked.json["branches"]
        #expect(branches.names.count == 4)
        for name in branches.names {
            #expect(branches[name]["state"].string == "pending")
            #expect(branches[name]["result"].isNull)
        }
    }

    @Test func `a payload is stored as it was sent, number by number`() throws {
        let payload =
            #"{"big":12345678901234567890123,"exp":-1.50E+2,"cents":1.10,"nul":"\u0000","#
            + #""text":"\u00e4\/","same":{"z":1,"a":[1, 2 ,3]}}"#
        let reply = try hub.post(
            "/event/unified", #"{"event_type":"exact","payload":\#(payload)}"#)
        #expect(reply.status == 202)
        let text = try hub.get(try reply.location()).text
        #expect(text.contains(payload.replacingOccurrences(of: "[1, 2 ,3]", with: "[1,2,3]")))
    }

    @Test(arguments: [
        Refused("[]", 422, "invalid_field", field: "body"),
        Refused("7", 422, "invalid_field", field: "body"),
        Refused("{}", 422, "invalid_field", field: "event_type"),
        Refused(#"{"event_type":""}"#, 422, "invalid_field", field: "event_type"),
        Refused(#"{"event_type":"Upper"}"#, 422, "invalid_field", field: "event_type"),
        Refused(#"{"event_type":"1st"}"#, 422, "invalid_field", field: "event_type"),
        Refused(#"{"event_type":"with-dash"}"#, 422, "invalid_field", field: "event_type"),
        Refused(#"{"event_type":"tab\t"}"#, 422, "invalid_field", field: "event_type"),
        Refused(#"{"event_type":"nul\u0000"}"#, 422, "invalid_field", field: "event_type"),
        Refused(
            #"{"event_type":"\#(String(repeating: "a", count: 65))"}"#, 422, "invalid_field",
            field: "event_type"),
        Refused(#"{"event_type":7}"#, 422, "invalid_field", field: "event_type"),
        Refused(#"{"event_type":"lead_created"}"#, 422, "invalid_field", field: "event_type"),
        Refused(#"{"event_type":"rl_scored"}"#, 422, "invalid_field", field: "event_type"),
        Refused(#"{"event_type":"gap"}"#, 422, "invalid_field", field: "event_type"),
        Refused(#"{"event_type":"problem"}"#, 422, "invalid_field", field: "event_type"),
        Refused(#"{"event_type":"a","task_id":7}"#, 422, "invalid_field", field: "task_id"),
        Refused(#"{"event_type":"a","task_id":""}"#, 422, "invalid_field", field: "task_id"),
        Refused(
            #"{"event_type":"a","user_id":"\#(String(repeating: "é", count: 129))"}"#, 422,
            "invalid_field", field: "user_id"),
        Refused(#"{"event_type":"a","user_id":"\u0000"}"#, 422, "invalid_field", field: "user_id"),
        Refused(
            #"{"event_type":"a","consent_flag":1}"#, 422, "invalid_field", field: "consent_flag"),
        Refused(#"{"event_type":"a","colour":1}"#, 422, "invalid_field", field: "colour"),
        Refused(#"{"event_type":"a","consent_flag":false}"#, 403, "consent_required"),
        Refused(
            #"{"specversion":"0.3","id":"1","source":"s","type":"t"}"#, 422, "invalid_field",
            field: "specversion"),
        Refused(
            #"{"specversion":"1.0","source":"s","type":"t"}"#, 422, "invalid_field", field: "id"),
        Refused(
            #"{"specversion":"1.0","id":"1","type":"t"}"#, 422, "invalid_field", field: "source"),
        Refused(
            #"{"specversion":"1.0","id":"1","source":"s"}"#, 422, "invalid_field", field: "type"),
        Refused(
            #"{"specversion":"1.0","id":"1","source":"s","type":"in.bhiv.lead_created"}"#, 422,
            "invalid_field", field: "type"),
        Refused(
            #"{"specversion":"1.0","id":"1","source":"s","type":"t","#
                + #""data":{"consent_flag":false}}"#,
            403, "consent_required"),
    ])
    func `a bad event is refused with the problem that says why`(refused: Refused) throws {
        let head = try hub.head()
        try hub.post("/event/unified", refused.body)
            .expectProblem(refused.status, refused.code, field: refused.field)
        #expect(try hub.head() == head)
    }

    @Test func `names and ids are taken to their last allowed character`() throws {
        let type = "a" + String(repeating: "z", count: 63)
        let id = String(repeating: "é", count: 128)
        let reply = try hub.post(
            "/event/unified", #"{"event_type":"\#(type)","user_id":"\#(id)","task_id":"\#(id)"}"#)
        #expect(reply.status == 202)
        let data = try hub.get(try reply.location()).json["event"]["data"]
        #expect(data["user_id"].string == id && data["consent_flag"].isNull)
        #expect(data["payload"].isNull)
    }

    @Test func `a CloudEvent is taken, and the same one again gets the first place`() throws {
        let id = UUID().uuidString
        let first = try hub.post(
            "/event/unified", Self.cloudEvent(id: id),
            headers: ["Content-Type": "application/cloudevents+json"])
        #expect(first.status == 202)
        let head = try hub.head()
        let second = try hub.post("/event/unified", Self.cloudEvent(id: id, data: #"{"b":2}"#))
        #expect(second.status == 202)
        #expect(try second.location() == first.location())
        #expect(second.json["id"].string == first.json["id"].string)
        #expect(try hub.head() == head)
        let other = try hub.post("/event/unified", Self.cloudEvent(id: id, source: "/other"))
        #expect(try other.location() != first.location())
        let data = try hub.get(try first.location()).json["event"]["data"]
        #expect(data["user_id"].string == "u-1" && data["payload"]["a"].int == 1)
    }

    @Test func `an array is answered item by item, good ones are taken beside bad ones`() throws {
        let type = Sample.type()
        let repeated = UUID().uuidString
        let items = [
            Sample.event(type: type), #"{"event_type":"Bad"}"#,
            #"{"event_type":"\#(type)","consent_flag":false}"#, "7",
            Self.cloudEvent(id: repeated, type: type), Self.cloudEvent(id: repeated, type: type),
        ]
        let reply = try hub.post(
            "/event/unified", "[\(items.joined(separator: ","))]",
            headers: ["Content-Type": "application/cloudevents-batch+json"])
        #expect(reply.status == 202)
        let answers = reply.json.array
        #expect(answers.count == 6)
        #expect(answers[0]["id"].string != nil)
        #expect(answers[1]["problem"]["status"].int == 422)
        #expect(answers[1]["problem"]["field"].string == "event_type")
        #expect(answers[2]["problem"]["code"].string == "consent_required")
        #expect(answers[3]["problem"]["status"].int == 422)
        #expect(answers[4]["id"].string == answers[5]["id"].string)
        let stored = try hub.history("types=\(type)")
        #expect(
            stored.map { $0["id"].string } == [answers[0]["id"].string, answers[4]["id"].string])
    }

    @Test func `an array may have 1,000 items and not one more`() throws {
        let type = Sample.type()
        let items = (0..<1000).map { #"{"event_type":"\#(type)","payload":\#($0)}"# }
        let reply = try hub.post("/event/unified", "[\(items.joined(separator: ","))]")
        #expect(reply.status == 202)
        #expect(reply.json.array.count == 1000)
        #expect(Set(reply.json.array.compactMap { $0["id"].string }).count == 1000)
        let stored = try hub.history("types=\(type)&limit=1000")
        #expect(stored.map { $0["data"]["payload"].int } == Array(0..<1000))
        let more = (items + items.prefix(1)).joined(separator: ",")
        try hub.post("/event/unified", "[\(more)]")
            .expectProblem(422, "invalid_field", field: "body")
    }

    @Test func `history can be paged both ways without hole or repeat`() throws {
        let type = Sample.type()
        let items = (0..<10).map { #"{"event_type":"\#(type)","payload":\#($0)}"# }
        try hub.post("/event/unified", "[\(items.joined(separator: ","))]")
        for (order, expected) in [("asc", Array(0..<10)), ("desc", Array((0..<10).reversed()))] {
            var seen: [Int] = []
            var cursor = ""
            repeat {
                let page = try hub.get(
                    "/events?types=\(type)&limit=3&order=\(order)\(cursor)",
                    headers: ["Accept": "application/json"]
                ).json
                seen += page["data"].array.compactMap { $0["data"]["payload"].int }
                cursor = page["next_cursor"].string.map { "&cursor=" + $0 } ?? ""
                // New events must not shift the pages.
                try hub.post("/event/unified", #"{"event_type":"other"}"#)
            } while !cursor.isEmpty && seen.count < 20
            #expect(seen == expected)
        }
        let page = try hub.get(
            "/events?types=\(type)&limit=3", headers: ["Accept": "application/json"])
        #expect(page.json["data"][0]["data"]["payload"].int == 9, "the newest come first")
        #expect(
            try hub.get("/events", headers: ["Accept": "text/html"]).status == 406)
    }
}
