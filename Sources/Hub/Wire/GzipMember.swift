// A whole gzip member (RFC 1952): what is known in full is compressed once and ends with its
// checksum and length.

internal import CZlib

/// Compresses whole bodies.
package enum GzipMember {
    /// The bytes as one gzip member, compressed as well as deflate can.
    package static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var output = GzipStream.header
        RawDeflater(level: 9).append(bytes.span, to: &output)
        // The last block: fixed codes, nothing but its end (RFC 1951 §3.2.6).
        output += [0x03, 0x00]
        let checksum = unsafe bytes.withUnsafeBufferPointer {
            unsafe crc32(0, $0.baseAddress, UInt32($0.count))
        }
        for word in [UInt32(truncatingIfNeeded: checksum), UInt32(truncatingIfNeeded: bytes.count)]
        {
            for shift in stride(from: UInt32(0), through: 24, by: 8) {
                output.append(UInt8(truncatingIfNeeded: word >> shift))
            }
        }
        return output
    }
}
