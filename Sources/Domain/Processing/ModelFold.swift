// The model as a fold of the log: decisions and scores are remembered, and what was learned is
// learned. Every instance that folds the same events has the same model to the bit.

/// The fold.
package enum ModelFold {
    /// Whether an event of this name is folded; all others only move the position.
    package static func takes(_ name: String, isUnified: Bool) -> Bool {
        !isUnified && (name == "decision_made" || name == "rl_scored" || name == "rl_updated")
    }

    /// Folds in one event; one that can't be read teaches nothing.
    package static func fold(_ input: ProcessorInput, into state: inout ModelState) {
        guard takes(input.name, isUnified: input.isUnified), let subject = Subject(input.subject)
        else {
            state.advance(to: input.position)
            return
        }
        switch input.name {
        case "decision_made":
            if let decision = decision(input) {
                state.remember(decision, position: input.position)
            }
        case "rl_scored":
            // Feedback never comes for a reported event, so its score need not be remembered.
            if subject.kind != .events {
                state.remember(
                    OutcomeScore.logged(
                        subject: subject.id, kind: subject.kind.rawValue,
                        features: features(input.fields["features"])),
                    position: input.position)
            }
        default:
            if let feedback = feedback(input, about: subject) {
                state.learn(feedback, position: input.position)
            }
        }
        state.advance(to: input.position)
    }

    private static func decision(_ input: ProcessorInput) -> LoggedDecision? {
        guard let id = input.fields["id"]?.string.flatMap({ UniqueID($0) }),
            let action = input.fields["action"]?.string, action != AgentDecision.noAction,
            input.fields["mode"]?.string == DecisionMode.live.rawValue,
            let propensity = input.fields["probability"]?.number
        else { return nil }
        return LoggedDecision(
            id: id, model: String(input.subject.prefix { $0 != "/" }),
            features: SubjectFeatures.ofContext(input.fields["context"] ?? .null),
            action: action, propensity: propensity)
    }

    private static func feedback(_ input: ProcessorInput, about subject: Subject) -> Feedback? {
        guard input.fields["learned"]?.bool == true,
            let id = input.fields["feedback"]?.string.flatMap({ UniqueID($0) }),
            let reward = input.fields["reward"]?.number
        else { return nil }
        return Feedback(id: id, decision: subject.id, reward: reward)
    }

    /// Features as `rl_scored` shows them: an object of numbers and texts.
    private static func features(_ value: FieldValue?) -> Features {
        guard case .object(let members)? = value else { return .none }
        return Features(
            members.compactMap { member in
                switch member.value {
                case .number(let number, _): Feature(member.name, number)
                case .string(let text): Feature(member.name, text)
                default: nil
                }
            })
    }
}
