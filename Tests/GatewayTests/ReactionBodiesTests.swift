// Bodies of decisions, feedback, consent, messages and dead letters.

import Domain
import Testing
import Wire

@testable import Gateway

private let id = CommandCase.id

@Suite struct `Bodies of decisions` {
    private func decide(_ body: String) throws -> DecideCommand {
        guard case .decide(let command) = try CommandCase.command(.decide, body) else {
            throw Unreadable(text: body)
        }
        return command
    }

    @Test func `the context is kept as it was sent, and read`() throws {
        let command = try decide(
            #"{"subject":"orders/\#(id)","context":{"region": "west", "value":1.50,"#
                + #""big":1e999,"deep":{"a":[1,null,true]}},"actions":["a","b"],"#
                + #""mode":"shadow","deadline_ms":50}"#)
        #expect(
            String(decoding: command.contextText, as: UTF8.self)
                == #"{"region":"west","value":1.50,"big":1e999,"deep":{"a":[1,null,true]}}"#)
        #expect(command.context["region"] == .string("west"))
        #expect(command.context["value"] == .number(1.5, text: "1.50"))
        #expect(
            command.context["deep"]?["a"]
                == .array([.number(1, text: "1"), .null, .bool(true)]))
        #expect(command.actions == ["a", "b"] && command.mode == .shadow)
    }

    @Test func `without context and actions the set of the subject's kind is asked`() throws {
        let command = try decide(#"{"subject":"leads/\#(id)"}"#)
        #expect(command.contextText.isEmpty && command.context == .object([]))
        #expect(command.actions == nil && command.actionSet == nil && command.mode == .live)
        #expect(try decide(#"{"subject":"leads/\#(id)","action_set":"orders"}"#).actionSet != nil)
    }

    @Test func `each decision draws anew`() throws {
        var ids = FreshIDs()
        let decoder = try CommandCase.decoder(.decide, #"{"subject":"leads/\#(id)"}"#)
        var drawn: Set<UInt64> = []
        for _ in 0..<8 {
            guard case .decide(let command) = try decoder.command(ids: &ids) else { return }
            drawn.insert(command.random)
        }
        #expect(drawn.count == 8)
    }

    @Test(arguments: [
        FaultyBody(.decide, "{}", "subject"),
        FaultyBody(.decide, #"{"subject":"decisions/\#(id)"}"#, "subject"),
        FaultyBody(.decide, #"{"subject":"orders/\#(id)","context":[]}"#, "context"),
        FaultyBody(.decide, #"{"subject":"orders/\#(id)","context":{"a":"\u0000"}}"#, "context"),
        FaultyBody(.decide, #"{"subject":"orders/\#(id)","actions":"hold"}"#, "actions"),
        FaultyBody(.decide, #"{"subject":"orders/\#(id)","actions":[1]}"#, "actions"),
        FaultyBody(
            .decide, #"{"subject":"orders/\#(id)","actions":["a"],"action_set":"orders"}"#,
            "action_set"),
        FaultyBody(.decide, #"{"subject":"orders/\#(id)","mode":"test"}"#, "mode"),
        FaultyBody(.decide, #"{"subject":"orders/\#(id)","deadline_ms":0}"#, "deadline_ms"),
        FaultyBody(.decide, #"{"subject":"orders/\#(id)","deadline_ms":60001}"#, "deadline_ms"),
    ])
    func `each mistake is refused by its field`(bad: FaultyBody) throws {
        try bad.expectRefused()
    }
}

@Suite struct `Bodies of feedback, consent and messages` {
    @Test func `feedback is a rating, a reward or a comment`() throws {
        let command = try CommandCase.command(
            .giveFeedback, #"{"subject":"decisions/\#(id)","rating":4,"reward":-0.5}"#)
        guard case .giveFeedback(let made) = command else { throw Unreadable(text: "") }
        #expect(made.subject.text == "decisions/\(id)" && made.rating == 4)
        #expect(made.reward == -0.5 && made.comment == nil)
    }

    @Test func `consent is of a lead or of a user, by its one name`() throws {
        for (subject, expected) in [
            ("leads/\(id.uppercased())", "leads/\(id)"), ("users/u-1", "users/u-1"),
            ("users/a/b", "users/a/b"),
        ] {
            let command = try CommandCase.command(
                .recordConsent,
                #"{"subject":"\#(subject)","purpose":"contract","status":"granted"}"#)
            guard case .recordConsent(let made) = command else { throw Unreadable(text: "") }
            #expect(made.key.subject == expected && made.key.purpose == .contract)
            #expect(made.status == .granted)
        }
    }

    @Test(arguments: [
        FaultyBody(.giveFeedback, "{}", "subject"),
        FaultyBody(.giveFeedback, #"{"subject":"opportunities/\#(id)"}"#, "subject"),
        FaultyBody(.giveFeedback, #"{"subject":"leads/\#(id)","rating":4.5}"#, "rating"),
        FaultyBody(.giveFeedback, #"{"subject":"leads/\#(id)","rating":"5"}"#, "rating"),
        FaultyBody(.giveFeedback, #"{"subject":"leads/\#(id)","reward":"1"}"#, "reward"),
        FaultyBody(.giveFeedback, #"{"subject":"leads/\#(id)","comment":""}"#, "comment"),
        FaultyBody(.recordConsent, "{}", "subject"),
        FaultyBody(.recordConsent, #"{"subject":"orders/\#(id)"}"#, "subject"),
        FaultyBody(.recordConsent, #"{"subject":"leads/7"}"#, "subject"),
        FaultyBody(.recordConsent, #"{"subject":"users/"}"#, "subject"),
        FaultyBody(
            .recordConsent, #"{"subject":"users/\#(String(repeating: "u", count: 129))"}"#,
            "subject"),
        FaultyBody(.recordConsent, #"{"subject":"users/u"}"#, "purpose"),
        FaultyBody(.recordConsent, #"{"subject":"users/u","purpose":"fun"}"#, "purpose"),
        FaultyBody(.recordConsent, #"{"subject":"users/u","purpose":"contact"}"#, "status"),
        FaultyBody(
            .recordConsent, #"{"subject":"users/u","purpose":"contact","status":"maybe"}"#,
            "status"),
        FaultyBody(.updateNotification, "{}", "state"),
        FaultyBody(.updateNotification, #"{"state":"lost"}"#, "state"),
        FaultyBody(.updateNotification, #"{"state":"read","title":"a"}"#, "title"),
        FaultyBody(.replayDeadLetter, #"{"force":true}"#, "force"),
    ])
    func `each mistake is refused by its field`(bad: FaultyBody) throws {
        try bad.expectRefused()
    }
}
