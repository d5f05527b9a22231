// Readers who want only the newest of each subject, over generated histories: whatever they were
// spared, in the end they know what everybody knows, and in the same order.

import EventLog
import Support
import Testing
import Wire

struct PolicyTests {
    /// A reader of one history.
    private struct Reader {
        var cursor: Cursor
        let filterClass: FilterClass
        let terms: [FilterTerms]
        let framesMax: Int
        /// Positions that were received, in order.
        var positions: [UInt64] = []
        var unfinished: UInt64?
    }

    /// Reads once, as much as a socket takes, and notes what came whole.
    private func read(
        _ reader: inout Reader, _ log: inout EventLog, taking share: Double
    ) -> Bool {
        let before = reader.cursor
        switch log.nextLatest(
            before, filter: reader.filterClass, form: .serverSentEvents, bytesMax: 4_000,
            framesMax: reader.framesMax)
        {
        case .due(let run):
            let count = max(1, Int(Double(run.range.count) * share))
            let text = String(decoding: run.bytes[run.range], as: UTF8.self)
            let ids = text.split(separator: "\n").filter { $0.hasPrefix("id: ") }
                .compactMap { UInt64($0.split(separator: "-")[1]) }
            #expect(ids.count <= reader.framesMax || before.offset > 0)
            reader.cursor = run.cursor(afterSending: count)
            // A frame that was begun has its id in the part that was sent before.
            let begun = before.offset > 0 ? [before.position + 1] : []
            let whole = (begun + ids.filter { !begun.contains($0) }).filter {
                $0 <= reader.cursor.position
            }
            reader.positions += whole
            return true
        case .caughtUp(let cursor):
            reader.cursor = cursor
            return false
        case .needsPage, .trimmed:
            Issue.record("everything is in memory")
            return false
        }
    }

    @Test(arguments: 0..<40)
    func `whoever wants the newest ends up knowing the same`(round: Int) throws {
        var random = TestSeed.random("conflated histories", round)
        var log = EventLog(
            epoch: sampleEpoch, head: 0, memoryBytesMax: 1 << 30, pageBytesMax: 1 << 20)
        let noise = UInt64.random(in: 0...UInt64.max, using: &random)
        var readers = (0..<12).map { _ in
            let terms = sampleTerms.randomElement(using: &random) ?? []
            return Reader(
                cursor: Cursor(position: 0), filterClass: log.register(Filter(terms)),
                terms: terms, framesMax: [1, 3, .max].randomElement(using: &random) ?? 1)
        }
        var position: UInt64 = 0
        while position < 1_500 {
            let count = UInt64.random(in: 1...40, using: &random)
            log.append(sampleSegment(position + 1...position + count, noise: noise))
            position += count
            for index in readers.indices where Int.random(in: 0..<4, using: &random) == 0 {
                let share = Double.random(in: 0.01...1.2, using: &random)
                _ = read(&readers[index], &log, taking: min(share, 1))
            }
        }
        let events = (1...position).map { sampleEvent($0, noise: noise) }
        for index in readers.indices {
            while read(&readers[index], &log, taking: 1) {}
            try expectSame(readers[index], events, upTo: position)
        }
    }

    /// Checks what a reader got against everything that it asked for.
    private func expectSame(
        _ reader: Reader, _ events: [LoggedEvent], upTo head: UInt64
    ) throws {
        let wanted = events.filter { isWanted($0, by: reader.terms) }
        #expect(reader.cursor == Cursor(position: head))
        #expect(zip(reader.positions, reader.positions.dropFirst()).allSatisfy { $0 < $1 })
        #expect(Set(reader.positions).isSubset(of: Set(wanted.map(\.position))))
        var newest: [String: UInt64] = [:]
        for event in wanted where !event.subject.isEmpty {
            newest[event.subject] = event.position
        }
        let received = Set(reader.positions)
        #expect(newest.values.allSatisfy { received.contains($0) })
        let alone = wanted.filter(\.subject.isEmpty).map(\.position)
        #expect(alone.allSatisfy { received.contains($0) }, "no subject, nothing to replace it")
    }

    @Test func `who is not behind gets everything`() {
        var log = EventLog(
            epoch: sampleEpoch, head: 0, memoryBytesMax: 1 << 30, pageBytesMax: 1 << 20)
        var reader = Reader(
            cursor: Cursor(position: 0), filterClass: log.register(.everything),
            terms: [FilterTerms()], framesMax: .max)
        for position in UInt64(1)...50 {
            log.append(sampleSegment(position...position))
            while read(&reader, &log, taking: 1) {}
        }
        #expect(reader.positions == Array(1...50))
    }

    @Test func `of a burst about one subject only the last event comes`() {
        var log = EventLog(
            epoch: sampleEpoch, head: 0, memoryBytesMax: 1 << 30, pageBytesMax: 1 << 20)
        let events = (UInt64(1)...1_000).map {
            LoggedEvent(
                position: $0, name: "lead_updated", subject: "leads/\($0 % 3)",
                text: Array(#"{"id":"x"}"#.utf8))
        }
        log.append(Segment(epoch: sampleEpoch, events: events, masks: .none))
        var reader = Reader(
            cursor: Cursor(position: 0), filterClass: log.register(.everything),
            terms: [FilterTerms()], framesMax: .max)
        while read(&reader, &log, taking: 1) {}
        #expect(reader.positions == [998, 999, 1_000])
    }

    @Test(arguments: [1, 2, 3, 5, 50, 1_000])
    func `a rate is kept in every second, and is nearly used up`(perSecond: Int) {
        var random = TestSeed.random("paces", perSecond)
        var pace = Pace(perSecond: perSecond)
        var times: [Int64] = []
        var now: Int64 = 5_000
        while now < 15_000 {
            let count = pace.allowance(at: now)
            if count > 0 {
                pace.spend(count)
                times += Array(repeating: now, count: count)
            } else {
                #expect(pace.nextMilliseconds > now)
            }
            now += Int64.random(in: 1...20, using: &random)
        }
        for start in stride(from: Int64(5_000), to: 14_000, by: 50) {
            let count = times.count { $0 >= start && $0 < start + 1_000 }
            #expect(count <= perSecond + max(1, perSecond / 4))
        }
        #expect(times.count >= perSecond * 10 * 7 / 10 - 4)
    }
}
