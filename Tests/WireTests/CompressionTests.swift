// Compressed messages (RFC 7692): what is agreed on, what comes back, and what a hostile peer may
// send.

import Support
import Testing
import Wire

struct CompressionTests {
    @Test(arguments: [
        ("permessage-deflate", 15, false),
        ("permessage-deflate; client_max_window_bits", 15, false),
        ("x-webkit-deflate-frame, permessage-deflate", 15, false),
        ("permessage-deflate; server_max_window_bits=10", 10, true),
        ("permessage-deflate ; server_max_window_bits = \"12\"", 12, true),
        ("permessage-deflate; server_no_context_takeover; client_no_context_takeover", 15, false),
        ("permessage-deflate; unheard_of, permessage-deflate; server_max_window_bits=9", 9, true),
    ])
    func `the first offer that can be met is taken`(
        offers: String, bits: Int, namesWindow: Bool
    ) throws {
        let agreed = try #require(PerMessageDeflate(offers: offers))
        #expect(agreed.windowBits == bits)
        #expect(agreed.answer.contains("server_no_context_takeover; client_no_context_takeover"))
        #expect(agreed.answer.contains("server_max_window_bits=\(bits)") == namesWindow)
    }

    @Test(arguments: [
        "", "permessage-bzip2", "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; server_max_window_bits=09",
        "permessage-deflate; client_max_window_bits=7",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
        "permessage-deflate; anything",
    ])
    func `an offer that can't be met is declined`(offers: String) {
        #expect(PerMessageDeflate(offers: offers) == nil)
    }

    @Test func `an offer with a smaller window than is at hand is declined`() {
        let offers = "permessage-deflate; server_max_window_bits=12, permessage-deflate"
        #expect(PerMessageDeflate(offers: offers, smallestWindowBits: 15)?.windowBits == 15)
    }

    @Test(arguments: [9, 12, 15])
    func `a message comes back as it was, whatever went before`(windowBits: Int) throws {
        var random = TestSeed.random("messages compressed one by one")
        let deflater = RawDeflater(windowBits: windowBits)
        let inflater = RawInflater()
        for round in 0..<200 {
            let count = Int.random(in: 0...(round < 190 ? 3_000 : 200_000), using: &random)
            let alphabet = UInt8.random(in: 1...255, using: &random)
            let message = (0..<count).map { _ in UInt8.random(in: 0...alphabet, using: &random) }
            var frame: [UInt8] = []
            WebSocketFrame.appendCompressed(
                opcode: .binary, payload: message.span, by: deflater, to: &frame)
            var parser = WebSocketParser(
                role: .client, messageBytesMax: 1_000_000, allowsCompression: true)
            var offset = 0
            guard
                case .compressed(isText: false, let bytes) = parser.next(
                    frame.span, from: &offset)
            else {
                Issue.record("not compressed")
                return
            }
            #expect(try inflater.message(bytes, bytesMax: count) == message)
        }
    }

    @Test func `a message that grows beyond its limit is stopped while it grows`() throws {
        let deflater = RawDeflater(level: 9)
        let bomb = [UInt8](repeating: 0, count: 50_000_000)
        var compressed: [UInt8] = []
        deflater.append(bomb.span, to: &compressed)
        #expect(compressed.count < 60_000)
        let inflater = RawInflater()
        #expect(throws: InflateFault.tooBig) {
            try inflater.message(compressed, bytesMax: 1_000_000)
        }
        var good: [UInt8] = []
        deflater.append([1, 2, 3].span, to: &good)
        good.removeLast(4)
        #expect(try inflater.message(good, bytesMax: 3) == [1, 2, 3])
    }

    @Test func `bytes that are no deflate are refused, and harm nothing after them`() throws {
        var random = TestSeed.random("bytes that are no deflate")
        let deflater = RawDeflater()
        let inflater = RawInflater()
        for _ in 0..<2_000 {
            let count = Int.random(in: 1...64, using: &random)
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = try? inflater.message(noise, bytesMax: 10_000)
            var good: [UInt8] = []
            deflater.append(noise.span, to: &good)
            good.removeLast(4)
            #expect(try inflater.message(good, bytesMax: 64) == noise)
        }
        #expect(throws: InflateFault.malformed) {
            try inflater.message([0xFF, 0xFF, 0xFF], bytesMax: 100)
        }
    }

    @Test func `a compressed message may be cut anywhere, and a ping may come between`() throws {
        let deflater = RawDeflater()
        let text = Array("what is compressed, what is compressed, what is compressed".utf8)
        var whole: [UInt8] = []
        deflater.append(text.span, to: &whole)
        whole.removeLast(4)
        for cut in 0...whole.count {
            var input: [UInt8] = []
            WebSocketFrame.append(
                opcode: .text, payload: Array(whole[..<cut]), isFinal: false, to: &input)
            input[0] |= 0x40
            WebSocketFrame.append(opcode: .ping, payload: [7], to: &input)
            WebSocketFrame.append(
                opcode: .continuation, payload: Array(whole[cut...]), to: &input)
            var parser = WebSocketParser(
                role: .client, messageBytesMax: 1_000, allowsCompression: true)
            var outcomes: [WebSocketParser.Outcome] = []
            for byte in input {
                var offset = 0
                let outcome = parser.next([byte].span, from: &offset)
                if outcome != .needMore { outcomes.append(outcome) }
            }
            #expect(outcomes == [.ping([7]), .compressed(isText: true, whole)])
        }
        #expect(try RawInflater().message(whole, bytesMax: 1_000) == text)
    }

    @Test(arguments: [
        ("gzip", true), ("deflate, gzip;q=1.0, *;q=0.5", true), ("br ;q=1, GZIP ; q=0.1", true),
        ("x-gzip", true), ("gzip, identity", true), ("gzip;q=0", false), ("gzip;q=0.000", false),
        ("gzip;q=much", false), ("identity, gzip;q=0.5", false), ("br, zstd", false), ("*", false),
        ("", false),
    ])
    func `gzip is accepted where it is named, by its weight`(field: String, isAccepted: Bool) {
        #expect(GzipStream.isAccepted(field) == isAccepted)
    }

    @Test(arguments: [0, 1, 65_535, 65_536, 140_000])
    func `what is stored in a gzip stream comes out between what is compressed`(count: Int) throws {
        let stored = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let deflater = RawDeflater()
        var stream: [UInt8] = []
        deflater.append([1, 2, 3].span, to: &stream)
        GzipStream.appendStored(stored, to: &stream)
        deflater.append([4, 5, 6].span, to: &stream)
        let whole = try RawInflater().message(stream, bytesMax: 200_000)
        #expect(whole == [1, 2, 3] + stored + [4, 5, 6])
    }

    /// First bytes of frames: a compressed continuation, a compressed ping, the second and the
    /// first two reserved bits, and a compressed text though nothing was agreed.
    @Test(
        arguments: [
            (true, 0xC0), (true, 0xC9), (true, 0xA1), (true, 0xE1), (false, 0xC1),
        ] as [(Bool, UInt8)])
    func `reserved bits that were not agreed on end the connection`(isAgreed: Bool, first: UInt8) {
        var parser = WebSocketParser(
            role: .client, messageBytesMax: 100, allowsCompression: isAgreed)
        var offset = 0
        guard case .failed(1002, _) = parser.next([first, 0].span, from: &offset) else {
            Issue.record("accepted")
            return
        }
    }
}
