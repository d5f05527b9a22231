// The mark that a published payload carries and that comes back in every delivery of its event:
// the time at which it was due, on the machine's monotonic clock. Publisher and subscriber are on
// one machine, so the difference is the latency, whatever the server stamps.

import Wire

/// `^` + 19 decimal digits of nanoseconds + `^`.
enum Marker {
    /// Bytes of a marker.
    static let byteCount = 21

    private static let edge = UInt8(ascii: "^")

    /// Appends the marker of a time that is not negative.
    static func append(nanoseconds: Int64, to output: inout [UInt8]) {
        output.append(edge)
        DecimalText.append(Int(nanoseconds), width: 19, to: &output)
        output.append(edge)
    }

    /// The time of the first marker in `bytes[range]`; nil if there is none.
    static func find(in bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> Int64? {
        var start = range.lowerBound
        while let first = ByteSearch.firstIndex(of: edge, in: bytes, start..<range.upperBound) {
            let last = first + byteCount - 1
            guard last < range.upperBound else { return nil }
            if bytes[last] == edge, let value = DecimalText.parse(bytes, first + 1..<last) {
                return Int64(value)
            }
            start = first + 1
        }
        return nil
    }
}
