// What Postgres answered to a batch's loads: rows and records for the domain, and for each
// idempotency key whether it was free or what was answered under it.

import Domain

/// The facts of a batch, and what became of its idempotency keys.
struct LoadedFacts: Sendable {
    /// Rows and records for the domain.
    var facts = Facts()
    /// The keys that were free and are now this batch's.
    var ownedKeys: Set<KeyName> = []
    /// The keys that were used before, with the answers given then.
    var keptAnswers: [KeyName: KeptAnswer] = [:]

    /// Takes in a lead's row.
    mutating func add(_ lead: Lead) {
        facts.leads[lead.id] = lead
        guard !lead.duplicateAllowed else { return }
        if let normal = lead.emailNormal { facts.leadsByEmail[normal] = lead.id }
        if let normal = lead.phoneNormal { facts.leadsByPhone[normal] = lead.id }
    }
}
