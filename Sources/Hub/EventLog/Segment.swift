// Many events in one allocation per transport: a batch of the committer, or a page of history. It
// is the unit that is shared between loops, kept and freed. Both transports are encoded when it is
// made, once for all who will ever read it; what is compressed is made when the first one asks.

import Synchronization
package import Wire

/// Consecutive events of the log with their encoded frames, which never change.
package final class Segment: Sendable {
    /// The log that the events belong to.
    package let epoch: Epoch
    /// The position of the first event.
    package let first: UInt64
    /// How many bytes the segment holds, near enough to keep a budget.
    ///
    /// Compressed frames come on top while somebody asks for them: less than half as much.
    package let byteCount: Int

    private let subjects: [Subject]
    private let textStarts: [UInt32]
    private let serverSentEvents: Frames
    private let webSocket: Frames
    private let compressed = Mutex<CompressedFrames>(CompressedFrames())

    /// What somebody asked for.
    private struct CompressedFrames {
        var serverSentEvents: Frames?
        var webSocket: Frames?
    }

    /// What a filter looks at.
    private struct Subject {
        let name: String
        let subject: String
        let entity: String
    }

    /// Encodes events.
    ///
    /// There is at least one, and their positions follow each other.
    package init(epoch: Epoch, events: [LoggedEvent]) {
        precondition(!events.isEmpty, "a segment holds at least one event")
        let textByteCount = events.reduce(0) { $0 + $1.text.count }
        let reserved = textByteCount + events.count * Segment.overheadBytes
        var encoder = Encoder(epoch: epoch, reservingBytes: reserved, events: events.count)
        var subjects: [Subject] = []
        subjects.reserveCapacity(events.count)
        let first = events[0].position
        for (offset, event) in events.enumerated() {
            precondition(
                event.position == first + UInt64(offset), "a segment's positions have no hole")
            encoder.append(event)
            subjects.append(
                Subject(name: event.name, subject: event.subject, entity: event.entity))
        }
        self.epoch = epoch
        self.first = first
        self.subjects = subjects
        textStarts = encoder.textStarts
        serverSentEvents = encoder.serverSentEvents
        webSocket = encoder.webSocket
        byteCount =
            serverSentEvents.bytes.count + webSocket.bytes.count
            + events.count * Segment.overheadBytes
    }

    /// What an event costs beside its frames' bytes: names, offsets and the like.
    private static let overheadBytes = 160

    /// How many events there are.
    package var count: Int { subjects.count }

    /// The position of the last event.
    package var last: UInt64 { first + UInt64(subjects.count) - 1 }

    /// Whether the event at a position is in here.
    package func contains(_ position: UInt64) -> Bool {
        position >= first && position - first < UInt64(subjects.count)
    }

    /// All frames for one transport, in order of position.
    ///
    /// Compressed ones are made by the first who asks, and shared from then on.
    package func frames(_ transport: Transport, by deflater: RawDeflater? = nil) -> Frames {
        switch transport {
        case .serverSentEvents: serverSentEvents
        case .webSocket: webSocket
        case .compressedServerSentEvents, .compressedWebSocket:
            compressedFrames(transport, by: deflater)
        }
    }

    private func compressedFrames(_ transport: Transport, by deflater: RawDeflater?) -> Frames {
        guard let deflater else { preconditionFailure("a compressor is at hand") }
        return compressed.withLock { compressed in
            switch transport {
            case .compressedServerSentEvents:
                let frames =
                    compressed.serverSentEvents ?? serverSentEvents.deflated(by: deflater)
                compressed.serverSentEvents = frames
                return frames
            default:
                let frames = compressed.webSocket ?? webSocket.compressedMessages(by: deflater)
                compressed.webSocket = frames
                return frames
            }
        }
    }

    /// The name of the event at an index (its position less `first`).
    package func name(at index: Int) -> String { subjects[index].name }

    /// The subject of the event at an index.
    package func subject(at index: Int) -> String { subjects[index].subject }

    /// The kind of thing that the event at an index is about.
    package func entity(at index: Int) -> String { subjects[index].entity }

    /// The CloudEvent at a position that is in here, with the position spliced in.
    package func eventText(at position: UInt64) -> ArraySlice<UInt8> {
        precondition(contains(position), "the position is in this segment")
        let index = Int(position - first)
        let end = Int(serverSentEvents.ends[index]) - Segment.terminator.utf8.count
        return serverSentEvents.bytes[Int(textStarts[index])..<end]
    }

    /// Which events a filter lets through.
    func matches(of filter: Filter) -> Matches {
        if filter.isEverything { return .all }
        if filter.isNothing { return .none }
        var indexes: [UInt32] = []
        for (index, event) in subjects.enumerated()
        where filter.matches(name: event.name, subject: event.subject, entity: event.entity) {
            indexes.append(UInt32(index))
        }
        if indexes.isEmpty { return .none }
        return indexes.count == subjects.count ? .all : .some(indexes)
    }

    /// What ends an SSE frame after its data.
    fileprivate static let terminator = "\n\n"
}

