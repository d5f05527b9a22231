// The log of one loop: the newest segments in memory, pages of history from Postgres, and the
// filters in use. A subscriber is a cursor into it. Plain and unshared; the segments inside are
// shared by all loops. `next` is what subscribers are served by, `open` (Opening.swift) is where
// they start.

import Wire

/// One loop's view of the log.
package struct EventLog {
    /// The log's name.
    package let epoch: Epoch
    /// The position of the newest event; 0 if there was none yet.
    package private(set) var head: UInt64
    /// The first position that Postgres still has; `head + 1` if it has none.
    package private(set) var oldest: UInt64

    private var recent: RecentSegments
    private var pages: Pages
    private var filters = FilterTable()
    private var matchCache = MatchCache(entriesMax: 32_768)
    /// Made when somebody asks for compressed frames.
    private var compressor: RawDeflater?

    /// A log with no event in memory.
    ///
    /// - Parameters:
    ///   - epoch: The log's name.
    ///   - head: The position of the newest event there is.
    ///   - oldest: The first position that Postgres still has.
    ///   - memoryBytesMax: The budget for the newest segments.
    ///   - pageBytesMax: The budget for pages of history.
    package init(
        epoch: Epoch, head: UInt64, oldest: UInt64 = 1, memoryBytesMax: Int, pageBytesMax: Int
    ) {
        precondition(oldest >= 1 && oldest <= head + 1, "the oldest event is not beyond the head")
        self.epoch = epoch
        self.head = head
        self.oldest = oldest
        recent = RecentSegments(bytesMax: memoryBytesMax)
        pages = Pages(bytesMax: pageBytesMax)
    }

    /// The first position in memory; `head + 1` if there is none.
    package var firstInMemory: UInt64 { recent.first ?? head + 1 }

    /// How many bytes the segments in memory hold.
    package var memoryByteCount: Int { recent.totalByteCount }

    /// How many bytes the pages of history hold.
    package var pageByteCount: Int { pages.totalByteCount }

    /// How many distinct filters are held.
    package var filterClassCount: Int { filters.count }

    /// The id of the newest event.
    package var headID: EventID { EventID(epoch: epoch, position: head) }

    /// Appends the next events; they follow the head.
    ///
    /// The oldest in memory are dropped beyond the budget, but never these.
    package mutating func append(_ segment: Segment) {
        precondition(segment.epoch == epoch, "a segment belongs to this log")
        precondition(segment.first == head + 1, "a segment follows the head")
        recent.append(segment)
        head = segment.last
    }

    /// Puts other texts in the place of events that are in memory or in a page, in all forms.
    ///
    /// What filters look at stays, so nobody is due anything again. What comes later, pages too,
    /// has the new texts already.
    package mutating func replace(_ replacement: Replacement) {
        recent.replace(replacement)
        pages.replace(replacement)
    }

    /// Retention took what was before this position.
    ///
    /// Never moves back.
    package mutating func setOldest(_ position: UInt64) {
        precondition(position <= head + 1, "the oldest event is not beyond the head")
        guard position > oldest else { return }
        oldest = position
        pages.removeAll(endingBefore: position)
    }

    /// The event at a position as JSON with its position, if it is at hand: in memory or in a page.
    package mutating func eventText(at position: UInt64) -> ArraySlice<UInt8>? {
        segment(holding: position)?.eventText(at: position)
    }
}

// MARK: - Pages of history

extension EventLog {
    /// How many positions a page has: page n holds n × 256 + 1 … (n + 1) × 256.
    package static let pageCount = 256

    /// The page that a position (1 or more) is on.
    package static func page(holding position: UInt64) -> Int {
        precondition(position >= 1, "positions start at 1")
        return Int((position - 1) / UInt64(pageCount))
    }

    /// The positions of a page.
    package static func range(ofPage page: Int) -> ClosedRange<UInt64> {
        let first = UInt64(page) * UInt64(pageCount) + 1
        return first...first + UInt64(pageCount) - 1
    }

    /// Keeps a page that was read from Postgres.
    ///
    /// It may end early (the head was in its middle when it was read: what follows is asked for
    /// again when it is needed) and start late, which means that what is missing in front is gone.
    package mutating func insert(page: Int, _ segment: Segment) {
        let range = EventLog.range(ofPage: page)
        precondition(segment.epoch == epoch, "a page belongs to this log")
        precondition(
            segment.first >= range.lowerBound && segment.last <= range.upperBound,
            "a page holds its own positions")
        pages.insert(page, segment)
        if segment.first > range.lowerBound { setOldest(min(segment.first, head + 1)) }
    }

