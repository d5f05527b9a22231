// A database in memory that answers a batch's loads as Postgres would, and refuses what its unique
// indexes would refuse. It answers only what a plan asks for: a plan that forgets something fails.

import Domain

@testable import Store

/// Rows, and what a unique index would say.
struct ModelDatabase: Equatable {
    /// An idempotency row.
    struct Key: Equatable {
        let fingerprint: [UInt8]
        let status: Int
        let position: Int?
        let answer: [UInt8]?
    }

    var leads: [UniqueID: Lead] = [:]
    var consents: [ConsentRecord] = []
    var consentsNow: [ConsentKey: ConsentStatus] = [:]
    var sources: [EventSource: UniqueID] = [:]
    var events: [EncodedEvent] = []
    var audits: [AuditEntry] = []
    var keys: [KeyName: Key] = [:]

    func load(_ plan: BatchPlan) -> LoadedFacts {
        var loaded = LoadedFacts()
        for name in plan.keys {
            guard let key = keys[name] else {
                loaded.ownedKeys.insert(name)
                continue
            }
            let event = key.position.map { events[$0 - 1] }
            loaded.keptAnswers[name] = KeptAnswer(
                fingerprint: key.fingerprint, status: key.status,
                content: event.map {
                    .event(id: $0.id, isUnified: $0.isUnified, text: $0.text)
                } ?? .answer(key.answer ?? []))
        }
        for id in plan.leads { if let lead = leads[id] { loaded.add(lead) } }
        for lead in leads.values where !lead.duplicateAllowed {
            if let normal = lead.emailNormal, plan.emails.contains(normal) {
                loaded.facts.leadsByEmail[normal] = lead.id
            }
            if let normal = lead.phoneNormal, plan.phones.contains(normal) {
                loaded.facts.leadsByPhone[normal] = lead.id
            }
        }
        for key in plan.consents { loaded.facts.consents[key] = consentsNow[key] }
        for source in plan.sources { loaded.facts.eventSources[source] = sources[source] }
        return loaded
    }

    /// Writes a batch; false, and nothing written, when a unique index refuses it.
    mutating func write(_ decision: BatchDecision, of plan: BatchPlan) -> Bool {
        var copy = self
        let writes = decision.writes
        for lead in writes.updatedLeads.map(\.lead) {
            guard copy.leads[lead.id] != nil, copy.isUnique(lead) else { return false }
            copy.leads[lead.id] = lead
        }
        for lead in writes.insertedLeads.map(\.lead) {
            guard copy.leads[lead.id] == nil, copy.isUnique(lead) else { return false }
            copy.leads[lead.id] = lead
        }
        copy.consents += writes.consents
        for record in writes.consentsNow { copy.consentsNow[record.key] = record.status }
        for (source, event) in writes.sources {
            guard copy.sources[source] == nil else { return false }
            copy.sources[source] = event
        }
        let base = copy.events.count
        copy.events += writes.events
        copy.audits += writes.audits
        let fingerprints = Dictionary(
            uniqueKeysWithValues: zip(plan.keys, plan.fingerprints))
        for kept in writes.kept {
            copy.keys[kept.name] = Key(
                fingerprint: fingerprints[kept.name] ?? [], status: kept.status,
                position: kept.event.map { base + $0 }, answer: kept.answer)
        }
        self = copy
        return true
    }

    private func isUnique(_ lead: Lead) -> Bool {
        guard !lead.duplicateAllowed else { return true }
        return !leads.values.contains { other in
            other.id != lead.id && !other.duplicateAllowed
                && (lead.emailNormal.map { $0 == other.emailNormal } ?? false
                    || lead.phoneNormal.map { $0 == other.phoneNormal } ?? false)
        }
    }

    /// Runs commands as one batch, halved as often as unique indexes refuse it.
    mutating func run(_ requests: [CommandRequest], at time: Timestamp) -> [RenderedAnswer?] {
        let plan = BatchPlan(requests.map { BatchItem($0) })
        let decision = BatchDecision(plan, loaded: load(plan), at: time)
        if write(decision, of: plan) { return decision.answers }
        precondition(requests.count > 1, "a command alone is never refused by an index")
        let middle = requests.count / 2
        let first = run(Array(requests[..<middle]), at: time)
        return first + run(Array(requests[middle...]), at: time)
    }
}
