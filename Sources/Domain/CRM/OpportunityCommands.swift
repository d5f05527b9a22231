// What can be asked of opportunities, and how it is decided.

/// A new opportunity, its fields already checked one by one.
package struct CreateOpportunity: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    package let leadID: UniqueID
    package var name: String
    package var value: Amount
    package var currency: Currency
    /// An open one.
    package var stage: OpportunityStage = .prospecting
    /// In percent; nil: what is usual at the stage.
    package var probability: Int?
    package var expectedClose: CalendarDate?
    package var owner: String?

    package init(
        id: UniqueID, eventID: UniqueID, leadID: UniqueID, name: String, value: Amount,
        currency: Currency
    ) {
        self.id = id
        self.eventID = eventID
        self.leadID = leadID
        self.name = name
        self.value = value
        self.currency = currency
    }

    /// Decides a new deal: its lead must exist and not have withdrawn, and its stage be open.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        try facts.refuseForeign(
            Subject(.leads, leadID), field: "lead_id", to: context.principal,
            by: .writeOpportunities)
        try facts.checkConsent(ofLead: leadID)
        try facts.require(Subject(.leads, leadID), field: "lead_id")
        let opportunity = try opportunity(by: context, at: time)
        let event = event(
            of: opportunity, ownership: facts.ownership(ofLead: leadID), by: context, at: time)
        return Decision(
            changes: [.insertOpportunity(opportunity)], events: [event],
            answer: .opportunity(opportunity, isNew: true))
    }

    /// The deal as it begins; `place` stands before the field of a refusal.
    func opportunity(
        by context: CommandContext, at time: Timestamp, place: String = ""
    ) throws(Refusal) -> Opportunity {
        guard stage.isOpen else {
            throw .invalidField(place + "stage", "must be an open stage")
        }
        try OpportunityField.check(value: value, place: place)
        try OpportunityField.check(probability: probability, place: place)
        return Opportunity(
            id: id, leadID: leadID, name: name, value: value, currency: currency, stage: stage,
            probability: probability ?? stage.usualProbability, expectedClose: expectedClose,
            owner: owner ?? context.principal.subject, lostReason: nil, version: 1,
            createdAt: time, updatedAt: time)
    }

    /// Says that it was made, for a lead of these owners.
    func event(
        of opportunity: Opportunity, ownership: Ownership, by context: CommandContext,
        at time: Timestamp
    ) -> Event {
        var ownership = ownership
        ownership.holder = opportunity.owner
        return Event(
            id: eventID, name: "opportunity_created", subject: opportunity.subject.text,
            data: .opportunity(opportunity, changed: []), of: ownership, by: context, at: time)
    }
}

/// A change of some fields of an opportunity (RFC 7396: null clears, absent keeps).
package struct UpdateOpportunity: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    /// Versions that the client accepts as the current one; nil: whatever is current.
    package var ifMatch: [Int]?
    package var name: String?
    package var value: Amount?
    package var currency: Currency?
    package var stage: OpportunityStage?
    package var probability: Int?
    package var expectedClose: CalendarDate??
    package var owner: String??
    package var lostReason: String??

    package init(id: UniqueID, eventID: UniqueID) {
        self.id = id
        self.eventID = eventID
    }

    /// Decides a change: a lost race is 412, an illegal move 409, no change at all no event.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        guard let current = facts.opportunities[id] else {
            throw .notFound("opportunities/" + id.text)
        }
        try facts.refuseForeign(
            current.subject, to: context.principal, by: .writeOpportunities)
        try facts.checkConsent(ofLead: current.leadID)
        try Patch.check(ifMatch, current: current.version)
        var opportunity = try applied(to: current)
        let changed = UpdateOpportunity.changedFields(from: current, to: opportunity)
        guard !changed.isEmpty else {
            return Decision(
                changes: [], events: [], answer: .opportunity(current, isNew: false))
        }
        opportunity.version = current.version + 1
        opportunity.updatedAt = time
        let event = Event(
            id: eventID, name: "opportunity_updated", subject: opportunity.subject.text,
            data: .opportunity(opportunity, changed: changed),
            of: facts.ownership(ofLead: current.leadID, holder: opportunity.owner), by: context,
            at: time)
        return Decision(
            changes: [.updateOpportunity(opportunity)], events: [event],
            answer: .opportunity(opportunity, isNew: false))
    }

    private func applied(to current: Opportunity) throws(Refusal) -> Opportunity {
        var opportunity = current
        if let name { opportunity.name = name }
        if let value {
            try OpportunityField.check(value: value)
            opportunity.value = value
        }
        if let currency { opportunity.currency = currency }
        if let expectedClose { opportunity.expectedClose = expectedClose }
        if let owner { opportunity.owner = owner }
        if let stage, stage != current.stage {
            try OpportunityTransitions.check(from: current.stage, to: stage)
            opportunity.stage = stage
            opportunity.lastStage = current.stage
            opportunity.probability = stage.usualProbability
        }
        if let probability {
            try OpportunityField.check(probability: probability)
            opportunity.probability = probability
        }
        if let lostReason {
            guard lostReason == nil || opportunity.stage == .lost else {
                throw .invalidField("lost_reason", "is for a lost opportunity")
            }
            opportunity.lostReason = lostReason
        }
        return opportunity
    }

    private static func changedFields(from old: Opportunity, to new: Opportunity) -> [String] {
        var names: [String] = []
        if old.name != new.name { names.append("name") }
        if old.value != new.value { names.append("value") }
        if old.currency != new.currency { names.append("currency") }
        if old.stage != new.stage { names.append("stage") }
        if old.lastStage != new.lastStage { names.append("last_stage") }
        if old.probability != new.probability { names.append("probability") }
        if old.expectedClose != new.expectedClose { names.append("expected_close") }
        if old.owner != new.owner { names.append("owner") }
        if old.lostReason != new.lostReason { names.append("lost_reason") }
        return names
    }
}

/// Checks of single fields.
enum OpportunityField {
    static func check(value: Amount, place: String = "") throws(Refusal) {
        guard value >= .zero else {
            throw .invalidField(place + "value", "must not be negative")
        }
    }

    static func check(probability: Int?, place: String = "") throws(Refusal) {
        guard probability.map({ (0...100).contains($0) }) ?? true else {
            throw .invalidField(place + "probability", "must be 0 to 100")
        }
    }
}
