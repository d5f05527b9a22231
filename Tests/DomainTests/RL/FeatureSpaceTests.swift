// From named features to a vector: the same whatever their order, safe against ids given as
// categories, and standardized as the numbers come.

import Testing

@testable import Domain

@Suite struct `Features of a subject` {
    @Test func `are the same in any order, and the later of two with one name counts`() {
        let one = Features([Feature("b", 1), Feature("a", "x"), Feature("b", 2)])
        let other = Features([Feature("b", 2), Feature("a", "x")])
        #expect(one == other)
        #expect(one.list.map(\.name) == ["a", "b"])
    }

    @Test func `that are not finite count as absent`() {
        let features = Features([
            Feature("a", Double.nan), Feature("b", -Double.infinity), Feature("c", 0),
        ])
        #expect(features.list.map(\.name) == ["c"])
    }

    @Test func `have keys that do not run into each other`() {
        let keys = [
            Feature("ab", "c"), Feature("a", "bc"), Feature("abc", 1), Feature("a", "b"),
            Feature("ab", 1),
        ].map(\.key)
        #expect(Set(keys).count == keys.count)
        #expect(Feature("a", 1).key == Feature("a", 2).key)
    }

    @Test func `are bounded in number`() {
        let many = Features((0..<1_000).map { Feature("f\($0)", 1) })
        #expect(many.list.count == Features.countMax)
    }
}

@Suite struct `The feature space` {
    private func vector(_ space: FeatureSpace, _ features: Features) -> FeatureVector {
        var vector = FeatureVector()
        space.fill(&vector, from: features)
        return vector
    }

    @Test func `standardizes numbers by the mean and deviation so far`() {
        var space = FeatureSpace()
        let numbers = (0..<500).map { 1e6 + Double($0 * 7919 % 500) }
        for number in numbers { space.observe(Features([Feature("a", number)])) }
        let mean = numbers.reduce(0, +) / 500
        let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let expected = (1e6 + 400 - mean) / (squares / 500).squareRoot() * 500 / 505
        let found = vector(space, Features([Feature("a", 1e6 + 400)]))
            .coordinate(FeatureSpace.ownStart)
        #expect(abs(found - expected) < 1e-9)
    }

    @Test func `keeps an outlier within bounds`() {
        var space = FeatureSpace()
        for number in [1.0, 2, 3, 4] { space.observe(Features([Feature("a", number)])) }
        for extreme in [1e300, -1e300] {
            let found = vector(space, Features([Feature("a", extreme)]))
                .coordinate(FeatureSpace.ownStart)
            #expect(found.magnitude <= FeatureSpace.deviationsMax && found != 0)
        }
    }

    @Test func `takes a number that never changed for nothing`() {
        var space = FeatureSpace()
        for _ in 0..<10 { space.observe(Features([Feature("a", 5)])) }
        #expect(vector(space, Features([Feature("a", 9)])).active == [0])
    }

    @Test func `is not moved by what is only scored`() {
        var space = FeatureSpace()
        space.observe(Features([Feature("a", 5), Feature("b", "x")]))
        let before = space
        let unknown = vector(space, Features([Feature("b", "y"), Feature("c", 3)]))
        #expect(space == before)
        #expect(unknown.active == [0])
    }

    @Test func `gives an id that comes as a category only its share of the room`() {
        var space = FeatureSpace()
        for id in 0..<10_000 { space.observe(Features([Feature("id", "\(id)")])) }
        for index in 0..<60 { space.observe(Features([Feature("f\(index)", Double(index))])) }
        let own = space.slots.dropFirst(FeatureSpace.ownStart)
        #expect(own.count { $0.name == "id" } == FeatureSpace.categoriesMax)
        #expect(own.count { $0.kind == .number } == 60)
        // Those without a place of their own still count, together with others.
        #expect(vector(space, Features([Feature("id", "9999")])).active.count == 2)
    }

    @Test func `never has more coordinates than a vector may`() {
        var space = FeatureSpace()
        for index in 0..<1_000 {
            space.observe(
                Features([Feature("n\(index)", 1), Feature("c\(index)", "\(index)")]))
        }
        #expect(space.slots.count == FeatureSpace.dimensionMax)
        let full = Features((0..<200).map { Feature("c\($0)", "\($0)") })
        #expect(vector(space, full).dimension == FeatureSpace.dimensionMax)
    }
}
