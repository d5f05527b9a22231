// Checks one stream: positions must follow one another. An unfiltered stream has every position;
// a filtered one has some, in order.

/// Where a stream is, and how many marked events it got.
struct StreamCursor {
    /// The last position; nil before the first.
    private(set) var position: UInt64?
    /// Events that carried a marker.
    private(set) var deliveries: UInt32 = 0

    /// How many positions a frame skipped, and whether it came again.
    struct Step: Equatable {
        var missing: UInt64 = 0
        var isRepeated = false
    }

    /// Goes on behind a position, as if it had been received.
    mutating func resume(after position: UInt64) {
        self.position = position
    }

    /// Moves over an event whose bytes are not read.
    mutating func countUnread() {
        deliveries &+= 1
    }

    /// Moves over a frame.
    mutating func advance(over frame: ScannedFrame, isContiguous: Bool) -> Step {
        if frame.kind == .event, frame.markedNanoseconds != nil { deliveries &+= 1 }
        guard let next = frame.position else { return Step() }
        defer { position = next }
        guard let last = position else { return Step() }
        switch frame.kind {
        case .event:
            if next <= last { return Step(isRepeated: true) }
            return Step(missing: isContiguous ? next - last - 1 : 0)
        case .position:
            if next < last { return Step(isRepeated: true) }
            return Step(missing: isContiguous ? next - last : 0)
        case .gap, .problem, .ready, .drain, .other:
            return Step()
        }
    }
}
