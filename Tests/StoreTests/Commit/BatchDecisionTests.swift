// Deciding in batches gives what deciding one by one gives: answers, rows, events, audit trail,
// kept answers; on thousands of generated histories.

import Domain
import Testing

@testable import Store

@Suite struct BatchDecisionTests {
    private let time = Timestamp(milliseconds: 1_764_000_000_000)

    @Test func `batches of any size give what commands one by one give`() {
        let seed = SeededGenerator.testSeed("batches")
        for history in 0..<800 {
            var samples = CommandSamples(seed: seed &+ UInt64(history))
            let requests = (0..<(5 + samples.number(below: 50))).map { _ in samples.any() }
            var single = ModelDatabase()
            var answers: [RenderedAnswer?] = []
            for request in requests { answers += single.run([request], at: time) }
            var batched = ModelDatabase()
            var batchedAnswers: [RenderedAnswer?] = []
            var rest = requests[...]
            while !rest.isEmpty {
                let count = min(rest.count, 1 + samples.number(below: 20))
                batchedAnswers += batched.run(Array(rest.prefix(count)), at: time)
                rest = rest.dropFirst(count)
            }
            let isSame = answers == batchedAnswers && single == batched
            #expect(isSame, "history \(seed &+ UInt64(history))")
            if !isSame { return }
        }
    }

    @Test func `a plan's sets are sorted and hold each thing once`() {
        let seed = SeededGenerator.testSeed("plans")
        for history in 0..<500 {
            var samples = CommandSamples(seed: seed &+ UInt64(history))
            let plan = BatchPlan((0..<40).map { _ in BatchItem(samples.any()) })
            #expect(plan.keys == Set(plan.keys).sorted())
            #expect(plan.leads == Set(plan.leads).sorted())
            #expect(plan.emails == Set(plan.emails).sorted())
            #expect(plan.phones == Set(plan.phones).sorted())
            #expect(plan.consents.count == Set(plan.consents).count)
            for table in RowTable.allCases {
                #expect(plan.rows(table) == Set(plan.rows(table)).sorted())
            }
            #expect(plan.subjects == Set(plan.subjects).sorted())
            #expect(plan.sources == Set(plan.sources).sorted())
            for key in plan.consentsWritten {
                #expect(plan.consents.contains(ConsentNeed(.known(key.subject), key.purpose)))
            }
        }
    }

    @Test func `a refusal leaves its neighbours and an audit line of its own`() {
        var samples = CommandSamples(seed: 1)
        let requests = [
            samples.request(.createLead(samples.createLead(email: "a@x.test"))),
            samples.request(.createLead(samples.createLead(email: "A@x.test"))),
            samples.request(.createLead(samples.createLead(email: "b@x.test"))),
        ]
        var database = ModelDatabase()
        let answers = database.run(requests, at: time)
        #expect(answers.map { $0?.status } == [201, 409, 201])
        #expect(database.events.count == 2)
        #expect(database.audits.map(\.success) == [true, false, true])
        #expect(database.audits[1].reason == "duplicate_lead")
    }

    @Test func `a batch of refusals appends nothing and still writes its audit lines`() {
        var samples = CommandSamples(seed: 2)
        let request = samples.request(
            .updateLead(UpdateLead(id: samples.id(), eventID: samples.id())), key: "k")
        let plan = BatchPlan([BatchItem(request)])
        let decision = BatchDecision(plan, loaded: ModelDatabase().load(plan), at: time)
        #expect(decision.answers.first??.status == 404)
        #expect(decision.writes.steps == [.head, .commit])
        #expect(decision.writes.audits.count == 1)
        #expect(decision.writes.kept.first?.status == 404)
    }

    @Test func `an equal key in a batch takes the first answer, another body is refused`() {
        var samples = CommandSamples(seed: 3)
        let first = samples.createLead(email: "a@x.test")
        let second = samples.createLead(email: "a@x.test")
        let third = samples.createLead(email: "c@x.test")
        let requests = [
            samples.request(.createLead(first), key: "k"),
            samples.request(.createLead(second), key: "k"),
            samples.request(.createLead(third), key: "k", fingerprint: 9),
            samples.request(.createLead(third), by: "ravi", key: "k", fingerprint: 9),
        ]
        var database = ModelDatabase()
        let answers = database.run(requests, at: time)
        #expect(answers.map { $0?.status } == [201, 201, 422, 201])
        #expect(answers[1] == answers[0]?.replayed)
        #expect(answers[2]?.code == "idempotency_key_reused")
        #expect(answers[3]?.isReplay == false)
        let again = database.run([requests[1]], at: time)
        #expect(again == [answers[0]?.replayed])
        #expect(database.events.count == 2)
    }

    @Test func `a key that vanished between two looks is tried again`() {
        var samples = CommandSamples(seed: 4)
        let request = samples.request(.publishEvents(samples.publish()), key: "k")
        let plan = BatchPlan([BatchItem(request)])
        let decision = BatchDecision(plan, loaded: LoadedFacts(), at: time)
        #expect(decision.answers == [nil])
        #expect(decision.writes.isEmpty)
        #expect(decision.writes.steps == [.commit])
    }

    @Test func `a withdrawal binds what comes after it in the same batch`() {
        var samples = CommandSamples(seed: 5)
        let requests = [
            samples.request(.publishEvents(samples.publish(user: "u1"))),
            samples.request(.recordConsent(samples.consent(subject: "users/u1", .withdrawn))),
            samples.request(.publishEvents(samples.publish(user: "u1"))),
            samples.request(.publishEvents(samples.publish(2, user: "u1", isArray: true))),
        ]
        var database = ModelDatabase()
        let answers = database.run(requests, at: time)
        #expect(answers.map { $0?.status } == [202, 201, 403, 202])
        #expect(database.events.map(\.name) == ["sla_warning", "consent_withdrawn"])
        let denials = database.audits.filter { $0.layer == .consent }
        #expect(denials.map(\.count) == [1, 2])
    }

    @Test func `what Postgres refuses alone becomes an internal error with its audit line`() {
        var samples = CommandSamples(seed: 6)
        var item = BatchItem(
            samples.request(.createLead(samples.createLead(email: "a@x.test")), key: "k"))
        item.forcedRefusal = .internalError
        let plan = BatchPlan([item])
        #expect(plan.emails.isEmpty)
        let decision = BatchDecision(plan, loaded: ModelDatabase().load(plan), at: time)
        #expect(decision.answers.first??.status == 500)
        #expect(decision.writes.audits.first?.reason == "internal_error")
        #expect(decision.writes.insertedLeads.isEmpty)
    }
}
