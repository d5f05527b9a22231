// The normal distribution and the quadrature over it, against the C library and closed forms.

import Foundation
import Support
import Testing

@testable import Domain

@Suite struct `The normal distribution` {
    @Test func `is that of the C library to eight digits`() {
        for step in -4_000...4_000 {
            let x = Double(step) / 400 + 0.0007
            let exact = erfc(-x / 2.0.squareRoot()) / 2
            #expect(abs(NormalDistribution.cumulative(x) - exact) < 5e-9, "at \(x)")
        }
    }

    @Test func `is 0 and 1 far out, and at infinity`() {
        #expect(NormalDistribution.cumulative(-1e9) == 0)
        #expect(NormalDistribution.cumulative(1e9) == 1)
        #expect(NormalDistribution.cumulative(-.infinity) == 0)
        #expect(NormalDistribution.cumulative(.infinity) == 1)
    }

    @Test func `rests on an exponential of fourteen digits`() {
        for step in -700...600 {
            let x = Double(step) + 0.37
            #expect(abs(NormalDistribution.exponential(x) / exp(x) - 1) < 1e-13, "at \(x)")
        }
    }
}

@Suite struct `The chance to be the best` {
    private func chances(_ means: [Double], _ deviations: [Double]) -> [Double] {
        var quadrature = BestArmProbabilities()
        quadrature.compute(means: means, deviations: deviations)
        return quadrature.probabilities
    }

    @Test(arguments: [
        (0.0, 1.0, 0.0, 1.0), (0.3, 1, 0, 1), (1, 1, 0, 1), (0.5, 0.01, 0, 1), (0.5, 1, 0, 0.01),
        (0.1, 0.2, 0.15, 0.02), (2, 1, -2, 1), (0, 1e-12, 0.5, 1),
    ])
    func `of two is the closed form`(m1: Double, s1: Double, m2: Double, s2: Double) {
        let exact = NormalDistribution.cumulative((m1 - m2) / (s1 * s1 + s2 * s2).squareRoot())
        let computed = chances([m1, m2], [s1, s2])
        #expect(abs(computed[0] - exact) < 0.005)
        #expect(abs(computed[0] + computed[1] - 1) < 1e-12)
    }

    @Test func `of equals is equal`() {
        for count in 1...20 {
            for chance in chances(
                Array(repeating: 0.4, count: count), Array(repeating: 0.1, count: count))
            {
                #expect(abs(chance - 1 / Double(count)) < 1e-9)
            }
        }
    }

    @Test func `of several is what drawing finds`() {
        let means = [0.3, 0.25, 0.1, 0.28]
        let deviations = [0.02, 0.1, 0.2, 0.05]
        var random = TestSeed.random("the chance to be the best")
        var best = [0.0, 0, 0, 0]
        let draws = 40_000
        for _ in 0..<draws {
            let values = zip(means, deviations).map { mean, deviation in
                // Twelve uniforms less six are near enough to a normal draw.
                mean + deviation
                    * ((0..<12).reduce(-6.0) { sum, _ in
                        sum + Double.random(in: 0..<1, using: &random)
                    })
            }
            best[values.indices.max { values[$0] < values[$1] } ?? 0] += 1
        }
        for (computed, count) in zip(chances(means, deviations), best) {
            #expect(abs(computed - count / Double(draws)) < 0.015)
        }
    }

    @Test func `of arms without any doubt is all or nothing`() {
        let computed = chances([0.2, 0.9, 0.5], [0, 0, 0])
        #expect(computed[1] > 0.999_9)
    }
}
