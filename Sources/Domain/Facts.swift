// What `decide` may look at. The Store loads it in one round trip for a whole batch; a later
// command of the batch sees what an earlier one decided, for each decision is applied to it.

/// Rows and records that the commands of a batch need.
package struct Facts: Sendable {
    package var leads: [UniqueID: Lead] = [:]
    /// By normalised email, those that count as duplicates.
    package var leadsByEmail: [String: UniqueID] = [:]
    /// By normalised phone, those that count as duplicates.
    package var leadsByPhone: [String: UniqueID] = [:]
    package var consents: [ConsentKey: ConsentStatus] = [:]
    /// CloudEvents seen before, with the id of the event they became.
    package var eventSources: [EventSource: UniqueID] = [:]

    package init() {}

    /// Takes in what was just decided.
    package mutating func apply(_ decision: Decision) {
        for change in decision.changes {
            switch change {
            case .insertLead(let lead): insert(lead)
            case .updateLead(let lead):
                if let old = leads[lead.id] { remove(old) }
                insert(lead)
            case .insertEventSource(let source, let event): eventSources[source] = event
            case .recordConsent(let record): consents[record.key] = record.status
            }
        }
    }

    private mutating func insert(_ lead: Lead) {
        leads[lead.id] = lead
        guard !lead.duplicateAllowed else { return }
        if let normal = lead.emailNormal { leadsByEmail[normal] = lead.id }
        if let normal = lead.phoneNormal { leadsByPhone[normal] = lead.id }
    }

    private mutating func remove(_ lead: Lead) {
        if let normal = lead.emailNormal, leadsByEmail[normal] == lead.id {
            leadsByEmail[normal] = nil
        }
        if let normal = lead.phoneNormal, leadsByPhone[normal] == lead.id {
            leadsByPhone[normal] = nil
        }
    }
}
