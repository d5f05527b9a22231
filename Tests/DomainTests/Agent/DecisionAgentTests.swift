// The agent: nothing forbidden is ever chosen, each action is chosen as often as is logged, and
// every answer explains itself.

import Testing

@testable import Domain

@Suite struct `The decision agent` {
    private let actions = ["standard", "express", "hold"]

    private func request(
        _ features: Features, actions: [String]? = nil, mode: DecisionMode = .live
    ) -> DecisionRequest {
        DecisionRequest(
            subject: "orders/0192", features: features, actions: actions ?? self.actions,
            mode: mode)
    }

    private func decide(
        _ request: DecisionRequest, _ state: ModelState, excluding exclusions: [Exclusion] = [],
        policy: AgentPolicy = .standard, random: UInt64 = 0
    ) -> AgentDecision {
        var scratch = ScoringScratch()
        return DecisionAgent.decide(
            request, policy: policy, excluding: exclusions, model: state, random: random,
            scratch: &scratch)
    }

    @Test func `learns what is good for whom`() {
        var funnel = Funnel("the decision agent")
        let state = funnel.taught(count: 300)
        for west in [true, false] {
            let good = west ? "express" : "standard"
            for _ in 0..<20 {
                let decision = decide(
                    request(funnel.order(west: west)), state, random: UInt64.max / 2)
                #expect(decision.action == good)
                #expect(decision.probability > 0.9)
                #expect(!decision.isFallback)
                #expect(decision.modelVersion == state.version)
                #expect(decision.modelPosition == state.position)
            }
        }
    }

    @Test func `never chooses what is excluded, and says which rule it was`() {
        var funnel = Funnel("forbidden actions")
        let state = funnel.taught(count: 60)
        let requests = [true, false].map { request(funnel.order(west: $0)) }
        let exclusions = (0..<8).map { mask in
            (0..<3).filter { mask >> $0 & 1 == 1 }
                .map { Exclusion(action: actions[$0], rule: "rule-\($0)") }
        }
        var scratch = ScoringScratch()
        var broken = 0
        for index in 0..<100_000 {
            let excluded = exclusions[index >> 1 & 7]
            let action = DecisionAgent.decide(
                requests[index & 1], policy: .standard, excluding: excluded, model: state,
                random: funnel.random.next(), scratch: &scratch
            ).action
            let isRight =
                excluded.count == 3
                ? action == AgentDecision.noAction
                : actions.contains(action) && !excluded.contains { $0.action == action }
            if !isRight { broken += 1 }
        }
        #expect(broken == 0)
        let decision = decide(
            requests[0], state, excluding: [Exclusion(action: "express", rule: "r9")])
        let answer = decision.actions[1]
        #expect(answer.excludedBy == "r9")
        #expect(answer.score == nil && answer.propensity == 0)
        // What is not scored may have been learned from all the same.
        #expect(answer.isLearned)
    }

