// Bayesian ridge regression for one action: what reward to expect of it, and how sure that is. The
// whole covariance is kept (a diagonal one explores badly) and moved by Sherman–Morrison. It is
// symmetric, so one triangle is stored: column blocks of eight, each with all rows above and on
// its diagonal, one after another; more features append a block and move nothing.

/// A linear model of the reward of one action.
package struct ArmModel: Equatable, Sendable {
    /// Coordinates grow by so many at a time.
    package static let blockWidth = 8

    /// How often it has learned; a correction is not one more.
    package private(set) var updateCount: UInt64 = 0
    /// The squared prediction errors, each from before its update, and how many.
    private(set) var squaredErrors: Double = 0
    /// θ, in blocks of eight.
    private(set) var weights: [SIMD8<Double>] = []
    /// (λI + Σxxᵀ)⁻¹: column block b begins at 4·b·(b+1) and has rows 0 ..< 8·(b+1).
    private(set) var covariance: [SIMD8<Double>] = []
    /// 1/λ: the variance of a weight of which nothing is known, in units of the noise.
    let priorVariance: Double

    package init(priorVariance: Double) {
        precondition(priorVariance > 0, "a weight that can't move learns nothing")
        self.priorVariance = priorVariance
    }

    /// A model as it was saved.
    init(
        priorVariance: Double, updateCount: UInt64, squaredErrors: Double,
        weights: [SIMD8<Double>], covariance: [SIMD8<Double>]
    ) {
        precondition(covariance.count == 4 * weights.count * (weights.count + 1))
        self.priorVariance = priorVariance
        self.updateCount = updateCount
        self.squaredErrors = squaredErrors
        self.weights = weights
        self.covariance = covariance
    }

    /// The number of coordinates it has met, in whole blocks.
    package var dimension: Int { weights.count * ArmModel.blockWidth }

    /// One weight; zero beyond the dimension.
    package func weight(_ slot: Int) -> Double {
        slot < dimension ? weights[slot >> 3][slot & 7] : 0
    }

    /// θ·x: the reward to expect, relative to the model's prior.
    package func mean(_ vector: FeatureVector) -> Double {
        let x = vector.blocks.span
        let weights = weights.span
        var sum = SIMD8<Double>.zero
        for block in 0..<min(x.count, weights.count) { sum += weights[block] * x[block] }
        return ArmModel.sum(sum)
    }

    /// xᵀ(λI + Σxxᵀ)⁻¹x: the variance of the mean, in units of the noise.
    package func variance(_ vector: FeatureVector) -> Double {
        let x = vector.blocks.span
        let active = vector.active.span
        let values = vector.activeValues.span
        let covariance = covariance.span
        var crossed = SIMD8<Double>.zero
        var diagonal = SIMD8<Double>.zero
        var above = 0
        var start = 0
        for block in 0..<min(x.count, weights.count) {
            let rowsAbove = block << 3
            while above < active.count && active[above] < rowsAbove { above += 1 }
            var within = above
            while within < active.count && active[within] < rowsAbove + 8 { within += 1 }
            if within > above {
                var sum = SIMD8<Double>.zero
                for index in 0..<above {
                    sum += covariance[start + active[index]] * values[index]
                }
                crossed += sum * x[block]
                sum = .zero
                for index in above..<within {
                    sum += covariance[start + active[index]] * values[index]
                }
                diagonal += sum * x[block]
            }
            start += rowsAbove + 8
        }
        var unmet = 0.0
        for index in 0..<active.count where active[index] >= dimension {
            unmet += values[index] * values[index] * priorVariance
        }
        return ArmModel.sum(crossed + crossed + diagonal) + unmet
    }

    /// The variance of the noise: prequential errors, beside four imagined ones of deviation ½.
    package var noiseVariance: Double {
        (squaredErrors + 1) / (Double(updateCount) + 4)
    }

    /// Takes in one more reward (Sherman–Morrison).
    package mutating func update(_ vector: FeatureVector, reward: Double) {
        grow(to: vector.blocks.count)
        let error = reward - mean(vector)
        let gain = gain(vector)
        var scale = SIMD8<Double>.zero
        for block in vector.blocks.indices { scale += gain[block] * vector.blocks[block] }
        let inverse = 1 / (1 + ArmModel.sum(scale))
        contract(along: gain, by: inverse)
        for block in gain.indices { weights[block] += gain[block] * (error * inverse) }
        squaredErrors += error * error
        updateCount += 1
    }

    /// Adds to a reward that was taken in before: as if it had come with that reward at first.
    package mutating func correct(_ vector: FeatureVector, by amount: Double) {
        grow(to: vector.blocks.count)
        let gain = gain(vector)
        for block in gain.indices { weights[block] += gain[block] * amount }
    }

    /// P·x, all coordinates of it.
    private func gain(_ vector: FeatureVector) -> [SIMD8<Double>] {
        let x = vector.blocks.span
        let active = vector.active.span
        let values = vector.activeValues.span
        let covariance = covariance.span
        var rows = [Double](repeating: 0, count: dimension)
        var result = [SIMD8<Double>](repeating: .zero, count: weights.count)
        var start = 0
        var above = 0
        for block in 0..<weights.count {
            let rowsAbove = block << 3
            var sum = SIMD8<Double>.zero
            while above < active.count && active[above] < rowsAbove + 8 { above += 1 }
            for index in 0..<above { sum += covariance[start + active[index]] * values[index] }
            result[block] = sum
            if block < x.count && x[block] != .zero {
                for row in 0..<rowsAbove {
                    rows[row] += ArmModel.sum(covariance[start + row] * x[block])
                }
            }
            start += rowsAbove + 8
        }
        for block in 0..<weights.count {
            for lane in 0..<8 { result[block][lane] += rows[block << 3 + lane] }
        }
        return result
    }

    /// P −= gain·gainᵀ·inverse.
    private mutating func contract(along gain: [SIMD8<Double>], by inverse: Double) {
        var rows: [Double] = []
        rows.reserveCapacity(dimension)
        for block in gain {
            for lane in 0..<8 { rows.append(block[lane] * inverse) }
        }
        let gain = gain.span
        let factors = rows.span
        var covariance = covariance.mutableSpan
        var start = 0
        for block in 0..<gain.count {
            let column = gain[block]
            let rowCount = (block + 1) << 3
            for row in 0..<rowCount { covariance[start + row] -= column * factors[row] }
            start += rowCount
        }
    }

    /// Adds blocks of which nothing is known.
    private mutating func grow(to blockCount: Int) {
        while weights.count < blockCount {
            let rowsAbove = dimension
            covariance.append(contentsOf: repeatElement(.zero, count: rowsAbove))
            for lane in 0..<8 {
                var row = SIMD8<Double>.zero
                row[lane] = priorVariance
                covariance.append(row)
            }
            weights.append(.zero)
        }
    }

    /// The sum of the eight lanes, in one fixed order.
    @inline(__always)
    private static func sum(_ lanes: SIMD8<Double>) -> Double {
        let four = lanes.lowHalf + lanes.highHalf
        let two = four.lowHalf + four.highHalf
        return two[0] + two[1]
    }
}
