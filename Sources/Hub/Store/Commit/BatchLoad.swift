// The first flight of a batch as a list of steps: what is sent, and what each answer means. A step
// that the batch doesn't need is not sent.

import Domain

/// One statement of the first flight.
enum LoadStep: Sendable {
    case begin, waitBriefly, transaction, ownKeys, keptAnswers, lockPairs, consents, leads, emails
    case phones, sources
}

extension BatchPlan {
    /// Whether the batch waits for locks only briefly.
    var waitsBriefly: Bool { items.contains { $0.waitsBriefly } }

    /// The steps that this batch needs, in their fixed order.
    var loadSteps: [LoadStep] {
        var steps: [LoadStep] = [.begin]
        if waitsBriefly { steps.append(.waitBriefly) }
        if !keys.isEmpty { steps += [.ownKeys, .keptAnswers] }
        if !consents.isEmpty { steps += [.lockPairs, .consents] }
        if !leads.isEmpty { steps.append(.leads) }
        if !emails.isEmpty { steps.append(.emails) }
        if !phones.isEmpty { steps.append(.phones) }
        if !sources.isEmpty { steps.append(.sources) }
        return steps + [.transaction]
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
        case .lockPairs:
            (LoadStatements.lockPairs, pairParameters + [.bools(pairsWritten)])
        case .consents:
            (
                consentsWritten.isEmpty
                    ? LoadStatements.consents : LoadStatements.consentsToWrite, pairParameters
            )
        case .leads: (LoadStatements.leads, [.uuids(leads)])
        case .emails: (LoadStatements.emails, [.texts(emails)])
        case .phones: (LoadStatements.phones, [.texts(phones)])
        case .sources:
            (LoadStatements.sources, [.texts(sources.map(\.source)), .texts(sources.map(\.id))])
        }
    }

    /// The keys as two arrays.
    var keyParameters: [Parameter] {
        [.texts(keys.map(\.principal)), .texts(keys.map(\.key))]
    }

    /// The pairs of consent as two arrays.
    var pairParameters: [Parameter] {
        [.texts(consents.map(\.subject)), .texts(consents.map(\.purpose.code))]
    }

    /// For each pair whether the batch writes it.
    var pairsWritten: [Bool] { consents.map { consentsWritten.contains($0) } }
}

extension LoadedFacts {
    /// Takes in the answer to a step; the transaction's name is read elsewhere.
    mutating func take(_ result: PostgresResult, of step: LoadStep) {
        for row in 0..<result.rowCount {
            switch step {
            case .begin, .waitBriefly, .transaction, .lockPairs: break
            case .ownKeys:
                ownedKeys.insert(
                    KeyName(principal: result.text(row, 0), key: result.text(row, 1)))
            case .keptAnswers: takeKeptAnswer(result, row)
            case .consents:
                let key = ConsentKey(
                    subject: result.text(row, 0), purpose: Purpose(code: result.text(row, 1)))
                // Of texts that look the same, a withdrawal under any binds.
                if facts.consents[key] != .withdrawn {
                    facts.consents[key] = ConsentStatus(rawValue: result.text(row, 2))
                }
            case .leads: add(LeadRow.lead(result, row))
            case .emails: facts.leadsByEmail[result.text(row, 0)] = result.uuid(row, 1)
            case .phones: facts.leadsByPhone[result.text(row, 0)] = result.uuid(row, 1)
            case .sources:
                let source = EventSource(source: result.text(row, 0), id: result.text(row, 1))
                facts.eventSources[source] = result.uuid(row, 2)
            }
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
