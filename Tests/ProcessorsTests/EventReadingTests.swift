// Stored texts, read into what processors look at.

import Store
import Testing

@testable import Domain
@testable import Processors

@Suite struct EventReadingTests {
    private func input(_ text: String, name: String = "ping") -> ProcessorInput {
        EventReading.input(
            Array(text.utf8)[...], position: 42, name: name, subject: "events/1")
    }

    private let envelope =
        #""id":"0190f5d2-0000-7000-8000-000000000001","time":"2026-11-25T03:00:00.000Z","#
        + #""actor":"asha","traceparent":"00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01""#

    @Test func `every kind of value is read`() {
        let input = input(
            #"{"position":"42",\#(envelope),"depth":3,"data":{"#
                + #""n":null,"t":true,"f":false,"s":"a\u0041\n","x":1.50e2,"a":[1,{"b":-2}]}}"#)
        #expect(input.fault == nil)
        #expect(input.depth == 3)
        #expect(input.actor == "asha")
        #expect(input.traceID == "0af7651916cd43dd8448eb211c80319c")
        #expect(input.time.text == "2026-11-25T03:00:00.000Z")
        #expect(input.fields["n"] == .null)
        #expect(input.fields["t"] == .bool(true))
        #expect(input.fields["f"] == .bool(false))
        #expect(input.fields["s"] == .string("aA\n"))
        #expect(input.fields["x"] == .number(150, text: "1.50e2"))
        #expect(input.value(at: "data.a.1.b") == .number(-2, text: "-2"))
    }

    @Test(
        arguments: [
            "", "{", "[]", "7", #"{"id":"x"}"#,
            #"{"id":"0190f5d2-0000-7000-8000-000000000001","time":"yesterday","data":{}}"#,
        ])
    func `a text that is no event has a fault`(text: String) {
        let input = input(text)
        #expect(input.fault != nil)
        #expect(input.position == 42)
    }

    @Test func `a text that is cut anywhere has a fault`() {
        let text = Array(#"{\#(envelope),"data":{"a":[1,2,{"b":"c"}]}}"#.utf8)
        for count in 0..<text.count {
            let input = EventReading.input(
                text[..<count], position: 1, name: "ping", subject: "events/1")
            #expect(input.fault != nil, "cut after \(count)")
        }
    }

    @Test func `a payload as deep as any that is let in is read`() {
        let deep = String(repeating: "[", count: 64) + String(repeating: "]", count: 64)
        #expect(input(#"{\#(envelope),"data":{"payload":\#(deep)}}"#).fault == nil)
    }

    @Test func `a number beyond all bounds keeps its text`() {
        let input = input(#"{\#(envelope),"data":{"x":1e999}}"#)
        #expect(input.fields["x"]?.plainText == "1e999")
    }

    @Test func `the hub's own events about a reported one are not reported ones`() {
        #expect(EventReading.isUnified(name: "sla_warning", subject: "events/1"))
        #expect(!EventReading.isUnified(name: "rl_scored", subject: "events/1"))
        #expect(!EventReading.isUnified(name: "decision_made", subject: "events/1"))
        #expect(!EventReading.isUnified(name: "lead_created", subject: "leads/1"))
    }

    @Test func `the setting names all, none or some`() {
        #expect(ProcessorSelection("all")?.names == ProcessorName.allCases.sorted())
        #expect(ProcessorSelection("all")?.seals == true)
        #expect(ProcessorSelection("none")?.names == [])
        #expect(ProcessorSelection("none")?.seals == false)
        #expect(ProcessorSelection("rl,log,rl")?.names == [.log, .rl])
        #expect(ProcessorSelection("rl,log,rl")?.seals == false)
        #expect(ProcessorSelection("sealer,rl")?.names == [.rl])
        #expect(ProcessorSelection("sealer,rl")?.seals == true)
        for text in ["rl,", "", "everything"] { #expect(ProcessorSelection(text) == nil) }
    }
}
