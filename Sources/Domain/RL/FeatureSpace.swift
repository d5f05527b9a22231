// Where each feature lives in the vector, and how numbers are standardized. Slots are given in the
// order in which features are first learned from: slot 0 is the bias, some buckets follow, then
// numbers and categories as they come; categories without a slot share the buckets by hash. Mean
// and deviation of each number run along (Welford), moved by learning alone, so that a replay of
// the log finds the same vectors.

/// One coordinate of the vector.
package struct FeatureSlot: Equatable, Sendable {
    /// What the coordinate holds.
    package enum Kind: UInt8, Sendable {
        /// Always 1.
        case bias
        /// A standardized number.
        case number
        /// Not 0 for one value of a feature.
        case category
        /// The number of categories without a slot of their own that hash here.
        case bucket
    }

    package let kind: Kind
    /// The feature's name; empty for the bias and for a bucket.
    package let name: String
    /// The value that a category's slot stands for.
    package let category: String
    let key: UInt64
    /// How many numbers were seen, their mean, and the sum of squares about it.
    var count: Double = 0
    var mean: Double = 0
    var squares: Double = 0

    init(kind: Kind, name: String, category: String, key: UInt64) {
        self.kind = kind
        self.name = name
        self.category = category
        self.key = key
    }

    /// Takes one more number into mean and deviation.
    mutating func observe(_ number: Double) {
        count += 1
        let before = number - mean
        mean += before / count
        squares += before * (number - mean)
    }

    /// The number in deviations from the mean, at most ±`FeatureSpace.deviationsMax`.
    ///
    /// It is less while mean and deviation are known from few numbers, and zero before two
    /// different ones were seen.
    func standardized(_ number: Double) -> Double {
        guard squares > 0 else { return 0 }
        let deviation = (squares / count).squareRoot()
        guard deviation > 0 else { return 0 }
        let limit = FeatureSpace.deviationsMax
        let trust = count / (count + FeatureSpace.numbersForHalfTrust)
        return min(max((number - mean) / deviation, -limit), limit) * trust
    }
}

/// The assignment of features to coordinates; it only grows.
package struct FeatureSpace: Equatable, Sendable {
    /// Coordinates, bias and buckets included.
    package static let dimensionMax = 128
    /// The first slot that a feature has to itself; between the bias and it lie the buckets.
    package static let ownStart = 16
    /// Slots of its own that one feature gets for its categories, so that an id given as a
    /// category can't take the room of all others.
    package static let categoriesMax = 24
    static let deviationsMax = 2.5
    static let numbersForHalfTrust = 5.0
    /// Subjects with more features than this have them scaled down, so that their vectors are no
    /// longer, and what is unknown of them counts no more.
    static let unscaledFeaturesMax = 12
    private static let tableMask = 255

    package private(set) var slots: [FeatureSlot]
    /// Slot + 1 by key, open addressing; 0 is empty.
    private var table: [UInt8]

    package init() {
        slots = []
        table = Array(repeating: 0, count: FeatureSpace.tableMask + 1)
        append(FeatureSlot(kind: .bias, name: "", category: "", key: 0))
        while slots.count < FeatureSpace.ownStart {
            append(FeatureSlot(kind: .bucket, name: "", category: "", key: 0))
        }
    }

    /// A space as it was saved.
    init(ownSlots: [FeatureSlot]) {
        self.init()
        for slot in ownSlots { append(slot) }
    }

    /// Gives slots to what is new, and moves means and deviations.
    mutating func observe(_ features: Features) {
        for feature in features.list {
            let slot = slot(of: feature) ?? allocate(feature)
            if case .number(let number) = feature.value, let slot {
                slots[slot].observe(number)
            }
        }
    }

    /// Fills the vector; features that were never learned from are left out.
    package func fill(_ vector: inout FeatureVector, from features: Features) {
        vector.clear(dimension: slots.count)
        vector.add(1, to: 0)
        let scaled = max(features.list.count, FeatureSpace.unscaledFeaturesMax)
        let scale = (Double(FeatureSpace.unscaledFeaturesMax) / Double(scaled)).squareRoot()
        for feature in features.list {
            guard let slot = slot(of: feature) else { continue }
            switch feature.value {
            case .number(let number):
                vector.add(slots[slot].standardized(number) * scale, to: slot)
            case .category: vector.add(scale, to: slot)
            }
        }
        vector.finish()
    }

    /// The coordinate that a feature moves; nil when it has none.
    func slot(of feature: Feature) -> Int? {
        if let own = find(feature.key) { return own }
        guard case .category = feature.value,
            !hasRoom(forCategoryOf: feature.name)
        else { return nil }
        return 1 + Int(feature.key >> 32) % (FeatureSpace.ownStart - 1)
    }

    private mutating func allocate(_ feature: Feature) -> Int? {
        guard slots.count < FeatureSpace.dimensionMax else { return nil }
        switch feature.value {
        case .number:
            return append(
                FeatureSlot(kind: .number, name: feature.name, category: "", key: feature.key))
        case .category(let category):
            return append(
                FeatureSlot(
                    kind: .category, name: feature.name, category: category, key: feature.key))
        }
    }

    /// Whether a category would get a slot of its own if it were learned from.
    private func hasRoom(forCategoryOf name: String) -> Bool {
        guard slots.count < FeatureSpace.dimensionMax else { return false }
        let own = slots.count { $0.kind == .category && $0.name == name }
        return own < FeatureSpace.categoriesMax
    }

    @discardableResult
    private mutating func append(_ slot: FeatureSlot) -> Int {
        slots.append(slot)
        guard slot.kind == .number || slot.kind == .category else { return slots.count - 1 }
        var index = Int(truncatingIfNeeded: slot.key) & FeatureSpace.tableMask
        while table[index] != 0 { index = (index + 1) & FeatureSpace.tableMask }
        table[index] = UInt8(slots.count)
        return slots.count - 1
    }

    private func find(_ key: UInt64) -> Int? {
        var index = Int(truncatingIfNeeded: key) & FeatureSpace.tableMask
        while table[index] != 0 {
            let slot = Int(table[index]) - 1
            if slots[slot].key == key { return slot }
            index = (index + 1) & FeatureSpace.tableMask
        }
        return nil
    }
}
