// Decodes a chunked body (RFC 9112 §7.1) from pieces cut anywhere.
// One state says what the next byte may be; chunk data is copied in bulk. Extensions and trailers
// are read past, within limits, for nothing in them may change what a request means.

/// A chunked body in the making.
package struct ChunkedDecoder: Sendable {
    /// What the bytes so far are; `consumed` counts from the `from` of the same call.
    package enum Outcome: Sendable, Equatable {
        /// The body is whole; what follows is the next request.
        case complete(consumed: Int)
        /// All bytes were taken, the body goes on.
        case needMore(consumed: Int)
        /// The body is malformed or too large; the connection must be closed.
        case bad(HTTPError)
    }

    private enum State {
        case sizeStart, size, sizeExtension, sizeLineFeed, data, dataReturn, dataLineFeed
        case trailerStart, trailerName, trailerValue, trailerLineFeed, endLineFeed, complete
    }

    /// The most bytes of all chunk extensions, and of all trailers, of a body.
    package static let ignoredBytesMax = 8192

    private var state = State.sizeStart
    private var chunkRest = 0
    private var sizeDigits = 0
    private var bodyBytes = 0
    private var extensionBytes = 0
    private var trailerBytes = 0
    private let bodyBytesMax: Int

    /// A decoder at the start of a body of at most `bodyBytesMax` bytes.
    package init(bodyBytesMax: Int) { self.bodyBytesMax = bodyBytesMax }

    /// Takes `input` from byte `from` on, and appends the body's bytes in it to `body`.
    package mutating func decode(
        _ input: borrowing Span<UInt8>, from: Int, into body: inout [UInt8]
    ) -> Outcome {
        var index = from
        while index < input.count {
            if state == .complete { break }
            if state == .data {
                let count = min(chunkRest, input.count - index)
                body.append(copying: input, index..<index + count)
                index += count
                chunkRest -= count
                if chunkRest == 0 { state = .dataReturn }
                continue
            }
            if let error = take(input[index]) { return .bad(error) }
            index += 1
        }
        let consumed = index - from
        return state == .complete ? .complete(consumed: consumed) : .needMore(consumed: consumed)
    }

    /// Takes one byte that is not data.
    private mutating func take(_ byte: UInt8) -> HTTPError? {
        switch state {
        case .sizeStart, .size, .sizeExtension:
            return takeSizeLine(byte)
        case .sizeLineFeed:
            if byte != 0x0A { return .badChunk }
            beginData()
        case .dataReturn:
            if byte != 0x0D { return .badChunk }
            state = .dataLineFeed
        case .dataLineFeed:
            if byte != 0x0A { return .badChunk }
            state = .sizeStart
        case .trailerStart, .trailerName, .trailerValue, .trailerLineFeed, .endLineFeed:
            return takeTrailer(byte)
        case .data, .complete:
            preconditionFailure("data is taken in bulk, and nothing after the end")
        }
        return nil
    }

    private mutating func takeSizeLine(_ byte: UInt8) -> HTTPError? {
        if state == .sizeExtension {
            extensionBytes += 1
            if extensionBytes > Self.ignoredBytesMax { return .badChunk }
            if byte == 0x0D {
                state = .sizeLineFeed
            } else if !ASCII.isFieldContent(byte) {
                return .badChunk
            }
            return nil
        }
        if let digit = Hex.value(of: byte) {
            sizeDigits += 1
            if sizeDigits > 16 { return .badChunk }
            state = .size
            // The body may not grow beyond its limit, so the size never overflows.
            if chunkRest > bodyBytesMax >> 4 { return .bodyTooLarge }
            chunkRest = chunkRest << 4 | Int(digit)
            return chunkRest > bodyBytesMax - bodyBytes ? .bodyTooLarge : nil
        }
        if state == .sizeStart { return .badChunk }
        switch byte {
        case 0x0D: state = .sizeLineFeed
        case 0x3B: state = .sizeExtension
        default: return .badChunk
        }
        return nil
    }

    private mutating func beginData() {
        sizeDigits = 0
        bodyBytes += chunkRest
        state = chunkRest == 0 ? .trailerStart : .data
    }

    private mutating func takeTrailer(_ byte: UInt8) -> HTTPError? {
        trailerBytes += 1
        if trailerBytes > Self.ignoredBytesMax { return .headersTooLarge }
        switch state {
        case .trailerStart:
            if byte == 0x0D {
                state = .endLineFeed
            } else if ASCII.isToken(byte) {
                state = .trailerName
            } else {
                return .badChunk
            }
        case .trailerName:
            if byte == 0x3A {
                state = .trailerValue
            } else if !ASCII.isToken(byte) {
                return .badChunk
            }
        case .trailerValue:
            if byte == 0x0D {
                state = .trailerLineFeed
            } else if !ASCII.isFieldContent(byte) {
                return .badChunk
            }
        case .trailerLineFeed:
            if byte != 0x0A { return .badChunk }
            state = .trailerStart
        default:
            if byte != 0x0A { return .badChunk }
            state = .complete
        }
        return nil
    }
}
