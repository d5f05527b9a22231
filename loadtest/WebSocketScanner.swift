// Reads WebSocket messages where they were received, as the SSE scanner does. The server's fixed
// spelling `{"op":"event","id":"…"` is read by looking at it; any other spelling of the same JSON
// goes through the parser, so what is checked is the contract and not the byte order.

import Wire

/// What is done with messages that come compressed.
enum CompressedMessages {
    /// Nothing was agreed on.
    case refused
    /// Each counts as an event that was published.
    case counted
    /// They are read.
    case read(RawInflater)
}

/// A scanner of a server's WebSocket frames.
struct WebSocketScanner {
    /// What a scan came to.
    struct Outcome: Equatable {
        /// Where the first unfinished frame begins.
        var end: Int
        /// The code with which the server closed; 1005 for a close without one.
        var closeCode: UInt16?
        /// Why the stream can't be read on.
        var failure: String?
    }

    /// Where the payload of a frame lies.
    private struct Frame {
        let opcode: UInt8
        let isFinal: Bool
        let isPlain: Bool
        let isCompressed: Bool
        let payload: Range<Int>
    }

    /// Counts the whole frames in `bytes[range]`; pings are answered into `replies`, under `mask`.
    static func scan(
        _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, nowNanoseconds: Int64, mask: UInt32,
        inflating: CompressedMessages = .refused, cursor: inout StreamCursor,
        tally: inout StreamTally, replies: inout [UInt8]
    ) -> Outcome {
        var outcome = Outcome(end: range.lowerBound)
        while let frame = frame(in: bytes, outcome.end..<range.upperBound) {
            guard frame.isPlain, frame.isFinal else {
                outcome.failure = "a masked or fragmented frame came"
                return outcome
            }
            outcome.end = frame.payload.upperBound
            switch WebSocketOpcode(rawValue: frame.opcode) {
            case .text where frame.isCompressed:
                switch inflating {
                case .refused:
                    outcome.failure = "a compressed frame came"
                    return outcome
                case .counted: tally.countUnread(cursor: &cursor)
                case .read(let inflater):
                    guard let whole = inflated(bytes, frame.payload, by: inflater) else {
                        outcome.failure = "a message can't be inflated"
                        return outcome
                    }
                    tally.count(
                        message(in: whole.span, 0..<whole.count), cursor: &cursor,
                        nowNanoseconds: nowNanoseconds)
                }
            case .text:
                let message = message(in: bytes, frame.payload)
                tally.count(message, cursor: &cursor, nowNanoseconds: nowNanoseconds)
            case .ping:
                WebSocketFrame.append(
                    opcode: .pong, payload: bytes.extracting(frame.payload), mask: mask,
                    to: &replies)
            case .pong: break
            case .close:
                outcome.closeCode =
                    frame.payload.count >= 2
                    ? UInt16(bytes[frame.payload.lowerBound]) << 8
                        | UInt16(bytes[frame.payload.lowerBound + 1])
                    : 1005
                return outcome
            case .binary, .continuation, nil:
                outcome.failure = "a frame of kind \(frame.opcode) came"
                return outcome
            }
        }
        return outcome
    }

    /// The frame at the start of `bytes[range]`; nil while it isn't whole.
    private static func frame(in bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Frame? {
        guard range.count >= 2 else { return nil }
        let start = range.lowerBound
        var headCount = 2
        var payloadCount = Int(bytes[start + 1] & 0x7F)
        if payloadCount >= 126 {
            let lengthCount = payloadCount == 126 ? 2 : 8
            headCount += lengthCount
            guard range.count >= headCount else { return nil }
            payloadCount = 0
            for index in start + 2..<start + headCount {
                payloadCount = (payloadCount & 0xFF_FFFF_FFFF) << 8 | Int(bytes[index])
            }
        }
        let isPlain = bytes[start] & 0x30 == 0 && bytes[start + 1] & 0x80 == 0
        guard range.count - headCount >= payloadCount || !isPlain else { return nil }
        let payloadStart = start + headCount
        return Frame(
            opcode: bytes[start] & 0x0F, isFinal: bytes[start] & 0x80 != 0, isPlain: isPlain,
            isCompressed: bytes[start] & 0x40 != 0,
            payload: payloadStart..<payloadStart + payloadCount)
    }

    /// A compressed message as it was; nil if it can't be read.
    private static func inflated(
        _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, by inflater: RawInflater
    ) -> [UInt8]? {
        var copy: [UInt8] = []
        copy.append(copying: bytes, range)
        return try? inflater.message(copy, bytesMax: 16 << 20)
    }

    /// What a text message says.
    static func message(in bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> ScannedFrame {
        var frame = ScannedFrame()
        let end = range.upperBound
        let idStart: Int
        if ByteSearch.matches(#"{"op":"event","id":""#, in: bytes, at: range.lowerBound, end: end) {
            frame.kind = .event
            idStart = range.lowerBound + 20
        } else if ByteSearch.matches(
            #"{"op":"position","id":""#, in: bytes, at: range.lowerBound, end: end)
        {
            frame.kind = .position
            idStart = range.lowerBound + 23
        } else {
            return parsedMessage(in: bytes, range)
        }
        if let idEnd = ByteSearch.firstIndex(of: UInt8(ascii: "\""), in: bytes, idStart..<end) {
            frame.position = ScannedFrame.position(in: bytes, idStart..<idEnd)
        }
        frame.isMalformed = frame.position == nil
        if frame.kind == .event { frame.markedNanoseconds = Marker.find(in: bytes, idStart..<end) }
        return frame
    }

    private static func parsedMessage(
        in bytes: borrowing Span<UInt8>, _ range: Range<Int>
    ) -> ScannedFrame {
        var frame = ScannedFrame()
        var copy: [UInt8] = []
        copy.append(copying: bytes, range)
        guard let document = try? JSONDocument(copy),
            let op = document.member("op", of: document.root).flatMap({ document.string($0) })
        else {
            frame.isMalformed = true
            return frame
        }
        switch op {
        case "event": frame.kind = .event
        case "gap": frame.kind = .gap
        case "problem": frame.kind = .problem
        case "position": frame.kind = .position
        case "ready": frame.kind = .ready
        case "drain": frame.kind = .drain
        default: break
        }
        if let id = document.member("id", of: document.root).flatMap({ document.string($0) }) {
            let idBytes = Array(id.utf8)
            frame.position = ScannedFrame.position(in: idBytes.span, 0..<idBytes.count)
            frame.isMalformed = frame.position == nil
        }
        if frame.kind == .event { frame.markedNanoseconds = Marker.find(in: bytes, range) }
        return frame
    }
}
