// The newest part of the log in memory: the segments as they were appended, the oldest of them
// dropped when their bytes exceed the budget.

/// The newest segments, one after another without a hole.
struct RecentSegments {
    /// Dropped segments leave nil at the front until there are enough to be worth a move.
    private var segments: [Segment?] = []
    /// How many bytes each was last counted with.
    private var counted: [Int] = []
    private var start = 0
    private var byteCount = 0
    /// The segment that is counted again next.
    private var recountIndex = 0
    private let bytesMax: Int

    /// No segments, and a budget that the newest segment alone may exceed.
    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    /// The first position that is here; nil if there is none.
    var first: UInt64? {
        start < segments.count ? segments[start]?.first : nil
    }

    /// How many bytes are here.
    var totalByteCount: Int { byteCount }

    /// Appends the next segment, and drops from the front what exceeds the budget.
    mutating func append(_ segment: Segment) {
        recount()
        segments.append(segment)
        counted.append(segment.byteCount)
        byteCount += counted[counted.count - 1]
        while byteCount > bytesMax, segments.count - start > 1 {
            byteCount -= counted[start]
            segments[start] = nil
            start += 1
        }
        if start > 64, start > segments.count / 2 {
            segments.removeFirst(start)
            counted.removeFirst(start)
            recountIndex = max(recountIndex - start, 0)
            start = 0
        }
    }

    /// Segments grow when another form of their frames is asked for, mostly soon after they were
    /// appended: so the newest is counted again, and one of the others in turn.
    private mutating func recount() {
        guard start < segments.count else { return }
        recount(segments.count - 1)
        recountIndex = recountIndex < segments.count ? max(recountIndex, start) : start
        recount(recountIndex)
        recountIndex += 1
    }

    private mutating func recount(_ index: Int) {
        guard let current = segments[index]?.byteCount else { return }
        byteCount += current - counted[index]
        counted[index] = current
    }

    /// Puts successors in the place of what is replaced.
    mutating func replace(_ replacement: Replacement) {
        for index in start..<segments.count {
            guard let segment = segments[index],
                let successor = replacement.successor(of: segment)
            else { continue }
            segments[index] = successor
            recount(index)
        }
    }

    /// The segment that holds a position; nil if none here does.
    func segment(holding position: UInt64) -> Segment? {
        guard let newest = segments.last ?? nil, position <= newest.last, let first,
            position >= first
        else { return nil }
        if position >= newest.first { return newest }
        let index = Frames.partition(segments, from: start, to: segments.count) {
            ($0?.last ?? 0) < position
        }
        return segments[index]
    }
}