    @Test func `answers no_action when nothing is left or nothing was asked`() {
        let state = ModelState(exploration: .standard)
        let all = actions.map { Exclusion(action: $0, rule: "r") }
        let decision = decide(request(.none), state, excluding: all)
        #expect(decision.action == "no_action")
        #expect(decision.actions.map(\.excludedBy) == ["r", "r", "r"])
        #expect(decide(request(.none, actions: []), state).action == "no_action")
        #expect(
            DecisionAgent.logged(decision, of: request(.none), id: UniqueID(high: 0, low: 1))
                == nil)
    }

    @Test func `falls back to equal chances, and says so, before anything was learned`() {
        let decision = decide(request(.none), ModelState(exploration: .standard))
        #expect(decision.isFallback)
        for answer in decision.actions {
            #expect(answer.propensity == 1.0 / 3)
            #expect(answer.score == Exploration.standard.priorReward && !answer.isLearned)
        }
    }

    @Test func `shows of an untried action the prior that it is drawn by`() {
        var funnel = Funnel("an untried action")
        let state = funnel.taught(count: 60)
        let decision = decide(
            request(funnel.order(west: true), actions: ["express", "by drone"]), state)
        let untried = decision.actions[1]
        #expect(decision.actions[0].isLearned && !untried.isLearned)
        #expect(untried.score == Exploration.standard.priorReward)
        #expect(untried.interval?.lowerBound == 0 && untried.propensity > 0)
    }

    @Test func `follows the order of the request when the kill switch is thrown`() {
        var funnel = Funnel("the kill switch")
        let state = funnel.taught(count: 100)
        let policy = AgentPolicy(id: "rules", version: 3, method: .rules)
        for _ in 0..<20 {
            let decision = decide(
                request(funnel.order(west: true)), state,
                excluding: [Exclusion(action: "standard", rule: "r")], policy: policy,
                random: funnel.random.next())
            #expect(decision.action == "express")
            #expect(decision.probability == 1)
            #expect(decision.isFallback)
            #expect(decision.policyID == "rules" && decision.policyVersion == 3)
        }
    }

    @Test func `explains a score exactly`() {
        var funnel = Funnel("an explanation")
        let state = funnel.taught(count: 200)
        let decision = decide(request(funnel.order(west: true)), state, random: UInt64.max / 2)
        let sum = decision.explanation.reduce(0) { $0 + $1.amount }
        let score = decision.actions.first { $0.action == decision.action }?.score
        #expect(abs(min(max(sum, 0), 1) - (score ?? -1)) < 1e-9)
        #expect(decision.explanation.contains { $0.category == "west" && $0.amount > 0 })
    }

    @Test func `gives every allowed action a chance, and all of them together 1`() {
        var funnel = Funnel("propensities")
        let state = funnel.taught(count: 400)
        let uniform = Exploration.standard.uniformPart(updateCount: 400)
        #expect(uniform > 0 && uniform <= 0.05)
        for west in [true, false] {
            let decision = decide(request(funnel.order(west: west)), state)
            let propensities = decision.actions.map(\.propensity)
            #expect(propensities.allSatisfy { $0 >= uniform / 3 })
            #expect(abs(propensities.reduce(0, +) - 1) < 1e-12)
        }
    }

    @Test func `chooses as often as it logs`() {
        var funnel = Funnel("frequencies")
        let state = funnel.taught(count: 12)
        var scratch = ScoringScratch()
        let model = state.model("orders")
        var sum = 0.0
        for _ in 0..<4 {
            model.estimate(
                funnel.order(west: Bool.random(using: &funnel.random)), actions: actions,
                into: &scratch)
            model.weigh(into: &scratch)
            var chosen = [0.0, 0, 0]
            for _ in 0..<20_000 {
                let random = funnel.random.next()
                chosen[Choice(probabilities: scratch.propensities, random: random).index] += 1
            }
            for (count, propensity) in zip(chosen, scratch.propensities) {
                let expected = propensity * 20_000
                sum += (count - expected) * (count - expected) / expected
            }
        }
        // χ² with 8 degrees of freedom lies beyond 36 once in 50,000 runs.
        #expect(sum < 36)
    }

    @Test func `decides the same again from the same random bits`() {
        var funnel = Funnel("a repeated decision")
        let state = funnel.taught(count: 10)
        let request = request(funnel.order(west: true))
        for _ in 0..<20 {
            let random = funnel.random.next()
            #expect(
                decide(request, state, random: random) == decide(request, state, random: random))
        }
    }

    @Test func `learns from live decisions only`() {
        let state = ModelState(exploration: .standard)
        let id = UniqueID(high: 0, low: 7)
        let live = request(.none)
        let shadow = request(.none, mode: .shadow)
        #expect(DecisionAgent.logged(decide(live, state), of: live, id: id)?.model == "orders")
        #expect(DecisionAgent.logged(decide(shadow, state), of: shadow, id: id) == nil)
    }

    @Test func `has a set of actions for each kind of subject`() {
        #expect(ActionSet.forSubject("orders/0192")?.actions == actions)
        #expect(ActionSet.forSubject("leads/0192")?.actions == ["call", "email", "wait"])
        #expect(ActionSet.named("deliveries")?.actions == ["proceed", "reschedule", "notify"])
        #expect(ActionSet.forSubject("tasks/0192") == nil)
        #expect(ActionSet.forSubject("") == nil)
    }

    @Test func `takes a candidate once, and its own no_action never`() {
        let request = request(.none, actions: ["a", "no_action", "b", "a"])
        #expect(request.actions == ["a", "b"])
    }
}
