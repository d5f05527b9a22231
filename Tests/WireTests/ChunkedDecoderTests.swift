// Chunked bodies of RFC 9112 §7.1, whole and cut anywhere.

import Testing
import Wire

@Suite struct ChunkedDecoderTests {
    static let samples = [
        "4\r\nWiki\r\n5\r\npedia\r\n0\r\n\r\n",
        "4\r\nWiki\r\n6\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\n\r\nGET / HTTP/1.1\r\n",
        "00a;name=\"a b\";x\r\n0123456789\r\n000\r\nExpires: never\r\nX:\r\n\r\n",
        "0\r\n\r\n", "3\r\nabc\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3;\u{1}\r\nabc\r\n", "\r\n",
        "g\r\n",
    ]

    @Test(arguments: samples)
    func `a body cut anywhere is decoded like the whole`(_ sample: String) {
        let bytes = utf8(sample)
        let whole = chunked(bytes)
        for cuts in everyCut(bytes.count) { #expect(chunked(bytes, cuts: cuts) == whole) }
    }

    @Test func `the chunks are joined and what follows is left`() {
        let bytes = utf8(Self.samples[1])
        #expect(
            chunked(bytes)
                == .complete(body: utf8("Wikipedia in \r\n\r\nchunks."), consumed: bytes.count - 16)
        )
    }

    @Test func `extensions and trailers are skipped`() {
        let bytes = utf8(Self.samples[2])
        #expect(chunked(bytes) == .complete(body: utf8("0123456789"), consumed: bytes.count))
    }

    @Test func `a body may be as large as its limit and no larger`() {
        let bytes = utf8("5\r\nabcde\r\n5\r\nabcde\r\n0\r\n\r\n")
        #expect(
            chunked(bytes, bodyBytesMax: 10)
                == .complete(body: utf8("abcdeabcde"), consumed: bytes.count))
        #expect(chunked(bytes, bodyBytesMax: 9) == .bad(.bodyTooLarge))
    }
}
