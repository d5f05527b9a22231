// What is decided about opportunities, orders, deliveries, tasks, feedback and notifications.

import Domain
import Testing

@Suite struct `Opportunities` {
    private func create(_ set: (inout CreateOpportunity) -> Void = { _ in }) -> CreateOpportunity {
        var command = CreateOpportunity(
            id: id(20), eventID: id(21), leadID: id(1), name: "Annual plan",
            value: amount("12500.00"), currency: rupees())
        set(&command)
        return command
    }

    @Test func `a new one is prospecting, owned by who made it, and an event`() throws {
        let decision = try decide(
            .createOpportunity(create()), given: try business(), by: caller(), at: time())
        guard case .opportunity(let row, isNew: true) = decision.answer else {
            Issue.record("not created")
            return
        }
        #expect(row.stage == .prospecting && row.probability == 10 && row.owner == "asha")
        #expect(row.version == 1 && row.leadID == id(1) && row.value.text == "12500.00")
        #expect(decision.changes == [.insertOpportunity(row)])
        #expect(decision.events.map(\.name) == ["opportunity_created"])
        #expect(decision.events.first?.subject == "opportunities/" + id(20).text)
        #expect(decision.events.first?.data == .opportunity(row, changed: []))
        #expect(decision.events.first?.cause == nil)
    }

    @Test func `what can't be is refused by its field`() throws {
        let facts = try business()
        let cases: [(CreateOpportunity, String)] = [
            (create { $0.stage = .won }, "stage"),
            (create { $0.value = amount("-0.01") }, "value"),
            (create { $0.probability = 101 }, "probability"),
            (create { $0.probability = -1 }, "probability"),
        ]
        for (command, field) in cases {
            let refusal = refused(.createOpportunity(command), given: facts)
            #expect(refusal?.field == field && refusal?.status == 422)
        }
        let nobody = refused(.createOpportunity(create()), given: Facts())
        #expect(nobody?.field == "lead_id" && nobody?.status == 422)
    }

    @Test func `a lead that has withdrawn gets none, and its own is not changed`() throws {
        var facts = try business()
        withdraw(&facts)
        #expect(refused(.createOpportunity(create()), given: facts) == withdrawn)
        var patch = UpdateOpportunity(id: id(2), eventID: id(9))
        patch.ifMatch = [77]
        #expect(refused(.updateOpportunity(patch), given: facts) == withdrawn)
    }

    @Test func `each field that changes is named, and nothing changed is no event`() throws {
        let facts = try business()
        let patches: [(String, (inout UpdateOpportunity) -> Void)] = [
            ("name", { $0.name = "B" }), ("value", { $0.value = amount("1") }),
            ("currency", { $0.currency = Currency("EUR") }),
            ("probability", { $0.probability = 33 }),
            ("expected_close", { $0.expectedClose = day("2027-01-31") }),
            ("owner", { $0.owner = .some(nil) }),
        ]
        for (name, set) in patches {
            var patch = UpdateOpportunity(id: id(2), eventID: id(9))
            set(&patch)
            let decision = try patch.decide(given: facts, by: caller(), at: time(9))
            guard case .opportunity(let row, changed: [name])? = decision.events.first?.data else {
                Issue.record("\(name) is not named")
                continue
            }
            #expect(row.version == 2 && row.updatedAt == time(9))
        }
        var same = UpdateOpportunity(id: id(2), eventID: id(9))
        same.name = "Annual plan"
        same.stage = .prospecting
        let decision = try same.decide(given: facts, by: caller(), at: time(9))
        #expect(decision.events.isEmpty && decision.changes.isEmpty)
        same.ifMatch = [2]
        #expect(
            refused(.updateOpportunity(same), given: facts)
                == .preconditionFailed(currentVersion: 1))
    }

    @Test func `why it was lost is told of a lost one alone, and a chance of one's own stays`()
        throws
    {
        let facts = try business()
        var patch = UpdateOpportunity(id: id(2), eventID: id(9))
        patch.lostReason = .some("price")
        #expect(refused(.updateOpportunity(patch), given: facts)?.field == "lost_reason")
        patch.stage = .lost
        let lost = try patch.decide(given: facts, by: caller(), at: time(9))
        guard case .opportunity(let row, _) = lost.answer else { return }
        #expect(row.lostReason == "price" && row.probability == 0)
        var own = UpdateOpportunity(id: id(2), eventID: id(9))
        own.stage = .qualification
        own.probability = 45
        let moved = try own.decide(given: facts, by: caller(), at: time(9))
        guard case .opportunity(let other, _) = moved.answer else { return }
        #expect(other.probability == 45)
    }
}

