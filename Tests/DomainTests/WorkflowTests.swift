// Workflow rules: conditions, templates, what they do, once each, and never for ever.

import Domain
import Testing

@Suite struct `Workflow conditions` {
    private let event = warning(
        payload: object([
            "level": .integer(3), "name": .string("disk full"), "on": .bool(true), "none": .null,
            "money": .string("12500.00"), "list": .array([.string("a"), .integer(2)]),
        ]))

    @Test(arguments: [
        ("level", ConditionOperator.eq, FieldValue.integer(3), true),
        ("level", .eq, .string("3"), true), ("level", .eq, .string("three"), false),
        ("level", .ne, .integer(3), false), ("level", .ne, .integer(4), true),
        ("level", .gt, .integer(2), true), ("level", .gt, .integer(3), false),
        ("level", .gte, .integer(3), true), ("level", .lt, .integer(3), false),
        ("level", .lt, .real(3.5), true), ("level", .lte, .integer(3), true),
        ("level", .in, .array([.integer(1), .integer(3)]), true),
        ("level", .in, .array([]), false), ("level", .in, .integer(3), false),
        ("level", .contains, .integer(3), false),
        ("money", .gt, .integer(10_000), true), ("money", .lt, .string("12500.01"), true),
        ("money", .eq, .real(12500), true), ("money", .gte, .string("abc"), false),
        ("name", .eq, .string("disk full"), true), ("name", .contains, .string("full"), true),
        ("name", .contains, .string("empty"), false), ("name", .gt, .integer(1), false),
        ("name", .lt, .string("e"), true), ("name", .in, .array([.string("disk full")]), true),
        ("list", .contains, .string("a"), true), ("list", .contains, .integer(2), true),
        ("list", .contains, .string("b"), false), ("list.1", .eq, .integer(2), true),
        ("list.9", .exists, .bool(true), false), ("on", .eq, .bool(true), true),
        ("none", .exists, .bool(true), false), ("none", .exists, .bool(false), true),
        ("none", .eq, .null, true), ("missing", .eq, .null, true), ("missing", .ne, .null, false),
        ("missing", .exists, .null, false), ("level", .exists, .null, true),
        ("missing", .gt, .integer(0), false), ("missing", .ne, .integer(0), true),
        ("level.deeper", .exists, .bool(true), false), ("", .exists, .bool(true), false),
    ])
    func `each compares as it says, and what can't be compared does not hold`(
        path: String, operation: ConditionOperator, value: FieldValue, holds: Bool
    ) {
        let condition = WorkflowCondition("data.payload." + path, operation, value)
        #expect(condition.holds(for: event) == holds)
    }

    @Test func `the event's own attributes can be looked at`() {
        for (path, value) in [
            ("type", "sla_warning"), ("actor", "asha"), ("subject", event.subject),
            ("id", event.id.text), ("time", event.time.text), ("data.task_id", "t-1"),
        ] {
            #expect(WorkflowCondition(path, .eq, .string(value)).holds(for: event))
        }
        #expect(event.value(at: "payload") == nil && event.value(at: "") == nil)
        #expect(event.value(at: "data") == event.fields)
    }

    @Test(arguments: [
        ("{data.payload.name} at {data.payload.level}", "disk full at 3"),
        ("{data.payload.on}{data.payload.none}{data.missing}", "true"),
        ("no places", "no places"), ("{open", "{open"), ("close}", "close}"), ("{}", ""),
        ("{data.payload.list}", ""), ("a\nb\u{7F}c", "a b c"), ("{{data.task_id}", ""),
        ("{type} by {actor}", "sla_warning by asha"),
    ])
    func `templates are filled from the event`(template: String, filled: String) {
        #expect(WorkflowTemplate.fill(template, from: event) == filled)
    }

