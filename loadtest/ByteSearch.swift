// Finds a byte with the C library's vector code: what reads a gigabyte a second on one core must
// not look at every byte in turn.

import Glibc

/// Searches in spans of bytes.
enum ByteSearch {
    /// The first index of `byte` in `bytes[range]`; nil if there is none.
    @inline(__always)
    static func firstIndex(
        of byte: UInt8, in bytes: borrowing Span<UInt8>, _ range: Range<Int>
    ) -> Int? {
        precondition(range.lowerBound >= 0 && range.upperBound <= bytes.count)
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress,
                let found = unsafe memchr(base + range.lowerBound, Int32(byte), range.count)
            else { return nil }
            return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
        }
    }

    /// Whether `bytes` hold `text` at `index`, whole and before `end`.
    @inline(__always)
    static func matches(
        _ text: StaticString, in bytes: borrowing Span<UInt8>, at index: Int, end: Int
    ) -> Bool {
        let count = text.utf8CodeUnitCount
        guard index >= 0, end <= bytes.count, index + count <= end else { return false }
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return count == 0 }
            return unsafe memcmp(base + index, text.utf8Start, count) == 0
        }
    }
}
