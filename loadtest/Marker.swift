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

    /// Appends a payload of about so many bytes, an object that carries the marker.
    static func appendPayload(nanoseconds: Int64, byteCount: Int, to output: inout [UInt8]) {
        let start = output.count
        output.append(text: #"{"marker":""#)
        append(nanoseconds: nanoseconds, to: &output)
        output.append(text: #"","fill":""#)
        let fill = byteCount - (output.count - start) - 2
        for index in 0..<max(0, fill) { output.append(UInt8(ascii: "a") + UInt8(index % 23)) }
        output.append(text: #""}"#)
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
