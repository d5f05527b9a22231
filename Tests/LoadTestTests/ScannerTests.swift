// The scanners must find the same in a stream however it is cut, and must notice what a careless
// server does: positions that are missing, repeated or unreadable.

import Testing
import Wire

@testable import LoadTest

/// What a stream came to.
private struct Result: Equatable {
    var events = 0
    var deliveries = 0
    var missing = 0
    var repeats = 0
    var gapFrames = 0
    var problemFrames = 0
    var malformedFrames = 0
    var position: UInt64?
    var latencyMaxMicroseconds = 0
    var closeCode: UInt16?
    var pongs: [UInt8] = []

    init() {}

    init(_ tally: StreamTally, _ cursor: StreamCursor) {
        events = tally.events
        deliveries = tally.deliveries
        missing = tally.missing
        repeats = tally.repeats
        gapFrames = tally.gapFrames
        problemFrames = tally.problemFrames
        malformedFrames = tally.malformedFrames
        position = cursor.position
        latencyMaxMicroseconds = tally.latency.summary.maxMicroseconds
    }
}

/// Scans pieces one after the other, as a socket would give them.
private func scan(
    _ pieces: [ArraySlice<UInt8>], _ transport: StreamTransport, isContiguous: Bool = true
) -> Result {
    var tally = StreamTally(isContiguous: isContiguous)
    var cursor = StreamCursor()
    var buffer: [UInt8] = []
    var replies: [UInt8] = []
    var closeCode: UInt16?
    for piece in pieces {
        buffer.append(contentsOf: piece)
        let range = 0..<buffer.count
        switch transport {
        case .serverSentEvents:
            let end = ServerSentEventScanner.scan(
                buffer.span, range, nowNanoseconds: 5_000_000, cursor: &cursor, tally: &tally)
            buffer.removeFirst(end)
        case .webSocket:
            let outcome = WebSocketScanner.scan(
                buffer.span, range, nowNanoseconds: 5_000_000, mask: 0, cursor: &cursor,
                tally: &tally, replies: &replies)
            closeCode = closeCode ?? outcome.closeCode
            buffer.removeFirst(outcome.end)
        }
    }
    var result = Result(tally, cursor)
    result.closeCode = closeCode
    result.pongs = replies
    return result
}