@Suite struct `Orders` {
    private func create(_ lines: [OrderLine], total: Amount? = nil) -> CreateOrder {
        var command = CreateOrder(
            id: id(30), eventID: id(31), opportunityID: id(2), currency: rupees(), lines: lines)
        command.total = total
        return command
    }

    private func line(_ quantity: Int, _ price: String) -> OrderLine {
        OrderLine(sku: "A-1", quantity: quantity, unitPrice: amount(price))
    }

    @Test func `the total is the sum of the lines, and so is one that is given`() throws {
        let lines = [line(2, "6250.00"), line(3, "0.3333")]
        for total in [nil, amount("12500.9999")] {
            let decision = try decide(
                .createOrder(create(lines, total: total)), given: try business(), by: caller(),
                at: time())
            guard case .order(let row, isNew: true) = decision.answer else {
                Issue.record("not created")
                return
            }
            #expect(row.total.text == "12500.9999" && row.status == .draft)
            #expect(row.leadID == id(1) && row.opportunityID == id(2))
            #expect(decision.events.map(\.name) == ["order_created"])
        }
        let wrong = refused(
            .createOrder(create(lines, total: amount("12500"))), given: try business())
        #expect(wrong?.field == "total" && wrong?.status == 422)
    }

    @Test func `lines that can't be are refused by their place`() throws {
        let facts = try business()
        let huge = line(1_000_000, "99999999")
        let cases: [([OrderLine], String)] = [
            ([], "lines"), ([line(1, "1"), line(0, "1")], "lines[1].quantity"),
            ([line(1_000_001, "1")], "lines[0].quantity"), ([line(1, "-1")], "lines[0].unit_price"),
            ([huge, huge], "lines"), (Array(repeating: line(1, "1"), count: 501), "lines"),
        ]
        for (lines, field) in cases {
            #expect(refused(.createOrder(create(lines)), given: facts)?.field == field)
        }
        let nowhere = refused(.createOrder(create([line(1, "1")])), given: Facts())
        #expect(nowhere?.field == "opp_id" && nowhere?.status == 422)
    }

    @Test func `the consent of the lead behind it comes first`() throws {
        var facts = Facts()
        facts.leadsBehind[Subject(.opportunities, id(2))] = id(1)
        #expect(refused(.createOrder(create([line(1, "1")])), given: facts) == nil)
        withdraw(&facts)
        #expect(refused(.createOrder(create([])), given: facts) == withdrawn)
    }

    @Test func `lines are changed in a draft alone, and the total follows`() throws {
        var facts = try business()
        var patch = UpdateOrder(id: id(3), eventID: id(9))
        patch.lines = [line(4, "1.50")]
        let decision = try patch.decide(given: facts, by: caller(), at: time(9))
        guard case .order(let row, changed: ["lines", "total"])? = decision.events.first?.data
        else {
            Issue.record("lines and total changed")
            return
        }
        #expect(row.total.text == "6.00" && row.version == 2)
        facts.apply([.updateOrder(order(3, status: .confirmed))])
        #expect(refused(.updateOrder(patch), given: facts)?.field == "lines")
    }
}

@Suite struct `Deliveries` {
    private let schedule = ScheduleDelivery(
        id: id(40), eventID: id(41), orderID: id(3), deliveryDate: day("2026-12-01"))

    private func move(_ status: DeliveryStatus) -> UpdateDelivery {
        var patch = UpdateDelivery(id: id(4), eventID: id(9), orderEventID: id(10))
        patch.status = status
        return patch
    }

    @Test func `one is scheduled with the order's owner and lead`() throws {
        let decision = try decide(
            .scheduleDelivery(schedule), given: try business(), by: caller(), at: time())
        guard case .delivery(let row, isNew: true) = decision.answer else {
            Issue.record("not scheduled")
            return
        }
        #expect(row.status == .scheduled && row.attempts == 0 && row.owner == "ravi")
        #expect(row.leadID == id(1) && row.deliveryDate.text == "2026-12-01")
        #expect(decision.events.map(\.name) == ["delivery_scheduled"])
    }

