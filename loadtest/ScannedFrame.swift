// What a subscriber takes from a frame: enough to check the stream, nothing that costs heap.

/// One frame of an event stream, SSE or WebSocket.
struct ScannedFrame: Equatable {
    /// What a frame is for.
    enum Kind: Equatable {
        /// A domain event.
        case event
        /// The stream goes on at another place; something was lost.
        case gap
        /// The server says why it closes or refuses.
        case problem
        /// The cursor has moved, without an event.
        case position
        /// The stream begins after its id.
        case ready
        /// The server asks to come back elsewhere or later.
        case drain
        /// A heartbeat, a retry time or another frame without meaning for the check.
        case other
    }

    var kind = Kind.other
    /// The position in its id; nil without one.
    var position: UInt64?
    /// Nanoseconds of the marker in its data; nil without one.
    var markedNanoseconds: Int64?
    /// Whether its id could not be read.
    var isMalformed = false

    /// The position of an id `<epoch>-<position>`, which may start with a space; nil if malformed.
    static func position(in bytes: borrowing Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        var start = range.lowerBound
        if start < range.upperBound, bytes[start] == UInt8(ascii: " ") { start += 1 }
        guard range.upperBound - start >= 10, bytes[start + 8] == UInt8(ascii: "-") else {
            return nil
        }
        var value: UInt64 = 0
        for index in start + 9..<range.upperBound {
            let digit = bytes[index] &- 0x30
            guard digit <= 9, value <= (UInt64.max - 9) / 10 else { return nil }
            value = value &* 10 &+ UInt64(digit)
        }
        return value
    }
}
