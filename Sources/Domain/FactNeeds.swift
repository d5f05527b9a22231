// Which facts a command needs, so that they can be loaded for a whole batch at once. What is
// decided with just these is the same as with all facts there are.

/// Whose consent is needed.
package enum PersonReference: Hashable, Sendable {
    /// `leads/<id>` or `users/<id>`.
    case person(ExactText)
    /// The lead behind an opportunity, an order, a delivery, a task or a decision.
    case leadBehind(Subject)

    /// Somebody who is known by name.
    package static func known(_ subject: String) -> PersonReference { .person(ExactText(subject)) }
}

/// A consent record that is needed.
package struct ConsentNeed: Hashable, Sendable {
    package let person: PersonReference
    package let purpose: Purpose

    package init(_ person: PersonReference, _ purpose: Purpose) {
        self.person = person
        self.purpose = purpose
    }
}

/// The facts that the commands of a batch need; sets, to be loaded in any order.
package struct FactNeeds: Equatable, Sendable {
    /// Rows that may be changed.
    package var leads: Set<UniqueID> = []
    package var opportunities: Set<UniqueID> = []
    package var orders: Set<UniqueID> = []
    /// Deliveries that may be changed, each together with its order.
    package var deliveries: Set<UniqueID> = []
    package var tasks: Set<UniqueID> = []
    package var notifications: Set<UniqueID> = []
    package var deadLetters: Set<UniqueID> = []
    package var users: Set<UniqueID> = []
    package var sessions: Set<UniqueID> = []
    /// Names that a user may take.
    package var userNames: Set<ExactText> = []
    package var processors: Set<ProcessorName> = []
    /// Those of them whose lease is asked for.
    package var leases: Set<ProcessorName> = []
    /// Orders whose active delivery is needed.
    package var activeDeliveries: Set<UniqueID> = []
    /// Things that must exist: `Facts.subjects`, and `Facts.leadsBehind` where there is a lead.
    package var subjects: Set<Subject> = []
    /// Things of which must be known whose they are.
    package var owned: Set<Subject> = []
    package var consents: Set<ConsentNeed> = []
    /// Records that are written.
    package var consentsWritten: Set<ConsentKey> = []
    package var workflowRuns: Set<WorkflowRunKey> = []
    /// Normal forms that a lead may take.
    package var emails: Set<ExactText> = []
    package var phones: Set<String> = []
    package var eventSources: Set<EventSource> = []

    package init() {}

    /// Adds what a command needs.
    package mutating func add(_ command: Command) {
        switch command {
        case .createLead(let command):
            if !command.allowDuplicate { add(email: command.email, phone: command.phone) }
        case .updateLead(let command):
            add(patchOf: Subject(.leads, command.id))
            add(email: command.email ?? nil, phone: command.phone ?? nil)
        case .convertLead(let command): add(patchOf: Subject(.leads, command.id))
        case .deleteEntity(let command):
            addRow(of: command.subject)
            if command.subject.kind == .orders { activeDeliveries.insert(command.subject.id) }
        case .publishEvents(let command): add(command)
        case .recordConsent(let command):
            consents.insert(ConsentNeed(.known(command.key.subject), command.key.purpose))
            consentsWritten.insert(command.key)
            if let subject = Subject(command.key.subject) { owned.insert(subject) }
        case .eraseSubject(let command):
            if let lead = command.leadID { leads.insert(lead) }
            consents.insert(ConsentNeed(.known(command.subject), command.consentKey.purpose))
            consentsWritten.insert(command.consentKey)
        case .createOpportunity(let command): add(reference: Subject(.leads, command.leadID))
        case .updateOpportunity(let command): add(patchOf: Subject(.opportunities, command.id))
        case .createOrder(let command):
            add(reference: Subject(.opportunities, command.opportunityID))
        case .updateOrder(let command): add(patchOf: Subject(.orders, command.id))
        case .scheduleDelivery(let command):
            add(patchOf: Subject(.orders, command.orderID))
            activeDeliveries.insert(command.orderID)
        case .updateDelivery(let command): add(patchOf: Subject(.deliveries, command.id))
        case .createTask(let command):
            if let subject = command.subject { add(reference: subject) }
        case .updateTask(let command): add(patchOf: Subject(.tasks, command.id))
        case .giveFeedback(let command): add(reference: command.subject)
        case .updateNotification(let command): notifications.insert(command.id)
        case .decide(let command):
            add(reference: command.subject)
            let person = PersonReference.behind(command.subject)
            for purpose in command.policy.purposes(in: .actions) {
                consents.insert(ConsentNeed(person, purpose))
            }
        case .process(let step): add(step)
        case .leaseProcessor(let command):
            processors.insert(command.processor)
            leases.insert(command.processor)
        case .replayDeadLetter(let command): deadLetters.insert(command.id)
        case .createUser(let command): userNames.insert(ExactText(command.name))
        case .updateUser(let command): users.insert(command.id)
        case .openSession(let command): users.insert(command.userID)
        case .refreshSession(let command):
            users.insert(command.userID)
            sessions.insert(command.sessionID)
        case .endSession(let command): sessions.insert(command.id)
        case .revokeTokens, .saveModel, .recordDenials: break
        }
    }

    private mutating func add(_ command: PublishEvents) {
        for case .success(let item) in command.items {
            if let key = item.event.consentKey {
                consents.insert(ConsentNeed(.known(key.subject), key.purpose))
            }
            if let source = item.source { eventSources.insert(source) }
        }
    }

    private mutating func add(_ step: ProcessorStep) {
        processors.insert(step.processor)
        if let replay = step.replay { deadLetters.insert(replay) }
        guard step.processor != .log, step.processor != .notifications else { return }
        for input in step.inputs {
            if let key = input.consentKey {
                consents.insert(ConsentNeed(.known(key.subject), key.purpose))
                if step.processor != .workflow {
                    for purpose in step.policy.purposes(in: input.isUnified ? .reported : .own) {
                        consents.insert(ConsentNeed(.known(key.subject), purpose))
                    }
                }
            }
            guard step.processor == .workflow else { continue }
            for rule in step.rules where rule.isTriggered(by: input) {
                workflowRuns.insert(WorkflowRunKey(rule: rule.id, eventID: input.id))
                if rule.movesStage, let subject = Subject(input.subject) { add(patchOf: subject) }
            }
        }
    }

    /// A row that is changed, and the consent of whom it is about.
    private mutating func add(patchOf subject: Subject) {
        addRow(of: subject)
        guard subject.kind != .tasks, subject.kind != .decisions, subject.kind != .events
        else { return }
        consents.insert(ConsentNeed(.behind(subject), .contract))
    }

    /// A row that is changed, and whose it is.
    private mutating func addRow(of subject: Subject) {
        switch subject.kind {
        case .leads: leads.insert(subject.id)
        case .opportunities: opportunities.insert(subject.id)
        case .orders: orders.insert(subject.id)
        case .deliveries: deliveries.insert(subject.id)
        case .tasks: tasks.insert(subject.id)
        case .decisions, .events: return
        }
        // A lead's row says whose it is.
        if subject.kind != .leads { owned.insert(subject) }
    }

    /// A thing that must exist, and the consent of whom it is about.
    private mutating func add(reference subject: Subject) {
        subjects.insert(subject)
        owned.insert(subject)
        consents.insert(ConsentNeed(.behind(subject), .contract))
    }

    private mutating func add(email: String?, phone: String?) {
        if let email { emails.insert(LeadField.normalEmail(email)) }
        if let phone, let normal = LeadField.normalPhone(phone) { phones.insert(normal) }
    }
}

extension PersonReference {
    /// The lead itself, or whoever is behind another thing.
    static func behind(_ subject: Subject) -> PersonReference {
        subject.kind == .leads ? .known(subject.text) : .leadBehind(subject)
    }
}
