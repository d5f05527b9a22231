// Writes the head of a response (RFC 9112 §4, §6.3). The date is preformatted, once a second.
// A header value never ends its line: a CR, LF or NUL in it is written as a space, so that text
// that came from a client cannot split the response.

/// A header field of a response.
package struct HTTPHeader: Sendable, Equatable {
    /// The name, a token.
    package var name: String
    /// The value.
    package var value: String

    /// A header field.
    package init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// Writers of response heads.
package enum HTTPResponseWriter {
    /// Appends a head, its blank line included.
    ///
    /// `date` is the text that `HTTPDate` makes, or empty for no Date. `bodyCount` becomes
    /// Content-Length; nil when the response has no body by definition (1xx, 204, 304) or ends with
    /// the connection.
    package static func append(
        status: Int, headers: [HTTPHeader], date: [UInt8], bodyCount: Int?, keepAlive: Bool,
        to output: inout [UInt8]
    ) {
        begin(status: status, date: date, to: &output)
        for header in headers { append(header, to: &output) }
        end(bodyCount: bodyCount, keepAlive: keepAlive, to: &output)
    }

    /// Begins a head, of which any number of lines and `end` must follow.
    package static func begin(status: Int, date: [UInt8], to output: inout [UInt8]) {
        precondition(status >= 100 && status <= 999)
        if status == 200 {
            output.append(static: "HTTP/1.1 200 OK\r\n")
        } else {
            output.append(static: "HTTP/1.1 ")
            DecimalText.append(status, to: &output)
            output.append(0x20)
            output.append(text: reason(of: status))
            appendLineEnd(to: &output)
        }
        guard !date.isEmpty else { return }
        output.append(static: "Date: ")
        output.append(contentsOf: date)
        appendLineEnd(to: &output)
    }

    /// Appends a line.
    package static func append(_ header: HTTPHeader, to output: inout [UInt8]) {
        output.append(text: header.name)
        output.append(static: ": ")
        appendValue(header.value, to: &output)
        appendLineEnd(to: &output)
    }

    /// Ends a head that `begin` began.
    package static func end(bodyCount: Int?, keepAlive: Bool, to output: inout [UInt8]) {
        if let bodyCount {
            output.append(static: "Content-Length: ")
            DecimalText.append(bodyCount, to: &output)
            appendLineEnd(to: &output)
        }
        if !keepAlive { output.append(static: "Connection: close\r\n") }
        appendLineEnd(to: &output)
    }

    /// Lines that are the same in many heads, to be written once and appended as they are.
    package static func lines(_ headers: [HTTPHeader]) -> [UInt8] {
        var lines: [UInt8] = []
        for header in headers { append(header, to: &lines) }
        return lines
    }

    /// Appends the interim answer to `Expect: 100-continue`.
    package static func appendContinue(to output: inout [UInt8]) {
        output.append(text: "HTTP/1.1 100 Continue\r\n\r\n")
    }

    /// Appends one chunk of a chunked body; an empty one is left out, for it would end the body.
    package static func appendChunk(_ bytes: borrowing Span<UInt8>, to output: inout [UInt8]) {
        if bytes.count == 0 { return }
        var shift = (Int.bitWidth - bytes.count.leadingZeroBitCount - 1) / 4 * 4
        while shift >= 0 {
            output.append(Hex.digit(UInt8(truncatingIfNeeded: bytes.count >> shift & 15)))
            shift -= 4
        }
        appendLineEnd(to: &output)
        output.append(copying: bytes)
        appendLineEnd(to: &output)
    }

    /// Appends the end of a chunked body.
    package static func appendLastChunk(to output: inout [UInt8]) {
        output.append(text: "0\r\n\r\n")
    }

    private static func appendLineEnd(to output: inout [UInt8]) {
        output.append(static: "\r\n")
    }

    private static func appendValue(_ value: String, to output: inout [UInt8]) {
        let start = output.count
        output.append(text: value)
        for index in start..<output.count
        where output[index] == 0x0D || output[index] == 0x0A || output[index] == 0 {
            output[index] = 0x20
        }
    }
}
