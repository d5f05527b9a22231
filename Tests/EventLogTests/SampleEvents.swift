// Events to fill logs with, and the frames that they have to become, written out here a second time
// and in the plainest way.

import EventLog
import Wire

let sampleEpoch = Epoch(rawValue: 0x5f3a_09c1)

/// Class 1 doesn't see the notes of leads.
let sampleMasks = Masks([["lead": ["note"]]])
let masked = VisibilityClass(rawValue: 1)

/// Every form that there is.
let sampleForms = Transport.allCases.flatMap { transport in
    [VisibilityClass.full, masked].map { FrameForm(transport: transport, visibility: $0) }
}

private let names = [
    "lead_created", "lead_updated", "order_created", "order_updated", "rl_scored", "sla.warning",
]
private let subjects = [
    "leads/1", "leads/2", "orders/1", "deliveries/7", "opportunities/3", "users/u", "",
]

/// An event made up from its position and some noise.
func sampleEvent(_ position: UInt64, noise: UInt64 = 0) -> LoggedEvent {
    let mixed = (position &+ noise) &* 0x9e37_79b9_7f4a_7c15 >> 20
    let name = names[Int(mixed % UInt64(names.count))]
    let subject = subjects[Int(mixed / 7 % UInt64(subjects.count))]
    let padding = String(repeating: "é", count: Int(mixed / 64 % 90))
    let text = #"{"id":"\#(mixed)","type":"in.bhiv.\#(name)","data":{"note":"\#(padding)"}}"#
    return LoggedEvent(position: position, name: name, subject: subject, text: Array(text.utf8))
}

func sampleSegment(_ positions: ClosedRange<UInt64>, noise: UInt64 = 0) -> Segment {
    Segment(
        epoch: sampleEpoch, events: positions.map { sampleEvent($0, noise: noise) },
        masks: sampleMasks)
}

/// The frame of an event, by the wire contract.
func expectedFrame(
    _ event: LoggedEvent, _ form: FrameForm, by given: RawDeflater? = nil
) -> [UInt8] {
    var stored = String(decoding: event.text.dropFirst(), as: UTF8.self)
    let opening = #""note":""#
    if form.visibility == masked, event.subject.hasPrefix("leads/"),
        let note = stored.firstRange(of: opening),
        let end = stored[note.upperBound...].firstIndex(of: "\"")
    {
        stored.replaceSubrange(note.lowerBound...end, with: #""note":null"#)
    }
    let text = "{\"position\":\"\(event.position)\"," + stored
    let id = "\(sampleEpoch.text)-\(event.position)"
    switch form.transport {
    case .serverSentEvents:
        return Array("event: \(event.name)\nid: \(id)\ndata: \(text)\n\n".utf8)
    case .webSocket:
        return textFrame(#"{"op":"event","id":"\#(id)","event":\#(text)}"#)
    case .compressedServerSentEvents:
        var blocks: [UInt8] = []
        let deflater = given ?? RawDeflater()
        let plain = FrameForm(transport: .serverSentEvents, visibility: form.visibility)
        deflater.append(expectedFrame(event, plain).span, to: &blocks)
        return blocks
    case .compressedWebSocket:
        let message = Array(#"{"op":"event","id":"\#(id)","event":\#(text)}"#.utf8)
        var frame: [UInt8] = []
        WebSocketFrame.appendCompressed(
            opcode: .text, payload: message.span, by: given ?? RawDeflater(), to: &frame)
        return frame
    }
}

/// An unmasked WebSocket text frame (RFC 6455 §5.2).
func textFrame(_ payload: String) -> [UInt8] {
    let count = payload.utf8.count
    var frame: [UInt8] = [0x81]
    if count < 126 {
        frame.append(UInt8(count))
    } else if count < 65_536 {
        frame += [126, UInt8(count >> 8), UInt8(count & 0xff)]
    } else {
        frame.append(127)
        frame += (0..<8).reversed().map { UInt8(count >> ($0 * 8) & 0xff) }
    }
    return frame + Array(payload.utf8)
}

/// What a filter says, worked out the naive way.
func isWanted(_ event: LoggedEvent, by terms: [FilterTerms]) -> Bool {
    terms.contains { term in
        let typeFits = term.types.contains { type in
            type.hasSuffix("*") ? event.name.hasPrefix(type.dropLast()) : event.name == type
        }
        return (term.types.isEmpty || typeFits)
            && (term.subjects.isEmpty || term.subjects.contains(event.subject))
            && (term.entities.isEmpty || term.entities.contains(event.entity))
    }
}

/// All kinds of filters, by their terms.
let sampleTerms: [[FilterTerms]] = [
    [FilterTerms()],
    [],
    [FilterTerms(types: ["lead_created"])],
    [FilterTerms(types: ["order_*", "rl_scored"])],
    [FilterTerms(types: ["*"], subjects: ["leads/1"])],
    [FilterTerms(subjects: ["leads/1", "orders/1"])],
    [FilterTerms(entities: ["delivery", "opportunity"])],
    [FilterTerms(types: ["lead_*"], entities: ["order"]), FilterTerms(types: ["sla.warning"])],
    [FilterTerms(types: ["no_such_event"])],
    [FilterTerms(types: ["lead_*"], subjects: ["orders/1"], entities: ["order"])],
]

/// Events, frames and segments made once for many histories.
final class SamplePool {
    private let noise: UInt64
    private let deflater = RawDeflater()
    private var events: [LoggedEvent] = []
    private var frames: [FrameForm: [[UInt8]]] = [:]
    private var segments: [ClosedRange<UInt64>: Segment] = [:]

    init(noise: UInt64, count: UInt64) {
        self.noise = noise
        events = (1...count).map { sampleEvent($0, noise: noise) }
        for form in sampleForms {
            frames[form] = events.map { expectedFrame($0, form, by: deflater) }
        }
    }

    func event(_ position: UInt64) -> LoggedEvent {
        events[Int(position) - 1]
    }

    func frame(_ position: UInt64, _ form: FrameForm) -> [UInt8] {
        frames[form]?[Int(position) - 1] ?? []
    }

    /// What is left of an event that was erased.
    func tombstone(_ position: UInt64) -> LoggedEvent {
        let event = event(position)
        return LoggedEvent(
            position: position, name: event.name, subject: event.subject,
            text: Array(#"{"id":"\#(position)","data":{"erased":true}}"#.utf8))
    }

    func tombstoneFrame(_ position: UInt64, _ form: FrameForm) -> [UInt8] {
        expectedFrame(tombstone(position), form, by: deflater)
    }

    func segment(_ positions: ClosedRange<UInt64>) -> Segment {
        if let segment = segments[positions] { return segment }
        let first = Int(positions.lowerBound) - 1
        let segment = Segment(
            epoch: sampleEpoch, events: Array(events[first..<Int(positions.upperBound)]),
            masks: sampleMasks)
        segments[positions] = segment
        return segment
    }
}
