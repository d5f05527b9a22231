// A lead becomes a customer, once: it is read-only from then on, and its deal, if one is named, is
// made in the same transaction.

/// Converts a lead.
package struct ConvertLead: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    /// Versions that the client accepts as the current one; nil: whatever is current.
    package var ifMatch: [Int]?
    /// The deal to make with it, its lead this one; nil: none.
    package var opportunity: CreateOpportunity?

    package init(id: UniqueID, eventID: UniqueID) {
        self.id = id
        self.eventID = eventID
    }

    /// Decides a conversion: only of a lead that somebody is in talks with, and only once.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        guard let current = facts.leads[id],
            context.principal.reaches(current.ownership, by: .convertLeads)
        else { throw .notFound(Lead.subject(id)) }
        try facts.checkConsent(ofLead: id)
        try Patch.check(ifMatch, current: current.version)
        try ConvertLead.refuseConverted(current)
        try LeadTransitions.checkConversion(from: current.status)
        var lead = current
        lead.status = .converted
        lead.convertedAt = time
        lead.convertedOpportunity = opportunity?.id
        lead.version = current.version + 1
        lead.updatedAt = time
        let changed =
            ["status", "converted_at"] + (opportunity == nil ? [] : ["converted_opportunity"])
        var decision = Decision(
            changes: [.updateLead(lead)],
            events: [
                Event(
                    id: eventID, name: "lead_converted", subject: lead.subject,
                    data: .lead(lead, changed: changed), of: lead.ownership, by: context, at: time)
            ], answer: .converted(lead))
        if let opportunity {
            let deal = try opportunity.opportunity(by: context, at: time, place: "opportunity.")
            decision.changes.append(.insertOpportunity(deal))
            decision.events.append(
                opportunity.event(of: deal, ownership: lead.ownership, by: context, at: time))
        }
        return decision
    }

    /// A lead that was converted stays as it was then.
    static func refuseConverted(_ lead: Lead) throws(Refusal) {
        guard lead.status != .converted else {
            throw .alreadyConverted(opportunity: lead.convertedOpportunity)
        }
    }
}
