// Reads Server-Sent Events where they were received. Two hundred thousand events a second are
// looked at on one core, so no event becomes a value on the heap: lines are found with memchr and
// only the id and the marker are read. A frame that has not ended is scanned again when it has.

/// A scanner of `text/event-stream`.
enum ServerSentEventScanner {
    /// Counts the whole frames in `bytes[range]` and returns where the first unfinished one begins.
    static func scan(
        _ bytes: borrowing Span<UInt8>, _ range: Range<Int>, nowNanoseconds: Int64,
        cursor: inout StreamCursor, tally: inout StreamTally
    ) -> Int {
        var frameStart = range.lowerBound
        var lineStart = frameStart
        var frame = ScannedFrame()
        while let lineFeed = ByteSearch.firstIndex(
            of: 0x0A, in: bytes, lineStart..<range.upperBound)
        {
            let lineEnd =
                lineFeed > lineStart && bytes[lineFeed - 1] == 0x0D ? lineFeed - 1 : lineFeed
            if lineEnd == lineStart {
                tally.count(frame, cursor: &cursor, nowNanoseconds: nowNanoseconds)
                frame = ScannedFrame()
                frameStart = lineFeed + 1
            } else {
                readField(bytes, lineStart..<lineEnd, into: &frame)
            }
            lineStart = lineFeed + 1
        }
        return frameStart
    }

    private static func readField(
        _ bytes: borrowing Span<UInt8>, _ line: Range<Int>, into frame: inout ScannedFrame
    ) {
        switch bytes[line.lowerBound] {
        case UInt8(ascii: "d"):
            guard ByteSearch.matches("data:", in: bytes, at: line.lowerBound, end: line.upperBound)
            else { return }
            if frame.kind == .other || frame.kind == .position { frame.kind = .event }
            if frame.markedNanoseconds == nil {
                frame.markedNanoseconds = Marker.find(in: bytes, line)
            }
        case UInt8(ascii: "i"):
            guard ByteSearch.matches("id:", in: bytes, at: line.lowerBound, end: line.upperBound)
            else { return }
            frame.position = ScannedFrame.position(
                in: bytes, line.lowerBound + 3..<line.upperBound)
            frame.isMalformed = frame.position == nil
            if frame.kind == .other { frame.kind = .position }
        case UInt8(ascii: "e"):
            if ByteSearch.matches(
                "event: gap", in: bytes, at: line.lowerBound, end: line.upperBound),
                line.count == 10
            {
                frame.kind = .gap
            } else if ByteSearch.matches(
                "event: problem", in: bytes, at: line.lowerBound, end: line.upperBound),
                line.count == 14
            {
                frame.kind = .problem
            }
        default: break
        }
    }
}
