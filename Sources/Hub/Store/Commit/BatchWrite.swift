// The second flight of a batch as a list of steps: what is sent, and with which parameters. Each
// table is one statement whose parameters are arrays, a column each.

import Domain

/// One statement of the second flight.
enum WriteStep: Sendable, Equatable {
    case updateLeads, insertLeads, insertConsents, upsertConsentsNow, insertSources, head, notify
    case commit
}

extension BatchWrites {
    /// The steps that this batch needs, in their fixed order; the head's is the last that locks.
    var steps: [WriteStep] {
        var steps: [WriteStep] = []
        if !updatedLeads.isEmpty { steps.append(.updateLeads) }
        if !insertedLeads.isEmpty { steps.append(.insertLeads) }
        if !consents.isEmpty { steps += [.insertConsents, .upsertConsentsNow] }
        if !sources.isEmpty { steps.append(.insertSources) }
        if !isEmpty { steps.append(.head) }
        if !events.isEmpty { steps.append(.notify) }
        return steps + [.commit]
    }

    /// The statement of a step, with its parameters.
    func statement(_ step: WriteStep) -> (Statement, [Parameter]) {
        switch step {
        case .updateLeads:
            (WriteStatements.updateLeads, BatchWrites.parameters(updatedLeads))
        case .insertLeads:
            (WriteStatements.insertLeads, BatchWrites.parameters(insertedLeads))
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
        case .head: (WriteStatements.head, headParameters)
        case .notify: (WriteStatements.notify, [])
        case .commit: (WriteStatements.commit, [])
        }
    }

    private static func parameters(_ writes: [LeadWrite]) -> [Parameter] {
        let leads = writes.map(\.lead)
        return [
            .uuids(leads.map(\.id)), .texts(leads.map(\.name)), .texts(leads.map(\.email)),
            .texts(writes.map(\.email)), .texts(leads.map(\.phone)),
            .texts(writes.map(\.phone)), .texts(leads.map(\.company)),
            .texts(leads.map(\.source)), .texts(leads.map(\.owner)), .texts(leads.map(\.team)),
            .texts(utf8: leads.map { LeadRow.tagsText($0.tags) }), .float8s(leads.map(\.score)),
            .texts(leads.map(\.status.rawValue)), .bools(leads.map(\.duplicateAllowed)),
            .int4s(leads.map { Int32($0.version) }), .timestamptzs(leads.map(\.createdAt)),
            .timestamptzs(leads.map(\.updatedAt)),
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
            .texts(kept.map(\.name.principal)), .texts(kept.map(\.name.key)),
            .int2s(kept.map { Int16($0.status) }), .int4s(kept.map { $0.event.map(Int32.init) }),
            .texts(utf8: kept.map(\.answer)),
        ]
    }
}
