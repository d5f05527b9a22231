// Who reacts to what, and what follows from it; that nothing goes on for ever.

import Domain
import Testing

@Suite struct `Reactions` {
    /// Every own event of the pipeline, and which processors react to it.
    private static let table: [(String, Set<ProcessorName>)] = [
        ("lead_created", [.compliance, .rl, .workflow, .log]),
        ("opportunity_created", [.compliance, .rl, .workflow, .log]),
        ("order_created", [.compliance, .rl, .workflow, .log]),
        ("feedback_received", [.compliance, .rl, .workflow, .log]),
        ("delivery_scheduled", [.workflow, .notifications, .log]),
        ("delivery_updated", [.workflow, .log]), ("lead_updated", [.workflow, .log]),
        ("opportunity_updated", [.workflow, .log]), ("order_updated", [.workflow, .log]),
        ("decision_made", [.workflow, .log]), ("task_created", [.workflow, .log]),
        ("task_updated", [.workflow, .log]), ("consent_granted", [.workflow, .log]),
        ("consent_withdrawn", [.workflow, .log]), ("rl_scored", []), ("rl_updated", []),
        ("compliance_checked", []), ("notification_sent", []),
    ]

    @Test func `each processor reacts to its events, and nothing reacts to echoes`() {
        for (event, processors) in Self.table {
            for name in ProcessorName.allCases {
                #expect(
                    name.reacts(to: event, isUnified: false) == processors.contains(name),
                    "\(name) \(event)")
            }
        }
        for name in ProcessorName.allCases {
            #expect(name.reacts(to: "sla_warning", isUnified: true) == (name != .notifications))
            #expect(!name.reacts(to: "rl_anything", isUnified: false))
        }
    }

    @Test func `a new lead gets a task, a score and a check`() throws {
        let inputs = [leadCreated()]
        let workflow = try run(step(.workflow, inputs))
        let made = try #require(workflow.tasks.first)
        #expect(workflow.names == ["task_created"])
        #expect(made.title == "Follow up with Asha Rao" && made.assignee == "ravi")
        #expect(made.due == time(60_000 + 86_400_000) && made.subject == leadCreated().subject)
        #expect(made.origin == TaskOrigin(rule: "lead_follow_up", eventID: leadCreated().id))
        let rl = try run(step(.rl, inputs))
        #expect(rl.names == ["rl_scored"])
        #expect(
            rl.changes.contains { change in
                if case .setLeadScore(id(1), let score) = change {
                    score.mean == 0.5
                } else {
                    false
                }
            })
        let check = try run(step(.compliance, inputs))
        guard case .check(let record)? = check.events.first?.data else {
            Issue.record("not checked")
            return
        }
        #expect(check.names == ["compliance_checked"] && record.result.effect == .allow)
        #expect(record.eventID == leadCreated().id)
    }

    @Test func `a score does not count a version of the lead`() throws {
        var facts = try facts(newLead(1))
        facts.processors = leased().processors
        facts.apply(try run(step(.rl, [leadCreated()]), given: facts))
        let scored = try #require(facts.leads[id(1)])
        #expect(scored.version == 1 && scored.scoreVersion == 1 && scored.score == 0.5)
    }

    @Test func `what compliance denies is not scored, and says so in its branch`() throws {
        let inputs = [warning(1, flag: nil), warning(2), warning(3, user: nil, flag: nil)]
        let scored = try run(step(.rl, inputs))
        #expect(scored.names == ["rl_scored", "rl_scored"])
        #expect(scored.events.map(\.subject) == inputs.dropFirst().map(\.subject))
        let expected: [UniqueID: BranchState] = [
            inputs[0].id: .denied, inputs[1].id: .done, inputs[2].id: .done,
        ]
        #expect(states(of: .rl, in: scored) == expected)
        let checked = try run(step(.compliance, inputs))
        #expect(checked.names == Array(repeating: "compliance_checked", count: 3))
        #expect(states(of: .compliance, in: checked) == expected)
        #expect(checked.logs.map(\.level) == [.warn, .info, .info])
        #expect(scored.logs.map(\.level) == [.warn, .info, .info])
    }

    private func states(
        of branch: EventBranch, in decision: Decision
    ) -> [UniqueID: BranchState] {
        var states: [UniqueID: BranchState] = [:]
        for case .setBranch(let event, branch, let state, _) in decision.changes {
            states[event] = state
        }
        return states
    }

    @Test func `a withdrawal on file stops check, score, learning and rules`() throws {
        var facts = leased()
        withdraw(&facts)
        facts.consents[ConsentKey(subject: "users/u1", purpose: .eventProcessing)] = .withdrawn
        let inputs = [leadCreated(1), warning(2), orderCreated(3), feedbackReceived(4)]
        #expect(try run(step(.rl, inputs), given: facts).names.isEmpty)
        let workflow = try run(step(.workflow, inputs), given: facts)
        #expect(workflow.names.isEmpty && workflow.branches == [.workflow: .denied])
        for event in try run(step(.compliance, inputs), given: facts).events {
            guard case .check(let record) = event.data else { continue }
            #expect(record.result.effect == .deny && record.result.rules.count == 1)
        }
    }

    @Test func `a warning makes an urgent task and tells who reported it`() throws {
        let decision = try run(step(.workflow, [warning()]))
        #expect(decision.names == ["task_created", "notification_sent"])
        #expect(decision.tasks.first?.priority == .urgent)
        #expect(decision.tasks.first?.title == "SLA warning for t-1")
        #expect(decision.branches == [.workflow: .done])
        guard case .notification(let sent)? = decision.events.last?.data else {
            Issue.record("nobody was told")
            return
        }
        #expect(sent.recipient == "asha" && decision.changes.contains(.insertNotification(sent)))
    }

    @Test func `only a delivery that failed makes a task`() throws {
        for (status, changed, count) in [
            ("failed", ["status"], 1), ("failed", ["carrier"], 0), ("delivered", ["status"], 0),
        ] {
            let update = input(
                "delivery_updated", "deliveries/" + id(4).text,
                object([
                    "status": .string(status), "changed": .array(changed.map { .string($0) }),
                    "delivery_date": .string("2026-12-01"),
                ]))
            #expect(try run(step(.workflow, [update])).tasks.count == count)
        }
    }

    @Test func `the owner of an order is told of its delivery, else who scheduled it`() throws {
        for (owner, told) in [("ravi", "ravi"), (nil, "asha")] {
            let decision = try run(step(.notifications, [deliveryScheduled(owner: owner)]))
            #expect(decision.names == ["notification_sent"])
            guard case .notification(let sent)? = decision.events.first?.data else { continue }
            #expect(sent.recipient == told && sent.title.contains("2026-12-01"))
            #expect(sent.subject == "deliveries/" + id(4).text)
        }
    }

    @Test func `the log has one entry for each event, with its trace and its module`() throws {
        let inputs = [
            leadCreated(1), orderCreated(2), warning(3), deliveryScheduled(4), feedbackReceived(5),
        ]
        let decision = try run(step(.log, inputs))
        #expect(decision.events.isEmpty && decision.logs.map(\.position) == [1, 2, 3, 4, 5])
        #expect(decision.logs.map(\.module) == [.crm, .logistics, .events, .logistics, .task])
        #expect(decision.logs.map(\.time) == inputs.map(\.time))
        #expect(decision.logs.allSatisfy { $0.traceID == "0af7651916cd43dd8448eb211c80319c" })
        #expect(decision.logs[2].taskID == "t-1" && decision.logs[2].userID == "u1")
        #expect(decision.logs[0].userID == "asha" && decision.logs[0].taskID == nil)
        #expect(decision.branches == [.log: .done])
    }

    @Test func `check, score and message are logged where they are made`() throws {
        #expect(try run(step(.compliance, [leadCreated()])).logs.map(\.module) == [.compliance])
        #expect(try run(step(.rl, [leadCreated()])).logs.map(\.module) == [.rl])
        #expect(
            try run(step(.notifications, [deliveryScheduled()])).logs.map(\.module)
                == [.notifications])
    }

    @Test func `branches are kept for reported events alone`() throws {
        for name in ProcessorName.allCases {
            let decision = try run(step(name, [leadCreated(1), deliveryScheduled(2)]))
            #expect(decision.branches.isEmpty)
        }
    }
}
