// What the agent is asked, and what it answers.

/// Whether the answer is acted upon.
package enum DecisionMode: String, Sendable {
    /// It is.
    case live
    /// It is only logged, beside what is really done.
    case shadow
}

/// One question to the agent.
package struct DecisionRequest: Equatable, Sendable {
    /// Such as `orders/<uuid>`.
    package let subject: String
    package let features: Features
    /// The candidates, each once, in the order of preference that rules go by.
    package let actions: [String]
    package let mode: DecisionMode

    /// Of an action that is named twice the first counts; the agent's own `no_action` is none.
    package init(subject: String, features: Features, actions: [String], mode: DecisionMode) {
        self.subject = subject
        self.features = features
        self.mode = mode
        var seen: Set<String> = [AgentDecision.noAction]
        self.actions = actions.filter { seen.insert($0).inserted }
    }

    /// The name of the model that answers: the subject's kind.
    package var model: String {
        subject.split(separator: "/", maxSplits: 1).first.map(String.init) ?? ""
    }
}

/// An action that may not be taken.
package struct Exclusion: Equatable, Sendable {
    package let action: String
    /// The id of the rule that forbids it.
    package let rule: String

    package init(action: String, rule: String) {
        self.action = action
        self.rule = rule
    }
}

/// A version of the agent's policy; a version never changes.
package struct AgentPolicy: Equatable, Sendable {
    /// How a choice is made.
    package enum Method: String, Sendable {
        /// By what was learned.
        case learned
        /// The first allowed action of the request: the kill switch.
        case rules
    }

    package let id: String
    package let version: UInt64
    package let method: Method

    package init(id: String, version: UInt64, method: Method) {
        self.id = id
        self.version = version
        self.method = method
    }

    /// The policy that the program ships with.
    package static let standard = AgentPolicy(id: "standard", version: 1, method: .learned)
}

/// What the agent says about one candidate.
package struct ActionAnswer: Equatable, Sendable {
    package let action: String
    /// The expected reward from 0 to 1; nil if it was excluded, for then it is not scored.
    package let score: Double?
    /// Where the expected reward lies with 95 %.
    package let interval: ClosedRange<Double>?
    /// Whether the action was ever learned from; if not, its score is what the prior says.
    package let isLearned: Bool
    /// The chance that it had; 0 if it was excluded.
    package let propensity: Double
    /// The rule that excluded it.
    package let excludedBy: String?
}

/// The answer.
package struct AgentDecision: Equatable, Sendable {
    /// The action when every candidate was excluded, or there was none.
    package static let noAction = "no_action"

    package let action: String
    /// The chance that the action had.
    package let probability: Double
    /// Every candidate, in the order of the request.
    package let actions: [ActionAnswer]
    /// What the features add to the score of the action, the greatest first.
    package let explanation: [Contribution]
    package let mode: DecisionMode
    package let policyID: String
    package let policyVersion: UInt64
    /// Version and position of the model that answered.
    package let modelVersion: UInt64
    package let modelPosition: UInt64
    /// Whether nothing learned stood behind the choice.
    package let isFallback: Bool
}
