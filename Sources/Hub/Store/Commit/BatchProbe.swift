// A probe as a list of steps, and which commands of the batch are blocked by what it found. Its
// transaction is rolled back in the same flight.

import Domain

/// One statement of a probe.
enum ProbeStep: Sendable {
    case begin, keys, processors, pairs, consents
    case rows(RowTable)
    case rollback
}

extension BatchPlan {
    /// The steps that a probe of this batch needs.
    var probeSteps: [ProbeStep] {
        var steps: [ProbeStep] = [.begin]
        if !keys.isEmpty { steps.append(.keys) }
        if !processors.isEmpty { steps.append(.processors) }
        if !consents.isEmpty { steps += [.pairs, .consents] }
        for table in RowTable.allCases where !rows(table).isEmpty { steps.append(.rows(table)) }
        return steps + [.rollback]
    }

    /// The statement of a step, with its parameters.
    func statement(_ step: ProbeStep) -> (Statement, [Parameter]) {
        switch step {
        case .begin: (LoadStatements.begin, [])
        case .keys: (ProbeStatements.keys, keyParameters)
        case .processors:
            (ProbeStatements.processors, [.texts(processors.map(\.rawValue))])
        case .pairs: (ConsentStatements.probePairs, pairParameters)
        case .consents:
            (
                consentsWritten.isEmpty
                    ? ConsentStatements.probeConsents : ConsentStatements.probeConsentsToWrite,
                pairParameters
            )
        case .rows(let table): (RowStatements.probe(table), [.uuids(rows(table))])
        case .rollback: (WriteStatements.rollback, [])
        }
    }

    /// The commands, by index, that need something of what is locked.
    func blocked(by locked: LockedFacts) -> Set<Int> {
        var indices: Set<Int> = []
        for (index, item) in items.enumerated() where locked.touch(BatchPlan([item])) {
            indices.insert(index)
        }
        return indices
    }
}

/// What somebody else has locked.
struct LockedFacts: Sendable {
    var keys: Set<KeyName> = []
    var processors: Set<ProcessorName> = []
    var consents: Set<ConsentNeed> = []
    var rows: [RowTable: Set<UniqueID>] = [:]

    /// Takes in the answer to a step.
    mutating func take(_ result: PostgresResult, of step: ProbeStep, in plan: BatchPlan) {
        for row in 0..<result.rowCount {
            switch step {
            case .begin, .rollback: break
            case .keys: keys.insert(plan.keys[Int(result.int64(row, 0)) - 1])
            case .processors: processors.insert(result.word(row, 0))
            case .pairs, .consents:
                consents.insert(plan.consents[Int(result.int64(row, 0)) - 1])
            case .rows(let table): rows[table, default: []].insert(result.uuid(row, 0))
            }
        }
    }

    /// Whether a plan needs any of it.
    fileprivate func touch(_ plan: BatchPlan) -> Bool {
        plan.keys.contains { keys.contains($0) }
            || plan.processors.contains { processors.contains($0) }
            || plan.consents.contains { consents.contains($0) }
            || rows.contains { table, ids in plan.rows(table).contains { ids.contains($0) } }
    }
}
