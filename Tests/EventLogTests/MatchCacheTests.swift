// That a filter looks at a segment once, and that remembering it is bounded.

import Testing

@testable import EventLog

@Suite struct MatchCacheTests {
    private let filter = Filter([FilterTerms(types: ["lead_*"])])

    @Test func `all who share a filter share what it matches`() {
        var cache = MatchCache(entriesMax: 8)
        let segments = [sampleSegment(1...20), sampleSegment(21...40)]
        for _ in 0..<100 {
            for segment in segments {
                let matches = cache.matches(of: filter, serial: 1, in: segment)
                #expect(matches == segment.matches(of: filter))
            }
        }
        #expect(cache.computedCount == 2)
        _ = cache.matches(of: filter, serial: 2, in: segments[0])
        #expect(cache.computedCount == 3)
    }

    @Test func `what is asked for again and again outlives what is not`() {
        var cache = MatchCache(entriesMax: 4)
        let wanted = sampleSegment(1...20)
        for other in UInt64(1)...100 {
            _ = cache.matches(of: filter, serial: 1, in: wanted)
            let first = other * 20 + 1
            _ = cache.matches(of: filter, serial: 1, in: sampleSegment(first...first + 19))
        }
        #expect(cache.computedCount == 101)
        let forgotten = sampleSegment(21...40)
        _ = cache.matches(of: filter, serial: 1, in: forgotten)
        #expect(cache.computedCount == 102)
    }

    @Test func `whole segments need no list`() {
        let segment = sampleSegment(1...20)
        #expect(segment.matches(of: .everything) == .all)
        #expect(segment.matches(of: .nothing) == .none)
        #expect(
            segment.matches(of: Filter([FilterTerms(types: ["l*", "o*", "r*", "s*"])])) == .all)
        #expect(segment.matches(of: Filter([FilterTerms(types: ["x*"])])) == .none)
    }
}
