// Bodies of reported events: flat, CloudEvents, arrays of both.

import Domain
import Support
import Testing
import Wire

@testable import Gateway

@Suite struct `Bodies of reported events` {
    private func decode(_ body: String) throws(Refusal) -> PublishEvents? {
        var ids = FreshIDs()
        let command = try UnifiedEventCoding.publishEvents(
            try CommandCoding.parse(Array(body.utf8)), ids: &ids)
        guard case .publishEvents(let events) = command else { return nil }
        return events
    }

    private func item(_ body: String) throws -> PublishItem {
        let events = try #require(try decode(body))
        #expect(events.items.count == 1 && !events.isArray)
        return try #require(try events.items.first?.get())
    }

    private func payload(_ item: PublishItem) -> String {
        String(decoding: item.event.payload, as: UTF8.self)
    }

    @Test func `the flat form is taken, its payload as it was written`() throws {
        let item = try item(
            #"{"task_id":"t1","user_id":"u1","event_type":"sla_warning","consent_flag":true,"#
                + #""payload":{"b": 1.50, "a":[true , null],"s":"\u0000\/é"}}"#)
        #expect(item.type == "sla_warning" && item.source == nil)
        #expect(item.event.taskID == "t1" && item.event.userID == "u1")
        #expect(item.event.consentFlag == true)
        #expect(payload(item) == #"{"b":1.50,"a":[true,null],"s":"\u0000\/é"}"#)
    }

    @Test func `only the type is needed`() throws {
        let item = try item(#"{"event_type":"a"}"#)
        #expect(item.event.taskID == nil && item.event.userID == nil)
        #expect(item.event.consentFlag == nil && payload(item) == "null")
        for value in ["1", "\"s\"", "[]", "true", "null"] {
            let other = try self.item(#"{"event_type":"a","payload":\#(value)}"#)
            #expect(payload(other) == value)
        }
    }

    @Test(arguments: [
        BadBody("{}", "event_type", "is required"),
        BadBody(#"{"event_type":null}"#, "event_type", "is required"),
        BadBody(#"{"event_type":1}"#, "event_type", "must be a string"),
        BadBody(#"{"event_type":"A"}"#, "event_type", "must match [a-z][a-z0-9_.]{0,63}"),
        BadBody(#"{"event_type":""}"#, "event_type", "must match [a-z][a-z0-9_.]{0,63}"),
        BadBody(#"{"event_type":"a\u0000"}"#, "event_type", "must not contain \\u0000"),
        BadBody(
            #"{"event_type":"lead_created"}"#, "event_type", "is one of the hub's own event types"),
        BadBody(#"{"event_type":"a","task_id":7}"#, "task_id", "must be a string"),
        BadBody(#"{"event_type":"a","task_id":""}"#, "task_id", "must have 1 to 128 characters"),
        BadBody(#"{"event_type":"a","user_id":"\u0000"}"#, "user_id", "must not contain \\u0000"),
        BadBody(#"{"event_type":"a","user_id":""}"#, "user_id", "must have 1 to 128 characters"),
        BadBody(
            #"{"event_type":"a","consent_flag":1}"#, "consent_flag", "must be true or false"),
        BadBody(#"{"event_type":"a","type":"b"}"#, "type", "is not a known field"),
        BadBody(#"{"event_type":"a","event_type":"b"}"#, "event_type", "is given twice"),
        BadBody("7", "body", "must be an event object"),
        BadBody("[]", "body", "must hold 1 to 1000 events"),
        BadBody(
            #"{"consent_flag":false}"#, .consentRequired(purpose: .eventProcessing, subject: nil)),
        BadBody(
            #"{"consent_flag":false,"event_type":"lead_created"}"#,
            .consentRequired(purpose: .eventProcessing, subject: nil)),
    ])
    func `each mistake is refused by its field`(bad: BadBody) {
        #expect(refusal { () throws(Refusal) in _ = try decode(bad.body) } == bad.refusal)
    }

    @Test func `ids of 128 characters pass, and a heap of accents is no character`() throws {
        let long = String(repeating: "é", count: 128)
        #expect(try item(#"{"event_type":"a","user_id":"\#(long)"}"#).event.userID == long)
        for bad in [long + "é", "a" + String(repeating: "\u{0301}", count: 128)] {
            let refused = refusal { () throws(Refusal) in
                _ = try decode(#"{"event_type":"a","user_id":"\#(bad)"}"#)
            }
            #expect(refused == .invalidField("user_id", "must have 1 to 128 characters"))
        }
    }

    @Test func `in an array each item has its own outcome, in its place`() throws {
        let events = try #require(
            try decode(
                #"[{"event_type":"a"},7,{"event_type":"B"},"#
                    + #"{"event_type":"c","consent_flag":false},"#
                    + #"{"specversion":"1.0","id":"1","source":"/s","type":"d"}]"#))
        #expect(events.isArray && events.items.count == 5)
        let types = events.items.map { try? $0.get().type }
        #expect(types == ["a", nil, nil, nil, "d"])
        let refusals = events.items.compactMap { item in
            if case .failure(let refusal) = item { return refusal.code }
            return nil
        }
        #expect(refusals == ["invalid_field", "invalid_field", "consent_required"])
        let ids = events.items.compactMap { try? $0.get().id }
        #expect(Set(ids).count == 2)
    }

    @Test func `1,000 events are an array, 1,001 are too many`() throws {
        func array(_ count: Int) -> String {
            "[" + [String](repeating: #"{"event_type":"a"}"#, count: count).joined(separator: ",")
                + "]"
        }
        #expect(try decode(array(1000))?.items.count == 1000)
        #expect(
            refusal { () throws(Refusal) in _ = try decode(array(1001)) }
                == .invalidField("body", "must hold 1 to 1000 events"))
    }

    @Test func `an array of one is answered as an array`() throws {
        #expect(try decode(#"[{"event_type":"a"}]"#)?.isArray == true)
    }
}

@Suite struct `CloudEvents` {
    private static let start = #"{"specversion":"1.0","id":"7","source":"/erp","type":"stock_low""#

    private func item(_ body: String) throws(Refusal) -> PublishItem? {
        var ids = FreshIDs()
        let command = try UnifiedEventCoding.publishEvents(
            try CommandCoding.parse(Array(body.utf8)), ids: &ids)
        guard case .publishEvents(let events) = command else { return nil }
        return try events.items.first?.get()
    }

    private func payload(_ item: PublishItem?) -> String? {
        (item?.event.payload).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func `source and id make it the same event again`() throws {
        let item = try item(Self.start + "}")
        #expect(item?.type == "stock_low")
        #expect(item?.source == EventSource(source: "/erp", id: "7"))
        #expect(payload(item) == "null")
    }

    @Test func `our own prefix of a type is left off`() throws {
        let text = Self.start.replacing("stock_low", with: "in.bhiv.stock_low")
        #expect(try item(text + "}")?.type == "stock_low")
    }

    @Test func `other attributes are no mistake`() throws {
        #expect(
            try item(
                Self.start + #","time":"2026-11-25T08:00:00Z","subject":"x","comexample":1,"#
                    + #""datacontenttype":"application/json"}"#) != nil)
    }

    @Test func `data of the flat fields alone is taken as them`() throws {
        let item = try item(
            Self.start + #","data":{"user_id":"u1","task_id":"t1","payload":{"n":1}}}"#)
        #expect(item?.event.userID == "u1" && item?.event.taskID == "t1")
        #expect(payload(item) == #"{"n":1}"#)
    }

    @Test func `any other data is the payload, and the person it names its subject`() throws {
        let item = try item(Self.start + #","data":{ "user_id":"u1", "level": 3 }}"#)
        #expect(item?.event.userID == "u1")
        #expect(payload(item) == #"{"user_id":"u1","level":3}"#)
        for data in ["[1,2]", "\"text\"", "7", "{}", "null"] {
            #expect(payload(try self.item(Self.start + #","data":\#(data)}"#)) == data)
        }
    }

    @Test(arguments: [
        BadBody(
            #"{"specversion":"0.3","id":"7","source":"/s","type":"a"}"#, "specversion",
            #"must be "1.0""#),
        BadBody(
            #"{"specversion":1.0,"id":"7","source":"/s","type":"a"}"#, "specversion",
            "must be a string"),
        BadBody(
            #"{"specversion":"1.0","source":"/s","type":"a"}"#, "id",
            "must be a string of 1 to 256 bytes"),
        BadBody(
            #"{"specversion":"1.0","id":"","source":"/s","type":"a"}"#, "id",
            "must be a string of 1 to 256 bytes"),
        BadBody(
            #"{"specversion":"1.0","id":7,"source":"/s","type":"a"}"#, "id", "must be a string"),
        BadBody(
            #"{"specversion":"1.0","id":"7","type":"a"}"#, "source",
            "must be a string of 1 to 512 bytes"),
        BadBody(
            #"{"specversion":"1.0","id":"7","source":"\u0000","type":"a"}"#, "source",
            "must not contain \\u0000"),
        BadBody(#"{"specversion":"1.0","id":"7","source":"/s"}"#, "type", "is required"),
        BadBody(
            #"{"specversion":"1.0","id":"7","source":"/s","type":"com.Example"}"#, "type",
            "must match [a-z][a-z0-9_.]{0,63}"),
        BadBody(
            #"{"specversion":"1.0","id":"7","source":"/s","type":"in.bhiv.order_created"}"#, "type",
            "is one of the hub's own event types"),
        BadBody(
            #"{"specversion":"1.0","id":"7","source":"/s","type":"a","data":{"user_id":7}}"#,
            "user_id", "must be a string"),
        BadBody(
            #"{"specversion":"1.0","id":"7","id":"8","source":"/s","type":"a"}"#, "id",
            "is given twice"),
        BadBody(
            #"{"specversion":"1.0","id":"7","source":"/s","type":"a","data_base64":"AQID"}"#,
            "data_base64", "can't be kept: send JSON in data"),
        BadBody(
            #"{"specversion":"1.0","data":{"consent_flag":false}}"#,
            .consentRequired(purpose: .eventProcessing, subject: nil)),
    ])
    func `each mistake is refused by its attribute`(bad: BadBody) {
        #expect(refusal { () throws(Refusal) in _ = try item(bad.body) } == bad.refusal)
    }
}
