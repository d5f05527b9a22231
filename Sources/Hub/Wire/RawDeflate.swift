// Raw deflate (RFC 1951) of whole messages, each by itself: nothing of one is needed for another,
// so the compressed bytes are the same for everybody who gets them.

internal import CZlib

/// Compresses messages; one of them at a time, on one thread.
@safe
package final class RawDeflater {
    private let stream: UnsafeMutablePointer<z_stream>

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
        let start = output.count
        let bound = unsafe Int(deflateBound(stream, UInt(message.count))) + 16
        output.append(contentsOf: repeatElement(0, count: bound))
        let written = unsafe message.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { buffer in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: input.baseAddress)
                unsafe stream.pointee.avail_in = UInt32(input.count)
                unsafe stream.pointee.next_out = buffer.baseAddress.map { unsafe $0 + start }
                unsafe stream.pointee.avail_out = UInt32(bound)
                let result = unsafe deflate(stream, Z_SYNC_FLUSH)
                precondition(result == Z_OK, "the bound is enough")
                return unsafe bound - Int(stream.pointee.avail_out)
            }
        }
        output.removeLast(bound - written)
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
        var input = compressed
        input += [0x00, 0x00, 0xFF, 0xFF]
        var output: [UInt8] = []
        var taken = 0
        while true {
            let room = min(max(4_096, output.count), bytesMax + 1 - output.count)
            let start = output.count
            output.append(contentsOf: repeatElement(0, count: room))
            let (result, consumed, left) = step(input, from: taken, into: &output, at: start)
            taken += consumed
            output.removeLast(left)
            guard output.count <= bytesMax else { throw .tooBig }
            guard result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else {
                throw .malformed
            }
            // Room that is left over means that nothing more is in what was taken.
            if result == Z_STREAM_END || (left > 0 && taken == input.count) { return output }
            if result == Z_BUF_ERROR { throw .malformed }
        }
    }

    private func step(
        _ input: [UInt8], from taken: Int, into output: inout [UInt8], at start: Int
    ) -> (result: Int32, consumed: Int, left: Int) {
        let room = output.count - start
        return unsafe input.withUnsafeBufferPointer { bytes in
            unsafe output.withUnsafeMutableBufferPointer { buffer in
                unsafe stream.pointee.next_in = UnsafeMutablePointer(
                    mutating: bytes.baseAddress.map { unsafe $0 + taken })
                unsafe stream.pointee.avail_in = UInt32(input.count - taken)
                unsafe stream.pointee.next_out = buffer.baseAddress.map { unsafe $0 + start }
                unsafe stream.pointee.avail_out = UInt32(room)
                let result = unsafe inflate(stream, Z_NO_FLUSH)
                let consumed = unsafe input.count - taken - Int(stream.pointee.avail_in)
                return (result, consumed, unsafe Int(stream.pointee.avail_out))
            }
        }
    }
}
