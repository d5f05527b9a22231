// A step's bookkeeping: exactly once or not at all, whatever is poisoned or repeated.

import Domain
import Testing

@Suite struct `Processor steps` {
    @Test(arguments: ProcessorName.allCases)
    func `a step moves the cursor last, and the same step again is refused whole`(
        name: ProcessorName
    ) throws {
        var facts = leased()
        let once = step(name, [leadCreated(1), warning(2), deliveryScheduled(3)])
        let decision = try run(once, given: facts)
        #expect(decision.changes.last == .moveCursor(name, to: 3))
        facts.apply(decision)
        #expect(facts.processors[name]?.cursor == 3)
        #expect(refused(.process(once), given: facts) == .cursorMoved)
        for other in ProcessorName.allCases where other != name {
            #expect(facts.processors[other]?.cursor == 0)
        }
    }

    @Test func `another's lease, another's cursor or an unknown processor refuses it whole`() {
        let inputs = [leadCreated(1)]
        for name in ProcessorName.allCases {
            var other = leased()
            other.processors[name]?.lease = id(1)
            #expect(refused(.process(step(name, inputs)), given: other) == .cursorMoved)
            other.processors[name]?.lease = nil
            #expect(refused(.process(step(name, inputs)), given: other) == .cursorMoved)
            #expect(refused(.process(step(name, inputs)), given: leased(at: 1)) == .cursorMoved)
            let ahead = step(name, [], from: 5, to: 6)
            #expect(refused(.process(ahead), given: leased(at: 4)) == .cursorMoved)
            #expect(refused(.process(step(name, inputs)), given: Facts()) == .cursorMoved)
        }
    }

    @Test func `a stretch with nothing to react to only moves the cursor`() throws {
        let decision = try run(step(.log, [], from: 0, to: 9))
        #expect(decision.changes == [.moveCursor(.log, to: 9)] && decision.events.isEmpty)
        #expect(try run(step(.log, [], from: 0, to: 0)).changes.isEmpty)
    }

    @Test(arguments: ProcessorName.allCases)
    func `a poisoned event is set aside, and its neighbours are dealt with`(
        name: ProcessorName
    ) throws {
        let poison = input(
            "sla_warning", "events/" + id(5_002).text, .null, position: 2, isUnified: true)
        let unreadable = input(
            "lead_created", "leads/" + id(1).text, object([:]), position: 3,
            fault: "byte 7 is not JSON")
        let good = name == .notifications ? deliveryScheduled(1) : leadCreated(1)
        let after = name == .notifications ? deliveryScheduled(4) : warning(4)
        let decision = try run(step(name, [good, poison, unreadable, after]))
        #expect(decision.deadLetters.map(\.position) == [2, 3])
        #expect(decision.deadLetters.map(\.eventID) == [poison.id, unreadable.id])
        #expect(decision.deadLetters.last?.reason == "byte 7 is not JSON")
        #expect(decision.deadLetters.allSatisfy { $0.attempts == 1 && $0.state == .waiting })
        #expect(decision.changes.last == .moveCursor(name, to: 4))
        #expect(decision.logs.filter { $0.level == .error }.map(\.position) == [2, 3])
        let alone = try run(step(name, [good])).names + run(step(name, [after])).names
        #expect(decision.names == alone)
        guard case .processed(alone.count, deadLetters: 2) = decision.answer else {
            Issue.record("the answer counts \(decision.answer)")
            return
        }
        if let branch = name.branch {
            #expect(
                decision.changes.contains { change in
                    if case .setBranch(poison.id, branch, .failed, _) = change {
                        true
                    } else {
                        false
                    }
                })
        }
    }

    @Test func `no two effects of a step have the same id`() throws {
        let inputs = (1...20).map { $0 % 2 == 0 ? warning($0) : leadCreated($0) }
        for name in ProcessorName.allCases {
            let decision = try run(step(name, inputs))
            let ids = decision.events.map(\.id) + decision.tasks.map(\.id) + decision.logs.map(\.id)
            #expect(Set(ids).count == ids.count)
        }
    }

    @Test func `ids that are used up are mixed from those that were given`() throws {
        let action = WorkflowAction.createTask(
            TaskTemplate(title: "T", assignee: nil, dueInSeconds: nil, priority: .low))
        let rule = WorkflowRule(
            id: "many", name: "Many", version: 1, enabled: true, eventType: "lead_created",
            conditions: [], actions: Array(repeating: action, count: 30))
        let decision = try run(step(.workflow, [leadCreated()], rules: [rule]))
        let ids = decision.events.map(\.id) + decision.tasks.map(\.id) + decision.logs.map(\.id)
        #expect(decision.tasks.count == 30 && Set(ids).count == ids.count)
        let again = try run(step(.workflow, [leadCreated()], rules: [rule]))
        #expect(again.events == decision.events)
    }

    @Test func `effects are in the trace of their cause, with a span of their own, one deeper`()
        throws
    {
        for name in ProcessorName.allCases {
            let cause = name == .notifications ? deliveryScheduled(1) : orderCreated(1)
            for event in try run(step(name, [cause])).events {
                #expect(
                    event.traceparent == "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01")
                #expect(event.cause == EventCause(eventID: cause.id, depth: 1))
                #expect(event.actor == "hub/" + name.rawValue && event.time == time(60_000))
            }
        }
    }

    @Test func `a lease is taken when it is free or over, and renewed by its holder`() throws {
        var facts = Facts()
        facts.processors[.rl] = ProcessorState(
            cursor: 42, lease: nil, holder: nil, leasedUntil: nil)
        func ask(_ token: UInt64, _ at: Int64) throws(Refusal) -> Decision {
            try decide(
                .leaseProcessor(
                    LeaseProcessor(processor: .rl, token: id(token), holder: "h", seconds: 15)),
                given: facts, by: caller(), at: time(at))
        }
        let first = try ask(1, 0)
        guard case .leased(cursor: 42) = first.answer else {
            Issue.record("not leased")
            return
        }
        facts.apply(first)
        #expect(facts.processors[.rl]?.leasedUntil == time(15_000))
        facts.apply(try ask(1, 5_000))
        #expect(facts.processors[.rl]?.leasedUntil == time(20_000))
        let held = refusal { () throws(Refusal) in _ = try ask(2, 19_999) }
        #expect(held == .leaseHeld(untilMilliseconds: time(20_000).milliseconds))
        facts.apply(try ask(2, 20_000))
        #expect(facts.processors[.rl]?.lease == id(2) && facts.processors[.rl]?.cursor == 42)
        let lost = refusal { () throws(Refusal) in _ = try ask(1, 20_001) }
        #expect(lost?.code == "lease_held")
        // Whoever comes first follows a holder that is gone; then it is held again.
        facts.abandoned = [.rl]
        facts.apply(try ask(3, 20_002))
        #expect(facts.processors[.rl]?.lease == id(3) && facts.processors[.rl]?.cursor == 42)
        let late = refusal { () throws(Refusal) in _ = try ask(4, 20_002) }
        #expect(late?.code == "lease_held")
    }
}

