// Encoded frames back to back in one allocation, and where each of them ends. A reader is handed a
// range of it; nobody holds a frame of its own.

/// The frames of consecutive events in one form.
package struct Frames: Sendable {
    /// All frames, one after another.
    package internal(set) var bytes: [UInt8] = []
    /// Where each frame ends in `bytes`.
    package private(set) var ends: [UInt32] = []

    /// No frames yet, with room for as many as are named.
    init(reservingBytes byteCount: Int, frames frameCount: Int) {
        bytes.reserveCapacity(byteCount)
        ends.reserveCapacity(frameCount)
    }

    /// How many frames there are.
    package var count: Int { ends.count }

    /// Ends a frame that was appended to `bytes`.
    mutating func endFrame() {
        ends.append(UInt32(bytes.count))
    }

    /// Appends copies of consecutive frames of another buffer.
    mutating func append(_ other: Frames, _ indexes: Range<Int>) {
        let source = other.byteRange(of: indexes)
        let shift = bytes.count - source.lowerBound
        bytes.append(contentsOf: other.bytes[source])
        for index in indexes { ends.append(UInt32(Int(other.ends[index]) + shift)) }
    }

    /// Where a frame starts in `bytes`; for `count`, where the last one ends.
    package func start(of index: Int) -> Int {
        index == 0 ? 0 : Int(ends[index - 1])
    }

    /// The bytes of consecutive frames.
    package func byteRange(of frames: Range<Int>) -> Range<Int> {
        start(of: frames.lowerBound)..<start(of: frames.upperBound)
    }

    /// How many whole frames, counted from the one at `index`, end at or before `limit`.
    func count(from index: Int, endingAtOrBefore limit: Int) -> Int {
        Frames.partition(ends, from: index, to: ends.count) { Int($0) <= limit } - index
    }

    /// The first index in `low..<high` whose value fails the test, which all before it pass.
    static func partition<Value>(
        _ values: [Value], from low: Int, to high: Int, where passes: (Value) -> Bool
    ) -> Int {
        var low = low
        var high = high
        while low < high {
            let middle = low + (high - low) / 2
            if passes(values[middle]) {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}
