// What can be asked of leads, and how it is decided.

/// A new lead, its fields already checked one by one.
package struct CreateLead: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    package var name: String
    package var email: String?
    package var phone: String?
    package var company: String?
    package var source: String?
    package var owner: String?
    package var team: String?
    package var tags: [String] = []
    package var allowDuplicate: Bool = false

    package init(id: UniqueID, eventID: UniqueID, name: String) {
        self.id = id
        self.eventID = eventID
        self.name = name
    }

    /// Decides a new lead: a duplicate by email or phone is refused, unless it was allowed.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        let lead = Lead(
            id: id, name: name, email: email, phone: phone, company: company, source: source,
            owner: owner ?? context.principal.subject, team: team, tags: tags, score: nil,
            status: .new, duplicateAllowed: allowDuplicate, version: 1, createdAt: time,
            updatedAt: time)
        if !allowDuplicate {
            if let normal = lead.emailNormal, let existing = facts.leadsByEmail[normal] {
                throw .duplicateLead(existing: existing, field: "email")
            }
            if let normal = lead.phoneNormal, let existing = facts.leadsByPhone[normal] {
                throw .duplicateLead(existing: existing, field: "phone")
            }
        }
        let event = Event(
            id: eventID, name: "lead_created", subject: lead.subject, time: time,
            actor: context.principal.subject, traceparent: context.trace.traceparent,
            data: .lead(lead, changed: []), ownership: lead.ownership)
        return Decision(changes: [.insertLead(lead)], events: [event], answer: .created(lead))
    }
}

/// A change of some fields of a lead (RFC 7396: null clears, absent keeps).
package struct UpdateLead: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    /// Versions that the client accepts as the current one; nil: whatever is current.
    package var ifMatch: [Int]?
    package var name: String?
    package var email: String??
    package var phone: String??
    package var company: String??
    package var source: String??
    package var owner: String??
    package var team: String??
    package var tags: [String]?
    package var status: LeadStatus?
    package var allowDuplicate: Bool = false

    package init(id: UniqueID, eventID: UniqueID) {
        self.id = id
        self.eventID = eventID
    }

    /// Decides a change: a lost race is 412, an illegal move 409, no change at all no event.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        guard let current = facts.leads[id],
            context.principal.reaches(current.ownership, by: .writeLeads)
        else {
            throw .notFound("leads/" + id.text)
        }
        try ConsentGate.check(
            record: facts.consents[consentKey], key: consentKey)
        if let ifMatch, !ifMatch.contains(current.version) {
            throw .preconditionFailed(currentVersion: current.version)
        }
        var lead = applied(to: current)
        let changed = UpdateLead.changedFields(from: current, to: lead)
        guard !changed.isEmpty else {
            return Decision(changes: [], events: [], answer: .lead(current))
        }
        try ConvertLead.refuseConverted(current)
        if let status, status != current.status {
            try LeadTransitions.check(from: current.status, to: status)
        }
        lead.duplicateAllowed = current.duplicateAllowed || allowDuplicate
        try checkDuplicate(lead, given: facts)
        lead.version = current.version + 1
        lead.updatedAt = time
        let event = Event(
            id: eventID, name: "lead_updated", subject: lead.subject, time: time,
            actor: context.principal.subject, traceparent: context.trace.traceparent,
            data: .lead(lead, changed: changed), ownership: lead.ownership)
        return Decision(changes: [.updateLead(lead)], events: [event], answer: .lead(lead))
    }

    /// The record that may forbid this change.
    package var consentKey: ConsentKey {
        ConsentKey(subject: Lead.subject(id), purpose: .contract)
    }

    private func applied(to current: Lead) -> Lead {
        var lead = current
        if let name { lead.name = name }
        if let email { lead.email = email }
        if let phone { lead.phone = phone }
        if let company { lead.company = company }
        if let source { lead.source = source }
        if let owner { lead.owner = owner }
        if let team { lead.team = team }
        if let tags { lead.tags = tags }
        if let status { lead.status = status }
        return lead
    }

    private func checkDuplicate(_ lead: Lead, given facts: Facts) throws(Refusal) {
        guard !lead.duplicateAllowed else { return }
        if let normal = lead.emailNormal, let other = facts.leadsByEmail[normal], other != id {
            throw .duplicateLead(existing: other, field: "email")
        }
        if let normal = lead.phoneNormal, let other = facts.leadsByPhone[normal], other != id {
            throw .duplicateLead(existing: other, field: "phone")
        }
    }

    private static func changedFields(from old: Lead, to new: Lead) -> [String] {
        var names: [String] = []
        if old.name != new.name { names.append("name") }
        if old.email != new.email { names.append("email") }
        if old.phone != new.phone { names.append("phone") }
        if old.company != new.company { names.append("company") }
        if old.source != new.source { names.append("source") }
        if old.owner != new.owner { names.append("owner") }
        if old.team != new.team { names.append("team") }
        if old.tags != new.tags { names.append("tags") }
        if old.status != new.status { names.append("status") }
        return names
    }
}

/// The moves of a lead, as data.
///
/// Conversion is a command of its own, so it is not a patch.
package enum LeadTransitions {
    /// Where a lead may go from a status.
    package static func allowed(from status: LeadStatus) -> [LeadStatus] {
        switch status {
        case .new: [.contacted, .qualified, .disqualified, .recycled]
        case .contacted: [.qualified, .disqualified, .recycled]
        case .qualified: [.contacted, .disqualified, .recycled]
        case .converted: []
        case .disqualified: [.recycled]
        case .recycled: [.new, .contacted, .disqualified]
        }
    }

    /// From which statuses a lead may be converted: whoever is still in talks, however far.
    package static let convertible: Set<LeadStatus> = [.new, .contacted, .qualified]

    /// Refuses to convert a lead that nobody is in talks with.
    static func checkConversion(from: LeadStatus) throws(Refusal) {
        guard convertible.contains(from) else {
            throw .illegalTransition(
                field: "status", from: from.rawValue, to: LeadStatus.converted.rawValue,
                allowed: allowed(from: from).map(\.rawValue))
        }
    }

    static func check(from: LeadStatus, to: LeadStatus) throws(Refusal) {
        let moves = allowed(from: from)
        guard moves.contains(to) else {
            throw .illegalTransition(
                field: "status", from: from.rawValue, to: to.rawValue,
                allowed: moves.map(\.rawValue))
        }
    }
}
