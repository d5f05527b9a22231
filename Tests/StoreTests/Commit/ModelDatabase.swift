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
    var opportunities: [UniqueID: Opportunity] = [:]
    var orders: [UniqueID: Order] = [:]
    var deliveries: [UniqueID: Delivery] = [:]
    var tasks: [UniqueID: Domain.Task] = [:]
    var notifications: [UniqueID: Notification] = [:]
    var deadLetters: [UniqueID: DeadLetter] = [:]
    var feedback: [FeedbackRecord] = []
    var decisions: [UniqueID: DecisionRecord] = [:]
    var logs: [LogEntry] = []
    var runs: [WorkflowRunKey: WorkflowRun] = [:]
    var branches: [BranchWrite.Key: BranchWrite] = [:]
    var processors: [ProcessorName: ProcessorState] = Dictionary(
        uniqueKeysWithValues: ProcessorName.allCases.map {
            ($0, ProcessorState(cursor: 0, lease: nil, holder: nil, leasedUntil: nil))
        })
    var consents: [ConsentRecord] = []
    var consentsNow: [ConsentKey: ConsentStatus] = [:]
    var sources: [EventSource: UniqueID] = [:]
    var events: [EncodedEvent] = []
    var audits: [AuditEntry] = []
    var keys: [KeyName: Key] = [:]

    func load(_ plan: BatchPlan) -> LoadedFacts {
        var loaded = LoadedFacts()
        loadKeys(plan, into: &loaded)
        for id in plan.leads { if let lead = leads[id] { loaded.add(lead) } }
        let emails = Set(plan.emails.map { ExactText($0) })
        for lead in leads.values where !lead.duplicateAllowed {
            if let normal = lead.emailNormal, emails.contains(normal) {
                loaded.facts.leadsByEmail[normal] = lead.id
            }
            if let normal = lead.phoneNormal, plan.phones.contains(normal) {
                loaded.facts.leadsByPhone[normal] = lead.id
            }
        }
        for need in plan.consents {
            guard let subject = subject(of: need.person) else { continue }
            let key = ConsentKey(subject: subject, purpose: need.purpose)
            loaded.facts.consents[key] = consentsNow[key]
        }
        for source in plan.sources { loaded.facts.eventSources[source] = sources[source] }
        loadRows(plan, into: &loaded.facts)
        return loaded
    }

    private func loadKeys(_ plan: BatchPlan, into loaded: inout LoadedFacts) {
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
    }

    private func loadRows(_ plan: BatchPlan, into facts: inout Facts) {
        for id in plan.rows(.opportunities) { facts.opportunities[id] = opportunities[id] }
        for id in plan.rows(.orders) { facts.orders[id] = orders[id] }
        for id in plan.rows(.deliveries) {
            facts.deliveries[id] = deliveries[id]
            if let order = deliveries[id]?.orderID { facts.orders[order] = orders[order] }
        }
        for id in plan.rows(.tasks) { facts.tasks[id] = tasks[id] }
        for id in plan.rows(.notifications) { facts.notifications[id] = notifications[id] }
        for id in plan.rows(.deadLetters) { facts.deadLetters[id] = deadLetters[id] }
        for name in plan.processors { facts.processors[name] = processors[name] }
        for id in plan.activeDeliveries {
            facts.activeDeliveries[id] =
                deliveries.values.first { $0.orderID == id && $0.status.isActive }?.id
        }
        for subject in plan.subjects where exists(subject) {
            facts.subjects.insert(subject)
            if subject.kind != .leads { facts.leadsBehind[subject] = lead(behind: subject) }
        }
        for subject in plan.owned {
            facts.holders[subject] = holder(of: subject)
            guard let lead = lead(behind: subject) else { continue }
            facts.leadsBehind[subject] = lead
            facts.leadOwners[lead] = leads[lead]?.ownership ?? Ownership()
        }
        facts.workflowRuns = Set(plan.workflowRuns.filter { runs[$0] != nil })
    }

    private func exists(_ subject: Subject) -> Bool {
        switch subject.kind {
        case .leads: leads[subject.id] != nil
        case .opportunities: opportunities[subject.id] != nil
        case .orders: orders[subject.id] != nil
        case .deliveries: deliveries[subject.id] != nil
        case .tasks: tasks[subject.id] != nil
        case .decisions: decisions[subject.id] != nil
        case .events: events.contains { $0.isUnified && $0.id == subject.id }
        }
    }

    private func holder(of subject: Subject) -> String? {
        switch subject.kind {
        case .opportunities: opportunities[subject.id]?.owner
        case .orders: orders[subject.id]?.owner
        case .deliveries: deliveries[subject.id]?.owner
        case .tasks: tasks[subject.id]?.assignee
        case .leads, .decisions, .events: nil
        }
    }

    private func lead(behind subject: Subject) -> UniqueID? {
        switch subject.kind {
        case .leads: subject.id
        case .opportunities: opportunities[subject.id]?.leadID
        case .orders: orders[subject.id]?.leadID
        case .deliveries: deliveries[subject.id]?.leadID
        case .decisions: decisions[subject.id]?.leadID
        case .tasks:
            tasks[subject.id]?.subject.flatMap { Subject($0) }.flatMap { lead(behind: $0) }
        case .events: nil
        }
    }

    private func subject(of person: PersonReference) -> String? {
        switch person {
        case .person(let subject): subject.text
        case .leadBehind(let subject): lead(behind: subject).map { Lead.subject($0) }
        }
    }

    /// Writes a batch; false, and nothing written, when a unique index refuses it.
    mutating func write(_ decision: BatchDecision, of plan: BatchPlan) -> Bool {
        var copy = self
        let writes = decision.writes
        guard copy.writeLeads(writes), copy.writeRows(writes) else { return false }
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

    private mutating func writeLeads(_ writes: BatchWrites) -> Bool {
        for write in writes.scores {
            leads[write.leadID]?.score = write.score
            leads[write.leadID]?.scoreFactors = write.factors
            leads[write.leadID]?.scoreVersion += write.count
        }
        for lead in writes.updatedLeads.map(\.lead) {
            guard leads[lead.id] != nil, isUnique(lead) else { return false }
            leads[lead.id] = lead
        }
        for lead in writes.insertedLeads.map(\.lead) {
            guard leads[lead.id] == nil, isUnique(lead) else { return false }
            leads[lead.id] = lead
        }
        return true
    }

    private mutating func writeRows(_ writes: BatchWrites) -> Bool {
        for row in writes.opportunities.updated + writes.opportunities.inserted {
            opportunities[row.id] = row
        }
        for row in writes.orders.updated + writes.orders.inserted { orders[row.id] = row }
        for row in writes.deliveries.updated + writes.deliveries.inserted {
            deliveries[row.id] = row
        }
        for row in writes.tasks.updated + writes.tasks.inserted { tasks[row.id] = row }
        for row in writes.notifications.updated + writes.notifications.inserted {
            notifications[row.id] = row
        }
        for row in writes.deadLetters.updated + writes.deadLetters.inserted {
            deadLetters[row.id] = row
        }
        feedback += writes.feedback
        for record in writes.decisions { decisions[record.id] = record }
        logs += writes.logs
        for run in writes.runs {
            guard runs[run.key] == nil else { return false }
            runs[run.key] = run
        }
        for branch in writes.branches { branches[branch.key] = branch }
        for (name, cursor) in writes.cursors { processors[name]?.cursor = cursor }
        for (name, state) in writes.leases {
            processors[name]?.lease = state.lease
            processors[name]?.holder = state.holder
            processors[name]?.leasedUntil = state.leasedUntil
        }
        let active = deliveries.values.filter(\.status.isActive).map(\.orderID)
        return active.count == Set(active).count
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
