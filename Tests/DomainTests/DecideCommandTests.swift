// Decisions of the agent as commands, the model as a fold of the log, and the facts that commands
// say they need.

import Domain
import Testing

@Suite struct `Asking the agent` {
    private func ask(
        _ subject: Subject = Subject(.orders, id(3)), model: ModelState = emptyModel(),
        _ set: (inout DecideCommand) -> Void = { _ in }
    ) -> DecideCommand {
        var command = DecideCommand(
            id: id(700), eventID: id(701), subject: subject,
            contextText: Array(#"{"region":"west"}"#.utf8),
            context: object(["region": .string("west")]), model: ModelSnapshot(model), random: 7)
        set(&command)
        return command
    }

    private func record(_ command: DecideCommand, _ facts: Facts) throws -> DecisionRecord {
        let decision = try decide(.decide(command), given: facts, by: caller(), at: time())
        guard case .decision(let record) = decision.answer else {
            throw Refusal.internalError
        }
        #expect(decision.changes == [.insertDecision(record)])
        #expect(decision.names == ["decision_made"])
        #expect(decision.events.first?.subject == command.subject.text)
        return record
    }

    @Test func `it answers with an action, its chance and what stands behind it`() throws {
        let record = try record(ask { $0.actions = ["standard", "express"] }, try business())
        #expect(["standard", "express"].contains(record.agent.action))
        #expect(record.agent.actions.map(\.action) == ["standard", "express"])
        #expect(record.agent.probability == 0.5 && record.agent.isFallback)
        #expect(record.leadID == id(1) && record.mode == .live && record.actor == "asha")
        #expect(record.context == Array(#"{"region":"west"}"#.utf8))
    }

    @Test func `without actions the named set is taken, or the one of the subject's kind`() throws {
        let facts = try business()
        let usual = try record(ask(), facts)
        #expect(usual.agent.actions.map(\.action) == ["standard", "express", "hold"])
        let named = try record(ask { $0.actionSet = "leads" }, facts)
        #expect(named.agent.actions.map(\.action) == ["call", "email", "wait"])
        #expect(
            refused(.decide(ask { $0.actionSet = "none" }), given: facts)?.field == "action_set")
        let deal = ask(Subject(.opportunities, id(2)))
        #expect(refused(.decide(deal), given: facts)?.field == "actions")
        for actions in [[], [""], ["no_action"], Array(repeating: "a", count: 33)] {
            let refusal = refused(.decide(ask { $0.actions = actions }), given: facts)
            #expect(refusal?.field == "actions" && refusal?.status == 422)
        }
    }

    @Test func `what it is about must exist`() throws {
        let facts = try business()
        #expect(refused(.decide(ask(Subject(.orders, id(99)))), given: facts)?.field == "subject")
        let decision = ask(Subject(.decisions, id(1)))
        #expect(refused(.decide(decision), given: facts)?.field == "subject")
        var known = facts
        known.subjects.insert(Subject(.events, id(8)))
        #expect(
            refused(.decide(ask(Subject(.events, id(8))) { $0.actions = ["a"] }), given: known)
                == nil)
    }

    @Test func `a withdrawal rules actions out by a named rule, and all of them is an answer`()
        throws
    {
        var facts = try business()
        withdraw(&facts, .contact)
        let lead = Subject(.leads, id(1))
        let some = try record(ask(lead), facts)
        #expect(some.agent.action == "wait" && some.agent.probability == 1)
        #expect(
            some.agent.actions.map(\.excludedBy) == ["contact_withdrawn", "contact_withdrawn", nil])
        withdraw(&facts)
        for subject in [lead, Subject(.orders, id(3))] {
            let none = try record(ask(subject), facts)
            #expect(none.agent.action == AgentDecision.noAction)
            #expect(none.agent.actions.allSatisfy { $0.excludedBy == "actions_withdrawn" })
        }
    }
}

@Suite struct `The model as a fold` {
    private func made(_ position: UInt64, mode: String = "live") -> ProcessorInput {
        input(
            "decision_made", "orders/" + id(3).text,
            object([
                "id": .string(id(700).text), "action": .string("express"),
                "probability": .real(0.5), "mode": .string(mode),
                "context": object(["weight": .real(2)]),
            ]), position: position)
    }

    private func updated(_ record: LearningRecord, _ position: UInt64) -> ProcessorInput {
        input(
            "rl_updated", record.subject,
            object([
                "feedback": .string(record.feedbackID.text), "learned": .bool(record.isLearned),
                "reward": record.reward.map { .real($0) } ?? .null,
            ]), position: position)
    }

    private func learning(_ decision: Decision) throws -> LearningRecord {
        guard case .learning(let record)? = decision.events.first?.data else {
            throw Refusal.internalError
        }
        return record
    }

    @Test func `feedback on a decision teaches the model, once it is folded in`() throws {
        var state = emptyModel()
        ModelFold.fold(made(1), into: &state)
        let record = try learning(try run(step(.rl, [feedbackReceived(2)], model: state)))
        #expect(record.isLearned && record.reward == 0.8 && record.modelVersion == 1)
        #expect(record.decisionID == id(700) && record.feedbackID == id(802))
        ModelFold.fold(feedbackReceived(2), into: &state)
        #expect(state.version == 0 && state.position == 2)
        ModelFold.fold(updated(record, 3), into: &state)
        #expect(state.version == 1 && state.position == 3 && state.names == ["orders"])
        let same = state
        ModelFold.fold(updated(record, 3), into: &state)
        #expect(state == same)
    }