extension Segment {
    /// Frames events one by one, with buffers that are kept from one to the next.
    private struct Encoder {
        let epoch: Epoch
        var serverSentEvents: Frames
        var webSocket: Frames
        var textStarts: [UInt32] = []
        private var id: [UInt8] = []
        private var text: [UInt8] = []

        init(epoch: Epoch, reservingBytes byteCount: Int, events count: Int) {
            self.epoch = epoch
            serverSentEvents = Frames(reservingBytes: byteCount, frames: count)
            webSocket = Frames(reservingBytes: byteCount, frames: count)
            textStarts.reserveCapacity(count)
        }

        mutating func append(_ event: LoggedEvent) {
            id.removeAll(keepingCapacity: true)
            EventID(epoch: epoch, position: event.position).append(to: &id)
            splice(event)
            appendServerSentEvent(named: Array(event.name.utf8))
            appendWebSocketFrame()
        }

        private mutating func appendServerSentEvent(named name: [UInt8]) {
            precondition(!name.isEmpty, "an event has a name")
            let start = serverSentEvents.bytes.count
            ServerSentEvent.append(event: name, id: id, data: text, to: &serverSentEvents.bytes)
            serverSentEvents.endFrame()
            let end = serverSentEvents.bytes.count
            let fieldNames = "event: \nid: \ndata: ".utf8.count + Segment.terminator.utf8.count
            precondition(
                end - start == fieldNames + name.count + id.count + text.count,
                "an event's text is one line")
            textStarts.append(UInt32(end - Segment.terminator.utf8.count - text.count))
        }

        private mutating func appendWebSocketFrame() {
            let envelope = Encoder.opening.count + id.count + Encoder.middle.count + 1
            WebSocketFrame.appendHeader(
                opcode: .text, payloadCount: envelope + text.count, to: &webSocket.bytes)
            webSocket.bytes.append(contentsOf: Encoder.opening)
            webSocket.bytes.append(contentsOf: id)
            webSocket.bytes.append(contentsOf: Encoder.middle)
            webSocket.bytes.append(contentsOf: text)
            webSocket.bytes.append(UInt8(ascii: "}"))
            webSocket.endFrame()
        }

        /// Puts `"position":"42",` in front of the stored object's first member.
        private mutating func splice(_ event: LoggedEvent) {
            precondition(
                event.text.count > 2 && event.text.first == UInt8(ascii: "{"),
                "an event's text is an object with a member")
            text.removeAll(keepingCapacity: true)
            text.append(contentsOf: Encoder.positionOpening)
            DecimalText.append(event.position, to: &text)
            text.append(contentsOf: Encoder.positionClosing)
            text.append(contentsOf: event.text[1...])
        }

        private static let opening = Array(#"{"op":"event","id":""#.utf8)
        private static let middle = Array(#"","event":"#.utf8)
        private static let positionOpening = Array(#"{"position":""#.utf8)
        private static let positionClosing = Array(#"","#.utf8)
    }
}
