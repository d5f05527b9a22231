// Collects the frames of one run, segment by segment, until enough bytes are together. It keeps
// ranges of frames, not bytes, so a run that lies side by side in one segment is never copied.

import Wire

/// The frames of a run in the making.
struct Gathering {
    /// Frames side by side in one segment.
    private struct Piece {
        let segment: Segment
        var indexes: Range<Int>
    }

    private let form: FrameForm
    private let deflater: RawDeflater?
    private let bytesMax: Int
    private let framesMax: Int
    private let startOffset: UInt32
    private var byteCount = 0
    private var frameCount = 0
    private var firstPiece: Piece?
    private var otherPieces: [Piece] = []

    /// Nothing yet.
    ///
    /// Of the first frame `startOffset` bytes were sent before.
    init(
        form: FrameForm, by deflater: RawDeflater?, bytesMax: Int, framesMax: Int = .max,
        startOffset: UInt32
    ) {
        self.form = form
        self.deflater = deflater
        self.bytesMax = bytesMax
        self.framesMax = framesMax
        self.startOffset = startOffset
    }

    /// Whether there is no frame yet.
    var isEmpty: Bool { firstPiece == nil }

    /// The position of the first frame; nil if there is none yet.
    var firstPosition: UInt64? {
        firstPiece.map { $0.segment.first + UInt64($0.indexes.lowerBound) }
    }

    /// From this size on, a run that needs no copy is sent rather than copied together with more:
    /// a `send` of that many bytes costs enough that saving one is no gain.
    private static let uncopiedBytesMin = 16_384

    /// Whether what is there is better sent now than added to.
    var isWorthSending: Bool {
        if frameCount >= framesMax { return true }
        return otherPieces.isEmpty
            ? byteCount >= Gathering.uncopiedBytesMin : byteCount >= bytesMax
    }

    /// Adds the wanted frames of a segment from an index on, as many as fit; one always fits an
    /// empty run.
    ///
    /// Returns the first index that was not dealt with: the segment's count, or a wanted frame
    /// that didn't fit.
    mutating func add(_ matches: Matches, of segment: Segment, from index: Int) -> Int {
        switch matches {
        case .none:
            return segment.count
        case .all:
            return add(index..<segment.count, of: segment, segment.frames(form, by: deflater))
        case .some(let indexes):
            let frames = segment.frames(form, by: deflater)
            var next = Frames.partition(indexes, from: 0, to: indexes.count) { Int($0) < index }
            while next < indexes.count {
                let wanted = Int(indexes[next])
                if add(wanted..<wanted + 1, of: segment, frames) == wanted { return wanted }
                next += 1
            }
            return segment.count
        }
    }

    /// Adds the frame at an index, of which the start was sent before.
    ///
    /// Returns the next index.
    mutating func addBegun(at index: Int, of segment: Segment) -> Int {
        precondition(isEmpty, "a begun frame comes first")
        return add(index..<index + 1, of: segment, segment.frames(form, by: deflater))
    }

    /// Adds one frame; false if it doesn't fit any more.
    mutating func addOne(_ index: Int, of segment: Segment) -> Bool {
        add(index..<index + 1, of: segment, segment.frames(form, by: deflater)) == index + 1
    }

    /// Adds frames side by side, as many as fit.
    ///
    /// Returns the first that didn't.
    private mutating func add(
        _ indexes: Range<Int>, of segment: Segment, _ frames: Frames
    ) -> Int {
        if indexes.isEmpty { return indexes.upperBound }
        if frameCount >= framesMax { return indexes.lowerBound }
        let start = frames.start(of: indexes.lowerBound) + (isEmpty ? Int(startOffset) : 0)
        let limit = start + max(bytesMax - byteCount, 0)
        var fitting = frames.count(from: indexes.lowerBound, endingAtOrBefore: limit)
        if fitting == 0 {
            if !isEmpty { return indexes.lowerBound }
            fitting = 1
        }
        fitting = min(fitting, framesMax - frameCount)
        let end = min(indexes.lowerBound + fitting, indexes.upperBound)
        frameCount += end - indexes.lowerBound
        byteCount += frames.start(of: end) - start
        append(Piece(segment: segment, indexes: indexes.lowerBound..<end))
        return end
    }

    private mutating func append(_ piece: Piece) {
        guard let first = firstPiece else {
            firstPiece = piece
            return
        }
        let last = otherPieces.last ?? first
        guard last.segment === piece.segment,
            last.indexes.upperBound == piece.indexes.lowerBound
        else {
            otherPieces.append(piece)
            return
        }
        let joined = last.indexes.lowerBound..<piece.indexes.upperBound
        if otherPieces.isEmpty {
            firstPiece?.indexes = joined
        } else {
            otherPieces[otherPieces.count - 1].indexes = joined
        }
    }

    /// The run; nil if there is no frame.
    ///
    /// `through` is the last position that was dealt with.
    func run(through: UInt64) -> Run? {
        guard let firstPiece else { return nil }
        if otherPieces.isEmpty {
            return Run(
                frames: firstPiece.segment.frames(form, by: deflater),
                indexes: firstPiece.indexes,
                firstPosition: firstPiece.segment.first + UInt64(firstPiece.indexes.lowerBound),
                startOffset: startOffset, through: through)
        }
        let frameCount = otherPieces.reduce(firstPiece.indexes.count) { $0 + $1.indexes.count }
        var copied = Frames(
            reservingBytes: byteCount + Int(startOffset), frames: frameCount)
        var positions: [UInt64] = []
        positions.reserveCapacity(frameCount)
        copy(firstPiece, to: &copied, &positions)
        for piece in otherPieces { copy(piece, to: &copied, &positions) }
        return Run(
            copied: copied, positions: positions, startOffset: startOffset, through: through)
    }

    private func copy(_ piece: Piece, to copied: inout Frames, _ positions: inout [UInt64]) {
        copied.append(piece.segment.frames(form, by: deflater), piece.indexes)
        for index in piece.indexes { positions.append(piece.segment.first + UInt64(index)) }
    }
}
