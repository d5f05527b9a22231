// The frame that moves a client's resume point past events that it didn't want, so that it doesn't
// ask for them all after a reconnect. It carries no event.

import Wire

/// The frame that only says how far the stream is.
package enum PositionFrame {
    /// Appends it: for SSE a comment (the heartbeat) and a bare `id:` line, for WebSocket
    /// `{"op":"position","id":"…"}`.
    package static func append(
        id: EventID, transport: Transport, to output: inout [UInt8]
    ) {
        if transport.isWebSocket {
            var writer = JSONWriter(reserving: 64)
            writer.beginObject()
            writer.name("op")
            writer.string("position")
            writer.name("id")
            writer.string(id.text)
            writer.endObject()
            WebSocketFrame.append(opcode: .text, payload: writer.bytes, to: &output)
        } else {
            ServerSentEvent.appendComment("", to: &output)
            ServerSentEvent.appendID(id.text, to: &output)
        }
    }
}
