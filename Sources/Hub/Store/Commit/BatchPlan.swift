// What a batch of commands needs from Postgres, as sets in the one order in which all batches of
// all instances lock them: idempotency keys, processors, consent, then the entities from parents
// to children; each sorted by key. What a command needs is the domain's word (FactNeeds). Pure.

import Domain

/// The keys, rows and records that a batch loads.
struct BatchPlan: Sendable {
    /// The commands, in the order in which they are decided.
    let items: [BatchItem]
    /// The idempotency keys, sorted, each once.
    let keys: [KeyName]
    /// For each key the fingerprint of its first command in the batch.
    let fingerprints: [[UInt8]]
    /// The processors whose cursor or lease is moved, sorted.
    let processors: [ProcessorName]
    /// Those of them whose lease is asked for, and whose holders are to be looked for; sorted.
    let leases: [ProcessorName]
    /// The consent records to look at or to write, each once.
    let consents: [ConsentNeed]
    /// Those of them that the batch writes.
    let consentsWritten: Set<ConsentKey>
    /// The normal forms that a lead of the batch may take, sorted.
    let emails: [String]
    let phones: [String]
    /// The names that a user of the batch may take, sorted.
    let userNames: [String]
    /// The CloudEvents that may have been seen before, sorted.
    let sources: [EventSource]
    /// Orders whose active delivery is asked for, sorted.
    let activeDeliveries: [UniqueID]
    /// Things that must exist, sorted.
    let subjects: [Subject]
    /// Things of which must be known whose they are, sorted.
    let owned: [Subject]
    /// Runs of rules that may have been made before, sorted.
    let workflowRuns: [WorkflowRunKey]

    /// The rows to change by table, sorted by id.
    private let rows: [RowTable: [UniqueID]]

    /// Gathers what the commands need.
    ///
    /// An instance that `isPresent` looks whether holders of leases are gone.
    init(_ items: [BatchItem], isPresent: Bool = false) {
        self.items = items
        var needs = BatchNeeds()
        for item in items { needs.add(item) }
        keys = needs.fingerprints.keys.sorted()
        fingerprints = keys.map { needs.fingerprints[$0] ?? [] }
        let facts = needs.facts
        processors = facts.processors.sorted()
        leases = isPresent ? facts.leases.sorted() : []
        consents = facts.consents.map { ($0, $0.sortKey) }.sorted { $0.1 < $1.1 }.map { $0.0 }
        consentsWritten = facts.consentsWritten
        emails = facts.emails.sorted().map(\.text)
        phones = facts.phones.sorted()
        userNames = facts.userNames.sorted().map(\.text)
        sources = facts.eventSources.sorted()
        activeDeliveries = facts.activeDeliveries.sorted()
        subjects = facts.subjects.sorted()
        owned = facts.owned.sorted()
        workflowRuns = facts.workflowRuns.sorted()
        rows = RowTable.allCases.reduce(into: [:]) { rows, table in
            let ids = facts[table]
            if !ids.isEmpty { rows[table] = ids.sorted() }
        }
    }

    /// The rows of a table that the batch may change, sorted by id.
    func rows(_ table: RowTable) -> [UniqueID] { rows[table] ?? [] }

    /// The leads to change, sorted.
    var leads: [UniqueID] { rows(.leads) }
}

/// A table whose rows are found, locked and changed by id, in the order in which they are locked.
enum RowTable: String, CaseIterable, Sendable {
    case leads, opportunities, orders, deliveries, tasks, notifications
    case deadLetters = "dead_letters"
    case users
    case sessions = "user_sessions"
}

extension FactNeeds {
    /// The rows of a table that may be changed.
    fileprivate subscript(table: RowTable) -> Set<UniqueID> {
        switch table {
        case .leads: leads
        case .opportunities: opportunities
        case .orders: orders
        case .deliveries: deliveries
        case .tasks: tasks
        case .notifications: notifications
        case .deadLetters: deadLetters
        case .users: users
        case .sessions: sessions
        }
    }
}

/// The needs of a batch while they are gathered.
private struct BatchNeeds {
    var facts = FactNeeds()
    var fingerprints: [KeyName: [UInt8]] = [:]

    mutating func add(_ item: BatchItem) {
        if let name = item.key, let key = item.request.context.idempotency,
            fingerprints[name] == nil
        {
            fingerprints[name] = key.fingerprint
        }
        guard item.forcedRefusal == nil else { return }
        facts.add(item.request.command)
        if case .process(let step) = item.request.command { add(step) }
    }

    /// Scored leads are locked before they are written, as all rows are, so that two batches never
    /// wait for each other crosswise.
    private mutating func add(_ step: ProcessorStep) {
        guard step.processor == .rl else { return }
        for input in step.inputs where !input.isUnified {
            if let subject = Subject(input.subject), subject.kind == .leads {
                facts.leads.insert(subject.id)
            }
        }
    }
}

extension ConsentNeed {
    /// What it is sorted by: whose consent, then for what.
    fileprivate var sortKey: (Int, ExactText, Purpose) {
        switch person {
        case .person(let subject): (1, subject, purpose)
        case .leadBehind(let subject): (0, ExactText(subject.text), purpose)
        }
    }
}
