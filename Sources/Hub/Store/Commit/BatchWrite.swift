// The second flight of a batch as a list of steps: what is sent, and with which parameters. Each
// table is one statement whose parameters are arrays, a column each. Parents come before children,
// and changes before new rows, for a changed row may free what a new one takes.

import Domain

/// One statement of the second flight.
enum WriteStep: Sendable, Equatable {
    case scoreLeads
    case update(RowTable)
    case insert(RowTable)
    case insertFeedback, insertDecisions, upsertBranches, insertRuns, moveCursors
    case setLeases, saveModel, insertConsents, upsertConsentsNow, insertSources, head, notify
    case eraseLeads
    /// One subject's events, by its index.
    case eraseEvents(Int)
    case revoke, notifyAccess, endUsersSessions, endSessions
    case commit
}

extension BatchWrites {
    /// The steps that this batch needs, in their fixed order; the head's is the last that locks.
    var steps: [WriteStep] {
        var steps: [WriteStep] = []
        if !scores.isEmpty { steps.append(.scoreLeads) }
        for table in RowTable.allCases {
            if hasUpdated(table) { steps.append(.update(table)) }
            if hasInserted(table) { steps.append(.insert(table)) }
        }
        if !feedback.isEmpty { steps.append(.insertFeedback) }
        if !decisions.isEmpty { steps.append(.insertDecisions) }
        if !branches.isEmpty { steps.append(.upsertBranches) }
        if !runs.isEmpty { steps.append(.insertRuns) }
        if !cursors.isEmpty { steps.append(.moveCursors) }
        if !leases.isEmpty { steps.append(.setLeases) }
        if model != nil { steps.append(.saveModel) }
        if !consents.isEmpty { steps += [.insertConsents, .upsertConsentsNow] }
        if !sources.isEmpty { steps.append(.insertSources) }
        if !erasedLeads.isEmpty { steps.append(.eraseLeads) }
        if !isEmpty || !logs.isEmpty { steps.append(.head) }
        // Behind the head, so that nobody adds an event that would be missed.
        steps += erasures.indices.map { .eraseEvents($0) }
        if !endedSessions.isEmpty { steps += [.endUsersSessions, .endSessions] }
        if !revocations.isEmpty { steps += [.revoke, .notifyAccess] }
        if !events.isEmpty || !logs.isEmpty { steps.append(.notify) }
        return steps + [.commit]
    }

    private func hasUpdated(_ table: RowTable) -> Bool {
        switch table {
        case .leads: !updatedLeads.isEmpty
        case .opportunities: opportunities.hasUpdated
        case .orders: orders.hasUpdated
        case .deliveries: deliveries.hasUpdated
        case .tasks: tasks.hasUpdated
        case .notifications: notifications.hasUpdated
        case .deadLetters: deadLetters.hasUpdated
        case .users: users.hasUpdated
        case .sessions: sessions.hasUpdated
        }
    }

    private func hasInserted(_ table: RowTable) -> Bool {
        switch table {
        case .leads: !insertedLeads.isEmpty
        case .opportunities: opportunities.hasInserted
        case .orders: orders.hasInserted
        case .deliveries: deliveries.hasInserted
        case .tasks: tasks.hasInserted
        case .notifications: notifications.hasInserted
        case .deadLetters: deadLetters.hasInserted
        case .users: users.hasInserted
        case .sessions: sessions.hasInserted
        }
    }

    /// The statement of a step, with its parameters.
    func statement(_ step: WriteStep) -> (Statement, [Parameter]) {
        switch step {
        case .scoreLeads: (WriteStatements.scoreLeads, scoreParameters)
        case .update(let table): (table.writer.update, updated(table))
        case .insert(let table): (table.writer.insert, inserted(table))
        case .insertFeedback: (FeedbackRow.writer.insert, FeedbackRow.parameters(feedback))
        case .insertDecisions: (DecisionRow.writer.insert, DecisionRow.parameters(decisions))
        case .upsertBranches: (WriteStatements.upsertBranches, branchParameters)
        case .insertRuns: (WriteStatements.insertRuns, runParameters)
        case .moveCursors:
            (
                WriteStatements.moveCursors,
                [
                    .texts(cursors.map(\.processor.rawValue)),
                    .int8s(cursors.map { Int64(clamping: $0.cursor) }),
                ]
            )
        case .setLeases: (WriteStatements.setLeases, leaseParameters)
        case .saveModel: (WriteStatements.saveModel, modelParameters)
        case .insertConsents: (WriteStatements.insertConsents, consentParameters)
        case .upsertConsentsNow:
            (
                WriteStatements.upsertConsentsNow,
                [
                    .texts(consentsNow.map(\.key.subject)),
                    .texts(consentsNow.map(\.key.purpose.code)),
                    .texts(consentsNow.map(\.status.rawValue)),
                ]
            )
        case .insertSources:
            (
                WriteStatements.insertSources,
                [
                    .texts(sources.map(\.source.source)), .texts(sources.map(\.source.id)),
                    .uuids(sources.map(\.event)),
                ]
            )
        case .eraseLeads:
            (
                ErasureStatements.eraseLeads,
                [.uuids(erasedLeads.map(\.id)), .timestamptzs(erasedLeads.map(\.time))]
            )
        case .eraseEvents(let index):
            (ErasureStatements.eraseEvents, ErasureStatements.parameters(erasures[index]))
        case .revoke:
            (RevocationStatements.revoke, RevocationStatements.parameters(revocations))
        case .endUsersSessions:
            (
                RevocationStatements.endUsersSessions,
                RevocationStatements.userParameters(endedSessions)
            )
        case .endSessions:
            (
                RevocationStatements.endSessions,
                RevocationStatements.sessionParameters(endedSessions)
            )
        case .notifyAccess: (AccessStatements.notifyRevoked, [])
        case .head: (WriteStatements.head, headParameters)
        case .notify: (WriteStatements.notify, [])
        case .commit: (WriteStatements.commit, [])
        }
    }

