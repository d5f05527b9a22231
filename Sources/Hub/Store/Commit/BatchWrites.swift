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
    /// The CloudEvent's text.
    let text: [UInt8]
}

/// A lead with its normal forms, which cost more than a comparison.
struct LeadWrite: Sendable, Equatable {
    let lead: Lead
    let email: String?
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

/// Everything that one transaction writes.
struct BatchWrites: Sendable {
    /// New leads, sorted by normal forms.
    private(set) var insertedLeads: [LeadWrite] = []
    /// Changed leads, sorted by id.
    private(set) var updatedLeads: [LeadWrite] = []
    /// The history, in the order of deciding.
    private(set) var consents: [ConsentRecord] = []
    /// What holds now, sorted, each pair once.
    private(set) var consentsNow: [ConsentRecord] = []
    /// CloudEvents seen, sorted.
    private(set) var sources: [(source: EventSource, event: UniqueID)] = []
    /// The events, in the order of their positions.
    private(set) var events: [EncodedEvent] = []
    /// The audit trail's lines, in order.
    var audits: [AuditEntry] = []
    /// Answers kept, sorted by key after `sort()`.
    var kept: [KeptWrite] = []

    private var inserted: [UniqueID: Lead] = [:]
    private var updated: [UniqueID: Lead] = [:]
    private var latestConsents: [[UInt8]: ConsentRecord] = [:]

    /// Nothing to write, and so nothing that could be lost.
    var isEmpty: Bool { audits.isEmpty && events.isEmpty && kept.isEmpty }

    /// Takes in one change; a later one of the same row replaces it.
    mutating func add(_ change: Change) {
        switch change {
        case .insertLead(let lead): inserted[lead.id] = lead
        case .updateLead(let lead):
            if inserted[lead.id] != nil {
                inserted[lead.id] = lead
            } else {
                updated[lead.id] = lead
            }
        case .insertEventSource(let source, let event): sources.append((source, event))
        case .recordConsent(let record):
            consents.append(record)
            latestConsents[record.key.exactBytes] = record
        default: preconditionFailure("no table for \(change)")
        }
    }

    /// Takes in one event.
    mutating func add(_ event: Event) {
        var isUnified = false
        if case .unified = event.data { isUnified = true }
        events.append(
            EncodedEvent(
                id: event.id, name: event.name, subject: event.subject, isUnified: isUnified,
                text: EventJSON.text(event)))
    }

    /// Puts all rows in the order in which they are written.
    mutating func sort() {
        insertedLeads = inserted.values.map { LeadWrite($0) }.sorted { left, right in
            (left.email ?? "", left.phone ?? "", left.lead.id)
                < (right.email ?? "", right.phone ?? "", right.lead.id)
        }
        updatedLeads = updated.values.map { LeadWrite($0) }.sorted { $0.lead.id < $1.lead.id }
        consentsNow = latestConsents.values.sorted { $0.key < $1.key }
        sources.sort { $0.source < $1.source }
        kept.sort { $0.name < $1.name }
    }
}
