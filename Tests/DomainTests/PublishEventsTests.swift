// Events that others report: their names, their consent, and those that came before.

import Domain
import Testing

@Suite struct `Event types` {
    private func refused(_ name: String) -> Refusal? {
        refusal { () throws(Refusal) in try EventType.check(name, field: "event_type") }
    }

    @Test(arguments: ["a", "sla_warning", "a.b.c", "a1_.", String(repeating: "a", count: 64)])
    func `a name of letters, digits, dots and underscores is taken`(name: String) {
        #expect(refused(name) == nil)
    }

    @Test(arguments: [
        "", "A", "1a", "_a", ".a", "a-b", "a b", "a\u{0}", "é", "a/b", "SLA", "a\n",
        String(repeating: "a", count: 65), "ａ",
    ])
    func `any other name is refused`(name: String) {
        #expect(
            refused(name) == .invalidField("event_type", "must match [a-z][a-z0-9_.]{0,63}"))
    }

    @Test(arguments: EventType.reserved.sorted())
    func `the hub's own names are refused`(name: String) {
        #expect(
            refused(name) == .invalidField("event_type", "is one of the hub's own event types"))
    }

    @Test(arguments: [
        "lead_created", "opportunity_created", "order_created", "decision_made",
        "delivery_scheduled", "feedback_received", "task_created", "rl_scored", "rl_updated",
        "compliance_checked", "notification_sent", "gap", "problem",
    ])
    func `every name of the pipeline is the hub's own`(name: String) {
        #expect(EventType.reserved.contains(name))
    }
}

@Suite struct `Publishing events` {
    private func accepted(
        _ items: [Result<PublishItem, Refusal>], given facts: Facts
    ) throws -> (results: [Result<UniqueID, Refusal>], decision: Decision) {
        let command = PublishEvents(items: items, isArray: true)
        let decision = try decide(.publishEvents(command), given: facts, by: caller(), at: time())
        guard case .accepted(let results, true) = decision.answer else {
            Issue.record("the answer to an array is an array")
            return ([], decision)
        }
        return (results, decision)
    }

    @Test func `one is an event under the id that it is looked up by`() throws {
        let command = PublishEvents(items: [reported(1, user: "u1")], isArray: false)
        let decision = try command.decide(given: Facts(), by: caller(), at: time())
        guard case .accepted(let results, false) = decision.answer else {
            Issue.record("the answer to one is one")
            return
        }
        #expect(results == [.success(id(1))])
        let event = try #require(decision.events.first)
        #expect(event.id == id(1) && event.name == "sla_warning")
        #expect(event.subject == "events/" + id(1).text && event.actor == "asha")
        #expect(decision.changes.isEmpty)
    }

    @Test func `a withdrawal refuses one, and only its own item of an array`() throws {
        var facts = Facts()
        facts.consents[ConsentKey(subject: "users/u1", purpose: .eventProcessing)] = .withdrawn
        let refusal = Refusal.consentRequired(purpose: .eventProcessing, subject: "users/u1")
        let alone = PublishEvents(items: [reported(1, user: "u1")], isArray: false)
        #expect(throws: refusal) { try alone.decide(given: facts, by: caller(), at: time()) }
        let (results, decision) = try accepted(
            [reported(1, user: "u1"), reported(2, user: "u2"), reported(3)], given: facts)
        #expect(results == [.failure(refusal), .success(id(2)), .success(id(3))])
        #expect(decision.events.map(\.id) == [id(2), id(3)])
    }

    @Test func `a withdrawal for another purpose does not refuse`() throws {
        var facts = Facts()
        facts.consents[ConsentKey(subject: "users/u1", purpose: .contract)] = .withdrawn
        #expect(try accepted([reported(1, user: "u1")], given: facts).results == [.success(id(1))])
    }

    @Test func `an item that was refused while it was read keeps its place`() throws {
        let bad = Refusal.invalidField("event_type", "is required")
        let (results, decision) = try accepted([.failure(bad), reported(2)], given: Facts())
        #expect(results == [.failure(bad), .success(id(2))])
        #expect(decision.events.count == 1)
    }

