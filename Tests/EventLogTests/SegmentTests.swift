// Frames byte by byte: what is on the wire is a contract with clients that we don't know.

import EventLog
import Testing
import Wire

@Suite struct SegmentTests {
    private let events = [
        LoggedEvent(
            position: 42, name: "lead_created", subject: "leads/a",
            text: Array(#"{"id":"x","type":"in.bhiv.lead_created"}"#.utf8)),
        LoggedEvent(
            position: 43, name: "order_created", subject: "orders/b",
            text: Array(#"{"id":"y"}"#.utf8)),
    ]

    @Test func `an event is one SSE frame with its name, its id and one line of JSON`() {
        let frames = Segment(epoch: sampleEpoch, events: events, masks: .none).frames(
            .serverSentEvents)
        let expected = """
            event: lead_created
            id: 5f3a09c1-42
            data: {"position":"42","id":"x","type":"in.bhiv.lead_created"}

            event: order_created
            id: 5f3a09c1-43
            data: {"position":"43","id":"y"}


            """
        #expect(String(decoding: frames.bytes, as: UTF8.self) == expected)
        #expect(frames.count == 2)
        #expect(frames.byteRange(of: 1..<2).upperBound == frames.bytes.count)
    }

    @Test func `an event is one unmasked WebSocket text frame`() {
        let frames = Segment(epoch: sampleEpoch, events: events, masks: .none).frames(.webSocket)
        let first =
            #"{"op":"event","id":"5f3a09c1-42","event":{"position":"42","id":"x","#
            + #""type":"in.bhiv.lead_created"}}"#
        let second = #"{"op":"event","id":"5f3a09c1-43","event":{"position":"43","id":"y"}}"#
        #expect(frames.bytes[..<frames.start(of: 1)] == textFrame(first)[...])
        #expect(frames.bytes[frames.start(of: 1)...] == textFrame(second)[...])
    }

    @Test(arguments: [10, 100, 126, 65_400, 65_536, 70_000])
    func `a frame of any length has the right header`(length: Int) {
        let text = #"{"note":"\#(String(repeating: "x", count: length))"}"#
        let event = LoggedEvent(
            position: 7, name: "note", subject: "", text: Array(text.utf8))
        let segment = Segment(epoch: sampleEpoch, events: [event], masks: .none)
        let deflater = RawDeflater()
        for transport in Transport.allCases {
            let form = FrameForm(transport: transport)
            #expect(segment.frames(form, by: deflater).bytes == expectedFrame(event, form))
        }
    }

    @Test func `each compressed frame can be read alone, and says what its event says`() throws {
        let segment = sampleSegment(1...300)
        let deflater = RawDeflater()
        let inflater = RawInflater()
        let plain = segment.frames(.serverSentEvents)
        let blocks = segment.frames(
            FrameForm(transport: .compressedServerSentEvents), by: deflater)
        let messages = segment.frames(
            FrameForm(transport: .compressedWebSocket), by: deflater)
        for index in (0..<300).shuffled() {
            let one = index..<index + 1
            let block = Array(blocks.bytes[blocks.byteRange(of: one)])
            let text = Array(plain.bytes[plain.byteRange(of: one)])
            #expect(try inflater.message(block, bytesMax: 100_000) == text)
            var parser = WebSocketParser(
                role: .client, messageBytesMax: 100_000, allowsCompression: true)
            var offset = 0
            let frame = Array(messages.bytes[messages.byteRange(of: one)])
            guard case .compressed(isText: true, let bytes) = parser.next(frame.span, from: &offset)
            else {
                Issue.record("no compressed message")
                return
            }
            let message = try inflater.message(bytes, bytesMax: 100_000)
            #expect(textFrame(String(decoding: message, as: UTF8.self)).count > message.count)
            let position = #""position":"\#(index + 1)""#
            #expect(String(decoding: message, as: UTF8.self).contains(position))
        }
        #expect(blocks.bytes.count * 4 < plain.bytes.count * 3)
    }

    @Test func `a reader of a masked class sees null in the place of what is hidden`() {
        let text = #"{"id":"1","data":{"name":"A","email":"a@b.c","n":1.50,"changed":["email"]}}"#
        let shown = #"{"id":"1","data":{"name":"A","email":null,"n":1.50,"changed":["email"]}}"#
        func event(_ subject: String, _ text: String) -> LoggedEvent {
            LoggedEvent(position: 9, name: "e", subject: subject, text: Array(text.utf8))
        }
        let masks = Masks([["lead": ["email"]]])
        for transport in [Transport.serverSentEvents, .webSocket] {
            let form = FrameForm(transport: transport, visibility: masked)
            let plain = FrameForm(transport: transport)
            for (subject, expected) in [("leads/a", shown), ("orders/a", text)] {
                let segment = Segment(
                    epoch: sampleEpoch, events: [event(subject, text)], masks: masks)
                let frame = expectedFrame(event(subject, expected), plain)
                #expect(segment.frames(form).bytes == frame)
                #expect(segment.frames(plain).bytes == expectedFrame(event(subject, text), plain))
            }
        }
    }

    @Test func `what can't be masked is not shown`() {
        let event = LoggedEvent(
            position: 1, name: "e", subject: "leads/a", text: Array(#"{"email":oops}"#.utf8))
        let segment = Segment(epoch: sampleEpoch, events: [event], masks: sampleMasks)
        let frame = segment.frames(FrameForm(transport: .serverSentEvents, visibility: masked))
        #expect(String(decoding: frame.bytes, as: UTF8.self).hasSuffix("data: {}\n\n"))
    }

    @Test func `the text of an event has its position in front`() {
        let segment = Segment(epoch: sampleEpoch, events: events, masks: .none)
        let text = String(decoding: segment.eventText(at: 43), as: UTF8.self)
        #expect(text == #"{"position":"43","id":"y"}"#)
        #expect(segment.first == 42)
        #expect(segment.last == 43)
        #expect(!segment.contains(41) && segment.contains(42) && !segment.contains(44))
    }

    @Test(arguments: [
        ("leads/1", "lead"), ("deliveries/2", "delivery"), ("opportunities/3", "opportunity"),
        ("users/u", "user"), ("tasks/t", "task"), ("feedback/f", "feedback"),
        ("addresses/a", "address"), ("", ""), ("leads", "lead"),
    ])
    func `an event is about the singular of its subject's kind`(subject: String, entity: String) {
        #expect(LoggedEvent.entity(ofSubject: subject) == entity)
    }
}
