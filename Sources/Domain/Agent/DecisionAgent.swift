// The embedded decision agent: compliance first, then scores, then one draw. What compliance
// excludes is neither scored nor drawn, whatever was learned; if it excludes all, the answer is an
// explicit `no_action`. The random bits are an argument, so any decision can be made again.

/// Decides between actions.
package enum DecisionAgent {
    /// Decides by a policy and what was learned, from 64 random bits; `exclusions` is what the
    /// compliance rules forbid.
    package static func decide(
        _ request: DecisionRequest, policy: AgentPolicy, excluding exclusions: [Exclusion],
        model state: ModelState, random: UInt64, scratch: inout ScoringScratch
    ) -> AgentDecision {
        let excluded = request.actions.map { action in
            exclusions.first { $0.action == action }?.rule
        }
        let allowed = zip(request.actions, excluded).filter { $0.1 == nil }.map(\.0)
        guard !allowed.isEmpty else {
            return decision(
                request, policy, state, excluded: excluded, scratch,
                choice: nil, explanation: [], isFallback: false)
        }
        let model = state.model(request.model)
        model.estimate(request.features, actions: allowed, into: &scratch)
        var isLearned = model.weigh(into: &scratch)
        if policy.method == .rules {
            scratch.prefer(0)
            isLearned = false
        }
        let choice = Choice(probabilities: scratch.propensities, random: random)
        let explanation = model.contributions(scratch.vector, action: allowed[choice.index])
        return decision(
            request, policy, state, excluded: excluded, scratch,
            choice: (allowed[choice.index], choice.probability), explanation: explanation,
            isFallback: !isLearned)
    }

    /// What to remember of a decision; nil if no action was chosen.
    package static func logged(
        _ decision: AgentDecision, of request: DecisionRequest, id: UniqueID
    ) -> LoggedDecision? {
        guard decision.action != AgentDecision.noAction, decision.mode == .live else { return nil }
        return LoggedDecision(
            id: id, model: request.model, features: request.features, action: decision.action,
            propensity: decision.probability)
    }

    private static func decision(
        _ request: DecisionRequest, _ policy: AgentPolicy, _ state: ModelState,
        excluded: [String?], _ scratch: ScoringScratch,
        choice: (action: String, probability: Double)?, explanation: [Contribution],
        isFallback: Bool
    ) -> AgentDecision {
        let model = state.model(request.model)
        var answers: [ActionAnswer] = []
        var place = 0
        for (action, rule) in zip(request.actions, excluded) {
            if let rule {
                answers.append(
                    ActionAnswer(
                        action: action, score: nil, interval: nil,
                        isLearned: model.arm(of: action) != nil, propensity: 0, excludedBy: rule))
                continue
            }
            // What an action is drawn by is shown: of one never learned from, the prior.
            let estimate = scratch.estimates[place]
            answers.append(
                ActionAnswer(
                    action: action, score: OutcomeScore.clip(estimate.mean),
                    interval: OutcomeScore.interval(
                        mean: estimate.mean, deviation: estimate.deviation),
                    isLearned: estimate.isLearned, propensity: scratch.propensities[place],
                    excludedBy: nil))
            place += 1
        }
        return AgentDecision(
            action: choice?.action ?? AgentDecision.noAction, probability: choice?.probability ?? 1,
            actions: answers, explanation: explanation, mode: request.mode, policyID: policy.id,
            policyVersion: policy.version, modelVersion: state.version,
            modelPosition: state.position, isFallback: isFallback)
    }
}