    @Test(arguments: DeliveryStatus.allCases)
    func `a second one is refused as long as the first may arrive`(status: DeliveryStatus) throws {
        var facts = try business()
        facts.apply([.insertDelivery(delivery(4, status: status))])
        let refusal = refused(.scheduleDelivery(schedule), given: facts)
        if status == .delivered || status == .returned {
            #expect(refusal == nil)
        } else {
            #expect(refusal == .deliveryExists(existing: id(4)))
            #expect(refusal?.status == 409 && refusal?.code == "delivery_exists")
        }
    }

    @Test func `an order that is cancelled or delivered gets none`() throws {
        for status in [OrderStatus.cancelled, .delivered] {
            var facts = try business()
            facts.apply([.updateOrder(order(3, status: status))])
            let refusal = refused(.scheduleDelivery(schedule), given: facts)
            #expect(
                refusal
                    == .illegalTransition(
                        field: "order_id", from: status.rawValue, to: "delivered", allowed: []))
        }
        #expect(refused(.scheduleDelivery(schedule), given: Facts())?.field == "order_id")
    }

    @Test(arguments: OrderStatus.allCases)
    func `an arrival completes the order in the same decision`(status: OrderStatus) throws {
        var facts = try business()
        facts.apply([
            .updateOrder(order(3, status: status)),
            .insertDelivery(delivery(4, status: .outForDelivery)),
        ])
        let patch = move(.delivered)
        if status == .cancelled {
            let refusal = refused(.updateDelivery(patch), given: facts)
            #expect(refusal?.code == "illegal_transition" && refusal?.field == "order_id")
            return
        }
        let decision = try patch.decide(given: facts, by: caller(), at: time(9))
        facts.apply(decision)
        #expect(facts.orders[id(3)]?.status == .delivered)
        #expect(facts.deliveries[id(4)]?.status == .delivered)
        #expect(facts.activeDeliveries[id(3)] == nil)
        let names = decision.events.map(\.name)
        if status == .delivered {
            #expect(names == ["delivery_updated"])
        } else {
            #expect(names == ["delivery_updated", "order_updated"])
            #expect(decision.events.map(\.id) == [id(9), id(10)])
            #expect(facts.orders[id(3)]?.version == 2)
        }
    }

    @Test func `each time it goes out is an attempt`() throws {
        var facts = try business()
        facts.apply([.insertDelivery(delivery(4))])
        for status in [
            DeliveryStatus.outForDelivery, .failed, .rescheduled, .outForDelivery, .delivered,
        ] {
            facts.apply(try move(status).decide(given: facts, by: caller(), at: time()))
        }
        #expect(facts.deliveries[id(4)]?.attempts == 2)
        #expect(facts.deliveries[id(4)]?.version == 6)
        var late = UpdateDelivery(id: id(4), eventID: id(9), orderEventID: id(10))
        late.deliveryDate = day("2027-01-01")
        #expect(refused(.updateDelivery(late), given: facts)?.field == "delivery_date")
    }

    @Test func `a withdrawal stops it`() throws {
        var facts = try business()
        facts.apply([.insertDelivery(delivery(4))])
        withdraw(&facts)
        #expect(refused(.scheduleDelivery(schedule), given: facts) == withdrawn)
        #expect(refused(.updateDelivery(move(.outForDelivery)), given: facts) == withdrawn)
    }
}

@Suite struct `Tasks and feedback` {
    @Test func `a task is open, and given to who makes it unless it is given to another`() throws {
        var command = CreateTask(id: id(50), eventID: id(51), title: "Call")
        command.subject = Subject(.leads, id(1))
        command.due = time(1000)
        let decision = try decide(
            .createTask(command), given: try business(), by: caller(), at: time())
        guard case .task(let row, isNew: true) = decision.answer else {
            Issue.record("not created")
            return
        }
        #expect(row.status == .open && row.assignee == "asha" && row.priority == .normal)
        #expect(row.origin == nil && row.subject == "leads/" + id(1).text)
        #expect(!row.isOverdue(at: time(1000)) && row.isOverdue(at: time(1001)))
        #expect(decision.events.map(\.name) == ["task_created"])
        let missing = refused(.createTask(command), given: Facts())
        #expect(missing?.field == "subject" && missing?.status == 422)
    }

