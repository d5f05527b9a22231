// What the server says on a WebSocket besides events: JSON text frames with an `op`.

import Domain
import EventLog
import Wire

/// The server's own messages.
enum WebSocketMessages {
    /// `{"op":"ready","id":…,"expires":…}`: once at the start, and after a renewal.
    static func appendReady(_ id: EventID, expirySeconds: Int64, to output: inout [UInt8]) {
        var writer = JSONWriter(reserving: 96)
        writer.beginObject()
        writer.name("op")
        writer.string("ready")
        writer.name("id")
        writer.string(id.text)
        writer.name("expires")
        let expiry = min(expirySeconds, 253_402_300_799)
        writer.string(Timestamp(milliseconds: expiry * 1000).text)
        writer.endObject()
        WebSocketFrame.append(opcode: .text, payload: writer.bytes, to: &output)
    }

    /// `{"op":"position","id":"<after>"}`: the place that a running stream was set to.
    static func appendPosition(_ place: String, to output: inout [UInt8]) {
        var writer = JSONWriter(reserving: 64)
        writer.beginObject()
        writer.name("op")
        writer.string("position")
        writer.name("id")
        writer.string(place)
        writer.endObject()
        WebSocketFrame.append(opcode: .text, payload: writer.bytes, to: &output)
    }

    /// `{"op":"problem","problem":{…},"for":…}`.
    static func appendProblem(_ problem: [UInt8], for operation: String, to output: inout [UInt8]) {
        var writer = JSONWriter(reserving: 64 + problem.count)
        writer.beginObject()
        writer.name("op")
        writer.string("problem")
        writer.name("problem")
        writer.raw(problem)
        writer.name("for")
        writer.string(operation)
        writer.endObject()
        WebSocketFrame.append(opcode: .text, payload: writer.bytes, to: &output)
    }

    /// `{"op":"pong"}`.
    static func appendPong(to output: inout [UInt8]) {
        WebSocketFrame.append(
            opcode: .text, payload: Array(#"{"op":"pong"}"#.utf8), to: &output)
    }

    /// `{"op":"drain","retry_ms":…}`.
    static func appendDrain(retryMilliseconds: Int, to output: inout [UInt8]) {
        WebSocketFrame.append(
            opcode: .text,
            payload: Array(#"{"op":"drain","retry_ms":\#(retryMilliseconds)}"#.utf8), to: &output)
    }
}
