// All that was learned, as a fold of the log: the same events in the order of their positions give
// the same bits on every instance. Decisions and scores are remembered until feedback comes;
// feedback teaches the model that the decision came from. Nothing here asks the time or draws.

/// The models by name, the decisions awaiting feedback, and how far the log is folded.
package struct ModelState: Equatable, Sendable {
    /// Decisions and scores that feedback may still come for.
    package static let rememberedMax = 4_096
    /// Models at most; a decision of one more is remembered, and learned by nobody.
    package static let modelCountMax = 64
    /// Pieces of feedback kept for one decision, to know them again.
    static let feedbackMax = 8

    /// One more with everything learned and corrected.
    package internal(set) var version: UInt64 = 0
    /// The position of the last event that was folded in.
    package internal(set) var position: UInt64 = 0
    package let exploration: Exploration
    /// By name, ascending.
    package internal(set) var names: [String] = []
    package internal(set) var models: [ActionModel] = []
    var memory: DecisionMemory

    /// A model that has learned nothing.
    package init(exploration: Exploration, rememberedMax: Int = ModelState.rememberedMax) {
        self.exploration = exploration
        memory = DecisionMemory(countMax: rememberedMax)
    }

    /// How many decisions and scores are remembered.
    package var rememberedCount: Int { memory.count }

    /// The model of a name; one that has learned nothing if there is none.
    package func model(_ name: String) -> ActionModel {
        index(of: name).map { models[$0] } ?? ActionModel(exploration: exploration)
    }

    /// Whether, and as what, a decision is remembered; without its features once it has a reward.
    package func remembered(_ id: UniqueID) -> LoggedDecision? {
        memory.entry(id)?.decision
    }

    /// Passes an event that teaches nothing.
    package mutating func advance(to position: UInt64) {
        self.position = max(self.position, position)
    }

    /// Remembers a decision or a score, so that feedback can teach.
    ///
    /// A position that was passed before is nothing; the same id again takes the place of the
    /// first, unless that has its feedback already.
    package mutating func remember(_ decision: LoggedDecision, position: UInt64) {
        guard position > self.position else { return }
        self.position = position
        if let entry = memory.entry(decision.id), !entry.feedback.isEmpty { return }
        memory.append(RememberedDecision(decision))
    }

    /// Learns from feedback on a remembered decision.
    ///
    /// The same feedback again is nothing; another
    /// reward for the same decision replaces the one before, exactly as if it had come at first.
    @discardableResult
    package mutating func learn(_ feedback: Feedback, position: UInt64) -> LearningOutcome {
        guard position > self.position else { return .duplicate }
        self.position = position
        guard var entry = memory.entry(feedback.decision) else { return .unknownDecision }
        if entry.feedback.contains(feedback) { return .duplicate }
        let outcome = teach(&entry, feedback)
        guard outcome != .modelFull else { return outcome }
        if entry.feedback.count == ModelState.feedbackMax { entry.feedback.removeFirst() }
        entry.feedback.append(feedback)
        memory.replace(entry)
        version += 1
        return outcome
    }

    /// Learns a decision and its reward (−1 to 1) at once, for example when the log is read with
    /// both joined already.
    @discardableResult
    package mutating func learn(
        decision: LoggedDecision, reward: Double, position: UInt64
    ) -> LearningOutcome {
        guard position > self.position else { return .duplicate }
        if memory.entry(decision.id) == nil { memory.append(RememberedDecision(decision)) }
        return learn(
            Feedback(id: decision.id, decision: decision.id, reward: reward), position: position)
    }

    private mutating func teach(
        _ entry: inout RememberedDecision, _ feedback: Feedback
    ) -> LearningOutcome {
        let decision = entry.decision
        guard let model = index(of: decision.model) ?? addModel(decision.model) else {
            return .modelFull
        }
        if let vector = entry.vector, let last = entry.feedback.last {
            guard let arm = models[model].arm(of: decision.action) else { return .modelFull }
            let change = (feedback.reward - last.reward) / 2
            models[model].arms[arm].correct(vector, by: change)
            return .corrected
        }
        let vector = models[model].learn(
            decision.features, action: decision.action, reward: (feedback.reward + 1) / 2)
        guard let vector else { return .modelFull }
        entry.learned(with: vector)
        return .learned
    }

    private func index(of name: String) -> Int? {
        names.firstIndex(of: name)
    }

    private mutating func addModel(_ name: String) -> Int? {
        guard names.count < ModelState.modelCountMax else { return nil }
        let index = names.firstIndex { $0 > name } ?? names.count
        names.insert(name, at: index)
        models.insert(ActionModel(exploration: exploration), at: index)
        return index
    }
}
