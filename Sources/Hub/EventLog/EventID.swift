// The id of one event on the wire: `5f3a09c1-42`, the log's epoch and the event's position in it.
// It is the `id:` of an SSE frame and the `id` of a WebSocket message, and what a client resumes from.

import Wire

/// Names one place in one log.
///
/// Position 0 is before the first event.
package struct EventID: Sendable, Equatable {
    /// The log that the position belongs to.
    package let epoch: Epoch
    /// The place in that log: 1, 2, 3 … without a hole.
    package let position: UInt64

    /// The id of this place in this log.
    package init(epoch: Epoch, position: UInt64) {
        self.epoch = epoch
        self.position = position
    }

    /// The id as it is on the wire: `<epoch>-<position>`.
    package var text: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends the id as it is on the wire.
    package func append(to output: inout [UInt8]) {
        epoch.append(to: &output)
        output.append(UInt8(ascii: "-"))
        DecimalText.append(position, to: &output)
    }
}
