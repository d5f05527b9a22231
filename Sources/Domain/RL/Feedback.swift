// What is remembered of a decision until somebody says how it went, and what they say. The reward
// is joined by the decision's id; one decision has one reward, the last that was given.

/// A decision, or a score, as far as learning needs it: who was chosen knowing what.
package struct LoggedDecision: Equatable, Sendable {
    /// The decision's id; for a score the id of its subject.
    package let id: UniqueID
    /// The model that it came from: the name of an action set, or of a kind of subject.
    package let model: String
    package let features: Features
    package let action: String
    /// The chance that the action had when it was drawn, for evaluation off line.
    package let propensity: Double

    package init(
        id: UniqueID, model: String, features: Features, action: String, propensity: Double
    ) {
        self.id = id
        self.model = model
        self.features = features
        self.action = action
        self.propensity = propensity
    }
}

/// Somebody's word on how a decision went.
package struct Feedback: Equatable, Sendable {
    package let id: UniqueID
    /// The id of the decision, or of the scored subject.
    package let decision: UniqueID
    /// From −1 to 1.
    package let reward: Double

    /// A reward beyond the range is brought into it; one that is not a number is 0.
    package init(id: UniqueID, decision: UniqueID, reward: Double) {
        self.id = id
        self.decision = decision
        self.reward = reward.isNaN ? 0 : min(max(reward, -1), 1)
    }

    /// The reward, if given, else what a rating from 1 to 5 says of it; nil with neither.
    package static func reward(rating: Int?, reward: Double?) -> Double? {
        reward ?? rating.map { Double($0 - 3) / 2 }
    }
}

/// What became of a piece of feedback.
package enum LearningOutcome: Equatable, Sendable {
    case learned
    /// The decision had a reward already, which this one replaces.
    case corrected
    /// Seen before, or from a position that the model has passed.
    case duplicate
    /// About a decision that was never remembered, or is remembered no longer.
    case unknownDecision
    /// The model has no room for another action.
    case modelFull
}
