// The notes on quiet history against a plain set of positions.

import Testing

@testable import EventLog

@Suite struct QuietStretchesTests {
    @Test func `a stretch ends where the notes do, however they overlap`() {
        let seed = SeededGenerator.seed(for: "quiet stretches")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            var stretches = QuietStretches()
            var quiet: Set<UInt64> = []
            for _ in 0..<12 {
                let first = UInt64.random(in: 1...60, using: &random)
                let range = first...first + UInt64.random(in: 0...6, using: &random)
                stretches.insert(range)
                quiet.formUnion(range)
                for position in UInt64(0)...70 {
                    var end = position
                    while quiet.contains(end + 1) { end += 1 }
                    #expect(stretches.end(after: position) == end, "HUB_TEST_SEED=\(seed)")
                }
            }
        }
    }

    @Test func `the shortest stretches are forgotten when there are too many`() {
        var stretches = QuietStretches()
        stretches.insert(1...1_000)
        for index in UInt64(0)..<3_000 {
            let first = 2_000 + index * 10
            stretches.insert(first...first + 1 + index % 3)
            #expect(stretches.end(after: first - 1) == first + 1 + index % 3)
        }
        #expect(stretches.end(after: 0) == 1_000)
        let places = (UInt64(0)..<3_000).map { 1_999 + $0 * 10 }
        let known = places.count { stretches.end(after: $0) > $0 }
        #expect(known == 1_023)
    }
}
