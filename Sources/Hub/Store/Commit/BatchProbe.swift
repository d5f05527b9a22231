// A probe as a list of steps, and which commands of the batch are blocked by what it found. Its
// transaction is rolled back in the same flight.

import Domain

/// One statement of a probe.
enum ProbeStep: Sendable {
    case begin, keys, pairs, consents, leads, rollback
}

extension BatchPlan {
    /// The steps that a probe of this batch needs.
    var probeSteps: [ProbeStep] {
        var steps: [ProbeStep] = [.begin]
        if !keys.isEmpty { steps.append(.keys) }
        if !consents.isEmpty { steps += [.pairs, .consents] }
        if !leads.isEmpty { steps.append(.leads) }
        return steps + [.rollback]
    }

    /// The statement of a step, with its parameters.
    func statement(_ step: ProbeStep) -> (Statement, [Parameter]) {
        switch step {
        case .begin: (LoadStatements.begin, [])
        case .keys: (ProbeStatements.keys, keyParameters)
        case .pairs: (ProbeStatements.pairs, pairParameters + [.bools(pairsWritten)])
        case .consents:
            (
                consentsWritten.isEmpty
                    ? ProbeStatements.consents : ProbeStatements.consentsToWrite,
                pairParameters
            )
        case .leads: (ProbeStatements.leads, [.uuids(leads)])
        case .rollback: (WriteStatements.rollback, [])
        }
    }

    /// The commands, by index, that need something of what is locked.
    func blocked(by locked: LockedFacts) -> Set<Int> {
        var indices: Set<Int> = []
        for (index, item) in items.enumerated() {
            let plan = BatchPlan([item])
            if plan.keys.contains(where: { locked.keys.contains($0) })
                || plan.consents.contains(where: { locked.consents.contains($0) })
                || plan.leads.contains(where: { locked.leads.contains($0) })
            {
                indices.insert(index)
            }
        }
        return indices
    }
}

/// What somebody else has locked.
struct LockedFacts: Sendable {
    var keys: Set<KeyName> = []
    var consents: Set<ConsentKey> = []
    var leads: Set<UniqueID> = []

    /// Takes in the answer to a step.
    mutating func take(_ result: PostgresResult, of step: ProbeStep, in plan: BatchPlan) {
        for row in 0..<result.rowCount {
            switch step {
            case .begin, .rollback: break
            case .keys: keys.insert(plan.keys[Int(result.int64(row, 0)) - 1])
            case .pairs, .consents:
                consents.insert(
                    ConsentKey(
                        subject: result.text(row, 0), purpose: Purpose(code: result.text(row, 1))))
            case .leads: leads.insert(result.uuid(row, 0))
            }
        }
    }
}
