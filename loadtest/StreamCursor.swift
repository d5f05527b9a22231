// Checks one stream: positions must follow one another. An unfiltered stream has every position;
// a filtered one has some, in order.

/// Tells sets of positions apart without keeping them.
struct PositionChecksum: Equatable, Sendable {
    private(set) var count = 0
    private var sum: UInt64 = 0

    /// Takes in one more position.
    mutating func add(_ position: UInt64) {
        count += 1
        // The finalizer of splitmix64: neighbours get sums that have nothing in common.
        var mixed = position &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        sum &+= mixed ^ mixed >> 31
    }
}

/// Where a stream is, and how many marked events it got.
struct StreamCursor {
    /// The last position; nil before the first.
    private(set) var position: UInt64?
    /// Events that carried a marker.
    private(set) var deliveries: UInt32 = 0
    /// Of a filtered stream, which marked events those were; the order doesn't matter to it.
    private(set) var checksum = PositionChecksum()

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
        let isMarked = frame.kind == .event && frame.markedNanoseconds != nil
        if isMarked { deliveries &+= 1 }
        guard let next = frame.position else { return Step() }
        if isMarked, !isContiguous { checksum.add(next) }
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
