// Reads the answers of a server (RFC 9112): the status, and where the next answer begins.

import Wire

/// How long an answer's body is.
enum HTTPResponseBody: Equatable {
    case none
    case length(Int)
    case chunked
    case untilClose
}

/// The head of an answer.
struct HTTPResponseHead: Equatable {
    let status: Int
    /// Bytes up to and including the empty line.
    let byteCount: Int
    let body: HTTPResponseBody
    /// Whether the server closes after it.
    let isLast: Bool
    /// Whether it accepts the WebSocket key of `SubscribersRequest`.
    let acceptsWebSocket: Bool
}

/// A scanner of answers.
enum HTTPResponseScanner {
    /// What was found.
    enum Outcome: Equatable {
        case head(HTTPResponseHead)
        case needMore
        case bad
    }

    private static let headBytesMax = 32_768

    /// Reads the head at the start of `bytes[range]`.
    static func head(in bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Outcome {
        guard let lineFeed = ByteSearch.firstIndex(of: 0x0A, in: bytes, range) else {
            return range.count > headBytesMax ? .bad : .needMore
        }
        guard ByteSearch.matches("HTTP/1.", in: bytes, at: range.lowerBound, end: lineFeed),
            lineFeed - range.lowerBound >= 13,
            let status = DecimalText.parse(bytes, range.lowerBound + 9..<range.lowerBound + 12),
            status >= 100
        else { return .bad }
        var fields = Fields()
        var lineStart = lineFeed + 1
        while let end = ByteSearch.firstIndex(of: 0x0A, in: bytes, lineStart..<range.upperBound) {
            let lineEnd = end > lineStart && bytes[end - 1] == 0x0D ? end - 1 : end
            if lineEnd == lineStart {
                let head = HTTPResponseHead(
                    status: status, byteCount: end + 1 - range.lowerBound,
                    body: fields.body(status: status), isLast: fields.isLast,
                    acceptsWebSocket: fields.acceptsWebSocket)
                return fields.isBad ? .bad : .head(head)
            }
            fields.read(bytes, lineStart..<lineEnd)
            lineStart = end + 1
        }
        return range.count > headBytesMax ? .bad : .needMore
    }

    /// The header fields that matter.
    private struct Fields {
        var length: Int?
        var isChunked = false
        var isLast = false
        var acceptsWebSocket = false
        var isBad = false

        func body(status: Int) -> HTTPResponseBody {
            if status < 200 || status == 204 || status == 304 { return .none }
            if isChunked { return .chunked }
            if let length { return .length(length) }
            return .untilClose
        }

        mutating func read(_ bytes: borrowing Span<UInt8>, _ line: Range<Int>) {
            guard let colon = ByteSearch.firstIndex(of: UInt8(ascii: ":"), in: bytes, line) else {
                isBad = true
                return
            }
            var start = colon + 1
            while start < line.upperBound, bytes[start] == 0x20 { start += 1 }
            let value = start..<line.upperBound
            switch colon - line.lowerBound {
            case 14 where isName("content-length", bytes, line):
                length = DecimalText.parse(bytes, value)
                if length == nil { isBad = true }
            case 17 where isName("transfer-encoding", bytes, line):
                isChunked = value.count == 7 && isName("chunked", bytes, value)
                if !isChunked { isBad = true }
            case 10 where isName("connection", bytes, line):
                isLast = value.count == 5 && isName("close", bytes, value)
            case 20 where isName("sec-websocket-accept", bytes, line):
                acceptsWebSocket = ByteSearch.matches(
                    SubscribersRequest.webSocketAccept, in: bytes, at: start, end: line.upperBound)
            default: break
            }
        }

        /// Whether the text at the start of `range` is `name`, which is in lower case.
        private func isName(
            _ name: StaticString, _ bytes: borrowing Span<UInt8>, _ range: Range<Int>
        ) -> Bool {
            guard range.count >= name.utf8CodeUnitCount else { return false }
            return name.withUTF8Buffer { expected in
                for index in 0..<expected.count {
                    let byte = bytes[range.lowerBound + index]
                    let lower = byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
                    if unsafe lower != expected[index] { return false }
                }
                return true
            }
        }
    }
}
