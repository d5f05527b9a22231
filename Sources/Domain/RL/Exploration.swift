// How a choice is made from what the arms say. Each arm is a Gaussian, centred a little above its
// mean by its own uncertainty; the chance that it is the greatest is its chance to be chosen
// (Thompson sampling, computed instead of drawn), mixed with a small uniform part that shrinks as
// the model learns. The choice is then drawn from exactly these chances.

/// The numbers of the exploration; part of an immutable policy version.
package struct Exploration: Equatable, Sendable {
    /// By how many of its deviations each arm's centre is raised.
    package var optimism: Double
    /// The deviation of each Gaussian, in deviations of the mean.
    package var width: Double
    /// The uniform part while nothing is learned; at most 0.05.
    package var uniformMax: Double
    /// After so many updates the uniform part is half of that.
    package var uniformHalving: Double
    /// 1/λ of the ridge.
    package var priorVariance: Double
    /// The reward that is expected where nothing is known, from 0 to 1.
    package var priorReward: Double

    package init(
        optimism: Double, width: Double, uniformMax: Double, uniformHalving: Double,
        priorVariance: Double, priorReward: Double
    ) {
        precondition(width > 0 && uniformMax > 0 && uniformMax <= 0.05 && uniformHalving > 0)
        self.optimism = optimism
        self.width = width
        self.uniformMax = uniformMax
        self.uniformHalving = uniformHalving
        self.priorVariance = priorVariance
        self.priorReward = priorReward
    }

    /// What the comparison on 44 data sets found best, one setting for all.
    package static let standard = Exploration(
        optimism: 0.25, width: 0.05, uniformMax: 0.05, uniformHalving: 5, priorVariance: 0.6,
        priorReward: 0)

    /// The uniform part after some updates: positive, and it only shrinks.
    package func uniformPart(updateCount: UInt64) -> Double {
        uniformMax / (1 + Double(updateCount) / uniformHalving)
    }
}

/// A drawn action among those that were allowed.
package struct Choice: Equatable, Sendable {
    /// Its place in the list of the allowed.
    package let index: Int
    /// The chance that it had.
    package let probability: Double

    /// Draws an index with exactly the given chances, from 64 random bits.
    package init(probabilities: [Double], random: UInt64) {
        precondition(!probabilities.isEmpty, "a choice of nothing")
        let draw = Double(random >> 11) * 0x1p-53
        var sum = 0.0
        var chosen = probabilities.count - 1
        for index in probabilities.indices {
            sum += probabilities[index]
            if draw < sum {
                chosen = index
                break
            }
        }
        index = chosen
        probability = probabilities[chosen]
    }
}
