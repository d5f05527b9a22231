// A made-up business whose truth is known: what features its leads and orders have, and how likely
// each action is to end well. Models are taught by it in the tests.

import Support

@testable import Domain

/// Subjects, outcomes and the chances behind them.
struct Funnel {
    var random: SeededRandom

    /// One of its own for each purpose.
    init(_ purpose: String) {
        random = TestSeed.random(purpose)
    }

    /// One subject.
    struct Subject {
        let features: Features
        /// How likely a good outcome is.
        let chance: Double
    }

    /// A lead, whose chance depends on its size, its source and a little on its age.
    mutating func lead() -> Subject {
        let size = Double.random(in: 1...1_000, using: &random)
        let age = Double.random(in: 0...30, using: &random)
        let source = random.pick(["web", "fair", "call"])
        let base: Double = ["web": 0.25, "fair": 0.6, "call": 0.45][source] ?? 0
        let chance: Double = base + (size - 500) / 2_000 - age / 200
        return Subject(
            features: Features([
                Feature("size", size), Feature("age_days", age), Feature("source", source),
            ]),
            chance: min(max(chance, 0.02), 0.98))
    }

    /// Whether it ended well.
    mutating func outcome(_ subject: Subject) -> Bool {
        Double.random(in: 0..<1, using: &random) < subject.chance
    }

    mutating func id() -> UniqueID {
        UniqueID(high: random.next(), low: random.next())
    }

    /// A state that has learned from some decisions about orders: `express` is good in the west,
    /// `standard` elsewhere, `hold` nowhere.
    mutating func taught(count: Int) -> ModelState {
        var state = ModelState(exploration: .standard, rememberedMax: 64)
        for _ in 0..<count {
            let west = Bool.random(using: &random)
            let action = random.pick(["standard", "express", "hold"])
            let isGood = action == (west ? "express" : "standard")
            let decision = LoggedDecision(
                id: id(), model: "orders", features: order(west: west), action: action,
                propensity: 1.0 / 3)
            state.learn(decision: decision, reward: isGood ? 1 : -1, position: state.position + 1)
        }
        return state
    }

    /// An order's features.
    mutating func order(west: Bool) -> Features {
        Features([
            Feature("region", west ? "west" : "east"),
            Feature("total", Double.random(in: 10...5_000, using: &random)),
        ])
    }
}
