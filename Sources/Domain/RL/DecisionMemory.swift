// Decisions that feedback may still come for, the oldest given up first. Bounded, so that years of
// decisions nobody speaks of cost nothing; a decision given up is learned from no more, and the
// answer to its feedback says so.

/// A remembered decision and what was learned of it.
struct RememberedDecision: Equatable, Sendable {
    private(set) var decision: LoggedDecision
    /// The vector that its reward was learned with; nil before any feedback.
    private(set) var vector: FeatureVector?
    /// What has been said so far, in order; the last one stands.
    var feedback: [Feedback] = []

    init(_ decision: LoggedDecision) {
        self.decision = decision
    }

    /// Keeps the vector, which is all that a correction needs, and lets the features go.
    mutating func learned(with vector: FeatureVector) {
        self.vector = vector
        decision = LoggedDecision(
            id: decision.id, model: decision.model, features: .none, action: decision.action,
            propensity: decision.propensity)
    }
}

/// The latest decisions, found by id.
struct DecisionMemory: Sendable {
    /// In the order of their numbers; an emptied place was taken over by a later decision.
    private(set) var places: [RememberedDecision?] = []
    /// The number of the first place.
    private var first = 0
    /// All places before this one are empty.
    private var emptyPrefix = 0
    private var numbers: [UniqueID: Int] = [:]
    let countMax: Int

    init(countMax: Int) {
        precondition(countMax > 0, "remembers nothing")
        self.countMax = countMax
    }

    /// How many are remembered.
    var count: Int { numbers.count }

    /// All of them, the oldest first.
    var all: [RememberedDecision] { places.compactMap(\.self) }

    /// Remembers one more; one with the same id takes its place at the end.
    mutating func append(_ entry: RememberedDecision) {
        if let old = numbers[entry.decision.id] { places[old - first] = nil }
        numbers[entry.decision.id] = first + places.count
        places.append(entry)
        while numbers.count > countMax { forgetOldest() }
        // Emptied places are swept together once they are as many as the rest.
        if places.count > 2 * countMax { sweep() }
    }

    func entry(_ id: UniqueID) -> RememberedDecision? {
        numbers[id].flatMap { places[$0 - first] }
    }

    /// Replaces an entry in its place.
    mutating func replace(_ entry: RememberedDecision) {
        guard let number = numbers[entry.decision.id] else { return }
        places[number - first] = entry
    }

    private mutating func forgetOldest() {
        while emptyPrefix < places.count {
            let oldest = places[emptyPrefix]
            places[emptyPrefix] = nil
            emptyPrefix += 1
            if let oldest {
                numbers[oldest.decision.id] = nil
                return
            }
        }
    }

    private mutating func sweep() {
        first += places.count
        places = places.filter { $0 != nil }
        emptyPrefix = 0
        for (index, place) in places.enumerated() {
            if let place { numbers[place.decision.id] = first + index }
        }
    }
}

extension DecisionMemory: Equatable {
    /// Equal if they remember the same in the same order, wherever it lies.
    static func == (left: DecisionMemory, right: DecisionMemory) -> Bool {
        left.countMax == right.countMax && left.all == right.all
    }
}
