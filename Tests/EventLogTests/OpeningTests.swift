// Where streams start, and the frames that say so.

import EventLog
import Testing

@Suite struct OpeningTests {
    /// A log of 1…100 of which 1…10 are gone.
    private let log = EventLog(
        epoch: sampleEpoch, head: 100, oldest: 11, memoryBytesMax: 1_000, pageBytesMax: 1_000)

    private func id(_ position: UInt64) -> EventID {
        EventID(epoch: sampleEpoch, position: position)
    }

    @Test func `without a resume point a stream starts now`() {
        #expect(log.open(nil) == .at(position: 100))
    }

    @Test func `from the start is complete only while nothing is gone`() {
        #expect(log.open(.start) == .gap(reason: .trimmed, from: "0", to: 10))
        let whole = EventLog(
            epoch: sampleEpoch, head: 100, memoryBytesMax: 1_000, pageBytesMax: 1_000)
        #expect(whole.open(.start) == .at(position: 0))
    }

    @Test func `an id goes on where it stopped while what follows it is kept`() {
        #expect(log.open(.id(id(100))) == .at(position: 100))
        #expect(log.open(.id(id(50))) == .at(position: 50))
        #expect(log.open(.id(id(10))) == .at(position: 10))
        #expect(
            log.open(.id(id(9))) == .gap(reason: .trimmed, from: "5f3a09c1-9", to: 10))
        #expect(
            log.open(.id(id(0))) == .gap(reason: .trimmed, from: "5f3a09c1-0", to: 10))
    }

    @Test func `an id of another log never looks caught up`() {
        let foreign = EventID(epoch: Epoch(rawValue: 1), position: 50)
        let gap = Opening.gap(reason: .unknownEpoch, from: "00000001-50", to: 100)
        #expect(log.open(.id(foreign)) == gap)
        #expect(log.open(checked: foreign, postgresHead: 500) == gap)
    }

    @Test func `a malformed id is a gap to the head`() {
        #expect(
            log.open(.malformed("x")) == .gap(reason: .malformed, from: nil, to: 100))
    }

    @Test func `an id beyond the head is checked against Postgres first`() {
        for position in [101, UInt64.max] {
            #expect(log.open(.id(id(position))) == .checkHead(id(position)))
        }
        #expect(log.open(checked: id(101), postgresHead: 101) == .at(position: 101))
        #expect(
            log.open(checked: id(102), postgresHead: 101)
                == .gap(reason: .future, from: "5f3a09c1-102", to: 100))
        #expect(log.open(checked: id(100), postgresHead: 100) == .at(position: 100))
    }

    @Test func `a cursor beyond the head waits for it and then gets what follows`() {
        var log = log
        let everything = log.register(.everything)
        let cursor = Cursor(position: 102)
        func next() -> Next {
            log.next(cursor, filter: everything, form: .serverSentEvents, bytesMax: 9_000)
        }
        guard case .caughtUp(cursor) = next() else {
            Issue.record("not caught up")
            return
        }
        log.append(sampleSegment(101...104))
        guard case .due(let run) = next() else {
            Issue.record("nothing due")
            return
        }
        #expect(run.frameCount == 2)
        #expect(
            run.bytes[run.range]
                == (expectedFrame(sampleEvent(103), .serverSentEvents)
                + expectedFrame(sampleEvent(104), .serverSentEvents))[...])
    }

    @Test func `a gap says why, from where, to where and what to load`() {
        var bytes: [UInt8] = []
        GapFrame.append(
            reason: .unknownEpoch, from: "00000001-5\"", to: id(42), reload: "/events?after=0",
            transport: .serverSentEvents, to: &bytes)
        #expect(
            String(decoding: bytes, as: UTF8.self) == """
                event: gap
                id: 5f3a09c1-42
                data: {"reason":"unknown_epoch","from":"00000001-5\\"","to":"5f3a09c1-42",\
                "reload":"/events?after=0"}


                """)
        bytes = []
        GapFrame.append(
            reason: .malformed, from: nil, to: id(42), reload: "/crm/leads", transport: .webSocket,
            to: &bytes)
        #expect(
            bytes
                == textFrame(
                    #"{"op":"gap","id":"5f3a09c1-42","reason":"malformed","from":null,"#
                        + #""to":"5f3a09c1-42","reload":"/crm/leads"}"#))
    }

    @Test func `a position frame moves the id and carries no event`() {
        var bytes: [UInt8] = []
        PositionFrame.append(id: id(42), transport: .serverSentEvents, to: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == ":\n\nid: 5f3a09c1-42\n\n")
        bytes = []
        PositionFrame.append(id: id(42), transport: .webSocket, to: &bytes)
        #expect(bytes == textFrame(#"{"op":"position","id":"5f3a09c1-42"}"#))
    }
}
