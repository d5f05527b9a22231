// What the scorer tells: the score of something, and what became of feedback. The model is folded
// from these events alone, so they carry all that it needs.

/// A score that was made for an event.
package struct ScoreRecord: Equatable, Sendable {
    package let eventID: UniqueID
    /// What was scored.
    package let subject: String
    package let score: OutcomeScore
    package let features: Features

    package init(eventID: UniqueID, subject: String, score: OutcomeScore, features: Features) {
        self.eventID = eventID
        self.subject = subject
        self.score = score
        self.features = features
    }
}

/// What became of feedback.
package struct LearningRecord: Equatable, Sendable {
    package let feedbackID: UniqueID
    /// What the feedback was about: `decisions/<id>`, or something that was scored.
    package let subject: String
    /// The decision, if it was about one.
    package let decisionID: UniqueID?
    /// −1 to 1; nil when the feedback was a comment alone.
    package let reward: Double?
    /// Whether the model learns it: the decision or the score is still remembered.
    package let isLearned: Bool
    /// The model's version with it.
    package let modelVersion: UInt64

    package init(
        feedbackID: UniqueID, subject: String, decisionID: UniqueID?, reward: Double?,
        isLearned: Bool, modelVersion: UInt64
    ) {
        self.feedbackID = feedbackID
        self.subject = subject
        self.decisionID = decisionID
        self.reward = reward
        self.isLearned = isLearned
        self.modelVersion = modelVersion
    }
}