    /// The segment that holds a position, from memory or a page; nil when it is not at hand.
    package mutating func segment(holding position: UInt64) -> Segment? {
        if let segment = recent.segment(holding: position) { return segment }
        guard position >= 1 else { return nil }
        return pages.segment(
            ofPage: EventLog.page(holding: position), holding: position)
    }
}

// MARK: - Filters

extension EventLog {
    /// The class of a filter, held once on the caller's behalf: give it back with `release`.
    package mutating func register(_ filter: Filter) -> FilterClass {
        filters.register(filter)
    }

    /// Holds a class once more.
    package mutating func retain(_ filterClass: FilterClass) {
        filters.retain(filterClass)
    }

    /// Gives one hold back.
    ///
    /// With the last one the class is gone, and its handle may mean another.
    package mutating func release(_ filterClass: FilterClass) {
        filters.release(filterClass)
    }

    /// The filter of a class that is held.
    package func filter(of filterClass: FilterClass) -> Filter {
        filters[filterClass].filter
    }
}

// MARK: - What is due

extension EventLog {
    /// What the holder of a cursor gets next.
    ///
    /// At least one frame if any is due, otherwise whole frames up to about `bytesMax`. A frame
    /// that was begun (`offset` not 0) is finished first, wanted or not. A cursor beyond the head
    /// is caught up.
    ///
    /// - Complexity: O(log n) for a run that lies in one segment, whose bytes are not copied; each
    ///   further segment is looked up once and matched once per filter.
    package mutating func next(
        _ cursor: Cursor, filter filterClass: FilterClass, form: FrameForm, bytesMax: Int,
        framesMax: Int = .max
    ) -> Next {
        guard cursor.position < head else { return .caughtUp(cursor) }
        let entry = filters[filterClass]
        var position = cursor.position
        if cursor.offset == 0 {
            if entry.filter.isNothing { return .caughtUp(Cursor(position: head)) }
            if position + 1 < firstInMemory || position + EventLog.longWay < head {
                position = entry.quiet.end(after: position)
            }
        }
        var gathering = Gathering(
            form: form, by: deflater(for: form), bytesMax: bytesMax,
            framesMax: framesMax, startOffset: cursor.offset)
        while position < head, !gathering.isWorthSending {
            guard let segment = segment(holding: position + 1) else {
                if gathering.isEmpty {
                    return missing(after: position, cursor: cursor, filterClass)
                }
                break
            }
            var index = Int(position + 1 - segment.first)
            if cursor.offset > 0, gathering.isEmpty {
                index = gathering.addBegun(at: index, of: segment)
            }
            let matches = matches(of: filterClass, in: segment)
            let reached = gathering.add(matches, of: segment, from: index)
            position = segment.first + UInt64(reached) - 1
            if reached < segment.count { break }
        }
        let quietEnd = (gathering.firstPosition ?? position + 1) - 1
        if quietEnd >= cursor.position + EventLog.longWay {
            filters.noteQuiet(cursor.position + 1...quietEnd, for: filterClass)
        }
        guard let run = gathering.run(through: position) else {
            return .caughtUp(Cursor(position: position))
        }
        return .due(run)
    }

    /// Notes that the holders of a class want nothing of a segment.
    ///
    /// Who had all before it has all after it, too, even when it has left memory.
    package mutating func noteQuiet(_ segment: Segment, for filterClass: FilterClass) {
        filters.noteQuiet(segment.first...segment.last, for: filterClass)
    }

    /// Which events of a segment the holders of a class want.
    mutating func matches(of filterClass: FilterClass, in segment: Segment) -> Matches {
        let entry = filters[filterClass]
        return matchCache.matches(of: entry.filter, serial: entry.serial, in: segment)
    }

    mutating func deflater(for form: FrameForm) -> RawDeflater? {
        guard form.transport.isCompressed else { return nil }
        if compressor == nil { compressor = RawDeflater() }
        return compressor
    }

    /// How many events without a match are worth a note, so that nobody looks through them again.
    private static let longWay = UInt64(pageCount)

    /// The event after a position is not at hand, and nothing was due up to there.
    private mutating func missing(
        after position: UInt64, cursor: Cursor, _ filterClass: FilterClass
    ) -> Next {
        if position + 1 < oldest { return .trimmed(oldest: oldest) }
        if position > cursor.position {
            filters.noteQuiet(cursor.position + 1...position, for: filterClass)
        }
        return .needsPage(EventLog.page(holding: position + 1))
    }
}
