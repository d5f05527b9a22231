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
        guard lead.deletedAt == nil else {
            facts.deletedLeads[lead.id] = lead
            return
        }
        facts.leads[lead.id] = lead
        guard !lead.duplicateAllowed else { return }
        if let normal = lead.emailNormal { facts.leadsByEmail[normal] = lead.id }
        if let normal = lead.phoneNormal { facts.leadsByPhone[normal] = lead.id }
    }

    /// Takes in the answer to a step; the transaction's name is read elsewhere.
    mutating func take(_ result: PostgresResult, of step: LoadStep) {
        for row in 0..<result.rowCount { take(result, row, of: step) }
    }

    private mutating func take(_ result: PostgresResult, _ row: Int, of step: LoadStep) {
        switch step {
        case .begin, .waitBriefly, .transaction, .lockPairs: break
        case .ownKeys:
            ownedKeys.insert(KeyName(principal: result.text(row, 0), key: result.text(row, 1)))
        case .keptAnswers: takeKeptAnswer(result, row)
        case .processors:
            let (name, state) = ProcessorRow.processor(result, row)
            facts.processors[name] = state
        case .abandoned: facts.abandoned.insert(result.word(row, 0))
        case .consents:
            let key = ConsentKey(
                subject: result.text(row, 0), purpose: Purpose(code: result.text(row, 1)))
            facts.consents[key] = ConsentStatus(rawValue: result.text(row, 2))
        case .rows(let table): takeRow(of: table, result, row)
        case .userNames: facts.usersByName[ExactText(result.text(row, 0))] = result.uuid(row, 1)
        case .emails: facts.leadsByEmail[ExactText(result.text(row, 0))] = result.uuid(row, 1)
        case .phones: facts.leadsByPhone[result.text(row, 0)] = result.uuid(row, 1)
        case .sources:
            let source = EventSource(source: result.text(row, 0), id: result.text(row, 1))
            facts.eventSources[source] = result.uuid(row, 2)
        case .activeDeliveries:
            facts.activeDeliveries[result.uuid(row, 0)] = result.uuid(row, 1)
        case .subjects:
            guard let kind = EntityKind(rawValue: result.text(row, 0)) else { return }
            let subject = Subject(kind, result.uuid(row, 1))
            facts.subjects.insert(subject)
            if !result.isNull(row, 2) { facts.leadsBehind[subject] = result.uuid(row, 2) }
        case .owners: takeOwner(result, row)
        case .workflowRuns:
            facts.workflowRuns.insert(
                WorkflowRunKey(rule: result.text(row, 1), eventID: result.uuid(row, 0)))
        }
    }

    private mutating func takeOwner(_ result: PostgresResult, _ row: Int) {
        guard let kind = EntityKind(rawValue: result.text(row, 0)) else { return }
        let subject = Subject(kind, result.uuid(row, 1))
        facts.holders[subject] = result.optionalText(row, 3)
        guard let lead = result.optionalUUID(row, 2) else { return }
        facts.leadsBehind[subject] = lead
        facts.leadOwners[lead] = Ownership(
            owner: result.optionalText(row, 4), team: result.optionalText(row, 5))
    }

    private mutating func takeRow(of table: RowTable, _ result: PostgresResult, _ row: Int) {
        switch table {
        case .leads: add(LeadRow.lead(result, row))
        case .opportunities:
            let opportunity = OpportunityRow.opportunity(result, row)
            facts.opportunities[opportunity.id] = opportunity
        case .orders:
            let order = OrderRow.order(result, row)
            facts.orders[order.id] = order
        case .deliveries:
            let delivery = DeliveryRow.delivery(result, row)
            facts.deliveries[delivery.id] = delivery
        case .tasks:
            let task = TaskRow.task(result, row)
            facts.tasks[task.id] = task
        case .notifications:
            let notification = NotificationRow.notification(result, row)
            facts.notifications[notification.id] = notification
        case .deadLetters:
            let letter = DeadLetterRow.deadLetter(result, row)
            facts.deadLetters[letter.id] = letter
        case .users:
            let user = UserRow.user(result, row)
            facts.users[user.id] = user
        case .sessions:
            let session = UserSessionRow.session(result, row)
            facts.sessions[session.id] = session
        }
    }

    private mutating func takeKeptAnswer(_ result: PostgresResult, _ row: Int) {
        let content: KeptAnswer.Content
        if !result.isNull(row, 4) {
            content = .answer(result.bytes(row, 4))
        } else if !result.isNull(row, 5) {
            content = .event(
                id: result.uuid(row, 5), isUnified: result.bool(row, 6), text: result.bytes(row, 7))
        } else {
            content = .answer([])
        }
        let name = KeyName(principal: result.text(row, 0), key: result.text(row, 1))
        keptAnswers[name] = KeptAnswer(
            fingerprint: result.bytes(row, 2), status: Int(result.int64(row, 3)), content: content)
    }
}
