// The log against a model: thousands of made-up histories of appends, trims, retention, erasures,
// and readers of every speed, filter and form. The model knows all events and what each reader
// was promised.

import EventLog
import Foundation
import Testing

/// One made-up history: a log, the Postgres behind it, and its readers.
private struct History {
    /// One subscriber, and what it was sent.
    struct Reader {
        var cursor: Cursor
        var filterClass: FilterClass
        var terms: [FilterTerms]
        let form: FrameForm
        var isClosed = false
        /// What arrived and is not checked yet: from the middle of a frame on.
        var received: [UInt8] = []
        /// Up to here it is decided what the reader had to get.
        var decided: UInt64
        /// What it had to get and isn't checked yet.
        var expected: [UInt8] = []
    }

    var random: SeededGenerator
    let pool: SamplePool
    var log: EventLog
    var readers: [Reader] = []
    /// Pages on their way from Postgres, as they were when they were read.
    var pagesUnderway: [(page: Int, segment: Segment)] = []
    /// Positions whose texts were erased.
    var erased: Set<UInt64> = []
    var failure: String?

    init(seed: UInt64, pool: SamplePool) {
        random = SeededGenerator(seed: seed)
        self.pool = pool
        let head = random.oneIn(3) ? 0 : UInt64.random(in: 0...700, using: &random)
        let oldest = random.oneIn(2) ? 1 : UInt64.random(in: 1...head + 1, using: &random)
        log = EventLog(
            epoch: sampleEpoch, head: head, oldest: oldest,
            memoryBytesMax: Int.random(in: 1...60_000, using: &random),
            pageBytesMax: random.oneIn(2) ? 1 : Int.random(in: 1...400_000, using: &random))
        for _ in 0..<Int.random(in: 1...4, using: &random) { addReader() }
    }

    mutating func addReader() {
        guard let terms = sampleTerms.randomElement(using: &random),
            let form = sampleForms.randomElement(using: &random)
        else { return }
        let position = UInt64.random(in: (log.oldest - 1)...log.head, using: &random)
        let id = EventID(epoch: sampleEpoch, position: position)
        let opening = log.open(ResumePoint(parsing: id.text))
        if opening != .at(position: position) { failure = "\(id) opened as \(opening)" }
        readers.append(
            Reader(
                cursor: Cursor(position: position), filterClass: log.register(Filter(terms)),
                terms: terms, form: form, decided: position))
    }

    mutating func step() {
        switch Int.random(in: 0..<20, using: &random) {
        case 0...3:
            let first = log.head + 1
            let last = log.head + UInt64.random(in: 1...(random.oneIn(9) ? 60 : 6), using: &random)
            log.append(segment(first...last))
        case 4:
            if random.oneIn(6) {
                log.setOldest(UInt64.random(in: log.oldest...log.head + 1, using: &random))
            }
        case 5:
            changeFilter(Int.random(in: 0..<readers.count, using: &random))
        case 6:
            if readers.count < 6 { addReader() }
        case 7...8:
            deliverPage()
        case 9:
            if random.oneIn(4) { erase() }
        default:
            serve(Int.random(in: 0..<readers.count, using: &random), isSlow: true)
        }
    }

    mutating func changeFilter(_ index: Int) {
        guard let terms = sampleTerms.randomElement(using: &random) else { return }
        decide(index)
        log.release(readers[index].filterClass)
        readers[index].filterClass = log.register(Filter(terms))
        readers[index].terms = terms
    }

    mutating func deliverPage() {
        guard !pagesUnderway.isEmpty else { return }
        let page = pagesUnderway.removeFirst()
        if page.segment.last >= log.oldest { log.insert(page: page.page, page.segment) }
    }

    /// Reads a page as Postgres has it now.
    mutating func fetch(_ page: Int) {
        let range = EventLog.range(ofPage: page)
        let first = max(range.lowerBound, log.oldest)
        let last = min(range.upperBound, log.head)
        if first > last {
            failure = "page \(page) holds nothing"
            return
        }
        pagesUnderway.append((page, segment(first...last)))
    }

    /// Replaces some events by tombstones; from then on nobody gets anything of what they were.
    mutating func erase() {
        guard log.head > 0 else { return }
        for index in readers.indices { check(index) }
        let positions = Set(
            (0..<Int.random(in: 1...8, using: &random)).map { _ in
                UInt64.random(in: 1...log.head, using: &random)
            })
        erased.formUnion(positions)
        let replacement = Replacement(positions.map { pool.tombstone($0) })
        log.replace(replacement)
        for index in readers.indices where replacement.breaks(readers[index].cursor) {
            readers[index].isClosed = true
        }
        // What Postgres is asked for from now on has the tombstones.
        pagesUnderway = pagesUnderway.map { page in
            (page.page, segment(page.segment.first...page.segment.last))
        }
    }

