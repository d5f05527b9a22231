// Many events in one allocation per form: a batch of the committer, or a page of history. It is the
// unit that is shared between loops, kept and freed. The plain form of both transports is encoded
// when it is made, once for all who will ever read it; another form when the first reader asks for
// it (FrameEncoder.swift says how), and then it is shared as well.

import Synchronization
package import Wire

/// Consecutive events of the log with their encoded frames.
///
/// What a reader sees of it never changes.
package final class Segment: Sendable {
    /// The log that the events belong to.
    package let epoch: Epoch
    /// The position of the first event.
    package let first: UInt64
    /// When their commit was heard of, on the monotonic clock; 0 for what was read later.
    package let committedNanoseconds: Int64

    private let subjects: [Subject]
    private let textStarts: [UInt32]
    private let serverSentEvents: Frames
    private let webSocket: Frames
    private let masks: Masks
    /// The forms that were asked for beside the plain ones.
    private let otherForms = Mutex<[FrameForm: Frames]>([:])
    private let plainByteCount: Int
    private let otherByteCount = Atomic<Int>(0)

    /// What a filter looks at.
    private struct Subject {
        let name: String
        let subject: String
        let entity: String
        let owners: EventOwners
    }

    /// Encodes events.
    ///
    /// There is at least one, and their positions follow each other. `masks` say what is hidden
    /// from whom.
    package init(
        epoch: Epoch, events: [LoggedEvent], masks: Masks, committedNanoseconds: Int64 = 0
    ) {
        precondition(!events.isEmpty, "a segment holds at least one event")
        let textByteCount = events.reduce(0) { $0 + $1.text.count }
        let reserved = textByteCount + events.count * Segment.overheadBytes
        var eventStream = FrameEncoder(
            transport: .serverSentEvents, reservingBytes: reserved, events: events.count)
        var webSocket = FrameEncoder(
            transport: .webSocket, reservingBytes: reserved, events: events.count)
        var subjects: [Subject] = []
        var textStarts: [UInt32] = []
        subjects.reserveCapacity(events.count)
        textStarts.reserveCapacity(events.count)
        var text: [UInt8] = []
        var id: [UInt8] = []
        let first = events[0].position
        for (offset, event) in events.enumerated() {
            precondition(
                event.position == first + UInt64(offset), "a segment's positions have no hole")
            FrameEncoder.splice(event, into: &text)
            Segment.write(EventID(epoch: epoch, position: event.position), into: &id)
            let name = Array(event.name.utf8)
            eventStream.append(name: name, id: id, text: text.span)
            webSocket.append(name: name, id: id, text: text.span)
            let end = eventStream.frames.bytes.count - FrameEncoder.textEnd.count
            textStarts.append(UInt32(end - text.count))
            subjects.append(
                Subject(
                    name: event.name, subject: event.subject, entity: event.entity,
                    owners: event.owners))
        }
        self.epoch = epoch
        self.first = first
        self.committedNanoseconds = committedNanoseconds
        self.subjects = subjects
        self.masks = masks
        self.textStarts = textStarts
        serverSentEvents = eventStream.frames
        self.webSocket = webSocket.frames
        plainByteCount =
            serverSentEvents.bytes.count + self.webSocket.bytes.count
            + events.count * Segment.overheadBytes
    }

    private static func write(_ place: EventID, into id: inout [UInt8]) {
        id.removeAll(keepingCapacity: true)
        place.append(to: &id)
    }

    /// What an event costs beside its frames' bytes: names, offsets and the like.
    private static let overheadBytes = 160

    /// How many bytes the segment holds, near enough to keep a budget; more when another form was
    /// asked for.
    package var byteCount: Int { plainByteCount + otherByteCount.load(ordering: .relaxed) }

    /// How many events there are.
    package var count: Int { subjects.count }

    /// The position of the last event.
    package var last: UInt64 { first + UInt64(subjects.count) - 1 }

    /// Whether the event at a position is in here.
    package func contains(_ position: UInt64) -> Bool {
        position >= first && position - first < UInt64(subjects.count)
    }

    /// All frames of one form, in order of position; compressed ones are made by a compressor.
    package func frames(_ form: FrameForm, by deflater: RawDeflater? = nil) -> Frames {
        guard form.isPlain else { return otherFrames(form, by: deflater) }
        return plainFrames(form.transport)
    }

    private func plainFrames(_ transport: Transport) -> Frames {
        transport.isWebSocket ? webSocket : serverSentEvents
    }

    /// Frames that are encoded when the first reader asks for them; others who ask meanwhile wait.
    private func otherFrames(_ form: FrameForm, by deflater: RawDeflater?) -> Frames {
        otherForms.withLock { forms in
            if let known = forms[form] { return known }
            let frames = encode(form, by: deflater)
            forms[form] = frames
            otherByteCount.add(frames.bytes.count + frames.count * 4, ordering: .relaxed)
            return frames
        }
    }

    private func encode(_ form: FrameForm, by deflater: RawDeflater?) -> Frames {
        let frames =
            form.visibility == .full
            ? plainFrames(form.transport) : maskedFrames(form.transport, form.visibility)
        guard form.transport.isCompressed else { return frames }
        guard let deflater else { preconditionFailure("a compressor is at hand") }
        return form.transport.isWebSocket
            ? frames.compressedMessages(by: deflater) : frames.deflated(by: deflater)
    }

    private func maskedFrames(
        _ transport: Transport, _ visibility: VisibilityClass
    ) -> Frames {
        var encoder = FrameEncoder(
            transport: transport.plain, reservingBytes: plainFrames(transport).bytes.count,
            events: count)
        var id: [UInt8] = []
        for index in subjects.indices {
            Segment.write(EventID(epoch: epoch, position: first + UInt64(index)), into: &id)
            let text = masks.event(
                Array(serverSentEvents.bytes[plainTextRange(index)]), about: entity(at: index),
                for: visibility)
            encoder.append(name: Array(name(at: index).utf8), id: id, text: text.span)
        }
        return encoder.frames
    }

    /// The same events, some of them with other texts.
    func replacing(_ texts: [UInt64: [UInt8]]) -> Segment {
        let events = subjects.indices.map { index in
            let position = first + UInt64(index)
            let shown = serverSentEvents.bytes[plainTextRange(index)]
            return LoggedEvent(
                position: position, name: name(at: index), subject: subject(at: index),
                owners: owners(at: index),
                text: texts[position] ?? FrameEncoder.unsplice(shown, position: position))
        }
        return Segment(epoch: epoch, events: events, masks: masks)
    }

    /// The name of the event at an index (its position less `first`).
    package func name(at index: Int) -> String { subjects[index].name }

    /// The subject of the event at an index.
    package func subject(at index: Int) -> String { subjects[index].subject }

    /// Whose what the event at an index is about is.
    package func owners(at index: Int) -> EventOwners { subjects[index].owners }

    /// The kind of thing that the event at an index is about.
    package func entity(at index: Int) -> String { subjects[index].entity }

    /// The CloudEvent at a position that is in here, with the position spliced in.
    package func eventText(at position: UInt64) -> ArraySlice<UInt8> {
        precondition(contains(position), "the position is in this segment")
        return serverSentEvents.bytes[plainTextRange(Int(position - first))]
    }

    private func plainTextRange(_ index: Int) -> Range<Int> {
        let end = Int(serverSentEvents.ends[index]) - FrameEncoder.textEnd.count
        return Int(textStarts[index])..<end
    }

    /// Which events a filter lets through.
    func matches(of filter: Filter) -> Matches {
        if filter.isEverything { return .all }
        if filter.isNothing { return .none }
        var indexes: [UInt32] = []
        for (index, event) in subjects.enumerated()
        where filter.matches(
            name: event.name, subject: event.subject, entity: event.entity, of: event.owners)
        {
            indexes.append(UInt32(index))
        }
        if indexes.isEmpty { return .none }
        return indexes.count == subjects.count ? .all : .some(indexes)
    }
}
