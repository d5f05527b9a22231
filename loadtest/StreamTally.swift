// What all streams of a run got, added up.

/// Counts over all streams.
struct StreamTally {
    /// Whether each stream must have every position.
    let isContiguous: Bool
    /// Whether the ids are another server's, which say nothing here.
    let hasForeignIDs: Bool
    var events = 0
    var deliveries = 0
    var bytes = 0
    var missing = 0
    var repeats = 0
    var gapFrames = 0
    var problemFrames = 0
    var malformedFrames = 0
    var latency = LatencyRecorder()

    init(isContiguous: Bool, hasForeignIDs: Bool = false) {
        self.isContiguous = isContiguous
        self.hasForeignIDs = hasForeignIDs
    }

    /// Counts a frame that was received at a time.
    @inline(__always)
    mutating func count(
        _ frame: ScannedFrame, cursor: inout StreamCursor, nowNanoseconds: Int64
    ) {
        let step = cursor.advance(over: frame, isContiguous: isContiguous)
        missing += Int(clamping: step.missing)
        if step.isRepeated { repeats += 1 }
        if frame.isMalformed, !hasForeignIDs { malformedFrames += 1 }
        switch frame.kind {
        case .event:
            events += 1
            if let marked = frame.markedNanoseconds {
                deliveries += 1
                latency.record(nanoseconds: nowNanoseconds - marked)
            }
        case .gap: gapFrames += 1
        case .problem: problemFrames += 1
        case .position, .ready, .drain, .other: break
        }
    }

    /// Counts an event whose bytes are not read.
    mutating func countUnread(cursor: inout StreamCursor) {
        events += 1
        deliveries += 1
        cursor.countUnread()
    }
}
