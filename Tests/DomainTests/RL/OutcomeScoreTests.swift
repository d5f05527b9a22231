// Scores of leads: between 0 and 1, ordered and calibrated like the truth, with reasons.

import Testing

@testable import Domain

@Suite struct `The score of a lead` {
    private func taught(_ funnel: inout Funnel, count: Int) -> ModelState {
        var state = ModelState(exploration: .standard)
        for _ in 0..<count {
            let lead = funnel.lead()
            let logged = OutcomeScore.logged(
                subject: funnel.id(), kind: "leads", features: lead.features)
            let position = state.position
            state.remember(logged, position: position + 1)
            state.learn(
                Feedback(
                    id: funnel.id(), decision: logged.id, reward: funnel.outcome(lead) ? 1 : -1),
                position: position + 2)
        }
        return state
    }

    @Test func `is one half and says that it knows nothing before anything was learned`() {
        var scratch = ScoringScratch()
        let score = ModelState(exploration: .standard).score(
            kind: "leads", Features([Feature("size", 3)]), scratch: &scratch)
        #expect(score.mean == 0.5)
        #expect(score.interval == 0...1)
        #expect(!score.isLearned)
        #expect(score.factors.isEmpty)
    }

    @Test func `is calibrated, and orders leads nearly as well as the truth does`() {
        var funnel = Funnel("the score of a lead")
        let state = taught(&funnel, count: 1_500)
        var scratch = ScoringScratch()
        var scored: [(score: Double, chance: Double, isGood: Bool)] = []
        for _ in 0..<2_000 {
            let lead = funnel.lead()
            let score = state.score(kind: "leads", lead.features, scratch: &scratch)
            #expect((0...1).contains(score.mean))
            #expect(score.interval.contains(score.mean))
            scored.append((score.mean, lead.chance, funnel.outcome(lead)))
        }
        #expect(Self.calibrationError(scored.map { ($0.score, $0.isGood) }) < 0.05)
        let found = Self.areaUnderCurve(scored.map { ($0.score, $0.isGood) })
        let best = Self.areaUnderCurve(scored.map { ($0.chance, $0.isGood) })
        #expect(found > best - 0.01)
    }

    @Test func `is narrower the more was learned, and covers the truth`() {
        var funnel = Funnel("the interval of a score")
        let early = taught(&funnel, count: 30)
        let late = taught(&funnel, count: 1_000)
        var scratch = ScoringScratch()
        var covered = 0
        var widths = (early: 0.0, late: 0.0)
        for _ in 0..<200 {
            let lead = funnel.lead()
            let before = early.score(kind: "leads", lead.features, scratch: &scratch).interval
            let after = late.score(kind: "leads", lead.features, scratch: &scratch).interval
            widths.early += before.upperBound - before.lowerBound
            widths.late += after.upperBound - after.lowerBound
            let reach = (after.lowerBound - 0.03)...(after.upperBound + 0.03)
            if reach.contains(lead.chance) { covered += 1 }
        }
        #expect(widths.late < widths.early / 2)
        #expect(covered > 150)
    }

    @Test func `names what moves it, the greatest first`() {
        var funnel = Funnel("the factors of a score")
        let state = taught(&funnel, count: 800)
        var scratch = ScoringScratch()
        let lead = Features([
            Feature("size", 990), Feature("age_days", 15), Feature("source", "fair"),
        ])
        let score = state.score(kind: "leads", lead, scratch: &scratch)
        let magnitudes = score.factors.map(\.amount.magnitude)
        #expect(magnitudes == magnitudes.sorted(by: >))
        let size = score.factors.first { $0.feature == "size" }
        #expect((size?.amount ?? 0) > 0.1)
        let source = score.factors.first { $0.feature == "source" }
        #expect(source?.category == "fair")
        let sum = score.factors.reduce(0) { $0 + $1.amount }
        #expect(abs(sum - score.mean) < 1e-9)
    }

    /// The mean distance between what is promised and what comes, over ten equal groups.
    private static func calibrationError(_ scored: [(score: Double, isGood: Bool)]) -> Double {
        let sorted = scored.sorted { $0.score < $1.score }
        let size = sorted.count / 10
        return (0..<10).reduce(0) { sum, group in
            let members = sorted[(group * size)..<((group + 1) * size)]
            let promised = members.reduce(0) { $0 + $1.score } / Double(size)
            let came = Double(members.count(where: \.isGood)) / Double(size)
            return sum + abs(promised - came) / 10
        }
    }

    /// How often a good one is ranked above a bad one.
    private static func areaUnderCurve(_ scored: [(score: Double, isGood: Bool)]) -> Double {
        var bad = 0.0
        var good = 0.0
        var pairs = 0.0
        for one in scored.sorted(by: { $0.score < $1.score }) {
            if one.isGood {
                good += 1
                pairs += bad
            } else {
                bad += 1
            }
        }
        return pairs / (good * bad)
    }
}
