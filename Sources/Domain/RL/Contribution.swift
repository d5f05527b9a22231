// Why a score is what it is. The model is linear, so the mean is exactly the prior plus the sum of
// what each feature adds; nothing is estimated here.

/// What one feature adds to a mean.
package struct Contribution: Equatable, Sendable {
    /// The feature's name; `bias` for what every subject gets, `other` for values too rare to have
    /// a place of their own.
    package let feature: String
    /// The value of a category; nil for a number.
    package let category: String?
    /// xⱼ·θⱼ, on the scale of the reward from 0 to 1.
    package let amount: Double

    package init(feature: String, category: String?, amount: Double) {
        self.feature = feature
        self.category = category
        self.amount = amount
    }
}

extension ActionModel {
    /// What the features add to the mean of an action, the greatest in magnitude first.
    ///
    /// Bias and prior are one entry, and all amounts add up to the mean. Empty for an action that
    /// was never learned.
    package func contributions(
        _ vector: FeatureVector, action: String, countMax: Int = Int.max
    ) -> [Contribution] {
        guard let arm = arm(of: action) else { return [] }
        var result: [(contribution: Contribution, slot: Int)] = []
        for slot in vector.active {
            let weight = arms[arm].weight(slot) * vector.coordinate(slot)
            let place = space.slots[slot]
            let amount = place.kind == .bias ? weight + exploration.priorReward : weight
            guard amount != 0 else { continue }
            result.append(
                (
                    Contribution(
                        feature: place.label,
                        category: place.kind == .category ? place.category : nil, amount: amount),
                    slot
                ))
        }
        result.sort { left, right in
            let (a, b) = (left.contribution.amount.magnitude, right.contribution.amount.magnitude)
            return a != b ? a > b : left.slot < right.slot
        }
        return result.prefix(countMax).map(\.contribution)
    }
}

extension FeatureSlot {
    /// What an explanation calls it.
    var label: String {
        switch kind {
        case .bias: "bias"
        case .bucket: "other"
        case .number, .category: name
        }
    }
}
