// Frames made from other frames by compression, each by itself: who has some of them can read
// those, whatever else was sent on a connection, so the bytes are the same for everybody.

import Wire

extension Frames {
    /// The same frames as deflate blocks (RFC 1951), each frame's ending at a byte: what a gzip
    /// stream is made of after its header.
    func deflated(by deflater: RawDeflater) -> Frames {
        var frames = Frames(reservingBytes: bytes.count / 2, frames: count)
        for index in 0..<count {
            deflater.append(
                bytes.span.extracting(byteRange(of: index..<index + 1)), to: &frames.bytes)
            frames.endFrame()
        }
        return frames
    }

    /// Unmasked text frames of WebSocket as compressed messages (RFC 7692 §7.2.1).
    func compressedMessages(by deflater: RawDeflater) -> Frames {
        var frames = Frames(reservingBytes: bytes.count / 2, frames: count)
        for index in 0..<count {
            let range = byteRange(of: index..<index + 1)
            let start = range.lowerBound + WebSocketFrame.headerBytes(bytes, at: range.lowerBound)
            WebSocketFrame.appendCompressed(
                opcode: .text, payload: bytes.span.extracting(start..<range.upperBound),
                by: deflater, to: &frames.bytes)
            frames.endFrame()
        }
        return frames
    }
}