    @Test func `a task that is over is never overdue`() {
        var row = task(5, status: .done)
        row.due = time(-1)
        #expect(!row.isOverdue(at: time()))
        row.status = .inProgress
        #expect(row.isOverdue(at: time()))
    }

    private func feedback(
        _ subject: Subject, _ set: (inout GiveFeedback) -> Void
    ) -> Command {
        var command = GiveFeedback(id: id(60), eventID: id(61), subject: subject)
        set(&command)
        return .giveFeedback(command)
    }

    @Test func `feedback says something, within bounds, about something that exists`() throws {
        var facts = try business()
        facts.subjects.insert(Subject(.decisions, id(7)))
        let lead = Subject(.leads, id(1))
        let bad: [(Command, String)] = [
            (feedback(lead) { _ in }, "rating"), (feedback(lead) { $0.rating = 0 }, "rating"),
            (feedback(lead) { $0.rating = 6 }, "rating"),
            (feedback(lead) { $0.reward = 1.01 }, "reward"),
            (feedback(lead) { $0.reward = .nan }, "reward"),
            (feedback(Subject(.leads, id(99))) { $0.rating = 5 }, "subject"),
            (feedback(Subject(.events, id(7))) { $0.rating = 5 }, "subject"),
            (feedback(Subject(.opportunities, id(2))) { $0.rating = 5 }, "subject"),
        ]
        for (command, field) in bad {
            let refusal = refused(command, given: facts)
            #expect(refusal?.field == field && refusal?.status == 422)
        }
        for subject in [lead, Subject(.orders, id(3)), Subject(.decisions, id(7))] {
            let decision = try decide(
                feedback(subject) { $0.reward = 0.8 }, given: facts, by: caller(), at: time())
            guard case .feedback(let record) = decision.answer else { continue }
            #expect(record.subject == subject && record.actor == "asha" && record.reward == 0.8)
            #expect(record.leadID == (subject.kind == .decisions ? nil : id(1)))
            #expect(decision.events.map(\.name) == ["feedback_received"])
            #expect(decision.events.first?.subject == subject.text)
        }
        withdraw(&facts)
        #expect(refused(feedback(lead) { $0.rating = 5 }, given: facts) == withdrawn)
    }
}

@Suite struct `Notifications` {
    private func inbox() -> Facts {
        var facts = Facts()
        facts.apply([
            .insertNotification(
                Domain.Notification(
                    id: id(70), recipient: "asha", category: "delivery", title: "T", body: "B",
                    subject: nil, createdAt: time()))
        ])
        return facts
    }

    private func mark(
        _ state: NotificationState, _ facts: inout Facts, at moment: Timestamp
    ) throws -> [Change] {
        let decision = try UpdateNotification(id: id(70), state: state)
            .decide(given: facts, by: caller(), at: moment)
        facts.apply(decision)
        #expect(decision.events.isEmpty)
        return decision.changes
    }

    @Test func `it is seen, read and put away, each once, with its time`() throws {
        var facts = inbox()
        #expect(facts.notifications[id(70)]?.state == .unseen)
        #expect(try mark(.read, &facts, at: time(1)).count == 1)
        #expect(facts.notifications[id(70)]?.state == .read)
        #expect(facts.notifications[id(70)]?.seenAt == time(1))
        #expect(try mark(.seen, &facts, at: time(2)).isEmpty)
        #expect(try mark(.read, &facts, at: time(2)).isEmpty)
        #expect(facts.notifications[id(70)]?.readAt == time(1))
        #expect(try mark(.archived, &facts, at: time(3)).count == 1)
        #expect(facts.notifications[id(70)]?.state == .archived)
    }

    @Test func `it exists for its recipient alone, and is never unseen again`() {
        let facts = inbox()
        let command = Command.updateNotification(UpdateNotification(id: id(70), state: .read))
        #expect(
            refused(command, given: facts, by: caller("ravi"))
                == .notFound("notifications/" + id(70).text))
        let back = Command.updateNotification(UpdateNotification(id: id(70), state: .unseen))
        #expect(refused(back, given: facts)?.field == "state")
    }
}
