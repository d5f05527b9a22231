// Progressive validation on classification sets: each row is a context, its classes are the
// actions, and only the chosen action's reward is learned from. Features come raw, row by row, as
// the server would see them.

import Domain

/// Reads sets from the standard input and prints the errors of each, one line a run.
struct Comparison {
    let exploration: Exploration
    /// Runs of each shuffle, with other draws, so that luck counts less.
    private static let seedCount = 5

    /// One line `dataset NAME SHUFFLE K KINDS`, then a line a row: the class, then the columns.
    func run() {
        var head: [Substring] = []
        var rows: [(label: Int, features: Features)] = []
        while let line = readLine() {
            let words = line.split(separator: " ")
            if words.first == "dataset" {
                finish(head, rows)
                head = words
                rows.removeAll()
            } else if let label = words.first.flatMap({ Int($0) }), head.count == 5 {
                rows.append((label, Comparison.features(words.dropFirst(), kinds: head[4])))
            }
        }
        finish(head, rows)
    }

    private func finish(_ head: [Substring], _ rows: [(label: Int, features: Features)]) {
        guard head.count == 5, let classCount = Int(head[3]), !rows.isEmpty else { return }
        for seed in 1...Comparison.seedCount {
            let error = error(rows, classCount: classCount, seed: UInt64(seed))
            print("\(head[1]) \(head[2]) \(error)")
        }
    }

    private static func features(_ cells: ArraySlice<Substring>, kinds: Substring) -> Features {
        var list: [Feature] = []
        for (index, (cell, kind)) in zip(cells, kinds).enumerated() {
            if kind == "n" {
                list.append(Feature("c\(index)", Double(cell) ?? 0))
            } else {
                list.append(Feature("c\(index)", String(cell)))
            }
        }
        return Features(list)
    }

    /// The part of rows for which the drawn action was not the row's class.
    private func error(
        _ rows: [(label: Int, features: Features)], classCount: Int, seed: UInt64
    ) -> Double {
        let actions = (0..<classCount).map { "class\($0)" }
        var state = ModelState(exploration: exploration, rememberedMax: 16)
        var scratch = ScoringScratch()
        var draws = Draws(seed: seed)
        var wrong = 0
        for (index, row) in rows.enumerated() {
            let model = state.model("classes")
            model.estimate(row.features, actions: actions, into: &scratch)
            model.weigh(into: &scratch)
            let choice = Choice(probabilities: scratch.propensities, random: draws.next())
            let isRight = choice.index == row.label
            if !isRight { wrong += 1 }
            state.learn(
                decision: LoggedDecision(
                    id: UniqueID(high: 0, low: UInt64(index)), model: "classes",
                    features: row.features, action: actions[choice.index],
                    propensity: choice.probability),
                reward: isRight ? 1 : -1, position: UInt64(index + 1))
        }
        return Double(wrong) / Double(rows.count)
    }
}
