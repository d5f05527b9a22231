// Features as the arithmetic wants them: one coordinate a slot, in blocks of eight, and beside them
// the list of those that are not zero, because one-hot vectors are mostly zeros.

/// A point in the feature space; made to be filled again and again without allocating.
package struct FeatureVector: Equatable, Sendable {
    /// Coordinates 0–7, 8–15 and so on; the last block is filled up with zeros.
    private(set) var blocks: [SIMD8<Double>] = []
    /// The slots that are not zero, ascending.
    private(set) var active: [Int] = []
    /// Their coordinates.
    private(set) var activeValues: [Double] = []
    private var coordinates: [Double] = []

    package init() {}

    /// The number of slots, zeros included.
    package var dimension: Int { coordinates.count }

    /// One coordinate; zero beyond the dimension.
    package func coordinate(_ slot: Int) -> Double {
        slot < coordinates.count ? coordinates[slot] : 0
    }

    /// Starts again with zeros.
    mutating func clear(dimension: Int) {
        coordinates.removeAll(keepingCapacity: true)
        coordinates.append(contentsOf: repeatElement(0, count: dimension))
    }

    /// Adds to one coordinate.
    mutating func add(_ amount: Double, to slot: Int) {
        coordinates[slot] += amount
    }

    /// Lays out what was added; nothing may be added after it.
    mutating func finish() {
        active.removeAll(keepingCapacity: true)
        activeValues.removeAll(keepingCapacity: true)
        blocks.removeAll(keepingCapacity: true)
        var block = SIMD8<Double>.zero
        for slot in coordinates.indices {
            let value = coordinates[slot]
            block[slot & 7] = value
            if value != 0 {
                active.append(slot)
                activeValues.append(value)
            }
            if slot & 7 == 7 {
                blocks.append(block)
                block = .zero
            }
        }
        if coordinates.count & 7 != 0 { blocks.append(block) }
    }
}
