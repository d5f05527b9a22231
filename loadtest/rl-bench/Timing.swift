// How long one score and one update take, with quantiles, for full vectors.

import Domain

/// Times scores and updates and prints the quantiles.
struct Timing {
    func run() {
        for (featureCount, actionCount) in [(16, 3), (64, 8), (112, 8)] {
            time(featureCount: featureCount, actionCount: actionCount)
        }
    }

    private func time(featureCount: Int, actionCount: Int) {
        var draws = Draws(seed: UInt64(featureCount))
        let subjects = (0..<256).map { _ in
            Features((0..<featureCount).map { Feature("f\($0)", draws.fraction()) })
        }
        let actions = (0..<actionCount).map { "a\($0)" }
        var state = ModelState(exploration: .standard, rememberedMax: 64)
        var scratch = ScoringScratch()
        let clock = ContinuousClock()
        var updates: [Duration] = []
        for index in 0..<6_000 {
            let decision = LoggedDecision(
                id: UniqueID(high: 0, low: UInt64(index)), model: "m",
                features: subjects[draws.below(256)], action: actions[index % actionCount],
                propensity: 1)
            state.remember(decision, position: UInt64(2 * index + 1))
            let feedback = Feedback(
                id: decision.id, decision: decision.id, reward: draws.fraction() * 2 - 1)
            let start = clock.now
            state.learn(feedback, position: UInt64(2 * index + 2))
            updates.append(clock.now - start)
        }
        let model = state.model("m")
        var scores: [Duration] = []
        var sum = 0.0
        for index in 0..<50_000 {
            let start = clock.now
            model.estimate(subjects[index & 255], actions: actions, into: &scratch)
            model.weigh(into: &scratch)
            scores.append(clock.now - start)
            sum += scratch.propensities[0]
        }
        print("features \(featureCount) actions \(actionCount) (mean propensity \(sum / 50_000))")
        Timing.report("  score ", scores)
        Timing.report("  update", Array(updates.dropFirst(1_000)))
    }

    private static func report(_ name: String, _ durations: [Duration]) {
        let sorted = durations.map { Double($0.components.attoseconds) / 1e12 }.sorted()
        func quantile(_ part: Double) -> Double {
            (sorted[Int(Double(sorted.count - 1) * part)] * 100).rounded() / 100
        }
        print("\(name) µs: p50 \(quantile(0.5)), p90 \(quantile(0.9)), p99 \(quantile(0.99))")
    }
}
