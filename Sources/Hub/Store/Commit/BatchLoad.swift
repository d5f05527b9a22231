// The first flight of a batch as a list of steps: what is sent, and what each answer means. A step
// that the batch doesn't need is not sent.

import Domain

/// One statement of the first flight.
enum LoadStep: Sendable, Equatable {
    case begin, waitBriefly, transaction, ownKeys, keptAnswers, processors, abandoned, lockPairs
    case consents
    case rows(RowTable)
    case userNames, emails, phones, sources, activeDeliveries, subjects, owners, workflowRuns
}

extension BatchPlan {
    /// Whether the batch waits for locks only briefly.
    var waitsBriefly: Bool { items.contains { $0.waitsBriefly } }

    /// The steps that this batch needs, in their fixed order.
    var loadSteps: [LoadStep] {
        var steps: [LoadStep] = [.begin]
        if waitsBriefly { steps.append(.waitBriefly) }
        if !keys.isEmpty { steps += [.ownKeys, .keptAnswers] }
        if !processors.isEmpty { steps.append(.processors) }
        if !leases.isEmpty { steps.append(.abandoned) }
        if !consents.isEmpty { steps += [.lockPairs, .consents] }
        for table in RowTable.allCases where needsRows(table) { steps.append(.rows(table)) }
        if !userNames.isEmpty { steps.append(.userNames) }
        if !emails.isEmpty { steps.append(.emails) }
        if !phones.isEmpty { steps.append(.phones) }
        if !sources.isEmpty { steps.append(.sources) }
        if !activeDeliveries.isEmpty { steps.append(.activeDeliveries) }
        if !subjects.isEmpty { steps.append(.subjects) }
        if !owned.isEmpty { steps.append(.owners) }
        if !workflowRuns.isEmpty { steps.append(.workflowRuns) }
        return steps + [.transaction]
    }

    /// A delivery that is changed brings its order along.
    private func needsRows(_ table: RowTable) -> Bool {
        !rows(table).isEmpty || (table == .orders && !rows(.deliveries).isEmpty)
    }

    /// The statement of a step, with its parameters.
    func statement(_ step: LoadStep) -> (Statement, [Parameter]) {
        switch step {
        case .begin: (LoadStatements.begin, [])
        case .waitBriefly: (LoadStatements.waitBriefly, [])
        case .transaction: (LoadStatements.transaction, [])
        case .ownKeys:
            (LoadStatements.ownKeys, keyParameters + [.byteas(fingerprints)])
        case .keptAnswers: (LoadStatements.keptAnswers, keyParameters)
        case .processors:
            (LoadStatements.processors, [.texts(processors.map(\.rawValue))])
        case .abandoned: (LoadStatements.abandoned, [.texts(leases.map(\.rawValue))])
        case .lockPairs: (ConsentStatements.lockPairs, pairParameters)
        case .consents:
            (
                consentsWritten.isEmpty
                    ? ConsentStatements.consents : ConsentStatements.consentsToWrite,
                pairParameters
            )
        case .rows(let table):
            (
                RowStatements.load(table),
                table == .orders
                    ? [.uuids(rows(.orders)), .uuids(rows(.deliveries))] : [.uuids(rows(table))]
            )
        case .userNames: (LoadStatements.userNames, [.texts(userNames)])
        case .emails: (LoadStatements.emails, [.texts(emails)])
        case .phones: (LoadStatements.phones, [.texts(phones)])
        case .sources:
            (LoadStatements.sources, [.texts(sources.map(\.source)), .texts(sources.map(\.id))])
        case .activeDeliveries: (LoadStatements.activeDeliveries, [.uuids(activeDeliveries)])
        case .subjects:
            (
                LoadStatements.subjects,
                [.texts(subjects.map(\.kind.rawValue)), .uuids(subjects.map(\.id))]
            )
        case .owners:
            (
                LoadStatements.owners,
                [.texts(owned.map(\.kind.rawValue)), .uuids(owned.map(\.id))]
            )
        case .workflowRuns:
            (
                LoadStatements.workflowRuns,
                [.uuids(workflowRuns.map(\.eventID)), .texts(workflowRuns.map(\.rule))]
            )
        }
    }

    /// The keys as two arrays.
    var keyParameters: [Parameter] {
        [.texts(keys.map(\.principal.text)), .texts(keys.map(\.key.text))]
    }

    /// The needs of consent as five arrays: subject, or kind and id of what it is found through,
    /// purpose, and whether the batch writes it.
    var pairParameters: [Parameter] {
        var subjects: [String?] = []
        var things: [Subject?] = []
        var writes: [Bool] = []
        for need in consents {
            switch need.person {
            case .person(let subject):
                subjects.append(subject.text)
                things.append(nil)
                let key = ConsentKey(subject: subject.text, purpose: need.purpose)
                writes.append(consentsWritten.contains(key))
            case .leadBehind(let thing):
                subjects.append(nil)
                things.append(thing)
                writes.append(false)
            }
        }
        return [
            .texts(subjects), .texts(things.map { $0?.kind.rawValue }),
            .uuids(things.map { $0?.id }), .texts(consents.map(\.purpose.code)), .bools(writes),
        ]
    }
}
