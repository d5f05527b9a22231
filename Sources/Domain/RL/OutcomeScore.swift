// The score of a lead, an opportunity, an order or an event: how likely a good outcome is. A model
// with one arm for each kind of subject, taught by the feedback on its subjects.

/// An estimate of P(good outcome) with what it rests on.
package struct OutcomeScore: Equatable, Sendable {
    /// The posterior mean, from 0 to 1.
    package let mean: Double
    /// Where the mean lies with 95 %, from 0 to 1.
    package let interval: ClosedRange<Double>
    /// The greatest contributions, at most `factorsMax`.
    package let factors: [Contribution]
    /// The version of the model that made it.
    package let version: UInt64
    /// Whether anything was learned about this kind of subject.
    package let isLearned: Bool

    package static let factorsMax = 5
    /// The one action of these models.
    package static let action = "outcome"
    /// The score where nothing was learned, with an interval that says so; nothing is drawn by it.
    package static let unknownMean = 0.5
    static let intervalDeviations = 1.96

    /// The name of the model for a kind of subject, such as `leads`.
    package static func modelName(kind: String) -> String {
        "outcome/" + kind
    }

    /// What to remember of a score, so that feedback on the subject teaches.
    package static func logged(
        subject: UniqueID, kind: String, features: Features
    ) -> LoggedDecision {
        LoggedDecision(
            id: subject, model: modelName(kind: kind), features: features, action: action,
            propensity: 1)
    }

    /// The interval about a mean, cut to 0…1.
    static func interval(mean: Double, deviation: Double) -> ClosedRange<Double> {
        let reach = intervalDeviations * deviation
        return clip(mean - reach)...clip(mean + reach)
    }

    static func clip(_ value: Double) -> Double {
        min(max(value, 0), 1)
    }
}

extension ModelState {
    /// Scores a subject of a kind.
    package func score(
        kind: String, _ features: Features, scratch: inout ScoringScratch
    ) -> OutcomeScore {
        let model = model(OutcomeScore.modelName(kind: kind))
        model.estimate(features, actions: [OutcomeScore.action], into: &scratch)
        let estimate = scratch.estimates[0]
        guard estimate.isLearned else {
            return OutcomeScore(
                mean: OutcomeScore.unknownMean, interval: 0...1, factors: [], version: version,
                isLearned: false)
        }
        return OutcomeScore(
            mean: OutcomeScore.clip(estimate.mean),
            interval: OutcomeScore.interval(mean: estimate.mean, deviation: estimate.deviation),
            factors: model.contributions(
                scratch.vector, action: OutcomeScore.action, countMax: OutcomeScore.factorsMax),
            version: version, isLearned: true)
    }
}
