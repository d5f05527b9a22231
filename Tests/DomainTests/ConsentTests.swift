// The consent gate: the request's own flag, the record on file, and the commands that write it.

import Domain
import Testing

@Suite struct `The consent gate` {
    @Test(arguments: [Purpose.contract, .eventProcessing])
    func `a flag that says no refuses, naming the purpose`(purpose: Purpose) {
        let refused = refusal { () throws(Refusal) in
            try ConsentGate.check(flag: false, purpose: purpose)
        }
        #expect(refused == .consentRequired(purpose: purpose, subject: nil))
        #expect(refused?.status == 403)
        #expect(refused?.code == "consent_required")
        #expect(refused?.detail.contains(purpose.code) == true)
    }

    @Test(arguments: [true, nil] as [Bool?])
    func `a flag that says yes, or none, passes`(flag: Bool?) {
        #expect(
            refusal { () throws(Refusal) in
                try ConsentGate.check(flag: flag, purpose: .contract)
            } == nil)
    }

    @Test func `only a withdrawal on record refuses, naming whose`() {
        let key = ConsentKey(subject: "users/u1", purpose: .eventProcessing)
        for record in [nil, ConsentStatus.granted] {
            #expect(
                refusal { () throws(Refusal) in
                    try ConsentGate.check(record: record, key: key)
                } == nil)
        }
        let refused = refusal { () throws(Refusal) in
            try ConsentGate.check(record: .withdrawn, key: key)
        }
        #expect(refused == .consentRequired(purpose: .eventProcessing, subject: "users/u1"))
        #expect(refused?.detail.contains("users/u1") == true)
    }
}

@Suite struct `Consent records` {
    private let key = ConsentKey(subject: "users/u1", purpose: .eventProcessing)

    private func decide(_ status: ConsentStatus, given facts: Facts) throws -> Decision {
        let command = RecordConsent(id: id(1), eventID: id(2), key: key, status: status)
        return try Domain.decide(.recordConsent(command), given: facts, by: caller(), at: time())
    }

    @Test(arguments: [
        (ConsentStatus.granted, "consent_granted"), (.withdrawn, "consent_withdrawn"),
    ])
    func `each is a row of history and an event`(status: ConsentStatus, name: String) throws {
        let decision = try decide(status, given: Facts())
        let record = ConsentRecord(
            id: id(1), key: key, status: status, actor: "asha", time: time())
        let erasure = EventErasure(subject: "users/u1", found: FoundEvents())
        let erased = status == .withdrawn ? [Change.eraseEvents(erasure)] : []
        #expect(decision.changes == [.recordConsent(record)] + erased)
        #expect(decision.events.map(\.name) == [name])
        #expect(decision.events.map(\.subject) == ["users/u1"])
        #expect(decision.events.map(\.data) == [.consent(record)])
    }

    @Test func `saying it twice is recorded twice, for the history is the proof`() throws {
        var facts = Facts()
        facts.apply(try decide(.granted, given: facts))
        let again = try decide(.granted, given: facts)
        #expect(again.changes.count == 1)
        #expect(again.events.count == 1)
    }

    @Test func `the last word holds, for that subject and purpose alone`() throws {
        var facts = Facts()
        facts.apply(try decide(.granted, given: facts))
        facts.apply(try decide(.withdrawn, given: facts))
        #expect(facts.consents[key] == .withdrawn)
        let other = ConsentKey(subject: "users/u1", purpose: .contract)
        #expect(facts.consents[other] == nil)
        facts.apply(try decide(.granted, given: facts))
        #expect(facts.consents[key] == .granted)
    }

    @Test func `an event about nobody needs no consent`() {
        let event = UnifiedEvent(taskID: "t", userID: nil, consentFlag: nil, payload: [])
        #expect(event.consentKey == nil)
        let about = UnifiedEvent(taskID: nil, userID: "u1", consentFlag: nil, payload: [])
        #expect(about.consentKey == key)
    }
}
