// What `decide` may look at. The Store loads it in one round trip for a whole batch; a later
// command of the batch sees what an earlier one decided, for each decision is applied to it.

/// Rows and records that the commands of a batch need.
package struct Facts: Sendable {
    package var leads: [UniqueID: Lead] = [:]
    /// Those that were deleted, and not erased.
    package var deletedLeads: [UniqueID: Lead] = [:]
    /// By normalised email, those that count as duplicates.
    package var leadsByEmail: [ExactText: UniqueID] = [:]
    /// By normalised phone, those that count as duplicates.
    package var leadsByPhone: [String: UniqueID] = [:]
    package var consents: [ConsentKey: ConsentStatus] = [:]
    /// CloudEvents seen before, with the id of the event they became.
    package var eventSources: [EventSource: UniqueID] = [:]

    package var opportunities: [UniqueID: Opportunity] = [:]
    package var orders: [UniqueID: Order] = [:]
    package var deliveries: [UniqueID: Delivery] = [:]
    /// By order, the delivery that is under way.
    package var activeDeliveries: [UniqueID: UniqueID] = [:]
    package var tasks: [UniqueID: Task] = [:]
    package var notifications: [UniqueID: Notification] = [:]
    /// What is known to exist without its row being needed.
    package var subjects: Set<Subject> = []
    /// The lead that a thing is about, which never changes, where its row is not needed.
    package var leadsBehind: [Subject: UniqueID] = [:]
    /// Owner and team of leads whose row is not needed.
    package var leadOwners: [UniqueID: Ownership] = [:]
    /// Who works on a thing whose row is not needed.
    package var holders: [Subject: String] = [:]
    package var processors: [ProcessorName: ProcessorState] = [:]
    /// Processors whose lease is held by an instance that is gone, of those asked about.
    package var abandoned: Set<ProcessorName> = []
    package var deadLetters: [UniqueID: DeadLetter] = [:]
    package var users: [UniqueID: User] = [:]
    package var usersByName: [ExactText: UniqueID] = [:]
    package var sessions: [UniqueID: UserSession] = [:]
    /// Runs that were made before, of those that might be made now.
    package var workflowRuns: Set<WorkflowRunKey> = []

    package init() {}

    /// Takes in what was just decided.
    package mutating func apply(_ decision: Decision) {
        apply(decision.changes)
    }

    /// Takes in rows that were just decided.
    package mutating func apply(_ changes: [Change]) {
        for change in changes { apply(change) }
    }

    private mutating func apply(_ change: Change) {
        switch change {
        case .insertLead(let lead): insert(lead)
        case .updateLead(let lead): update(lead)
        case .insertEventSource(let source, let event): eventSources[source] = event
        case .recordConsent(let record): consents[record.key] = record.status
        case .eraseLead(let id, _):
            if let old = leads.removeValue(forKey: id) { remove(old) }
            deletedLeads[id] = nil
            subjects.remove(Subject(.leads, id))
        case .insertOpportunity(let row), .updateOpportunity(let row):
            opportunities[row.id] = row.deletedAt == nil ? row : nil
            if row.deletedAt != nil { forget(row.subject) }
        case .insertOrder(let row), .updateOrder(let row):
            orders[row.id] = row.deletedAt == nil ? row : nil
            if row.deletedAt != nil { forget(row.subject) }
        case .insertDelivery(let row), .updateDelivery(let row): put(row)
        case .insertTask(let row):
            tasks[row.id] = row
            if let subject = row.subject.flatMap({ Subject($0) }) {
                leadsBehind[row.reference] = lead(behind: subject)
            }
        case .updateTask(let row):
            tasks[row.id] = row.deletedAt == nil ? row : nil
            if row.deletedAt != nil { forget(row.reference) }
        case .insertNotification(let row), .updateNotification(let row):
            notifications[row.id] = row
        case .insertDecision(let record):
            subjects.insert(Subject(.decisions, record.id))
            leadsBehind[Subject(.decisions, record.id)] = record.leadID
        case .setLeadScore(let id, let score):
            leads[id]?.score = score.mean
            leads[id]?.scoreFactors = score.factors
            leads[id]?.scoreVersion += 1
        case .insertWorkflowRun(let run): workflowRuns.insert(run.key)
        case .insertDeadLetter(let letter), .updateDeadLetter(let letter):
            deadLetters[letter.id] = letter
        case .moveCursor(let name, let cursor): processors[name]?.cursor = cursor
        case .setLease(let name, let state):
            processors[name] = state
            abandoned.remove(name)
        case .endSessions(let revocation): endSessions(revocation)
        case .insertUser(let user), .updateUser(let user):
            users[user.id] = user
            usersByName[ExactText(user.name)] = user.id
        case .insertSession(let session), .updateSession(let session):
            sessions[session.id] = session
        case .insertFeedback, .setBranch, .insertLog, .saveModel, .eraseEvents, .revoke: break
        }
    }

    private mutating func endSessions(_ revocation: Revocation) {
        switch revocation.tokens {
        case .token: return
        case .subject(let name):
            for id in users.keys where users[id].map({ ExactText($0.name) }) == name {
                users[id]?.sessionsSince = revocation.time
            }
        case .session(let name):
            guard let id = UniqueID(name.text), sessions[id]?.endedAt == nil else { return }
            sessions[id]?.endedAt = revocation.time
            sessions[id]?.end = .signedOut
        }
    }

    private mutating func put(_ delivery: Delivery) {
        deliveries[delivery.id] = delivery
        if delivery.status.isActive {
            activeDeliveries[delivery.orderID] = delivery.id
        } else if activeDeliveries[delivery.orderID] == delivery.id {
            activeDeliveries[delivery.orderID] = nil
        }
    }

    private mutating func update(_ lead: Lead) {
        if let old = leads.removeValue(forKey: lead.id) { remove(old) }
        guard lead.deletedAt == nil else {
            deletedLeads[lead.id] = lead
            subjects.remove(Subject(.leads, lead.id))
            return
        }
        insert(lead)
    }

    /// What was deleted is there no longer, and nothing can be made about it.
    private mutating func forget(_ subject: Subject) {
        subjects.remove(subject)
        leadsBehind[subject] = nil
        holders[subject] = nil
    }

    private mutating func insert(_ lead: Lead) {
        leads[lead.id] = lead
        leadOwners[lead.id] = lead.ownership
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
