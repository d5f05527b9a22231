// Erasing a person, as it is decided.

import Domain
import Testing

@Suite struct `Erasing` {
    private func decide(_ subject: String, given facts: Facts) throws -> Decision {
        let command = EraseSubject(eventID: id(1), consentID: id(2), subject: subject)
        return try Domain.decide(.eraseSubject(command), given: facts, by: caller(), at: time())
    }

    @Test func `a lead loses its row, its events and its consent, and that is an event`() throws {
        var facts = try facts(newLead(7))
        let lead = try #require(facts.leads[id(7)])
        let decision = try decide(lead.subject, given: facts)
        let consent = ConsentRecord(
            id: id(2), key: ConsentKey(subject: lead.subject, purpose: .contract),
            status: .withdrawn, actor: "asha", time: time())
        let erasure = EventErasure(subject: lead.subject, found: FoundEvents())
        #expect(
            decision.changes == [
                .eraseLead(lead.id, at: time()), .recordConsent(consent), .eraseEvents(erasure),
            ])
        #expect(decision.events.map(\.name) == ["subject_erased"])
        #expect(decision.events.map(\.subject) == [lead.subject])
        facts.apply(decision)
        #expect(throws: Refusal.notFound(lead.subject)) {
            try self.decide(lead.subject, given: facts)
        }
    }

    @Test func `a user is whoever events name`() throws {
        let decision = try decide("users/u1", given: Facts())
        let key = ConsentKey(subject: "users/u1", purpose: .eventProcessing)
        #expect(decision.changes.count == 2)
        #expect(
            decision.changes.contains { change in
                guard case .recordConsent(let record) = change else { return false }
                return record.key == key && record.status == .withdrawn
            })
    }

    @Test(arguments: ProcessorName.allCases)
    func `nothing follows from what was erased, but an entry of the log`(
        name: ProcessorName
    ) throws {
        let inputs = [
            input("lead_created", "leads/" + id(9).text, object(["erased": .bool(true)])),
            input(
                "visited", "events/" + id(8).text, object(["erased": .bool(true)]), position: 2,
                isUnified: true),
        ]
        let decision = try run(step(name, inputs))
        #expect(decision.events.isEmpty && decision.deadLetters.isEmpty)
        #expect(decision.logs.count == (name == .log ? 2 : 0))
        if name != .notifications, name != .log {
            #expect(decision.branches.values.elementsEqual([.denied]))
        }
    }
}