    @Test func `the same source and id again is the first event, in an array and later`() throws {
        let source = EventSource(source: "/erp", id: "42")
        let other = EventSource(source: "/crm", id: "42")
        let (results, decision) = try accepted(
            [
                reported(1, source: source), reported(2, source: other),
                reported(3, source: source),
            ], given: Facts())
        #expect(results == [.success(id(1)), .success(id(2)), .success(id(1))])
        #expect(decision.events.map(\.id) == [id(1), id(2)])
        #expect(
            decision.changes == [
                .insertEventSource(source, event: id(1)), .insertEventSource(other, event: id(2)),
            ])
        var facts = Facts()
        facts.apply(decision)
        let later = try accepted([reported(9, source: source)], given: facts)
        #expect(later.results == [.success(id(1))])
        #expect(later.decision.events.isEmpty && later.decision.changes.isEmpty)
    }

    @Test func `a refused event does not use up its source and id`() throws {
        var facts = Facts()
        let key = ConsentKey(subject: "users/u1", purpose: .eventProcessing)
        facts.consents[key] = .withdrawn
        let source = EventSource(source: "/erp", id: "1")
        let (results, decision) = try accepted(
            [reported(1, user: "u1", source: source), reported(2, source: source)], given: facts)
        #expect(results.last == .success(id(2)))
        #expect(decision.changes == [.insertEventSource(source, event: id(2))])
    }
}

@Suite struct `Commands in the audit trail` {
    @Test func `each command has its action and its resource`() {
        let one = PublishEvents(items: [reported(1)], isArray: true)
        let two = PublishEvents(items: [reported(1), reported(2)], isArray: true)
        let bad = PublishEvents(items: [.failure(.internalError)], isArray: true)
        let consent = RecordConsent(
            id: id(1), eventID: id(2),
            key: ConsentKey(subject: "users/u1", purpose: .contract), status: .granted)
        let expected: [(Command, String, String)] = [
            (.createLead(newLead(1)), "lead.create", "leads/" + id(1).text),
            (.updateLead(change(1) { _ in }), "lead.update", "leads/" + id(1).text),
            (.publishEvents(one), "event.publish", "events/" + id(1).text),
            (.publishEvents(two), "event.publish", "events"),
            (.publishEvents(bad), "event.publish", "events"),
            (.recordConsent(consent), "consent.record", "users/u1"),
            (.recordDenials([]), "denials.record", "audit"),
        ]
        for (command, action, resource) in expected {
            #expect(command.action == action)
            #expect(command.resource == resource)
        }
    }

    @Test func `an entry tells who, what, whether, and which layer said no`() {
        let command = Command.createLead(newLead(1))
        let good = AuditEntry(command, by: caller(), at: time(), refusal: nil)
        #expect(good.success && good.reason == nil && good.layer == .business)
        #expect(good.userID == "asha" && good.action == "lead.create" && good.count == 1)
        #expect(good.id == caller().auditID)
        #expect(good.traceID == "0af7651916cd43dd8448eb211c80319c")
        let consent = AuditEntry(
            command, by: caller(), at: time(),
            refusal: .consentRequired(purpose: .contract, subject: nil))
        #expect(!consent.success && consent.layer == .consent)
        #expect(consent.reason == "consent_required")
        let duplicate = AuditEntry(
            command, by: caller(), at: time(),
            refusal: .duplicateLead(existing: id(2), field: "email"))
        #expect(!duplicate.success && duplicate.layer == .business)
        #expect(duplicate.reason == "duplicate_lead")
    }

    @Test func `denials decide nothing but to be recorded`() throws {
        let decision = try decide(.recordDenials([]), given: Facts(), by: caller(), at: time())
        #expect(decision.changes.isEmpty && decision.events.isEmpty)
        guard case .recorded = decision.answer else {
            Issue.record("nobody waits for denials")
            return
        }
    }
}
