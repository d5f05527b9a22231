// Reads `text/event-stream` as the HTML Standard's algorithm does (§9.2.6), from pieces cut
// anywhere. A line that is not whole waits in a buffer; CRLF, LF and CR each end one.

/// One event as a client gets it.
package struct ParsedServerSentEvent: Sendable, Equatable {
    /// The event's name; `message` when the stream gave none.
    package let event: String
    /// The last event id of the stream at this event, empty before the first.
    package let id: String
    /// The data, lines joined by LF.
    package let data: [UInt8]
    /// The reconnection time in milliseconds, if the event's block set one.
    package let retry: Int?
}

/// A client's reader of one stream.
package struct ServerSentEventParser: Sendable {
    /// What a client would send as `Last-Event-ID`.
    package private(set) var lastEventID = ""
    /// The reconnection time in milliseconds, if the stream has set one.
    package private(set) var retryMilliseconds: Int?
    /// The count of comment lines, which are how a heartbeat shows.
    package private(set) var commentCount = 0

    private var line: [UInt8] = []
    private var name: [UInt8] = []
    private var data: [UInt8] = []
    private var hasData = false
    private var retry: Int?
    /// The last byte ended a line with CR, so that an LF now belongs to it.
    private var isAfterReturn = false
    private var isFirstLine = true

    /// A reader at the start of a stream.
    package init() {}

    /// Takes the next bytes, and appends the events they complete.
    package mutating func feed(
        _ bytes: borrowing Span<UInt8>, into events: inout [ParsedServerSentEvent]
    ) {
        var start = 0
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte != 0x0A, byte != 0x0D {
                isAfterReturn = false
                index &+= 1
                continue
            }
            if byte == 0x0A, isAfterReturn {
                isAfterReturn = false
            } else {
                line.append(copying: bytes, start..<index)
                isAfterReturn = byte == 0x0D
                endLine(into: &events)
            }
            index &+= 1
            start = index
        }
        line.append(copying: bytes, start..<index)
    }

    private mutating func endLine(into events: inout [ParsedServerSentEvent]) {
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        if line.isEmpty {
            dispatch(into: &events)
            return
        }
        if line[0] == 0x3A {
            commentCount += 1
        } else {
            let colon = line.firstIndex(of: 0x3A) ?? line.count
            var valueStart = min(colon + 1, line.count)
            if valueStart < line.count, line[valueStart] == 0x20 { valueStart += 1 }
            takeField(line[..<colon], line[valueStart...])
        }
        line.removeAll(keepingCapacity: true)
    }

    private mutating func takeField(_ field: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
        if field.elementsEqual("data".utf8) {
            if hasData { data.append(0x0A) }
            data.append(contentsOf: value)
            hasData = true
        } else if field.elementsEqual("event".utf8) {
            name = Array(value)
        } else if field.elementsEqual("id".utf8) {
            if !value.contains(0) { lastEventID = String(decoding: value, as: UTF8.self) }
        } else if field.elementsEqual("retry".utf8) {
            let text = Array(value)
            guard let milliseconds = DecimalText.parse(text.span, 0..<text.count) else { return }
            retry = milliseconds
            retryMilliseconds = milliseconds
        }
    }

    /// Ends a block; one without data is no event.
    private mutating func dispatch(into events: inout [ParsedServerSentEvent]) {
        if hasData {
            events.append(
                ParsedServerSentEvent(
                    event: name.isEmpty ? "message" : String(decoding: name, as: UTF8.self),
                    id: lastEventID, data: data, retry: retry))
        }
        name.removeAll(keepingCapacity: true)
        data.removeAll(keepingCapacity: true)
        hasData = false
        retry = nil
    }
}