    private func updated(_ table: RowTable) -> [Parameter] {
        switch table {
        case .leads: LeadRow.parameters(updatedLeads)
        case .opportunities: OpportunityRow.parameters(opportunities.updated)
        case .orders: OrderRow.parameters(orders.updated)
        case .deliveries: DeliveryRow.parameters(deliveries.updated)
        case .tasks: TaskRow.parameters(tasks.updated)
        case .notifications: NotificationRow.parameters(notifications.updated)
        case .deadLetters: DeadLetterRow.parameters(deadLetters.updated)
        case .users: UserRow.parameters(users.updated)
        case .sessions: UserSessionRow.parameters(sessions.updated)
        }
    }

    private func inserted(_ table: RowTable) -> [Parameter] {
        switch table {
        case .leads: LeadRow.parameters(insertedLeads)
        case .opportunities: OpportunityRow.parameters(opportunities.inserted)
        case .orders: OrderRow.parameters(orders.inserted)
        case .deliveries: DeliveryRow.parameters(deliveries.inserted)
        case .tasks: TaskRow.parameters(tasks.inserted)
        case .notifications: NotificationRow.parameters(notifications.inserted)
        case .deadLetters: DeadLetterRow.parameters(deadLetters.inserted)
        case .users: UserRow.parameters(users.inserted)
        case .sessions: UserSessionRow.parameters(sessions.inserted)
        }
    }
}

extension RowTable {
    /// The statements that write its rows.
    fileprivate var writer: RowWriter {
        switch self {
        case .leads: LeadRow.writer
        case .opportunities: OpportunityRow.writer
        case .orders: OrderRow.writer
        case .deliveries: DeliveryRow.writer
        case .tasks: TaskRow.writer
        case .notifications: NotificationRow.writer
        case .deadLetters: DeadLetterRow.writer
        case .users: UserRow.writer
        case .sessions: UserSessionRow.writer
        }
    }
}

// MARK: Parameters

extension BatchWrites {
    private var scoreParameters: [Parameter] {
        [
            .uuids(scores.map(\.leadID)), .float8s(scores.map(\.score)),
            .texts(utf8: scores.map { LeadRow.factorsText($0.factors) }),
            .int4s(scores.map { Int32($0.count) }),
        ]
    }

    private var branchParameters: [Parameter] {
        [
            .uuids(branches.map(\.key.event)), .texts(branches.map(\.key.branch.rawValue)),
            .texts(branches.map(\.state.rawValue)), .texts(utf8: branches.map(\.result)),
        ]
    }

    private var runParameters: [Parameter] {
        [
            .uuids(runs.map(\.key.eventID)), .texts(runs.map(\.key.rule)),
            .int4s(runs.map { Int32(clamping: $0.ruleVersion) }),
            .texts(runs.map(\.state.rawValue)),
            .texts(utf8: runs.map { ArrayText.of($0.effects) }), .texts(runs.map(\.reason)),
            .timestamptzs(runs.map(\.time)),
        ]
    }

    private var leaseParameters: [Parameter] {
        [
            .texts(leases.map(\.processor.rawValue)), .uuids(leases.map(\.state.lease)),
            .texts(leases.map(\.state.holder)), .timestamptzs(leases.map(\.state.leasedUntil)),
        ]
    }

    private var modelParameters: [Parameter] {
        [
            .int8(model.map { Int64(clamping: $0.position) }),
            .int8(model.map { Int64(clamping: $0.version) }), .bytea(model?.bytes),
        ]
    }

    private var consentParameters: [Parameter] {
        [
            .uuids(consents.map(\.id)), .texts(consents.map(\.key.subject)),
            .texts(consents.map(\.key.purpose.code)), .texts(consents.map(\.status.rawValue)),
            .texts(consents.map(\.actor)), .timestamptzs(consents.map(\.time)),
        ]
    }

    private var headParameters: [Parameter] {
        [
            .int8(Int64(events.count)), .int8(Int64(audits.count)), .uuids(events.map(\.id)),
            .texts(events.map(\.name)), .texts(events.map(\.subject)),
            .bools(events.map(\.isUnified)), .texts(utf8: events.map(\.text)),
            .uuids(audits.map(\.id)), .texts(audits.map(\.userID)), .texts(audits.map(\.action)),
            .texts(audits.map(\.resource)), .timestamptzs(audits.map(\.time)),
            .bools(audits.map(\.success)), .texts(audits.map(\.layer.rawValue)),
            .texts(audits.map(\.reason)), .texts(audits.map(\.traceID)),
            .int4s(audits.map { Int32(clamping: $0.count) }),
            .texts(kept.map(\.name.principal.text)), .texts(kept.map(\.name.key.text)),
            .int2s(kept.map { Int16($0.status) }), .int4s(kept.map { $0.event.map(Int32.init) }),
            .texts(utf8: kept.map(\.answer)), .int8(Int64(logs.count)),
        ] + LogRow.parameters(logs) + [
            .texts(events.map(\.ownership.owner)), .texts(events.map(\.ownership.team)),
            .texts(events.map(\.ownership.holder)), .uuids(events.map(\.about)),
        ]
    }
}
