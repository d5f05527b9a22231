// What all entities' commands share: the race for a version, the event of a change, and whether a
// body's reference names something.

/// A patch's checks that are the same for every entity.
enum Patch {
    /// A lost race is 412.
    static func check(_ accepted: [Int]?, current: Int) throws(Refusal) {
        if let accepted, !accepted.contains(current) {
            throw .preconditionFailed(currentVersion: current)
        }
    }
}

extension Event {
    /// The event of a command: who, in which trace, and when are the command's.
    init(
        id: UniqueID, name: String, subject: String, data: EventData, of ownership: Ownership,
        by context: CommandContext, at time: Timestamp
    ) {
        self.init(
            id: id, name: name, subject: subject, time: time, actor: context.principal.subject,
            traceparent: context.trace.traceparent, data: data, ownership: ownership)
    }
}

extension Facts {
    /// Refuses a reference of a body that names nothing.
    func require(_ subject: Subject, field: String) throws(Refusal) {
        guard exists(subject) else { throw Facts.namesNothing(field) }
    }

    static func namesNothing(_ field: String) -> Refusal {
        .invalidField(field, "names nothing that exists")
    }

    /// Whether there is such a thing, made earlier in the batch or before.
    func exists(_ subject: Subject) -> Bool {
        switch subject.kind {
        case .leads: leads[subject.id] != nil || subjects.contains(subject)
        case .opportunities: opportunities[subject.id] != nil || subjects.contains(subject)
        case .orders: orders[subject.id] != nil || subjects.contains(subject)
        case .deliveries: deliveries[subject.id] != nil || subjects.contains(subject)
        case .tasks: tasks[subject.id] != nil || subjects.contains(subject)
        case .decisions, .events: subjects.contains(subject)
        }
    }

    /// The lead that a thing is about; nil when it is about nobody, or nobody known.
    func lead(behind subject: Subject) -> UniqueID? {
        switch subject.kind {
        case .leads: subject.id
        case .opportunities: opportunities[subject.id]?.leadID ?? leadsBehind[subject]
        case .orders: orders[subject.id]?.leadID ?? leadsBehind[subject]
        case .deliveries: deliveries[subject.id]?.leadID ?? leadsBehind[subject]
        case .tasks, .decisions, .events: leadsBehind[subject]
        }
    }

    /// Refuses what concerns a lead who has withdrawn from the contract.
    func checkConsent(ofLead lead: UniqueID?) throws(Refusal) {
        guard let lead else { return }
        let key = ConsentKey(subject: Lead.subject(lead), purpose: .contract)
        try ConsentGate.check(record: consents[key], key: key)
    }
}