    @Test func `a filled text is cut`() {
        let long = warning(payload: .string(String(repeating: "e\u{301}", count: 500)))
        #expect(
            WorkflowTemplate.fill("{data.payload}", from: long).unicodeScalars.count
                == WorkflowTemplate.charactersMax)
        // What a template holds is not a template again.
        let tricky = warning(payload: .string("{type}"))
        #expect(WorkflowTemplate.fill("{data.payload}", from: tricky) == "{type}")
    }
}

@Suite struct `Workflow runs` {
    private func rule(
        _ id: String, on type: String, _ actions: [WorkflowAction], enabled: Bool = true,
        conditions: [WorkflowCondition] = []
    ) -> WorkflowRule {
        WorkflowRule(
            id: id, name: "Rule " + id, version: 3, enabled: enabled, eventType: type,
            conditions: conditions, actions: actions)
    }

    private let makeTask = WorkflowAction.createTask(
        TaskTemplate(
            title: "About {data.id}", assignee: "{data.missing}", dueInSeconds: nil,
            priority: .low))

    @Test func `a rule fires on its type or its pattern, enabled, with all conditions met`() throws
    {
        let yes = WorkflowCondition("data.owner", .eq, .string("ravi"))
        let no = WorkflowCondition("data.owner", .eq, .string("asha"))
        let cases: [(WorkflowRule, Bool)] = [
            (rule("a", on: "lead_created", [makeTask]), true),
            (rule("b", on: "lead_*", [makeTask]), true), (rule("c", on: "*", [makeTask]), true),
            (rule("d", on: "lead_create", [makeTask]), false),
            (rule("e", on: "lead_created", [makeTask], enabled: false), false),
            (rule("f", on: "*", [makeTask], conditions: [yes]), true),
            (rule("g", on: "*", [makeTask], conditions: [yes, no]), false),
        ]
        for (rule, fires) in cases {
            let decision = try run(step(.workflow, [leadCreated()], rules: [rule]))
            #expect(decision.tasks.count == (fires ? 1 : 0), "\(rule.id)")
            #expect(decision.runs.map(\.key.rule) == (fires ? [rule.id] : []))
        }
        let all = try run(step(.workflow, [leadCreated()], rules: cases.map(\.0)))
        #expect(all.runs.map(\.key.rule) == ["a", "b", "c", "f"])
        #expect(all.runs.allSatisfy { $0.state == .done && $0.ruleVersion == 3 })
    }

    @Test func `a rule runs once for an event, whatever is tried again`() throws {
        var facts = leased()
        let once = step(.workflow, [leadCreated(1)])
        facts.apply(try run(once, given: facts))
        facts.processors[.workflow]?.cursor = 0
        let again = try run(once, given: facts)
        #expect(again.tasks.isEmpty && again.runs.isEmpty)
        #expect(try run(step(.workflow, [leadCreated(2)]), given: leased()).tasks.count == 1)
    }

    @Test func `a task without an assignee or a title that is filled has the owner and the rule's`()
        throws
    {
        let blank = WorkflowAction.createTask(
            TaskTemplate(
                title: "{data.missing}", assignee: "{data.missing}", dueInSeconds: nil,
                priority: .low))
        let decision = try run(
            step(.workflow, [leadCreated()], rules: [rule("a", on: "*", [blank])]))
        #expect(decision.tasks.first?.assignee == "ravi")
        #expect(decision.tasks.first?.title == "Rule a" && decision.tasks.first?.due == nil)
    }

    @Test func `a stage is moved as a patch would move it, by the processor`() throws {
        var facts = try business()
        facts.processors = leased().processors
        let won = input(
            "opportunity_updated", "opportunities/" + id(2).text, object([:]), depth: 2)
        let decision = try run(
            step(
                .workflow, [won],
                rules: [
                    rule("a", on: "*", [.moveStage(to: "qualification")]),
                    rule("b", on: "*", [.moveStage(to: "proposal"), makeTask]),
                ]), given: facts)
        facts.apply(decision)
        #expect(facts.opportunities[id(2)]?.stage == .proposal)
        #expect(facts.opportunities[id(2)]?.version == 3)
        #expect(decision.names == ["opportunity_updated", "opportunity_updated", "task_created"])
        for event in decision.events {
            #expect(event.actor == "hub/workflow")
            #expect(event.cause == EventCause(eventID: won.id, depth: 3))
        }
        #expect(decision.runs.map(\.effects.count) == [1, 2])
    }

