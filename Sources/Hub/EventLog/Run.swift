// What to send next: consecutive frames as one range of bytes, and how far a cursor is after any
// part of it. Made once and used for every cursor that is equal. Frames that lie side by side in a
// segment are sent straight from its buffer; only frames with gaps between them are copied
// together.

/// Bytes to send to every subscriber with the cursor and filter that it was made for.
package struct Run: Sendable {
    /// The buffer that the bytes are in.
    package let bytes: [UInt8]
    /// Which of them to send; never empty.
    package let range: Range<Int>
    /// The cursor's position when all is sent; it may pass events that were not wanted.
    package let through: UInt64
    /// How many frames are ended by the run.
    package let frameCount: Int

    /// Where the run's frames end in `bytes`: the entries from `firstEnd` on.
    private let ends: [UInt32]
    private let firstEnd: Int
    /// The position of the first frame, or, in step with `ends`, of each frame where they don't
    /// follow each other.
    private let firstPosition: UInt64
    private let positions: [UInt64]
    private let startOffset: UInt32

    /// Frames that lie side by side in a segment's buffer; of the first, `startOffset` bytes were
    /// sent before.
    init(
        frames: Frames, indexes: Range<Int>, firstPosition: UInt64, startOffset: UInt32,
        through: UInt64
    ) {
        let all = frames.byteRange(of: indexes)
        precondition(Int(startOffset) < all.count, "the cursor is inside its frame")
        bytes = frames.bytes
        range = all.lowerBound + Int(startOffset)..<all.upperBound
        self.through = through
        frameCount = indexes.count
        ends = frames.ends
        firstEnd = indexes.lowerBound
        self.firstPosition = firstPosition
        positions = []
        self.startOffset = startOffset
    }

    /// Frames copied together from several places; `positions` names each.
    init(copied: Frames, positions: [UInt64], startOffset: UInt32, through: UInt64) {
        precondition(Int(startOffset) < copied.start(of: 1), "the cursor is inside its frame")
        bytes = copied.bytes
        range = Int(startOffset)..<copied.bytes.count
        self.through = through
        frameCount = copied.count
        ends = copied.ends
        firstEnd = 0
        firstPosition = positions[0]
        self.positions = positions
        self.startOffset = startOffset
    }

    /// The frames of another run from an index on; of the first, `startOffset` bytes were sent.
    private init(_ run: Run, from index: Int, startOffset: UInt32) {
        bytes = run.bytes
        range = run.start(of: index) + Int(startOffset)..<run.range.upperBound
        through = run.through
        frameCount = run.frameCount - index
        ends = run.ends
        firstEnd = run.firstEnd + index
        firstPosition = run.position(of: index)
        positions = run.positions
        self.startOffset = startOffset
    }

    /// What of the run a later cursor of the same filter is still due; nil if it is due something
    /// else.
    package func rest(after cursor: Cursor) -> Run? {
        let wanted = cursor.position + 1
        let index =
            positions.isEmpty
            ? Int(max(wanted, firstPosition) - firstPosition)
            : Frames.partition(positions, from: firstEnd, to: firstEnd + frameCount) {
                $0 < wanted
            } - firstEnd
        guard index < frameCount else { return nil }
        // A frame that was begun has to be finished, even if the filter that wanted it is gone.
        guard cursor.offset == 0 || position(of: index) == wanted else { return nil }
        return Run(self, from: index, startOffset: cursor.offset)
    }

    private func position(of index: Int) -> UInt64 {
        positions.isEmpty ? firstPosition + UInt64(index) : positions[firstEnd + index]
    }

    private func start(of index: Int) -> Int {
        index == 0 ? range.lowerBound - Int(startOffset) : Int(ends[firstEnd + index - 1])
    }

    /// Where a cursor is when `count` of the run's bytes are sent: 0 to `range.count`.
    package func cursor(afterSending count: Int) -> Cursor {
        precondition(count >= 0 && count <= range.count, "no more can be sent than was due")
        if count == range.count { return Cursor(position: through) }
        let sent = range.lowerBound + count
        let end = Frames.partition(ends, from: firstEnd, to: firstEnd + frameCount) {
            Int($0) <= sent
        }
        let index = end - firstEnd
        return Cursor(
            position: position(of: index) - 1, offset: UInt32(sent - start(of: index)))
    }
}
