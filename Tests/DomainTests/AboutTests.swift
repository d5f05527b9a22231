// In whose timeline an event stands: the lead's that it concerns, else the thing's own.

import Domain
import Testing

@Suite struct `What an event is about` {
    private func about(_ command: Command, given facts: Facts) throws -> [UniqueID?] {
        try decide(command, given: facts, by: caller("root", roles: [.admin]), at: time(5))
            .events.map(\.about)
    }

    @Test func `whatever concerns a lead is about the lead`() throws {
        var facts = try business()
        facts.apply([.insertDelivery(delivery(4))])
        var deal = UpdateOpportunity(id: id(2), eventID: id(90))
        deal.name = "Other"
        #expect(try about(.updateOpportunity(deal), given: facts) == [id(1)])
        var order = UpdateOrder(id: id(3), eventID: id(90))
        order.status = .confirmed
        #expect(try about(.updateOrder(order), given: facts) == [id(1)])
        var way = UpdateDelivery(id: id(4), eventID: id(90), orderEventID: id(91))
        way.carrier = .some("DHL")
        #expect(try about(.updateDelivery(way), given: facts) == [id(1)])
        var task = CreateTask(id: id(5), eventID: id(90), title: "Pack")
        task.subject = Subject(.deliveries, id(4))
        #expect(try about(.createTask(task), given: facts) == [id(1)])
        let consent = RecordConsent(
            id: id(6), eventID: id(90),
            key: ConsentKey(subject: Lead.subject(id(1)), purpose: .contact), status: .granted)
        #expect(try about(.recordConsent(consent), given: facts) == [id(1)])
        var conversion = ConvertLead(id: id(1), eventID: id(90))
        conversion.opportunity = CreateOpportunity(
            id: id(7), eventID: id(91), leadID: id(1), name: "x", value: amount("1"),
            currency: rupees())
        #expect(try about(.convertLead(conversion), given: facts) == [id(1), id(1)])
        let deletion = DeleteEntity(Subject(.orders, id(3)), eventID: id(90))
        facts.apply([.updateDelivery(delivery(4, status: .returned))])
        #expect(try about(.deleteEntity(deletion), given: facts) == [id(1)])
    }

    @Test func `what concerns no lead is about itself, and a report about nothing`() throws {
        let task = CreateTask(id: id(5), eventID: id(90), title: "Clean up")
        #expect(try about(.createTask(task), given: Facts()) == [id(5)])
        let report = PublishEvents(items: [reported(8, user: "u-1")], isArray: false)
        #expect(try about(.publishEvents(report), given: Facts()) == [nil])
    }

    @Test func `an effect is about what its cause concerned`() {
        func effect(_ name: String, _ data: EventData, lead: UniqueID?) -> UniqueID? {
            Event(
                id: id(90), name: name, subject: "notifications/" + id(9).text, time: time(),
                actor: "hub", traceparent: "", data: data, lead: lead
            ).about
        }
        let message = Notification(
            id: id(9), recipient: "asha", category: "x", title: "x", body: "x",
            subject: "deliveries/" + id(4).text, createdAt: time())
        #expect(effect("notification_sent", .notification(message), lead: id(1)) == id(1))
        #expect(effect("notification_sent", .notification(message), lead: nil) == nil)
    }
}

@Suite struct `Deals on their way` {
    @Test func `each move says where it came from, and other changes keep that`() throws {
        var facts = try business()
        for stage in [OpportunityStage.qualification, .proposal, .lost] {
            let before = facts.opportunities[id(2)]?.stage
            var patch = UpdateOpportunity(id: id(2), eventID: id(90))
            patch.stage = stage
            let decision = try patch.decide(given: facts, by: caller(), at: time(5))
            facts.apply(decision)
            #expect(facts.opportunities[id(2)]?.lastStage == before)
            guard case .opportunity(_, let changed)? = decision.events.first?.data else {
                Issue.record("\(decision.events)")
                return
            }
            #expect(changed.contains("stage") && changed.contains("last_stage"))
        }
        var patch = UpdateOpportunity(id: id(2), eventID: id(90))
        patch.name = "Other"
        facts.apply(try patch.decide(given: facts, by: caller(), at: time(6)))
        #expect(facts.opportunities[id(2)]?.lastStage == .proposal)
    }

    @Test(arguments: [
        ("12500", 10, "1250.00"), ("0", 80, "0.00"), ("100.01", 100, "100.01"),
        ("0.01", 33, "0.0033"), ("0.0001", 50, "0.0001"), ("0.0001", 49, "0.00"),
        ("99999999999999.9999", 100, "99999999999999.9999"), ("12.34", 0, "0.00"),
        ("99999999999999.9999", 99, "98999999999999.9999"),
    ])
    func `the weighted value is exact to four decimals`(
        value: String, probability: Int, expected: String
    ) {
        var deal = opportunity(2)
        deal.value = amount(value)
        deal.probability = probability
        #expect(deal.weightedValue.text == expected)
    }
}