    @Test func `feedback on what is not remembered, or a shadow, teaches nothing`() throws {
        var state = emptyModel()
        ModelFold.fold(made(1, mode: "shadow"), into: &state)
        let record = try learning(try run(step(.rl, [feedbackReceived(2)], model: state)))
        #expect(!record.isLearned && record.modelVersion == 0)
        ModelFold.fold(updated(record, 3), into: &state)
        #expect(state.version == 0)
    }

    @Test func `a rating teaches where there is no reward, and a comment alone teaches nothing`()
        throws
    {
        var state = emptyModel()
        ModelFold.fold(made(1), into: &state)
        let rated = feedbackReceived(2, reward: .null, rating: .integer(4))
        #expect(try learning(try run(step(.rl, [rated], model: state))).reward == 0.5)
        let silent = feedbackReceived(2, reward: .null, rating: .null)
        let record = try learning(try run(step(.rl, [silent], model: state)))
        #expect(!record.isLearned && record.reward == nil && record.modelVersion == 0)
    }

    @Test func `several pieces in one step count their versions`() throws {
        var state = emptyModel()
        ModelFold.fold(made(1), into: &state)
        let decision = try run(
            step(
                .rl, [feedbackReceived(2), feedbackReceived(3, on: 1), feedbackReceived(4)],
                model: state))
        let versions = decision.events.compactMap { event -> UInt64? in
            if case .learning(let record) = event.data { record.modelVersion } else { nil }
        }
        #expect(versions == [1, 1, 2])
    }

    @Test func `a score of a lead is remembered, so that feedback on the lead teaches`() throws {
        var state = emptyModel()
        let scored = try run(step(.rl, [leadCreated()], model: state))
        guard case .score(let record)? = scored.events.first?.data else {
            Issue.record("not scored")
            return
        }
        let features = record.features.list.map { feature in
            switch feature.value {
            case .number(let number): FieldMember(feature.name, .real(number))
            case .category(let category): FieldMember(feature.name, .string(category))
            }
        }
        ModelFold.fold(
            input(
                "rl_scored", "leads/" + id(1).text,
                object(["features": .object(features)]), position: 2), into: &state)
        #expect(state.remembered(id(1))?.features == record.features)
        #expect(!record.features.list.isEmpty)
        #expect(!record.features.list.contains { $0.name == "name" || $0.name == "email" })
    }

    @Test func `without a model nothing is scored, and the event waits for one`() throws {
        let decision = try run(step(.rl, [leadCreated()], model: nil))
        #expect(decision.deadLetters.count == 1 && decision.events.isEmpty)
    }
}

@Suite struct `Needed facts` {
    private func needs(_ command: Command) -> FactNeeds {
        var needs = FactNeeds()
        needs.add(command)
        return needs
    }

    @Test func `a command about something needs its row and the consent behind it`() {
        let patch = needs(
            .updateDelivery(UpdateDelivery(id: id(4), eventID: id(9), orderEventID: id(10))))
        #expect(patch.deliveries == [id(4)])
        #expect(
            patch.consents
                == [ConsentNeed(.leadBehind(Subject(.deliveries, id(4))), .contract)])
        let schedule = needs(
            .scheduleDelivery(
                ScheduleDelivery(
                    id: id(4), eventID: id(9), orderID: id(3), deliveryDate: day("2026-12-01"))))
        #expect(schedule.orders == [id(3)] && schedule.activeDeliveries == [id(3)])
        let lead = needs(.updateLead(change(1) { $0.email = .some("A@B.c") }))
        #expect(lead.leads == [id(1)] && lead.emails == ["a@b.c"])
        #expect(lead.consents == [ConsentNeed(.known("leads/" + id(1).text), .contract)])
        let feedback = needs(
            .giveFeedback(
                GiveFeedback(id: id(1), eventID: id(2), subject: Subject(.decisions, id(7)))))
        #expect(feedback.subjects == [Subject(.decisions, id(7))])
    }

    @Test func `a step needs its processor, the consent of its people, and what its rules move`() {
        let inputs = [leadCreated(1), warning(2), orderCreated(3)]
        for name in ProcessorName.allCases {
            let needs = needs(.process(step(name, inputs)))
            #expect(needs.processors == [name])
            let people: Set<ConsentNeed> = [
                ConsentNeed(.known("leads/" + id(1).text), .contract),
                ConsentNeed(.known("users/u1"), .eventProcessing),
            ]
            #expect(needs.consents == (name == .log || name == .notifications ? [] : people))
            #expect(needs.workflowRuns.count == (name == .workflow ? 3 : 0))
            #expect(needs.leads.isEmpty && needs.orders.isEmpty)
        }
        let move = WorkflowRule(
            id: "m", name: "M", version: 1, enabled: true, eventType: "order_*", conditions: [],
            actions: [.moveStage(to: "confirmed")])
        let moving = needs(.process(step(.workflow, inputs, rules: [move])))
        #expect(moving.orders == [id(3)] && moving.leads.isEmpty)
        let letter = needs(.process(step(.log, [leadCreated()], to: 1, replay: id(90))))
        #expect(letter.deadLetters == [id(90)])
    }

    @Test func `a decision needs the consent for every purpose that can rule an action out`() {
        let command = DecideCommand(
            id: id(1), eventID: id(2), subject: Subject(.orders, id(3)), contextText: [],
            context: .null, model: ModelSnapshot(emptyModel()), random: 0)
        let person = PersonReference.leadBehind(Subject(.orders, id(3)))
        let needs = needs(.decide(command))
        #expect(needs.subjects == [Subject(.orders, id(3))])
        #expect(needs.consents == [ConsentNeed(person, .contract), ConsentNeed(person, .contact)])
    }
}
