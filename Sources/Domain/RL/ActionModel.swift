// The contextual bandit of one set of actions: a feature space that they share and an arm each.
// Scoring fills a scratch that is used again, and allocates nothing.

/// What an action is expected to bring.
package struct ActionEstimate: Equatable, Sendable {
    /// The posterior mean of the reward, on the scale 0 (worst) to 1 (best); not clipped.
    package let mean: Double
    /// The deviation of that mean, in units of the noise: what exploration works with.
    package let spread: Double
    /// The deviation of that mean on the scale of the reward: what an interval is made of.
    package let deviation: Double
    /// Whether the action was ever learned from.
    package let isLearned: Bool
}

/// Room for the arithmetic of one score, used again and again.
package struct ScoringScratch: Sendable {
    package var vector = FeatureVector()
    /// One estimate for each action asked for, in their order.
    package internal(set) var estimates: [ActionEstimate] = []
    /// The chance of each action asked for; they sum to 1.
    package internal(set) var propensities: [Double] = []
    var quadrature = BestArmProbabilities()
    var centres: [Double] = []
    var widths: [Double] = []

    package init() {}

    /// Makes one of the estimated actions certain.
    mutating func prefer(_ index: Int) {
        propensities.removeAll(keepingCapacity: true)
        propensities.append(contentsOf: repeatElement(0, count: estimates.count))
        propensities[index] = 1
    }
}

/// Arms by action, and the space of their features.
package struct ActionModel: Equatable, Sendable {
    /// Actions that one model may learn; more are never learned, and score as unknown.
    package static let armCountMax = 64

    package let exploration: Exploration
    package internal(set) var space = FeatureSpace()
    /// The actions in the order in which they were first learned from.
    package internal(set) var actions: [String] = []
    package internal(set) var arms: [ArmModel] = []
    /// How often any arm has learned.
    package internal(set) var updateCount: UInt64 = 0

    package init(exploration: Exploration) {
        self.exploration = exploration
    }

    /// The place of an action's arm; nil if it was never learned from.
    package func arm(of action: String) -> Int? {
        actions.firstIndex(of: action)
    }

    /// Fills `scratch.vector` and `scratch.estimates` for the actions asked for.
    package func estimate(
        _ features: Features, actions: [String], into scratch: inout ScoringScratch
    ) {
        space.fill(&scratch.vector, from: features)
        scratch.estimates.removeAll(keepingCapacity: true)
        for action in actions {
            scratch.estimates.append(estimate(scratch.vector, arm: arm(of: action)))
        }
    }

    private func estimate(_ vector: FeatureVector, arm: Int?) -> ActionEstimate {
        guard let arm else {
            let unknown = ArmModel(priorVariance: exploration.priorVariance)
            let variance = unknown.variance(vector)
            return ActionEstimate(
                mean: exploration.priorReward, spread: variance.squareRoot(),
                deviation: (variance * unknown.noiseVariance).squareRoot(), isLearned: false)
        }
        // A variance of almost nothing may come out below zero by rounding.
        let variance = max(arms[arm].variance(vector), 0)
        return ActionEstimate(
            mean: exploration.priorReward + arms[arm].mean(vector), spread: variance.squareRoot(),
            deviation: (variance * arms[arm].noiseVariance).squareRoot(), isLearned: true)
    }

    /// Fills `scratch.propensities` from `scratch.estimates`: each is at least the uniform part
    /// divided by their number.
    ///
    /// False if nothing was learned, and all are alike.
    @discardableResult
    package func weigh(into scratch: inout ScoringScratch) -> Bool {
        let count = scratch.estimates.count
        precondition(count > 0, "weighs no action")
        scratch.propensities.removeAll(keepingCapacity: true)
        guard scratch.estimates.contains(where: \.isLearned) else {
            scratch.propensities.append(
                contentsOf: repeatElement(1 / Double(count), count: count))
            return false
        }
        scratch.centres.removeAll(keepingCapacity: true)
        scratch.widths.removeAll(keepingCapacity: true)
        for estimate in scratch.estimates {
            scratch.centres.append(estimate.mean + exploration.optimism * estimate.spread)
            scratch.widths.append(exploration.width * estimate.spread)
        }
        scratch.quadrature.compute(means: scratch.centres, deviations: scratch.widths)
        let uniform = exploration.uniformPart(updateCount: updateCount)
        for probability in scratch.quadrature.probabilities {
            scratch.propensities.append((1 - uniform) * probability + uniform / Double(count))
        }
        return true
    }

    /// Learns the reward (0 to 1) of an action, and returns the vector that it was learned with;
    /// nil if there is no room for one more action.
    mutating func learn(_ features: Features, action: String, reward: Double) -> FeatureVector? {
        guard let arm = arm(of: action) ?? addArm(action) else { return nil }
        space.observe(features)
        var vector = FeatureVector()
        space.fill(&vector, from: features)
        arms[arm].update(vector, reward: reward - exploration.priorReward)
        updateCount += 1
        return vector
    }

    private mutating func addArm(_ action: String) -> Int? {
        guard arms.count < ActionModel.armCountMax else { return nil }
        actions.append(action)
        arms.append(ArmModel(priorVariance: exploration.priorVariance))
        return arms.count - 1
    }
}
