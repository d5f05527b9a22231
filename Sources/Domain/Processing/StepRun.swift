// The run of one step: each input by itself, its effects taken in whole or not at all, and what
// fails set aside.

/// Why a reaction could not be made.
struct ReactionFailure: Error, Equatable {
    let reason: String
}

/// A step while it is decided.
struct StepRun {
    let step: ProcessorStep
    /// Later inputs see what earlier ones did.
    private(set) var facts: Facts
    let time: Timestamp
    /// How much was learned in this step.
    var learnedCount: UInt64 = 0
    var scratch = ScoringScratch()
    private var decision = Decision(changes: [], events: [], answer: .recorded)
    private var deadLetterCount = 0

    init(step: ProcessorStep, facts: Facts, time: Timestamp) {
        self.step = step
        self.facts = facts
        self.time = time
    }

    /// Reacts to one input; a failure touches nothing but itself.
    mutating func react(to index: Int) {
        let input = step.inputs[index]
        var effects = Effects(of: step, input: index, at: time)
        do throws(ReactionFailure) {
            if let fault = input.fault { throw ReactionFailure(reason: fault) }
            guard case .object = input.fields else {
                throw ReactionFailure(reason: "the event has no data")
            }
            switch step.processor {
            case .log: record(input, into: &effects)
            case _ where input.isErased: passErased(&effects)
            case .compliance: checkCompliance(of: input, into: &effects)
            case .rl: try score(input, into: &effects)
            case .workflow: try runWorkflows(on: input, into: &effects)
            case .notifications: try notify(of: input, into: &effects)
            }
            if let replay = step.replay, var letter = facts.deadLetters[replay] {
                letter.state = .replayed
                letter.updatedAt = time
                effects.changes.append(.updateDeadLetter(letter))
            }
        } catch {
            effects = Effects(of: step, input: index, at: time)
            setAside(input, because: error.reason, into: &effects)
        }
        facts.apply(effects.changes)
        decision.changes += effects.changes
        decision.events += effects.events
    }

    /// Nothing follows from what was erased, but that it was is logged.
    private func passErased(_ effects: inout Effects) {
        let branch: EventBranch? =
            switch step.processor {
            case .compliance: .compliance
            case .rl: .rl
            case .workflow: .workflow
            case .log, .notifications: nil
            }
        guard let branch else { return }
        effects.setBranch(
            branch, .denied, .object([FieldMember("reason", .string("erased"))]))
    }

    /// The decision: all effects, and the cursor's move last.
    func finish() -> Decision {
        var decision = decision
        if step.replay == nil, step.to != step.from {
            decision.changes.append(.moveCursor(step.processor, to: step.to))
        }
        decision.answer = .processed(
            effects: decision.events.count, deadLetters: deadLetterCount)
        return decision
    }

    private mutating func setAside(
        _ input: ProcessorInput, because reason: String, into effects: inout Effects
    ) {
        deadLetterCount += 1
        if let replay = step.replay, var letter = facts.deadLetters[replay] {
            letter.state = .waiting
            letter.attempts += 1
            letter.reason = reason
            letter.updatedAt = time
            effects.changes.append(.updateDeadLetter(letter))
        } else {
            let letter = DeadLetter(
                id: effects.nextID(), processor: step.processor, eventID: input.id,
                position: input.position, reason: reason, attempts: 1, state: .waiting,
                createdAt: time, updatedAt: time)
            effects.changes.append(.insertDeadLetter(letter))
        }
        effects.log(
            .error, step.processor.module,
            "\(step.processor.rawValue) could not deal with \(input.name): \(reason)")
        if let branch = step.processor.branch {
            effects.setBranch(
                branch, .failed, .object([FieldMember("reason", .string(reason))]))
        }
    }
}

extension ProcessorName {
    /// The branch of a reported event that it works on; nil if it has none.
    package var branch: EventBranch? {
        switch self {
        case .compliance: .compliance
        case .rl: .rl
        case .workflow: .workflow
        case .log: .log
        case .notifications: nil
        }
    }

    /// The part of the hub that it speaks for in the log.
    var module: LogModule {
        switch self {
        case .compliance: .compliance
        case .rl: .rl
        case .workflow: .workflow
        case .notifications: .notifications
        case .log: .hub
        }
    }
}