@Suite struct `Dead letters` {
    private let letter = DeadLetter(
        id: id(90), processor: .workflow, eventID: leadCreated(7).id, position: 7, reason: "r",
        attempts: 1, state: .waiting, createdAt: time(), updatedAt: time())

    private func replaying() throws -> Facts {
        var facts = leased(at: 9)
        facts.deadLetters[id(90)] = letter
        facts.apply(
            try decide(
                .replayDeadLetter(ReplayDeadLetter(id: id(90))), given: facts, by: caller(),
                at: time(1)))
        return facts
    }

    private func retry(_ input: ProcessorInput) -> ProcessorStep {
        step(.workflow, [input], from: 9, to: 9, replay: id(90))
    }

    @Test func `one is tried again without moving the cursor, and once only`() throws {
        var facts = try replaying()
        #expect(facts.deadLetters[id(90)]?.state == .replaying)
        let decision = try run(retry(leadCreated(7)), given: facts)
        #expect(decision.names == ["task_created"])
        facts.apply(decision)
        #expect(facts.deadLetters[id(90)]?.state == .replayed)
        #expect(facts.processors[.workflow]?.cursor == 9)
        #expect(refused(.process(retry(leadCreated(7))), given: facts) == .cursorMoved)
        let again = refused(.replayDeadLetter(ReplayDeadLetter(id: id(90))), given: facts)
        #expect(again?.code == "illegal_transition" && again?.field == "state")
    }

    @Test func `one that fails again waits again, with one more attempt`() throws {
        var facts = try replaying()
        let poison = input("lead_created", "leads/x", .null, position: 7)
        let decision = try run(retry(poison), given: facts)
        facts.apply(decision)
        #expect(facts.deadLetters[id(90)]?.state == .waiting)
        #expect(facts.deadLetters[id(90)]?.attempts == 2 && decision.names.isEmpty)
        #expect(facts.deadLetters.count == 1)
    }

    @Test func `only the event that was set aside, by its own processor, is taken`() throws {
        let facts = try replaying()
        #expect(refused(.process(retry(leadCreated(8))), given: facts) == .cursorMoved)
        let other = step(.log, [leadCreated(7)], from: 9, to: 9, replay: id(90))
        #expect(refused(.process(other), given: facts) == .cursorMoved)
        var waiting = facts
        waiting.deadLetters[id(90)]?.state = .waiting
        #expect(refused(.process(retry(leadCreated(7))), given: waiting) == .cursorMoved)
    }

    @Test func `one that is not there is named, and asking twice is asking once`() throws {
        let command = Command.replayDeadLetter(ReplayDeadLetter(id: id(90)))
        #expect(refused(command, given: Facts())?.code == "not_found")
        let decision = try decide(command, given: try replaying(), by: caller(), at: time(2))
        #expect(decision.changes.isEmpty)
    }
}