    /// Events as Postgres has them now.
    func segment(_ positions: ClosedRange<UInt64>) -> Segment {
        guard positions.contains(where: { erased.contains($0) }) else {
            return pool.segment(positions)
        }
        return Segment(
            epoch: sampleEpoch,
            events: positions.map { erased.contains($0) ? pool.tombstone($0) : pool.event($0) },
            masks: sampleMasks)
    }

    /// A frame as it is from now on.
    func frame(_ position: UInt64, _ form: FrameForm) -> [UInt8] {
        erased.contains(position)
            ? pool.tombstoneFrame(position, form) : pool.frame(position, form)
    }

    /// Gives a reader what is due, or a part of it, as its socket takes it.
    mutating func serve(_ index: Int, isSlow: Bool) {
        guard !readers[index].isClosed else { return }
        let before = readers[index].cursor
        let bytesMax = random.oneIn(3) ? Int.random(in: 1...600, using: &random) : 50_000
        let next = log.next(
            before, filter: readers[index].filterClass, form: readers[index].form,
            bytesMax: bytesMax)
        switch next {
        case .due(let run):
            if run.range.isEmpty { failure = "a run without bytes" }
            if run.range.count > bytesMax, run.frameCount > 1 { failure = "too long a run" }
            let isWhole = !isSlow || random.oneIn(2)
            let count =
                isWhole ? run.range.count : Int.random(in: 0...run.range.count, using: &random)
            let end = run.range.lowerBound + count
            readers[index].received += run.bytes[run.range.lowerBound..<end]
            readers[index].cursor = run.cursor(afterSending: count)
            if readers[index].cursor.position < before.position { failure = "a cursor went back" }
        case .caughtUp(let cursor):
            readers[index].cursor = cursor
            if cursor != Cursor(position: log.head) { failure = "caught up at \(cursor)" }
        case .needsPage(let page):
            fetch(page)
        case .trimmed(let oldest):
            check(index)
            if oldest != log.oldest || before.position + 1 >= oldest { failure = "trimmed wrongly" }
            readers[index].isClosed = before.offset > 0
            readers[index].cursor = Cursor(position: oldest - 1)
            readers[index].decided = oldest - 1
        }
    }

    /// Adds to what a reader had to get all that its cursor says it got under its present filter.
    mutating func decide(_ index: Int) {
        guard !readers[index].isClosed else { return }
        let cursor = readers[index].cursor
        while readers[index].decided < cursor.position {
            readers[index].decided += 1
            let event = pool.event(readers[index].decided)
            if isWanted(event, by: readers[index].terms) { expect(event.position, index) }
        }
        if cursor.offset > 0, readers[index].decided == cursor.position {
            readers[index].decided += 1
            expect(readers[index].decided, index)
        }
    }

    mutating func expect(_ position: UInt64, _ index: Int) {
        readers[index].expected += frame(position, readers[index].form)
    }

    /// What arrived is what had to, byte for byte, but for the end of a frame that is under way.
    mutating func check(_ index: Int) {
        decide(index)
        let reader = readers[index]
        guard !reader.isClosed else { return }
        var unsent = 0
        if reader.cursor.offset > 0 {
            let frame = frame(reader.cursor.position + 1, reader.form)
            unsent = frame.count - Int(reader.cursor.offset)
        }
        // Data compares in one go where arrays, unoptimised, compare byte by byte.
        if Data(reader.received) != Data(reader.expected.dropLast(unsent)) {
            failure = "reader \(index) of \(reader.terms) at \(reader.cursor) got other bytes"
        }
        readers[index].received = []
        readers[index].expected = Array(reader.expected.suffix(unsent))
    }

    /// Reads on until everyone is at the head.
    mutating func drain() {
        for index in readers.indices {
            var turns = 0
            while failure == nil, !readers[index].isClosed,
                readers[index].cursor != Cursor(position: log.head)
            {
                serve(index, isSlow: false)
                deliverPage()
                turns += 1
                if turns > 10_000 { failure = "reader \(index) never arrives" }
            }
            check(index)
        }
    }
}

@Suite struct HistoryTests {
    @Test func `no reader misses, repeats or reorders an event in any history`() {
        let seed = SeededGenerator.seed(for: "histories")
        let pool = SamplePool(noise: seed % 1_000, count: 3_000)
        for offset in 0..<historyCount {
            var history = History(seed: seed &+ offset, pool: pool)
            for _ in 0..<60 where history.failure == nil { history.step() }
            history.drain()
            if let failure = history.failure {
                Issue.record("history \(offset) of HUB_TEST_SEED=\(seed): \(failure)")
                return
            }
        }
    }

    private let historyCount: UInt64 = 2_000
}
