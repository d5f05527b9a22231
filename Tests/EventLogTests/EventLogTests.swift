// The log's own promises, one by one: what it keeps, what it asks for, and what costs nothing.

import EventLog
import Testing

@Suite struct EventLogTests {
    private func emptyLog(
        memoryBytesMax: Int = 1_000_000, pageBytesMax: Int = 1_000_000
    )
        -> EventLog
    {
        EventLog(
            epoch: sampleEpoch, head: 0, memoryBytesMax: memoryBytesMax,
            pageBytesMax: pageBytesMax)
    }

    private func next(
        _ log: inout EventLog, _ cursor: Cursor, _ filterClass: FilterClass,
        bytesMax: Int = 1_000_000
    ) -> Next {
        log.next(cursor, filter: filterClass, form: .serverSentEvents, bytesMax: bytesMax)
    }

    @Test func `a run in one segment is sent straight from its buffer`() {
        var log = emptyLog()
        let everything = log.register(.everything)
        let segment = sampleSegment(1...50)
        log.append(segment)
        guard case .due(let run) = next(&log, Cursor(position: 10), everything) else {
            Issue.record("nothing due")
            return
        }
        let frames = segment.frames(.serverSentEvents)
        #expect(run.range == frames.byteRange(of: 10..<50))
        #expect(run.frameCount == 40)
        #expect(run.through == 50)
        let isShared = unsafe run.bytes.withUnsafeBufferPointer { mine in
            unsafe frames.bytes.withUnsafeBufferPointer { theirs in
                unsafe mine.baseAddress == theirs.baseAddress
            }
        }
        #expect(isShared)
    }

    @Test func `a cursor is exact after any short send`() {
        var log = emptyLog()
        log.append(sampleSegment(1...3))
        log.append(sampleSegment(4...6))
        for terms in sampleTerms {
            let filterClass = log.register(Filter(terms))
            guard case .due(let run) = next(&log, Cursor(position: 0), filterClass) else {
                continue
            }
            for count in 0...run.range.count {
                let cursor = run.cursor(afterSending: count)
                let sent = run.bytes[run.range].prefix(count)
                var rest: ArraySlice<UInt8> = []
                if case .due(let more) = next(&log, cursor, filterClass) {
                    rest = more.bytes[more.range]
                }
                #expect(sent + rest == run.bytes[run.range])
            }
            #expect(run.cursor(afterSending: run.range.count) == Cursor(position: 6))
        }
    }

