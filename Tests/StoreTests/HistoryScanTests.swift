// A scan over windows finds what one look at everything would, in either direction.

import EventLog
import Testing

@testable import Store

@Suite struct HistoryScanTests {
    /// What Postgres would give for a window, prefilter included.
    private func rows(
        _ log: [LoggedEvent], _ window: HistoryScan.Window, _ scan: HistoryScan,
        prefilter: (LoggedEvent) -> Bool
    ) -> [LoggedEvent] {
        let inside = log.filter {
            $0.position > window.after && $0.position < window.before && prefilter($0)
        }
        return Array((scan.query.newestFirst ? inside.reversed() : inside).prefix(scan.rowsMax))
    }

    @Test func `a scan gives the page that one look at everything would give`() {
        let seed = SeededGenerator.testSeed("HistoryScanTests")
        var random = SeededGenerator(seed: seed)
        let names = ["a_one", "a_two", "b"]
        let log = (1...200 as ClosedRange<UInt64>).map { position in
            LoggedEvent(
                position: position,
                name: position % 41 == 0 ? "rare" : names[Int(position % 3)],
                subject: "leads/\(position % 5)", text: [])
        }
        for _ in 0..<400 {
            let terms: [[FilterTerms]] = [
                [], [FilterTerms(types: ["rare"], subjects: [], entities: [])],
                [FilterTerms(types: ["a_*"], subjects: ["leads/3"], entities: ["lead"])],
            ]
            var query = HistoryQuery(limit: Int.random(in: 1...8, using: &random))
            query.terms = terms[Int.random(in: 0..<3, using: &random)]
            query.newestFirst = Bool.random(using: &random)
            query.after = UInt64.random(in: 0...210, using: &random)
            if Bool.random(using: &random) {
                query.before = UInt64.random(in: 0...210, using: &random)
            }
            // The prefilter may let through more than the filter does: here the names alone.
            let filter = query.terms.isEmpty ? Filter.everything : Filter(query.terms)
            let width = UInt64.random(in: 1...90, using: &random)
            var scan = HistoryScan(query, windowPositions: width)
            scan.begin(head: 200)
            while let window = scan.window {
                #expect(window.before - window.after <= width + 1)
                let some = rows(log, window, scan) { event in
                    query.terms.isEmpty || event.name.hasPrefix("a_") || event.name == "rare"
                }
                scan.take(some, of: window)
            }
            let all = log.filter {
                $0.position > query.after && $0.position < query.before ?? .max
                    && filter.matches(
                        name: $0.name, subject: $0.subject, entity: $0.entity, of: $0.owners)
            }
            let ordered = query.newestFirst ? all.reversed() : all
            guard case .history(let found, let hasMore, 200) = scan.outcome(isComplete: true)
            else {
                Issue.record("no history")
                return
            }
            let expected = ordered.prefix(query.limit).map(\.position)
            #expect(found.map(\.position) == expected, "seed \(seed), \(query)")
            #expect(hasMore == (ordered.count > query.limit), "seed \(seed), \(query)")
        }
    }

    @Test func `the prefilter limits a dimension only if every term does`() {
        let name = FilterTerms(types: ["order_*", "b"], subjects: [], entities: [])
        let subject = FilterTerms(types: ["c"], subjects: ["leads/1"], entities: [])
        #expect(HistoryPrefilter([name]).names.map(Set.init) == [#"order\_%"#, "b"])
        #expect(HistoryPrefilter([name]).subjects == nil)
        #expect(HistoryPrefilter([name, subject]).names.map(Set.init) == [#"order\_%"#, "b", "c"])
        #expect(HistoryPrefilter([name, subject]).subjects == nil)
        #expect(HistoryPrefilter([subject]).subjects == ["leads/1"])
        #expect(HistoryPrefilter([]).names == nil)
    }

    @Test func `an entity is looked for under each plural that it may have`() {
        for (entity, kind) in [
            ("lead", "leads"), ("delivery", "deliveries"), ("address", "addresses"),
            ("feedback", "feedback"),
        ] {
            let terms = FilterTerms(types: [], subjects: [], entities: [entity])
            #expect(HistoryPrefilter([terms]).kinds?.contains(kind) == true)
        }
    }
}
