// What is due to a reader who wants only the newest of each subject: of the events before it, those
// about a subject that comes again later are left out. What is looked at is bounded, so a reader
// far behind is conflated stretch by stretch; the newest event of a subject is never left out, and
// who is not behind gets everything.

extension EventLog {
    /// Events that are looked at together.
    private static let stretchMax = 4_096

    /// What the holder of a cursor gets next, if it wants only the newest of each subject.
    ///
    /// Events without a subject are never left out. At most `framesMax` whole frames, at least one
    /// if any is due.
    package mutating func nextLatest(
        _ cursor: Cursor, filter filterClass: FilterClass, form: FrameForm, bytesMax: Int,
        framesMax: Int = .max
    ) -> Next {
        // A frame that was begun is finished by itself.
        if cursor.offset > 0 {
            return next(cursor, filter: filterClass, form: form, bytesMax: 1)
        }
        guard let stretch = stretch(after: cursor, filterClass) else {
            return next(cursor, filter: filterClass, form: form, bytesMax: 1)
        }
        var gathering = Gathering(
            form: form, by: deflater(for: form), bytesMax: bytesMax,
            startOffset: 0)
        var through = stretch.through
        var count = 0
        for candidate in stretch.candidates where stretch.isNewest(candidate) {
            let index = Int(candidate.position - candidate.segment.first)
            let isFull = count == framesMax || gathering.isWorthSending
            guard !isFull, gathering.addOne(index, of: candidate.segment) else {
                through = candidate.position - 1
                break
            }
            count += 1
        }
        guard let run = gathering.run(through: through) else {
            return .caughtUp(Cursor(position: through))
        }
        return .due(run)
    }

    /// An event that is wanted.
    private struct Candidate {
        let position: UInt64
        let segment: Segment
        /// Its bytes, for subjects that only look the same are two.
        let subject: [UInt8]
    }

    /// The wanted events of a stretch of the log.
    private struct Stretch {
        var candidates: [Candidate] = []
        /// The last position of each subject.
        var newest: [[UInt8]: UInt64] = [:]
        /// The last position that was looked at.
        var through: UInt64

        mutating func add(_ index: Int, of segment: Segment) {
            let position = segment.first + UInt64(index)
            let subject = Array(segment.subject(at: index).utf8)
            candidates.append(
                Candidate(position: position, segment: segment, subject: subject))
            if !subject.isEmpty { newest[subject] = position }
        }

        func isNewest(_ candidate: Candidate) -> Bool {
            candidate.subject.isEmpty || newest[candidate.subject] == candidate.position
        }
    }

    /// Looks at what follows a cursor, as far as it is at hand; nil when nothing of it is wanted.
    private mutating func stretch(after cursor: Cursor, _ filterClass: FilterClass) -> Stretch? {
        var stretch = Stretch(through: cursor.position)
        while stretch.through < head, stretch.candidates.count < EventLog.stretchMax {
            guard let segment = segment(holding: stretch.through + 1) else { break }
            let first = Int(stretch.through + 1 - segment.first)
            switch matches(of: filterClass, in: segment) {
            case .none: break
            case .all:
                for index in first..<segment.count { stretch.add(index, of: segment) }
            case .some(let indexes):
                for index in indexes where Int(index) >= first {
                    stretch.add(Int(index), of: segment)
                }
            }
            stretch.through = segment.last
        }
        return stretch.candidates.isEmpty ? nil : stretch
    }
}
