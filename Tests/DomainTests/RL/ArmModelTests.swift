// The regression of one action, against the same regression solved from scratch.

import Support
import Testing

@testable import Domain

@Suite struct `An arm` {
    /// θ and P·x by elimination: (λI + Σxxᵀ) z = right-hand side.
    private func solve(
        _ rows: [[Double]], _ rightHandSide: [Double], ridge: Double
    ) -> [Double] {
        let count = rightHandSide.count
        var matrix = (0..<count).map { i in
            (0..<count).map { j in
                rows.reduce(i == j ? ridge : 0) { $0 + $1[i] * $1[j] }
            }
        }
        var right = rightHandSide
        for pivot in 0..<count {
            for row in (pivot + 1)..<max(count, pivot + 1) {
                let factor = matrix[row][pivot] / matrix[pivot][pivot]
                for column in pivot..<count {
                    matrix[row][column] -= factor * matrix[pivot][column]
                }
                right[row] -= factor * right[pivot]
            }
        }
        for row in (0..<count).reversed() {
            for column in (row + 1)..<max(count, row + 1) {
                right[row] -= matrix[row][column] * right[column]
            }
            right[row] /= matrix[row][row]
        }
        return right
    }

    private func vector(_ coordinates: [Double]) -> FeatureVector {
        var vector = FeatureVector()
        vector.clear(dimension: coordinates.count)
        for (slot, value) in coordinates.enumerated() { vector.add(value, to: slot) }
        vector.finish()
        return vector
    }

    @Test(arguments: [1, 3, 8, 9, 21])
    func `is the ridge regression of all it has seen, while features are still added`(
        dimension: Int
    ) {
        var random = TestSeed.random("an arm of \(dimension)")
        var arm = ArmModel(priorVariance: 0.5)
        var rows: [[Double]] = []
        var sums = [Double](repeating: 0, count: dimension)
        for index in 0..<60 {
            let known = min(dimension, 1 + index / 2)
            let row = (0..<dimension).map { slot in
                slot < known && Int.random(in: 0..<3, using: &random) > 0
                    ? Double.random(in: -2...2, using: &random) : 0
            }
            let reward = Double.random(in: 0...1, using: &random)
            arm.update(vector(Array(row.prefix(known))), reward: reward)
            rows.append(row)
            for slot in 0..<dimension { sums[slot] += row[slot] * reward }
        }
        let weights = solve(rows, sums, ridge: 2)
        for slot in 0..<dimension { #expect(abs(arm.weight(slot) - weights[slot]) < 1e-10) }
        let x = (0..<dimension).map { _ in Double.random(in: -1...1, using: &random) }
        let variance = zip(x, solve(rows, x, ridge: 2)).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(arm.variance(vector(x)) - variance) < 1e-10)
        let mean = zip(x, weights).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(arm.mean(vector(x)) - mean) < 1e-10)
    }

    @Test func `counts what it has never met as wholly unknown`() {
        var arm = ArmModel(priorVariance: 2)
        arm.update(vector([1, 0.5]), reward: 1)
        var wide = [Double](repeating: 0, count: 20)
        wide[17] = 3
        #expect(arm.variance(vector(wide)) == 18)
        #expect(arm.mean(vector(wide)) == 0)
    }

    @Test func `grows surer of what it sees again`() {
        var arm = ArmModel(priorVariance: 1)
        let x = vector([1, 0.3, -0.7])
        var last = arm.variance(x)
        for _ in 0..<50 {
            arm.update(x, reward: 0.6)
            #expect(arm.variance(x) < last)
            last = arm.variance(x)
        }
        #expect(abs(arm.mean(x) - 0.6) < 0.01)
    }

    @Test func `corrected is as if the reward had been right at first`() {
        var random = TestSeed.random("a corrected arm")
        var corrected = ArmModel(priorVariance: 1)
        var right = ArmModel(priorVariance: 1)
        for index in 0..<40 {
            let x = vector((0..<10).map { _ in Double.random(in: -1...1, using: &random) })
            let reward = Double.random(in: 0...1, using: &random)
            right.update(x, reward: reward)
            corrected.update(x, reward: index.isMultiple(of: 3) ? 1 - reward : reward)
            if index.isMultiple(of: 3) { corrected.correct(x, by: reward - (1 - reward)) }
        }
        for slot in 0..<10 { #expect(abs(corrected.weight(slot) - right.weight(slot)) < 1e-12) }
        #expect(corrected.updateCount == right.updateCount)
    }

    @Test func `does not drift over thousands of updates`() {
        var random = TestSeed.random("a long-lived arm")
        var arm = ArmModel(priorVariance: 1)
        var rows: [[Double]] = []
        for _ in 0..<3_000 {
            let row = [1] + (0..<5).map { _ in Double.random(in: -2.5...2.5, using: &random) }
            arm.update(vector(row), reward: row[1] > 0 ? 1 : 0)
            rows.append(row)
        }
        let x = [1, 0.1, -0.2, 0.3, 0.4, 1]
        let exact = zip(x, solve(rows, x, ridge: 1)).reduce(0) { $0 + $1.0 * $1.1 }
        #expect(abs(arm.variance(vector(x)) / exact - 1) < 1e-9)
    }
}
