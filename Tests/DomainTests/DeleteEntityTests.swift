// Deleting leads, opportunities, orders and tasks: what may be deleted, by whom, and what is left.

import Domain
import Testing

@Suite struct `Deleting` {
    private func facts() throws -> Facts {
        var facts = try business()
        facts.apply([.insertTask(task(5))])
        return facts
    }

    private func command(_ kind: EntityKind, _ number: UInt64) -> DeleteEntity {
        DeleteEntity(Subject(kind, id(number)), eventID: id(90))
    }

    private func refused(
        _ command: DeleteEntity, given facts: Facts, by context: CommandContext = caller()
    ) -> Refusal? {
        refusal { () throws(Refusal) in
            _ = try decide(.deleteEntity(command), given: facts, by: context, at: time(9))
        }
    }

    @Test(arguments: [
        (EntityKind.leads, UInt64(1), "lead_deleted"),
        (.opportunities, 2, "opportunity_deleted"), (.orders, 3, "order_deleted"),
        (.tasks, 5, "task_deleted"),
    ])
    func `it is said once, in a version of its own, and then the thing is not there`(
        kind: EntityKind, number: UInt64, name: String
    ) throws {
        var facts = try facts()
        let decision = try command(kind, number).decide(given: facts, by: caller(), at: time(9))
        guard case .deleted = decision.answer else {
            Issue.record("\(decision.answer)")
            return
        }
        #expect(decision.events.map(\.name) == [name] && decision.changes.count == 1)
        #expect(decision.events.first?.subject == Subject(kind, id(number)).text)
        #expect(decision.events.first?.ownership.owner == "asha")
        facts.apply(decision)
        #expect(refused(command(kind, number), given: facts)?.code == "not_found")
    }

    @Test func `what was deleted can't be changed, and nothing can be made about it`() throws {
        var facts = try facts()
        for (kind, number) in [(EntityKind.leads, UInt64(1)), (.opportunities, 2), (.orders, 3)] {
            facts.apply(
                try command(kind, number).decide(given: facts, by: caller(), at: time(9)))
        }
        func code(_ body: () throws(Refusal) -> Void) -> String? { refusal(body)?.code }
        #expect(
            code { () throws(Refusal) in
                _ = try change(1) { $0.name = "x" }.decide(given: facts, by: caller(), at: time(10))
            } == "not_found")
        #expect(
            code { () throws(Refusal) in
                let deal = CreateOpportunity(
                    id: id(50), eventID: id(51), leadID: id(1), name: "x", value: amount("1"),
                    currency: rupees())
                _ = try deal.decide(given: facts, by: caller(), at: time(10))
            } == "invalid_field")
        #expect(
            code { () throws(Refusal) in
                let order = CreateOrder(
                    id: id(50), eventID: id(51), opportunityID: id(2), currency: rupees(),
                    lines: [OrderLine(sku: "A", quantity: 1, unitPrice: amount("1"))])
                _ = try order.decide(
                    given: facts, by: caller("root", roles: [.admin]), at: time(10))
            } == "invalid_field")
        var task = CreateTask(id: id(50), eventID: id(51), title: "x")
        for subject in [
            Subject(.leads, id(1)), Subject(.opportunities, id(2)), Subject(.orders, id(3)),
        ] {
            task.subject = subject
            let refused = refusal { () throws(Refusal) in
                _ = try task.decide(
                    given: facts, by: caller("root", roles: [.admin]), at: time(10))
            }
            #expect(refused?.field == "subject", "\(subject)")
        }
    }

    @Test func `a deleted lead's address is free again, and an erasure still reaches it`() throws {
        var facts = try DomainTests.facts(newLead(1, email: "a@b.c", phone: "12345"))
        facts.apply(try command(.leads, 1).decide(given: facts, by: caller(), at: time(9)))
        facts.apply(
            try newLead(2, email: "A@b.c", phone: "12345")
                .decide(given: facts, by: caller(), at: time(10)))
        let erasure = EraseSubject(
            eventID: id(60), consentID: id(61), subject: Lead.subject(id(1)))
        let officer = caller("cora", roles: [.compliance])
        let decision = try erasure.decide(given: facts, by: officer, at: time(11))
        #expect(decision.changes.first == .eraseLead(id(1), at: time(11)))
        facts.apply(decision)
        let again = refusal { () throws(Refusal) in
            _ = try erasure.decide(given: facts, by: officer, at: time(12))
        }
        #expect(again?.code == "not_found")
        #expect(facts.leadsByEmail["a@b.c"] == id(2))
    }

    @Test(arguments: OrderStatus.allCases)
    func `an order is deleted before it is confirmed, or when it is cancelled`(
        status: OrderStatus
    ) throws {
        var facts = try facts()
        facts.apply([.updateOrder(order(3, status: status))])
        switch status {
        case .draft, .cancelled: #expect(refused(command(.orders, 3), given: facts) == nil)
        case .confirmed, .packed, .shipped, .delivered:
            #expect(
                refused(command(.orders, 3), given: facts)
                    == .illegalTransition(
                        field: "status", from: status.rawValue, to: "deleted",
                        allowed: OrderTransitions.allowed(from: status).map(\.rawValue)))
        }
        facts.apply([.updateOrder(order(3)), .insertDelivery(delivery(4))])
        #expect(refused(command(.orders, 3), given: facts) == .deliveryExists(existing: id(4)))
    }

    @Test func `a lost race and another's things are refused`() throws {
        let facts = try facts()
        for (kind, number) in [
            (EntityKind.leads, UInt64(1)), (.opportunities, 2), (.orders, 3), (.tasks, 5),
        ] {
            var late = command(kind, number)
            late.ifMatch = [7]
            #expect(refused(late, given: facts) == .preconditionFailed(currentVersion: 1))
            #expect(
                refused(command(kind, number), given: facts, by: caller("ben"))
                    == .notFound(Subject(kind, id(number)).text))
            #expect(refused(command(kind, 77), given: facts)?.code == "not_found")
        }
        #expect(refused(command(.deliveries, 4), given: facts)?.code == "not_found")
    }
}
