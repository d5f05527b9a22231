// Converting a lead: from every status, with and without a deal, once, and what may not be done
// to a customer.

import Domain
import Testing

@Suite struct `Converting a lead` {
    private func command(deal: Bool = true, stage: OpportunityStage = .prospecting) -> ConvertLead {
        var command = ConvertLead(id: id(1), eventID: id(20))
        guard deal else { return command }
        var opportunity = CreateOpportunity(
            id: id(2), eventID: id(21), leadID: id(1), name: "Annual plan", value: amount("12500"),
            currency: rupees())
        opportunity.stage = stage
        command.opportunity = opportunity
        return command
    }

    private func facts(_ status: LeadStatus) throws -> Facts {
        var facts = try DomainTests.facts(newLead(1, email: "a@b.c"))
        facts.leads[id(1)]?.status = status
        return facts
    }

    private func refused(
        _ command: ConvertLead, given facts: Facts, by context: CommandContext = caller()
    ) -> Refusal? {
        refusal { () throws(Refusal) in
            _ = try decide(.convertLead(command), given: facts, by: context, at: time(9))
        }
    }

    @Test(arguments: LeadStatus.allCases)
    func `whoever is in talks can be converted, from whatever status`(from: LeadStatus) throws {
        let facts = try facts(from)
        switch from {
        case .new, .contacted, .qualified:
            let decision = try command().decide(given: facts, by: caller(), at: time(9))
            guard case .converted(let lead) = decision.answer else {
                Issue.record("\(decision.answer)")
                return
            }
            #expect(lead.status == .converted && lead.version == 2)
            #expect(lead.convertedAt == time(9) && lead.updatedAt == time(9))
            #expect(lead.convertedOpportunity == id(2))
        case .disqualified, .recycled:
            let moves = LeadTransitions.allowed(from: from).map(\.rawValue)
            #expect(
                refused(command(), given: facts)
                    == .illegalTransition(
                        field: "status", from: from.rawValue, to: "converted", allowed: moves))
        case .converted:
            #expect(
                refused(command(), given: facts) == .alreadyConverted(opportunity: nil))
        }
    }

    @Test func `lead and deal are told of one after the other, and both are the lead owner's`()
        throws
    {
        let decision = try command().decide(given: try facts(.new), by: caller(), at: time(9))
        #expect(decision.events.map(\.name) == ["lead_converted", "opportunity_created"])
        #expect(
            decision.events.map(\.subject) == [
                "leads/" + id(1).text, "opportunities/" + id(2).text,
            ])
        #expect(decision.events.map(\.ownership.owner) == ["asha", "asha"])
        guard case .lead(_, let changed)? = decision.events.first?.data,
            case .opportunity(let deal, [])? = decision.events.last?.data
        else {
            Issue.record("\(decision.events)")
            return
        }
        #expect(changed == ["status", "converted_at", "converted_opportunity"])
        #expect(deal.leadID == id(1) && deal.owner == "asha" && deal.probability == 10)
        #expect(decision.changes.count == 2)
    }

    @Test func `without a deal the lead alone is converted`() throws {
        let decision = try command(deal: false)
            .decide(given: try facts(.qualified), by: caller(), at: time(9))
        #expect(decision.events.map(\.name) == ["lead_converted"])
        guard case .converted(let lead) = decision.answer else {
            Issue.record("\(decision.answer)")
            return
        }
        #expect(lead.status == .converted && lead.convertedOpportunity == nil)
        #expect(decision.changes == [.updateLead(lead)])
    }

    @Test func `a second conversion and any change are refused, naming the deal`() throws {
        var facts = try facts(.new)
        facts.apply(try command().decide(given: facts, by: caller(), at: time(9)))
        let expected = Refusal.alreadyConverted(opportunity: id(2))
        #expect(refused(command(), given: facts) == expected)
        #expect(refused(command(deal: false), given: facts) == expected)
        #expect(expected.status == 409 && expected.detail.contains(id(2).text))
        for patch in [
            change(1) { $0.name = "Other" }, change(1) { $0.status = .new },
            change(1) { $0.owner = .some(nil) },
        ] {
            let refused = refusal { () throws(Refusal) in
                _ = try patch.decide(given: facts, by: caller(), at: time(10))
            }
            #expect(refused == expected)
        }
        let nothing = try change(1) { $0.name = "Asha Rao" }
            .decide(given: facts, by: caller(), at: time(10))
        #expect(nothing.changes.isEmpty && nothing.events.isEmpty)
    }

    @Test func `a lost race, a withdrawal and another's lead are refused, and nothing is made`()
        throws
    {
        var facts = try facts(.new)
        var late = command()
        late.ifMatch = [3]
        #expect(refused(late, given: facts) == .preconditionFailed(currentVersion: 1))
        #expect(
            refused(command(), given: facts, by: caller("ben")) == .notFound("leads/" + id(1).text))
        #expect(refused(command(), given: Facts()) == .notFound("leads/" + id(1).text))
        facts.consents[ConsentKey(subject: Lead.subject(id(1)), purpose: .contract)] = .withdrawn
        #expect(refused(command(), given: facts)?.code == "consent_required")
    }

    @Test func `a mistake in the deal is named with its place`() throws {
        let facts = try facts(.new)
        #expect(
            refused(command(stage: .won), given: facts)
                == .invalidField("opportunity.stage", "must be an open stage"))
        var negative = command()
        negative.opportunity?.value = amount("-1")
        #expect(refused(negative, given: facts)?.field == "opportunity.value")
        var certain = command()
        certain.opportunity?.probability = 101
        #expect(refused(certain, given: facts)?.field == "opportunity.probability")
    }
}
