// Two promises of the agent, tried a million times each: it never chooses what is excluded, and it
// chooses each action exactly as often as the propensity it logs says.

import Domain

/// Tries the promises and prints what came of them.
struct Promises {
    private static let trials = 1_000_000
    private static let names = (0..<8).map { "a\($0)" }

    func run() {
        var draws = Draws(seed: 7)
        let state = Promises.trained(&draws)
        forbidden(state, &draws)
        frequencies(state, &draws)
    }

    /// A model with something learned of most actions.
    private static func trained(_ draws: inout Draws) -> ModelState {
        var state = ModelState(exploration: .standard, rememberedMax: 16)
        for index in 0..<60 {
            let action = draws.below(7)
            state.learn(
                decision: LoggedDecision(
                    id: UniqueID(high: 1, low: UInt64(index)), model: "orders",
                    features: features(&draws), action: names[action], propensity: 1),
                reward: draws.fraction() * 2 - 1, position: UInt64(index + 1))
        }
        return state
    }

    private static func features(_ draws: inout Draws) -> Features {
        Features([
            Feature("amount", draws.fraction()), Feature("age", draws.fraction() * 100),
            Feature("region", ["north", "west", "south"][draws.below(3)]),
        ])
    }

    private func forbidden(_ state: ModelState, _ draws: inout Draws) {
        var scratch = ScoringScratch()
        var broken = 0
        for _ in 0..<Promises.trials {
            let excluded = draws.next() & 0xFF
            let exclusions = (0..<8).filter { excluded >> UInt64($0) & 1 == 1 }
                .map { Exclusion(action: Promises.names[$0], rule: "r") }
            let decision = DecisionAgent.decide(
                DecisionRequest(
                    subject: "orders/1", features: Promises.features(&draws),
                    actions: Promises.names, mode: .live),
                policy: .standard, excluding: exclusions, model: state, random: draws.next(),
                scratch: &scratch)
            let isNone = decision.action == AgentDecision.noAction
            let isExcluded = exclusions.contains { $0.action == decision.action }
            if isExcluded || isNone != (exclusions.count == 8) { broken += 1 }
        }
        print("forbidden actions in \(Promises.trials) decisions: \(broken)")
    }

    /// χ² of the draws for some contexts, each drawn equally often.
    private func frequencies(_ state: ModelState, _ draws: inout Draws) {
        var scratch = ScoringScratch()
        let model = state.model("orders")
        let contextCount = 10
        let drawCount = Promises.trials / contextCount
        var sum = 0.0
        for _ in 0..<contextCount {
            model.estimate(Promises.features(&draws), actions: Promises.names, into: &scratch)
            model.weigh(into: &scratch)
            var chosen = [Double](repeating: 0, count: Promises.names.count)
            for _ in 0..<drawCount {
                chosen[Choice(probabilities: scratch.propensities, random: draws.next()).index] += 1
            }
            for (count, propensity) in zip(chosen, scratch.propensities) {
                let expected = propensity * Double(drawCount)
                sum += (count - expected) * (count - expected) / expected
            }
        }
        let freedom = contextCount * (Promises.names.count - 1)
        print("chosen against logged in \(Promises.trials) draws: χ² \(sum), \(freedom) degrees")
        print("of freedom; beyond 100.4 it would be unlikely at p = 0.01")
    }
}
