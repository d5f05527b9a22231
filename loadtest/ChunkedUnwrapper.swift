// Takes the chunked coding (RFC 9112 §7.1) off a stream that comes through a proxy: the bytes of
// the chunks are moved together in the buffer where they were received.

import Glibc

/// The state of one chunked body.
struct ChunkedUnwrapper {
    private enum Phase {
        case size
        case extensions
        case data
        case lineEnd
        case ended
        case failed
    }

    private var phase = Phase.size
    private var remaining = 0

    /// Whether the last chunk has come.
    var isEnded: Bool { phase == .ended }

    /// Moves the chunks' bytes in `buffer[range]` to the start of the range and returns their end;
    /// nil when the coding is broken.
    mutating func unwrap(_ buffer: inout [UInt8], _ range: Range<Int>) -> Int? {
        var end = range.lowerBound
        var index = range.lowerBound
        while index < range.upperBound {
            switch phase {
            case .data:
                let count = min(remaining, range.upperBound - index)
                move(&buffer, from: index, to: end, count: count)
                end += count
                index += count
                remaining -= count
                if remaining == 0 { phase = .lineEnd }
            case .size, .extensions:
                readSize(buffer[index])
                index += 1
            case .lineEnd:
                if buffer[index] == 0x0A { phase = .size }
                index += 1
            case .ended: return end
            case .failed: return nil
            }
        }
        return phase == .failed ? nil : end
    }

    private mutating func readSize(_ byte: UInt8) {
        switch byte {
        case 0x0A: phase = remaining == 0 ? .ended : .data
        case 0x0D: break
        case UInt8(ascii: ";"): phase = .extensions
        default:
            if phase == .extensions { return }
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue,
                remaining < 1 << 40
            else {
                phase = .failed
                return
            }
            remaining = remaining << 4 | digit
        }
    }

    private func move(_ buffer: inout [UInt8], from: Int, to: Int, count: Int) {
        guard from != to, count > 0 else { return }
        precondition(to >= 0 && to < from && from + count <= buffer.count)
        unsafe buffer.withUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            _ = unsafe memmove(base + to, base + from, count)
        }
    }
}
