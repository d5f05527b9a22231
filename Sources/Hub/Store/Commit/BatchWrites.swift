// The rows that a batch writes, net of what happened inside the batch, sorted by their unique keys
// so that two batches never wait for each other crosswise.

import Domain

/// An event as it is stored, before it has a position.
struct EncodedEvent: Sendable, Equatable {
    let id: UniqueID
    let name: String
    let subject: String
    /// Whether it was reported, and so can be looked up by its id.
    let isUnified: Bool
    let ownership: Ownership
    /// In whose timeline it stands; nil: in none.
    let about: UniqueID?
    /// The CloudEvent's text.
    let text: [UInt8]
}

/// A lead with its normal forms, which cost more than a comparison.
struct LeadWrite: Sendable, Equatable {
    let lead: Lead
    let email: ExactText?
    let phone: String?

    init(_ lead: Lead) {
        self.lead = lead
        email = lead.emailNormal
        phone = lead.phoneNormal
    }
}

/// What is kept under an idempotency key.
struct KeptWrite: Sendable, Equatable {
    let name: KeyName
    let status: Int
    /// The event, counted from 1 within the batch, from which the answer can be built again.
    let event: Int?
    /// The answer itself, when it can't.
    let answer: [UInt8]?
}

/// A lead's score, where nothing else of the lead is written.
struct ScoreWrite: Sendable, Equatable {
    let leadID: UniqueID
    var score: Double
    var factors: [Contribution]
    /// How many scores this one stands for.
    var count: Int
}

/// Where a branch of a reported event stands.
struct BranchWrite: Sendable, Equatable {
    /// Names one branch of one event.
    struct Key: Hashable, Comparable, Sendable {
        let event: UniqueID
        let branch: EventBranch

        static func < (left: Key, right: Key) -> Bool {
            (left.event, left.branch.rawValue) < (right.event, right.branch.rawValue)
        }
    }

    let key: Key
    let state: BranchState
    let result: [UInt8]
}

/// New and changed rows of one table, the last of each.
struct RowChanges<Row: Sendable>: Sendable {
    private var insertedRows: [UniqueID: Row] = [:]
    private var updatedRows: [UniqueID: Row] = [:]

    /// New rows, sorted by id.
    var inserted: [Row] { RowChanges.sorted(insertedRows) }
    /// Changed rows, sorted by id.
    var updated: [Row] { RowChanges.sorted(updatedRows) }
    var hasInserted: Bool { !insertedRows.isEmpty }
    var hasUpdated: Bool { !updatedRows.isEmpty }

    /// The row as it will be; nil if the batch doesn't write it.
    subscript(id: UniqueID) -> Row? { insertedRows[id] ?? updatedRows[id] }

    mutating func insert(_ row: Row, id: UniqueID) {
        insertedRows[id] = row
    }

    /// A row that the batch itself makes stays a new one.
    mutating func update(_ row: Row, id: UniqueID) {
        if insertedRows[id] != nil { insertedRows[id] = row } else { updatedRows[id] = row }
    }

