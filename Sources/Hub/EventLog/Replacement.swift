// New texts of events that the log has already: what was erased is replaced by a tombstone at the
// same position, in every form. A segment never changes, so it gets a successor, which the first
// loop makes and the others take.

import Synchronization

/// Texts that take the place of what stood at their positions; name and subject stay.
package final class Replacement: Sendable {
    private let texts: [UInt64: [UInt8]]
    /// All positions, ascending.
    private let positions: [UInt64]
    /// By what they hold: segments with the same positions are the same.
    private let successors = Mutex<[ClosedRange<UInt64>: Segment]>([:])

    /// The texts of these events.
    package init(_ events: [LoggedEvent]) {
        texts = Dictionary(events.map { ($0.position, $0.text) }) { $1 }
        positions = texts.keys.sorted()
    }

    /// Whether a subscriber is in the middle of a frame that is replaced.
    ///
    /// No form can finish it, so its connection has to be closed.
    package func breaks(_ cursor: Cursor) -> Bool {
        cursor.offset > 0 && texts[cursor.position + 1] != nil
    }

    /// The segment that takes another's place; nil when nothing in it is replaced.
    func successor(of segment: Segment) -> Segment? {
        let index = Frames.partition(positions, from: 0, to: positions.count) { $0 < segment.first }
        guard index < positions.count, positions[index] <= segment.last else { return nil }
        return successors.withLock { successors in
            let range = segment.first...segment.last
            if let known = successors[range] { return known }
            let successor = segment.replacing(texts)
            successors[range] = successor
            return successor
        }
    }
}
