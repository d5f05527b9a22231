// What was found for one stream, kept for its neighbours: what one of them is due, all are who
// stand at the same place.

import EventLog

/// A run that all are due who stand at its start.
struct SharedRun {
    let start: Cursor
    let run: Run
}

/// What was found last, for the many members that stand at the same place.
///
/// What they are due is kept apart from the word that nothing follows: each member asks for the one
/// and then for the other.
struct NextCache {
    private struct Entry {
        var audience = -1
        var cursor = Cursor(position: 0)
        var head: UInt64 = 0
        var next = Next.caughtUp(Cursor(position: 0))

        @inline(__always)
        func isFor(_ audience: Int, _ cursor: Cursor, _ head: UInt64) -> Bool {
            self.audience == audience && self.cursor == cursor && self.head == head
        }
    }

    private var due = Entry()
    private var end = Entry()

    /// What was found for such a member; nil if none was asked for lately.
    @inline(__always)
    func next(audience: Int, cursor: Cursor, head: UInt64) -> Next? {
        if due.isFor(audience, cursor, head) { return due.next }
        if end.isFor(audience, cursor, head) { return end.next }
        return nil
    }

    /// The run that leads such members to the head; nil if none was found lately.
    func runToHead(audience: Int, head: UInt64) -> SharedRun? {
        guard due.audience == audience, due.head == head, case .due(let run) = due.next,
            run.through >= head
        else { return nil }
        return SharedRun(start: due.cursor, run: run)
    }

    /// Remembers what was found.
    mutating func keep(_ next: Next, audience: Int, cursor: Cursor, head: UInt64) {
        let entry = Entry(audience: audience, cursor: cursor, head: head, next: next)
        if case .due = next { due = entry } else { end = entry }
    }

    /// Forgets all.
    mutating func removeAll() {
        due.audience = -1
        end.audience = -1
    }
}

/// Whole runs of old events, for streams that catch up: they take the same way, but each stops
/// where its socket is full, and goes on from there.
struct RunCache {
    private struct Entry {
        let audience: Int
        let start: Cursor
        let run: Run
    }

    private static let entriesMax = 32

    private var entries: [Entry] = []
    /// The one that is replaced next.
    private var oldest = 0

    /// What such a stream is due of a run that is kept; nil if its place is in none.
    func run(audience: Int, cursor: Cursor) -> Run? {
        for entry in entries where entry.audience == audience {
            guard cursor.position < entry.run.through, cursor.isAtOrBehind(entry.start) else {
                continue
            }
            return entry.run.rest(after: cursor)
        }
        return nil
    }

    /// Keeps a run that more events follow.
    mutating func keep(_ run: Run, audience: Int, cursor: Cursor) {
        let entry = Entry(audience: audience, start: cursor, run: run)
        if entries.count < RunCache.entriesMax {
            entries.append(entry)
        } else {
            entries[oldest] = entry
            oldest = (oldest + 1) % RunCache.entriesMax
        }
    }

    /// Forgets all.
    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        oldest = 0
    }
}
