// The frame that tells a client, in-band, that events are missing: why, from where to where, and
// what to load instead. Its id is where the stream goes on.

import Wire

/// The `gap` frame of both transports.
package enum GapFrame {
    /// Appends a gap.
    ///
    /// - Parameters:
    ///   - reason: Why events are missing.
    ///   - from: What the client asked to go on from; nil if it was no id.
    ///   - place: Where the stream goes on.
    ///   - reload: The path that the client gets the current state from.
    ///   - transport: How the client is connected.
    ///   - output: What the frame is appended to.
    package static func append(
        reason: GapReason, from: String?, to place: EventID, reload: String, transport: Transport,
        to output: inout [UInt8]
    ) {
        var writer = JSONWriter(reserving: 192)
        writer.beginObject()
        if transport.isWebSocket {
            writer.name("op")
            writer.string("gap")
            writer.name("id")
            writer.string(place.text)
        }
        writer.name("reason")
        writer.string(reason.rawValue)
        writer.name("from")
        if let from {
            writer.string(from)
        } else {
            writer.null()
        }
        writer.name("to")
        writer.string(place.text)
        writer.name("reload")
        writer.string(reload)
        writer.endObject()
        if transport.isWebSocket {
            WebSocketFrame.append(opcode: .text, payload: writer.bytes, to: &output)
        } else {
            ServerSentEvent.append(event: "gap", id: place.text, data: writer.bytes, to: &output)
        }
    }
}
