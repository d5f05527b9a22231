// How likely each of several independent Gaussian estimates is the greatest: what Thompson sampling
// draws by chance, computed by quadrature, so that the chance of each action is known exactly.
// P(k is greatest) = ∫ ∏ Φⱼ(z) dΦₖ(z), j ≠ k, by the trapezoid rule over one grid: points at fixed
// deviations of every arm, so that narrow and broad arms are both met.

/// Quadrature over K Gaussians; made to be used again and again without allocating.
package struct BestArmProbabilities: Sendable {
    private static let pointsPerArm = 13
    private static let pointSpacing = 0.7
    /// Spreads smaller than this are widened to it: an arm that is sure is a step.
    private static let spreadMin = 1e-9

    /// The chance of each arm, after `compute`; they sum to 1.
    package private(set) var probabilities: [Double] = []
    private var grid: [Double] = []
    private var before: [Double] = []
    private var after: [Double] = []
    private var others: [Double] = []
    private var othersBefore: [Double] = []

    package init() {}

    /// Computes the chances for means and standard deviations, of which there are equally many and
    /// at least one.
    package mutating func compute(means: [Double], deviations: [Double]) {
        precondition(means.count == deviations.count && !means.isEmpty, "a mean and its deviation")
        let count = means.count
        reset(&probabilities, count)
        if count == 1 {
            probabilities[0] = 1
            return
        }
        makeGrid(means, deviations)
        reset(&before, count)
        reset(&othersBefore, count)
        let table = NormalDistribution.table
        for point in grid {
            reset(&after, count)
            for arm in 0..<count {
                let spread = max(deviations[arm], BestArmProbabilities.spreadMin)
                after[arm] = NormalDistribution.cumulative(
                    (point - means[arm]) / spread, in: table.span)
            }
            multiplyOthers(count)
            for arm in 0..<count {
                let mass = after[arm] - before[arm]
                probabilities[arm] += mass * (others[arm] + othersBefore[arm]) / 2
            }
            swap(&before, &after)
            swap(&othersBefore, &others)
        }
        normalize(count)
    }

    /// `others[k]` = the product of `after[j]` for j ≠ k, without dividing (they may be zero).
    private mutating func multiplyOthers(_ count: Int) {
        reset(&others, count)
        var product = 1.0
        for arm in 0..<count {
            others[arm] = product
            product *= after[arm]
        }
        product = 1
        for arm in (0..<count).reversed() {
            others[arm] *= product
            product *= after[arm]
        }
    }

    private mutating func normalize(_ count: Int) {
        var sum = 0.0
        for arm in 0..<count { sum += probabilities[arm] }
        for arm in 0..<count { probabilities[arm] /= sum }
    }

    /// Points in ascending order, from where any arm can still be the greatest.
    private mutating func makeGrid(_ means: [Double], _ deviations: [Double]) {
        let half = BestArmProbabilities.pointsPerArm / 2
        let reach = Double(half) * BestArmProbabilities.pointSpacing
        var lowest = -Double.infinity
        for arm in means.indices {
            let spread = max(deviations[arm], BestArmProbabilities.spreadMin)
            lowest = max(lowest, means[arm] - reach * spread)
        }
        grid.removeAll(keepingCapacity: true)
        grid.append(lowest)
        for arm in means.indices {
            let spread = max(deviations[arm], BestArmProbabilities.spreadMin)
            let step = spread * BestArmProbabilities.pointSpacing
            for point in -half...half {
                let place = means[arm] + Double(point) * step
                if place > lowest { grid.append(place) }
            }
        }
        grid.sort()
    }

    private func reset(_ array: inout [Double], _ count: Int) {
        array.removeAll(keepingCapacity: true)
        array.append(contentsOf: repeatElement(0, count: count))
    }
}