    @Test func `what is left of a run is what a cursor inside it is due`() {
        var log = emptyLog()
        log.append(sampleSegment(1...3))
        log.append(sampleSegment(4...6))
        for terms in sampleTerms {
            let filterClass = log.register(Filter(terms))
            guard case .due(let run) = next(&log, Cursor(position: 0), filterClass) else {
                continue
            }
            for count in 0..<run.range.count {
                let cursor = run.cursor(afterSending: count)
                guard let rest = run.rest(after: cursor),
                    case .due(let asked) = next(&log, cursor, filterClass)
                else {
                    Issue.record("nothing left after \(count) bytes")
                    continue
                }
                #expect(rest.bytes[rest.range] == run.bytes[run.range].dropFirst(count))
                #expect(rest.frameCount == asked.frameCount && rest.through == asked.through)
                for more in [1, 7, rest.range.count] where more <= rest.range.count {
                    #expect(
                        rest.cursor(afterSending: more)
                            == run.cursor(afterSending: count + more))
                }
            }
        }
    }

    @Test func `a run has nothing for a cursor that has all of it, or half of another frame`() {
        var log = emptyLog()
        let few = log.register(Filter([FilterTerms(types: ["lead_created"])]))
        log.append(sampleSegment(1...40))
        guard case .due(let run) = next(&log, Cursor(position: 0), few) else {
            Issue.record("nothing due")
            return
        }
        #expect(run.rest(after: Cursor(position: 40)) == nil)
        let wanted = (UInt64(1)...40).filter { position in
            run.rest(after: Cursor(position: position - 1, offset: 5)) != nil
        }
        #expect(wanted.count == run.frameCount && wanted.count < 40)
    }

    @Test func `one frame is due however small the limit`() {
        var log = emptyLog()
        let everything = log.register(.everything)
        log.append(sampleSegment(1...3))
        guard case .due(let run) = next(&log, Cursor(position: 0), everything, bytesMax: 1) else {
            Issue.record("nothing due")
            return
        }
        #expect(run.frameCount == 1)
        #expect(run.cursor(afterSending: run.range.count) == Cursor(position: 1))
    }

    @Test func `a caught-up cursor moves past what it doesn't want`() {
        var log = emptyLog()
        let none = log.register(Filter([FilterTerms(types: ["no_such_event"])]))
        let nothing = log.register(.nothing)
        log.append(sampleSegment(1...30))
        log.append(sampleSegment(31...40))
        for filterClass in [none, nothing] {
            guard case .caughtUp(let cursor) = next(&log, Cursor(position: 3), filterClass) else {
                Issue.record("not caught up")
                return
            }
            #expect(cursor == Cursor(position: 40))
        }
    }

    @Test func `a begun frame is finished after the filter changed`() {
        var log = emptyLog()
        log.append(sampleSegment(1...2))
        let everything = log.register(.everything)
        let nothing = log.register(Filter([FilterTerms(types: ["no_such_event"])]))
        guard case .due(let run) = next(&log, Cursor(position: 0), everything) else {
            Issue.record("nothing due")
            return
        }
        let cursor = run.cursor(afterSending: 5)
        guard case .due(let rest) = next(&log, cursor, nothing) else {
            Issue.record("nothing due")
            return
        }
        let frame = expectedFrame(sampleEvent(1), .serverSentEvents)
        #expect(rest.bytes[rest.range] == frame[5...])
        #expect(rest.through == 2)
    }

    @Test func `memory keeps to its budget but never drops the newest segment`() {
        var log = emptyLog(memoryBytesMax: 20_000)
        for first in stride(from: UInt64(1), to: 400, by: 4) {
            log.append(sampleSegment(first...first + 3))
            #expect(log.memoryByteCount <= 20_000)
        }
        #expect(log.firstInMemory > 1 && log.firstInMemory < 397)
        var tiny = emptyLog(memoryBytesMax: 1)
        tiny.append(sampleSegment(1...4))
        tiny.append(sampleSegment(5...8))
        #expect(tiny.firstInMemory == 5)
        #expect(tiny.head == 8)
    }

    @Test func `frames in another form count against the budget`() {
        let other = FrameForm(
            transport: .serverSentEvents, visibility: VisibilityClass(rawValue: 1))
        let plainByteCount = sampleSegment(1...4).byteCount
        var log = emptyLog(memoryBytesMax: plainByteCount * 25)
        let everything = log.register(.everything)
        for first in stride(from: UInt64(1), to: 400, by: 4) {
            log.append(sampleSegment(first...first + 3))
            _ = log.next(
                Cursor(position: first - 1), filter: everything, form: other, bytesMax: 1)
        }
        var heldBytes = 0
        for first in stride(from: log.firstInMemory, through: 397, by: 4) {
            heldBytes += log.segment(holding: first)?.byteCount ?? 0
        }
        #expect(heldBytes > plainByteCount * 12)
        #expect(log.memoryByteCount <= heldBytes && heldBytes <= plainByteCount * 26)
    }

    @Test func `what is not in memory is asked for by page and then joins the memory`() {
        var log = EventLog(
            epoch: sampleEpoch, head: 600, memoryBytesMax: 1_000_000, pageBytesMax: 1_000_000)
        let everything = log.register(.everything)
        log.append(sampleSegment(601...700))
        var cursor = Cursor(position: 300)
        var pages: [Int] = []
        var received: [UInt8] = []
        reading: while true {
            switch next(&log, cursor, everything) {
            case .needsPage(let page):
                pages.append(page)
                let range = EventLog.range(ofPage: page)
                log.insert(page: page, sampleSegment(range.lowerBound...min(range.upperBound, 600)))
            case .due(let run):
                received += run.bytes[run.range]
                cursor = run.cursor(afterSending: run.range.count)
            case .caughtUp(let end):
                #expect(end == Cursor(position: 700))
                break reading
            case .trimmed:
                Issue.record("nothing is gone")
                break reading
            }
        }
        #expect(pages == [1, 2])
        let expected = (UInt64(301)...700).flatMap {
            expectedFrame(sampleEvent($0), .serverSentEvents)
        }
        #expect(received == expected)
    }

    @Test func `a partial page is asked for again beyond its end`() {
        var log = EventLog(
            epoch: sampleEpoch, head: 100, memoryBytesMax: 1, pageBytesMax: 1_000_000)
        let everything = log.register(.everything)
        log.insert(page: 0, sampleSegment(1...100))
        log.append(sampleSegment(101...150))
        log.append(sampleSegment(151...200))
        guard case .needsPage(0) = next(&log, Cursor(position: 120), everything) else {
            Issue.record("the page is not asked for again")
            return
        }
        log.insert(page: 0, sampleSegment(1...200))
        guard case .due(let run) = next(&log, Cursor(position: 120), everything) else {
            Issue.record("nothing due")
            return
        }
        #expect(
            run.bytes[run.range].starts(with: expectedFrame(sampleEvent(121), .serverSentEvents)))
    }

    @Test func `a rare filter gets through history though only one page is kept`() {
        let head: UInt64 = 256 * 12
        var log = EventLog(
            epoch: sampleEpoch, head: head, memoryBytesMax: 1, pageBytesMax: 1)
        let rare = log.register(Filter([FilterTerms(types: ["no_such_event"])]))
        var pages: [Int] = []
        for _ in 0..<40 {
            guard case .needsPage(let page) = next(&log, Cursor(position: 700), rare) else { break }
            pages.append(page)
            let other = (page + 5) % 12
            log.insert(page: page, sampleSegment(EventLog.range(ofPage: page)))
            if case .caughtUp = next(&log, Cursor(position: 700), rare) { break }
            log.insert(page: other, sampleSegment(EventLog.range(ofPage: other)))
        }
        #expect(pages == Array(2...11))
        guard case .caughtUp(let cursor) = next(&log, Cursor(position: 700), rare) else { return }
        #expect(cursor.position == head)
    }

    @Test func `what retention took is reported, also when a page shows it`() {
        var log = EventLog(
            epoch: sampleEpoch, head: 500, memoryBytesMax: 1, pageBytesMax: 1_000_000)
        let everything = log.register(.everything)
        log.setOldest(40)
        guard case .trimmed(oldest: 40) = next(&log, Cursor(position: 38), everything) else {
            Issue.record("not trimmed")
            return
        }
        guard case .needsPage(0) = next(&log, Cursor(position: 39), everything) else {
            Issue.record("no page asked for")
            return
        }
        log.insert(page: 0, sampleSegment(60...256))
        #expect(log.oldest == 60)
        guard case .trimmed(oldest: 60) = next(&log, Cursor(position: 39), everything) else {
            Issue.record("not trimmed")
            return
        }
        log.setOldest(20)
        #expect(log.oldest == 60)
    }

    @Test func `pages keep to their budget, least recently used first`() {
        let page = sampleSegment(EventLog.range(ofPage: 0)).byteCount
        var log = EventLog(
            epoch: sampleEpoch, head: 256 * 4, memoryBytesMax: 1, pageBytesMax: page * 5 / 2)
        let everything = log.register(.everything)
        log.insert(page: 0, sampleSegment(EventLog.range(ofPage: 0)))
        log.insert(page: 1, sampleSegment(EventLog.range(ofPage: 1)))
        _ = next(&log, Cursor(position: 0), everything, bytesMax: 1)
        log.insert(page: 2, sampleSegment(EventLog.range(ofPage: 2)))
        #expect(log.eventText(at: 1) != nil)
        #expect(log.eventText(at: 257) == nil)
        #expect(log.eventText(at: 600) != nil)
        #expect(log.pageByteCount <= page * 5 / 2)
    }

    @Test func `equal filters share a class that lives while it is held`() {
        var log = emptyLog()
        let one = log.register(Filter([FilterTerms(types: ["a", "b"])]))
        let same = log.register(Filter([FilterTerms(types: ["b", "a"])]))
        #expect(one == same)
        #expect(log.filterClassCount == 1)
        log.retain(one)
        log.release(one)
        log.release(one)
        #expect(log.filter(of: same) == Filter([FilterTerms(types: ["a", "b"])]))
        log.release(same)
        #expect(log.filterClassCount == 0)
    }

    @Test func `a class that takes the place of another knows nothing of it`() {
        var log = emptyLog()
        let first = log.register(Filter([FilterTerms(types: ["no_such_event"])]))
        log.append(sampleSegment(1...20))
        guard case .caughtUp = next(&log, Cursor(position: 0), first) else {
            Issue.record("not caught up")
            return
        }
        log.release(first)
        let second = log.register(Filter([FilterTerms(types: ["lead_*", "order_*"])]))
        #expect(second == first)
        guard case .due(let run) = next(&log, Cursor(position: 0), second) else {
            Issue.record("nothing due")
            return
        }
        let expected = (UInt64(1)...20).map { sampleEvent($0) }
            .filter { $0.name.hasPrefix("lead_") || $0.name.hasPrefix("order_") }
        #expect(run.frameCount == expected.count)
    }

    @Test func `positions belong to pages of 256`() {
        #expect(EventLog.page(holding: 1) == 0)
        #expect(EventLog.page(holding: 256) == 0)
        #expect(EventLog.page(holding: 257) == 1)
        #expect(EventLog.range(ofPage: 1) == 257...512)
    }
}