    private static func sorted(_ rows: [UniqueID: Row]) -> [Row] {
        rows.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// Everything that one transaction writes.
struct BatchWrites: Sendable {
    /// New leads, sorted by normal forms.
    private(set) var insertedLeads: [LeadWrite] = []
    /// Changed leads, sorted by id.
    private(set) var updatedLeads: [LeadWrite] = []
    /// Scores of leads that are not written otherwise, sorted by id.
    private(set) var scores: [ScoreWrite] = []
    private(set) var opportunities = RowChanges<Opportunity>()
    private(set) var orders = RowChanges<Order>()
    private(set) var deliveries = RowChanges<Delivery>()
    private(set) var tasks = RowChanges<Domain.Task>()
    private(set) var notifications = RowChanges<Notification>()
    private(set) var deadLetters = RowChanges<DeadLetter>()
    private(set) var users = RowChanges<User>()
    private(set) var sessions = RowChanges<UserSession>()
    private(set) var feedback: [FeedbackRecord] = []
    private(set) var decisions: [DecisionRecord] = []
    private(set) var logs: [LogEntry] = []
    private(set) var runs: [WorkflowRun] = []
    /// Sorted by event and branch.
    private(set) var branches: [BranchWrite] = []
    /// New cursors, sorted by name.
    private(set) var cursors: [(processor: ProcessorName, cursor: UInt64)] = []
    /// New leases, sorted by name.
    private(set) var leases: [(processor: ProcessorName, state: ProcessorState)] = []
    private(set) var model: SaveModel?
    /// The history, in the order of deciding.
    private(set) var consents: [ConsentRecord] = []
    /// What holds now, sorted, each pair once.
    private(set) var consentsNow: [ConsentRecord] = []
    /// CloudEvents seen, sorted.
    private(set) var sources: [(source: EventSource, event: UniqueID)] = []
    /// Leads that are erased, and when.
    private(set) var erasedLeads: [(id: UniqueID, time: Timestamp)] = []
    /// Whose events are erased.
    private(set) var erasures: [EventErasure] = []
    /// Tokens that are taken back, each once.
    var revocations: [Revocation] { Array(latestRevocations.values) }
    /// Whose sessions are ended.
    private(set) var endedSessions: [Revocation] = []
    /// The events, in the order of their positions.
    private(set) var events: [EncodedEvent] = []
    /// The audit trail's lines, in order.
    var audits: [AuditEntry] = []
    /// Answers kept, sorted by key after `sort()`.
    var kept: [KeptWrite] = []

    private var leads = RowChanges<Lead>()
    private var latestScores: [UniqueID: ScoreWrite] = [:]
    private var latestBranches: [BranchWrite.Key: BranchWrite] = [:]
    private var latestCursors: [ProcessorName: UInt64] = [:]
    private var latestLeases: [ProcessorName: ProcessorState] = [:]
    private var latestRevocations: [RevokedTokens: Revocation] = [:]
    private var latestConsents: [ConsentKey: ConsentRecord] = [:]

    /// Nothing whose loss would have to be found out: what processors write besides is fenced by
    /// their cursors, and is done again if it is missing.
    var isEmpty: Bool { audits.isEmpty && events.isEmpty && kept.isEmpty }

    /// Takes in one change; a later one of the same row replaces it.
    mutating func add(_ change: Change) {
        switch change {
        case .insertLead(let row): leads.insert(row, id: row.id)
        case .updateLead(let row):
            // It was decided knowing the score, so it brings it along.
            latestScores[row.id] = nil
            leads.update(row, id: row.id)
        case .setLeadScore(let id, let score): add(score, of: id)
        case .insertOpportunity(let row): opportunities.insert(row, id: row.id)
        case .updateOpportunity(let row): opportunities.update(row, id: row.id)
        case .insertOrder(let row): orders.insert(row, id: row.id)
        case .updateOrder(let row): orders.update(row, id: row.id)
        case .insertDelivery(let row): deliveries.insert(row, id: row.id)
        case .updateDelivery(let row): deliveries.update(row, id: row.id)
        case .insertTask(let row): tasks.insert(row, id: row.id)
        case .updateTask(let row): tasks.update(row, id: row.id)
        case .insertNotification(let row): notifications.insert(row, id: row.id)
        case .updateNotification(let row): notifications.update(row, id: row.id)
        case .insertDeadLetter(let row): deadLetters.insert(row, id: row.id)
        case .updateDeadLetter(let row): deadLetters.update(row, id: row.id)
        case .insertUser(let row): users.insert(row, id: row.id)
        case .updateUser(let row): users.update(row, id: row.id)
        case .insertSession(let row): sessions.insert(row, id: row.id)
        case .updateSession(let row): sessions.update(row, id: row.id)
        case .insertFeedback(let record): feedback.append(record)
        case .insertDecision(let record): decisions.append(record)
        case .insertLog(let entry): logs.append(entry)
        case .insertWorkflowRun(let run): runs.append(run)
        case .setBranch(let event, let branch, let state, let result):
            let key = BranchWrite.Key(event: event, branch: branch)
            latestBranches[key] = BranchWrite(key: key, state: state, result: result.text)
        case .moveCursor(let name, let cursor): latestCursors[name] = cursor
        case .setLease(let name, let state): latestLeases[name] = state
        case .saveModel(let snapshot):
            if snapshot.position >= model?.position ?? 0 { model = snapshot }
        case .endSessions(let revocation): endedSessions.append(revocation)
        case .revoke(let revocation): latestRevocations[revocation.tokens] = revocation
        case .eraseLead(let id, let time): erasedLeads.append((id, time))
        case .eraseEvents(let erasure): erasures.append(erasure)
        case .insertEventSource(let source, let event): sources.append((source, event))
        case .recordConsent(let record):
            consents.append(record)
            latestConsents[record.key] = record
        }
    }

    /// A score goes into the lead where that is written anyway.
    private mutating func add(_ score: OutcomeScore, of id: UniqueID) {
        if var lead = leads[id] {
            lead.score = score.mean
            lead.scoreFactors = score.factors
            lead.scoreVersion += 1
            leads.update(lead, id: id)
        } else {
            let count = (latestScores[id]?.count ?? 0) + 1
            latestScores[id] = ScoreWrite(
                leadID: id, score: score.mean, factors: score.factors, count: count)
        }
    }

    /// Takes in one event.
    mutating func add(_ event: Event) {
        var isUnified = false
        if case .unified = event.data { isUnified = true }
        events.append(
            EncodedEvent(
                id: event.id, name: event.name, subject: event.subject, isUnified: isUnified,
                ownership: event.ownership, about: event.about,
                text: EventJSON.text(event)))
    }

    /// Puts all rows in the order in which they are written.
    mutating func sort() {
        insertedLeads = leads.inserted.map { LeadWrite($0) }.sorted { left, right in
            (left.email ?? "", left.phone ?? "", left.lead.id)
                < (right.email ?? "", right.phone ?? "", right.lead.id)
        }
        updatedLeads = leads.updated.map { LeadWrite($0) }
        scores = latestScores.values.sorted { $0.leadID < $1.leadID }
        branches = latestBranches.values.sorted { $0.key < $1.key }
        cursors = latestCursors.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        leases = latestLeases.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        runs.sort { ($0.key.eventID, $0.key.rule) < ($1.key.eventID, $1.key.rule) }
        consentsNow = latestConsents.values.sorted { $0.key < $1.key }
        sources.sort { $0.source < $1.source }
        kept.sort { $0.name < $1.name }
    }
}
