// Events that were read lately: the processors go through the log side by side, so each event is
// read once for all of them.

import Domain
import EventLog

/// The newest inputs, by position.
struct InputWindow {
    /// More than the processors are usually apart.
    private static let count = 1_024
    /// Larger events are read again rather than kept.
    private static let keptBytesMax = 4_096

    private var inputs = [ProcessorInput?](repeating: nil, count: InputWindow.count)

    /// The event at a position that is in a segment.
    mutating func input(at position: UInt64, in segment: Segment) -> ProcessorInput {
        let place = Int(position % UInt64(InputWindow.count))
        if let input = inputs[place], input.position == position { return input }
        let index = Int(position - segment.first)
        let text = segment.eventText(at: position)
        let input = EventReading.input(
            text, position: position, name: segment.name(at: index),
            subject: segment.subject(at: index), owners: segment.owners(at: index))
        if text.count <= InputWindow.keptBytesMax { inputs[place] = input }
        return input
    }
}
