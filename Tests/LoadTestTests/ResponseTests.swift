// Answers and chunks, cut at every byte.

import Testing

@testable import LoadTest

struct ResponseTests {
    @Test func `an answer is found once its head is whole`() {
        let text = "HTTP/1.1 201 Created\r\ncontent-length:  12\r\nConnection: close\r\n\r\nabc"
        let bytes = Array(text.utf8)
        let headCount = bytes.count - 3
        for count in 0..<headCount {
            #expect(HTTPResponseScanner.head(in: bytes.span, 0..<count) == .needMore)
        }
        let expected = HTTPResponseHead(
            status: 201, byteCount: headCount, body: .length(12), isLast: true,
            acceptsWebSocket: false)
        #expect(HTTPResponseScanner.head(in: bytes.span, 0..<headCount) == .head(expected))
        #expect(HTTPResponseScanner.head(in: bytes.span, 0..<bytes.count) == .head(expected))
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 2x1 No\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
    ])
    func `what is no answer is refused`(text: String) {
        let bytes = Array(text.utf8)
        #expect(HTTPResponseScanner.head(in: bytes.span, 0..<bytes.count) == .bad)
    }

    @Test func `a WebSocket is accepted for the key that was sent`() {
        for (accept, isRight) in [("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", true), ("AAAA", false)] {
            let text = "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: \(accept)\r\n\r\n"
            let bytes = Array(text.utf8)
            let expected = HTTPResponseHead(
                status: 101, byteCount: bytes.count, body: .none, isLast: false,
                acceptsWebSocket: isRight)
            #expect(HTTPResponseScanner.head(in: bytes.span, 0..<bytes.count) == .head(expected))
        }
    }

    @Test func `chunks are joined however they are cut`() {
        let coded = Array("5;note=1\r\nhello\r\nB\r\n to you all\r\n0\r\n\r\n".utf8)
        for cut in coded.indices {
            var unwrapper = ChunkedUnwrapper()
            var joined: [UInt8] = []
            for piece in [Array(coded[..<cut]), Array(coded[cut...])] {
                var buffer = Array("kept".utf8) + piece
                let end = unwrapper.unwrap(&buffer, 4..<buffer.count)
                joined += buffer[4..<(end ?? 4)]
                #expect(Array(buffer[..<4]) == Array("kept".utf8))
            }
            #expect(String(decoding: joined, as: UTF8.self) == "hello to you all")
            #expect(unwrapper.isEnded)
        }
    }

    @Test func `a broken chunk size is noticed`() {
        var unwrapper = ChunkedUnwrapper()
        var buffer = Array("data: x\n\n".utf8)
        #expect(unwrapper.unwrap(&buffer, 0..<buffer.count) == nil)
    }
}