private func frame(_ position: Int, marked: Int64? = nil) -> String {
    var data = Array(#"{"position":"\#(position)","data":{"note":"^ and ^2^","m":""#.utf8)
    if let marked { Marker.append(nanoseconds: marked, to: &data) }
    let text = String(decoding: data, as: UTF8.self)
    return "event: lead_created\nid: 5f3a09c1-\(position)\ndata: \(text)\"}}\n\n"
}

private func message(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    WebSocketFrame.append(opcode: .text, payload: Array(text.utf8), to: &bytes)
    return bytes
}

private func event(_ position: Int, marked: Int64, padding: Int = 0) -> [UInt8] {
    var data: [UInt8] = []
    Marker.append(nanoseconds: marked, to: &data)
    let text = String(decoding: data, as: UTF8.self) + String(repeating: "x", count: padding)
    return message(
        #"{"op":"event","id":"5f3a09c1-\#(position)","event":{"data":{"m":"\#(text)"}}}"#)
}

struct ScannerTests {
    @Test func `an SSE stream gives the same however it is cut`() {
        let text =
            "retry: 3000\n\n" + frame(7) + ": heartbeat\n\n" + frame(8, marked: 2_000_000)
            + frame(9, marked: 4_000_000).split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\r\n")
        let bytes = Array(text.utf8)
        var expected = Result()
        expected.events = 3
        expected.deliveries = 2
        expected.position = 9
        expected.latencyMaxMicroseconds = 3_000
        #expect(scan([bytes[...]], .serverSentEvents) == expected)
        for cut in bytes.indices {
            #expect(scan([bytes[..<cut], bytes[cut...]], .serverSentEvents) == expected)
        }
        #expect(scan(bytes.indices.map { bytes[$0...$0] }, .serverSentEvents) == expected)
    }

    @Test func `a WebSocket stream gives the same however it is cut`() {
        var bytes = message(#"{"op":"ready","id":"5f3a09c1-6","expires":"2030-01-01T00:00:00Z"}"#)
        bytes += event(7, marked: 2_000_000)
        WebSocketFrame.append(opcode: .ping, payload: [1, 2], to: &bytes)
        bytes += event(8, marked: 4_000_000, padding: 70_000)
        bytes += message(#"{ "id": "5f3a09c1-9", "event": {}, "op": "event" }"#)
        WebSocketFrame.appendClose(code: 4408, reason: "slow", to: &bytes)
        var expected = Result()
        expected.events = 3
        expected.deliveries = 2
        expected.position = 9
        expected.latencyMaxMicroseconds = 3_000
        expected.closeCode = 4408
        WebSocketFrame.append(opcode: .pong, payload: [1, 2], mask: 0, to: &expected.pongs)
        // Near the ends of frames lie the cuts that differ; in between every 997th.
        let tail = bytes.count - 200
        let cuts = bytes.indices.filter { $0 < 300 || $0 >= tail || $0 % 997 == 0 }
        for cut in cuts {
            #expect(scan([bytes[..<cut], bytes[cut...]], .webSocket) == expected)
        }
    }

    @Test func `skipped and repeated positions are counted`() {
        let bytes = Array((frame(3) + frame(6) + frame(6) + frame(7)).utf8)
        let strict = scan([bytes[...]], .serverSentEvents)
        #expect(strict.missing == 2)
        #expect(strict.repeats == 1)
        let filtered = scan([bytes[...]], .serverSentEvents, isContiguous: false)
        #expect(filtered.missing == 0)
        #expect(filtered.repeats == 1)
    }

    @Test func `the first event after ready may not skip`() {
        let bytes = message(#"{"op":"ready","id":"5f3a09c1-6"}"#) + event(9, marked: 1)
        #expect(scan([bytes[...]], .webSocket).missing == 2)
    }

    @Test func `a declared gap is counted as one and moves the cursor`() {
        let gap = "event: gap\nid: 5f3a09c1-90\ndata: {\"reason\":\"trimmed\"}\n\n"
        let sse = Array((frame(3) + gap + frame(91)).utf8)
        let result = scan([sse[...]], .serverSentEvents)
        #expect(result.gapFrames == 1)
        #expect(result.missing == 0)
        #expect(result.events == 2)
        let webSocket =
            event(3, marked: 1) + message(#"{"op":"gap","id":"5f3a09c1-90","reason":"slow"}"#)
            + event(91, marked: 1)
        let other = scan([webSocket[...]], .webSocket)
        #expect(other.gapFrames == 1)
        #expect(other.missing == 0)
    }

    @Test func `a bare id moves a filtered cursor, and shows a hole in an unfiltered stream`() {
        let bytes = Array((frame(3) + "id: 5f3a09c1-5\n\n" + frame(6)).utf8)
        #expect(scan([bytes[...]], .serverSentEvents, isContiguous: false).missing == 0)
        #expect(scan([bytes[...]], .serverSentEvents).missing == 2)
    }

    @Test func `problems and unreadable ids are counted`() {
        let text = "event: problem\ndata: {\"status\":401}\n\n" + "id: nonsense\ndata: {}\n\n"
        let result = scan([Array(text.utf8)[...]], .serverSentEvents)
        #expect(result.problemFrames == 1)
        #expect(result.malformedFrames == 1)
        let webSocket = scan([message("no JSON")[...]], .webSocket)
        #expect(webSocket.malformedFrames == 1)
    }

    @Test func `a masked, compressed or fragmented frame stops the stream with a reason`() {
        for bytes: [UInt8] in [[0x81, 0x81, 0, 0, 0, 0, 65], [0xC1, 1, 65], [0x01, 1, 65]] {
            var tally = StreamTally(isContiguous: true)
            var cursor = StreamCursor()
            var replies: [UInt8] = []
            let outcome = WebSocketScanner.scan(
                bytes.span, 0..<bytes.count, nowNanoseconds: 0, mask: 0, cursor: &cursor,
                tally: &tally, replies: &replies)
            #expect(outcome.failure != nil)
        }
    }
}
