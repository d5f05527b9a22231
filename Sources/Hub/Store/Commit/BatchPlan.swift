// What a batch of commands needs from Postgres, as sets in the one order in which all batches of
// all instances lock them: idempotency keys, consent, leads; each sorted by key. Pure.

import Domain

/// The keys, rows and records that a batch loads.
struct BatchPlan: Sendable {
    /// The commands, in the order in which they are decided.
    let items: [BatchItem]
    /// The idempotency keys, sorted, each once.
    private(set) var keys: [KeyName] = []
    /// For each key the fingerprint of its first command in the batch.
    private(set) var fingerprints: [[UInt8]] = []
    /// The consent records to look at or to write, sorted.
    private(set) var consents: [ConsentKey] = []
    /// Those of them that the batch writes.
    private(set) var consentsWritten: Set<ConsentKey> = []
    /// The leads to change, sorted.
    private(set) var leads: [UniqueID] = []
    /// The normal forms that a lead of the batch may take, sorted.
    private(set) var emails: [String] = []
    private(set) var phones: [String] = []
    /// The CloudEvents that may have been seen before, sorted.
    private(set) var sources: [EventSource] = []

    /// Gathers what the commands need.
    init(_ items: [BatchItem]) {
        self.items = items
        var needs = Needs()
        for item in items { needs.add(item) }
        keys = needs.fingerprints.keys.sorted()
        fingerprints = keys.map { needs.fingerprints[$0] ?? [] }
        consents = needs.consents.values.sorted()
        consentsWritten = needs.consentsWritten
        leads = needs.leads.sorted()
        emails = needs.emails.sorted()
        phones = needs.phones.sorted()
        sources = needs.sources.sorted()
    }
}

/// The same as sets, while they are gathered.
private struct Needs {
    var fingerprints: [KeyName: [UInt8]] = [:]
    /// By their bytes: to Postgres, texts that look the same may be two.
    var consents: [[UInt8]: ConsentKey] = [:]
    var consentsWritten: Set<ConsentKey> = []
    var leads: Set<UniqueID> = []
    var emails: Set<String> = []
    var phones: Set<String> = []
    var sources: Set<EventSource> = []

    mutating func add(_ item: BatchItem) {
        if let name = item.key, let key = item.request.context.idempotency,
            fingerprints[name] == nil
        {
            fingerprints[name] = key.fingerprint
        }
        guard item.forcedRefusal == nil else { return }
        switch item.request.command {
        case .createLead(let command):
            if !command.allowDuplicate { add(email: command.email, phone: command.phone) }
        case .updateLead(let command):
            leads.insert(command.id)
            add(command.consentKey)
            add(email: command.email ?? nil, phone: command.phone ?? nil)
        case .publishEvents(let command):
            for case .success(let item) in command.items {
                if let key = item.event.consentKey { add(key) }
                if let source = item.source { sources.insert(source) }
            }
        case .recordConsent(let command):
            add(command.key)
            consentsWritten.insert(command.key)
        default: break
        }
    }

    private mutating func add(_ key: ConsentKey) {
        consents[key.exactBytes] = key
    }

    private mutating func add(email: String?, phone: String?) {
        if let email { emails.insert(email.lowercased()) }
        if let phone, let normal = LeadField.normalPhone(phone) { phones.insert(normal) }
    }
}

extension ConsentKey {
    /// What tells two pairs apart in Postgres: Swift takes texts for equal that only look the same.
    var exactBytes: [UInt8] { Array(subject.utf8) + [0] + Array(purpose.code.utf8) }
}
