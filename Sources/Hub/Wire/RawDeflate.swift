// Raw deflate (RFC 1951) of whole messages, each by itself: nothing of one is needed for another,
// so the compressed bytes are the same for everybody who gets them.

internal import CZlib

/// Compresses messages; one of them at a time, on one thread.
@safe
package final class RawDeflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let room = Room()

    /// A compressor at a level of 1 (fast) to 9 whose window has so many bits, 9 to 15.
    package init(level: Int = 1, windowBits: Int = 15) {
        precondition((9...15).contains(windowBits) && (1...9).contains(level))
        guard let stream = unsafe lx_deflate_new(Int32(level), Int32(windowBits)) else {
            preconditionFailure("there is no memory for a compressor")
        }
        unsafe self.stream = stream
    }

    deinit {
        unsafe lx_deflate_free(stream)
    }

    /// Appends a message as blocks that end at a byte, the last of them empty: `00 00 FF FF`.
    package func append(_ message: borrowing Span<UInt8>, to output: inout [UInt8]) {
        unsafe deflateReset(stream)
        unsafe message.withUnsafeBufferPointer { input in
            unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            unsafe stream.pointee.avail_in = UInt32(input.count)
            var isFull = true
            while isFull {
                unsafe room.offer(to: stream)
                let result = unsafe deflate(stream, Z_SYNC_FLUSH)
                // Where the end has just filled the room, one more empty block may follow.
                precondition(result == Z_OK || result == Z_BUF_ERROR, "deflate can't fail")
                isFull = unsafe stream.pointee.avail_out == 0
                unsafe room.take(from: stream, to: &output)
            }
        }
    }
}

/// Why compressed bytes could not be read.
package enum InflateFault: Error {
    /// They are not deflate.
    case malformed
    /// They are more than is allowed.
    case tooBig
}

/// Decompresses messages; one of them at a time, on one thread.
@safe
package final class RawInflater {
    private let stream: UnsafeMutablePointer<z_stream>
    private let room = Room()

    package init() {
        guard let stream = unsafe lx_inflate_new() else {
            preconditionFailure("there is no memory for a decompressor")
        }
        unsafe self.stream = stream
    }

    deinit {
        unsafe lx_inflate_free(stream)
    }

    /// The message that was compressed to some bytes, without the empty block at their end.
    ///
    /// What a few bytes grow to is limited while it grows.
    package func message(
        _ compressed: [UInt8], bytesMax: Int
    ) throws(InflateFault) -> [UInt8] {
        unsafe inflateReset(stream)
        var output: [UInt8] = []
        if try append(compressed, bytesMax: bytesMax, to: &output) { return output }
        _ = try append(RawInflater.end, bytesMax: bytesMax, to: &output)
        return output
    }

    /// What a peer leaves out at a message's end (RFC 7692 §7.2.1).
    private static let end: [UInt8] = [0x00, 0x00, 0xFF, 0xFF]

    /// Inflates some bytes; true when a block said that it is the last.
    private func append(
        _ compressed: [UInt8], bytesMax: Int, to output: inout [UInt8]
    ) throws(InflateFault) -> Bool {
        var taken = 0
        while true {
            let (result, consumed, isFull) = step(compressed, from: taken, to: &output)
            taken += consumed
            guard output.count <= bytesMax else { throw .tooBig }
            switch result {
            case Z_STREAM_END: return true
            case Z_OK, Z_BUF_ERROR:
                // Room that is left means that nothing more is in what was taken.
                if !isFull { return false }
            default: throw .malformed
            }
        }
    }

    private func step(
        _ input: [UInt8], from taken: Int, to output: inout [UInt8]
    ) -> (result: Int32, consumed: Int, isFull: Bool) {
        unsafe input.withUnsafeBufferPointer { bytes in
            unsafe stream.pointee.next_in = UnsafeMutablePointer(
                mutating: bytes.baseAddress.map { unsafe $0 + taken })
            unsafe stream.pointee.avail_in = UInt32(input.count - taken)
            unsafe room.offer(to: stream)
            let result = unsafe inflate(stream, Z_NO_FLUSH)
            let consumed = unsafe input.count - taken - Int(stream.pointee.avail_in)
            let isFull = unsafe stream.pointee.avail_out == 0
            unsafe room.take(from: stream, to: &output)
            return (result, consumed, isFull)
        }
    }
}

/// Where zlib writes, before it is known how much it will be.
@safe
private final class Room {
    private let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: Room.count)

    private static let count = 16_384

    deinit {
        unsafe bytes.deallocate()
    }

    /// Lets a stream write.
    func offer(to stream: UnsafeMutablePointer<z_stream>) {
        unsafe stream.pointee.next_out = bytes
        unsafe stream.pointee.avail_out = UInt32(Room.count)
    }

    /// Takes what it wrote.
    func take(from stream: UnsafeMutablePointer<z_stream>, to output: inout [UInt8]) {
        let written = unsafe Room.count - Int(stream.pointee.avail_out)
        unsafe output.append(contentsOf: UnsafeBufferPointer(start: bytes, count: written))
    }
}
