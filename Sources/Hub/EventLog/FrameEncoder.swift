// Frames events one by one for a transport. The bytes are a contract with clients that we don't
// know.

import Wire

/// Encodes the frames of consecutive events, uncompressed.
struct FrameEncoder {
    /// What was encoded so far.
    private(set) var frames: Frames
    private let isWebSocket: Bool

    /// No frames yet, with room for as many as are named.
    init(transport: Transport, reservingBytes byteCount: Int, events count: Int) {
        precondition(!transport.isCompressed, "frames are compressed when they are there")
        isWebSocket = transport.isWebSocket
        frames = Frames(reservingBytes: byteCount, frames: count)
    }

    /// What ends an SSE frame after its text.
    static let textEnd = Array("\n\n".utf8)

    /// Appends the frame of an event whose text has its position already.
    mutating func append(name: [UInt8], id: [UInt8], text: borrowing Span<UInt8>) {
        if isWebSocket {
            appendWebSocketFrame(id, text)
        } else {
            appendServerSentEvent(name, id, text)
        }
        frames.endFrame()
    }

    private mutating func appendServerSentEvent(
        _ name: [UInt8], _ id: [UInt8], _ text: borrowing Span<UInt8>
    ) {
        precondition(!name.isEmpty, "an event has a name")
        let start = frames.bytes.count
        ServerSentEvent.append(event: name, id: id, data: text, to: &frames.bytes)
        let fieldNames = "event: \nid: \ndata: ".utf8.count + FrameEncoder.textEnd.count
        precondition(
            frames.bytes.count - start == fieldNames + name.count + id.count + text.count,
            "an event's text is one line")
    }

    private mutating func appendWebSocketFrame(_ id: [UInt8], _ text: borrowing Span<UInt8>) {
        let envelope = FrameEncoder.opening.count + id.count + FrameEncoder.middle.count + 1
        WebSocketFrame.appendHeader(
            opcode: .text, payloadCount: envelope + text.count, to: &frames.bytes)
        frames.bytes.append(contentsOf: FrameEncoder.opening)
        frames.bytes.append(contentsOf: id)
        frames.bytes.append(contentsOf: FrameEncoder.middle)
        frames.bytes.append(copying: text)
        frames.bytes.append(UInt8(ascii: "}"))
    }

    /// Puts `"position":"42",` in front of the stored object's first member.
    static func splice(_ event: LoggedEvent, into text: inout [UInt8]) {
        precondition(
            event.text.count > 2 && event.text.first == UInt8(ascii: "{"),
            "an event's text is an object with a member")
        text.removeAll(keepingCapacity: true)
        text.append(contentsOf: positionOpening)
        DecimalText.append(event.position, to: &text)
        text.append(contentsOf: positionClosing)
        text.append(contentsOf: event.text[1...])
    }

    /// The stored text of an event, out of one that has its position in front.
    static func unsplice(_ text: ArraySlice<UInt8>, position: UInt64) -> [UInt8] {
        var prefix = positionOpening
        DecimalText.append(position, to: &prefix)
        prefix.append(contentsOf: positionClosing)
        return [UInt8(ascii: "{")] + text.dropFirst(prefix.count)
    }

    private static let opening = Array(#"{"op":"event","id":""#.utf8)
    private static let middle = Array(#"","event":"#.utf8)
    private static let positionOpening = Array(#"{"position":""#.utf8)
    private static let positionClosing = Array(#"","#.utf8)
}