    @Test func `each kind of thing that has a stage can be moved`() throws {
        var facts = try business()
        facts.processors = leased().processors
        facts.apply([.insertDelivery(delivery(4)), .insertTask(task(5))])
        for (subject, stage) in [
            (Subject(.leads, id(1)), "contacted"), (Subject(.orders, id(3)), "confirmed"),
            (Subject(.deliveries, id(4)), "out_for_delivery"), (Subject(.tasks, id(5)), "done"),
        ] {
            let decision = try run(
                step(
                    .workflow, [input("x", subject.text, object([:]))],
                    rules: [rule("a", on: "*", [.moveStage(to: stage)])]), given: facts)
            #expect(decision.runs.first?.state == .done, "\(subject.text)")
            #expect(decision.events.first?.subject == subject.text)
        }
    }

    @Test func `a rule that can't do one thing does nothing, says why, and stops nobody else`()
        throws
    {
        var facts = try business()
        facts.processors = leased().processors
        let event = input("x", "opportunities/" + id(2).text, object(["id": .string("7")]))
        let rules = [
            rule("illegal", on: "*", [makeTask, .moveStage(to: "won")]),
            rule("unknown", on: "*", [.moveStage(to: "nirvana")]),
            rule("good", on: "*", [makeTask]),
        ]
        let decision = try run(step(.workflow, [event], rules: rules), given: facts)
        #expect(decision.runs.map(\.state) == [.failed, .failed, .done])
        #expect(decision.runs.map(\.reason) == ["illegal_transition", "invalid_field", nil])
        #expect(
            decision.tasks.map(\.origin?.rule) == ["good"] && decision.names == ["task_created"])
        #expect(decision.deadLetters.isEmpty)
    }

    @Test func `an event too many effects deep fires nothing`() throws {
        for depth in 0...10 {
            let event = input("task_created", "tasks/" + id(5).text, object([:]), depth: depth)
            let decision = try run(
                step(.workflow, [event], rules: [rule("loop", on: "task_created", [makeTask])]))
            #expect(decision.tasks.count == (depth < 8 ? 1 : 0))
            #expect(decision.events.allSatisfy { $0.cause?.depth == depth + 1 })
        }
    }

    @Test func `a rule that feeds itself comes to an end`() throws {
        var facts = leased()
        let rules = [rule("loop", on: "task_created", [makeTask, makeTask])]
        var pending = [input("task_created", "tasks/" + id(5).text, object([:]))]
        var position: UInt64 = 1
        var made = 0
        while !pending.isEmpty, made < 10_000 {
            let cursor = facts.processors[.workflow]?.cursor ?? 0
            let decision = try run(
                step(.workflow, pending, from: cursor, rules: rules), given: facts)
            facts.apply(decision)
            made += decision.tasks.count
            pending = decision.events.map { event in
                position += 1
                return input(
                    event.name, event.subject, object([:]), position: position,
                    depth: event.cause?.depth ?? 0, number: event.id.low)
            }
        }
        #expect(made == 510)
    }

    @Test func `rules that would do too much for one event set it aside`() throws {
        let many = rule("many", on: "*", Array(repeating: makeTask, count: 33))
        let one = rule("one", on: "*", [makeTask])
        let decision = try run(step(.workflow, [leadCreated(1), warning(2)], rules: [one, many]))
        #expect(decision.tasks.isEmpty && decision.deadLetters.count == 2)
        #expect(decision.names.isEmpty && decision.runs.isEmpty)
    }
}
