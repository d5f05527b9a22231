// What comes on open streams under fuzz: WebSocket frames, events, and what was compressed.

import Wire

package enum FuzzedStreams {
    /// Frames of a client.
    static func frames(_ bytes: [UInt8], cut: Int) -> String? {
        let parser = WebSocketParser(role: .server, messageBytesMax: 4096, allowsCompression: true)
        let whole = outcomes(bytes, cuts: [], of: parser)
        let parts = outcomes(bytes, cuts: [cut], of: parser)
        return whole == parts ? nil : "\(parts) in pieces, \(whole) as a whole"
    }

    /// All that a parser makes of bytes that arrive in pieces; that it needs more is left out.
    package static func outcomes(
        _ bytes: [UInt8], cuts: [Int], of parser: WebSocketParser
    ) -> [WebSocketParser.Outcome] {
        var parser = parser
        var outcomes: [WebSocketParser.Outcome] = []
        var start = 0
        for end in cuts + [bytes.count] {
            let piece = bytes.span.extracting(start..<end)
            var offset = 0
            reading: while true {
                let outcome = parser.next(piece, from: &offset)
                if outcome == .needMore { break reading }
                outcomes.append(outcome)
                if case .failed = outcome { return outcomes }
            }
            start = end
        }
        return outcomes
    }

    /// An event stream, as a client reads it.
    static func events(_ bytes: [UInt8], cut: Int) -> String? {
        let whole = parsed(bytes, cuts: [])
        let parts = parsed(bytes, cuts: [cut])
        return whole == parts ? nil : "\(parts) in pieces, \(whole) as a whole"
    }

    /// All events of a stream that arrives in pieces.
    package static func parsed(_ bytes: [UInt8], cuts: [Int]) -> [ParsedServerSentEvent] {
        var parser = ServerSentEventParser()
        var events: [ParsedServerSentEvent] = []
        var start = 0
        for end in cuts + [bytes.count] {
            parser.feed(bytes.span.extracting(start..<end), into: &events)
            start = end
        }
        return events
    }

    /// A compressed message, and what a client offers for compression.
    static func inflated(_ bytes: [UInt8]) -> String? {
        let bytesMax = 65_536
        let message = try? RawInflater().message(bytes, bytesMax: bytesMax)
        if let message, message.count > bytesMax { return "a message of \(message.count) bytes" }
        let text = String(decoding: bytes, as: UTF8.self)
        _ = GzipStream.isAccepted(text)
        guard let agreed = PerMessageDeflate(offers: text) else { return nil }
        guard (9...15).contains(agreed.windowBits) else { return "\(agreed.windowBits) bits" }
        let answer = agreed.answer.utf8
        return answer.allSatisfy { (0x20..<0x7F).contains($0) } ? nil : "it answers \(answer)"
    }
}
