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
        precondition(status >= 100 && status <= 999)
        output.append(text: "HTTP/1.1 ")
        DecimalText.append(status, to: &output)
        output.append(0x20)
        output.append(text: reason(of: status))
        appendLineEnd(to: &output)
        if !date.isEmpty {
            output.append(text: "Date: ")
            output.append(contentsOf: date)
            appendLineEnd(to: &output)
        }
        for header in headers {
            output.append(text: header.name)
            output.append(contentsOf: [0x3A, 0x20])
            appendValue(header.value, to: &output)
            appendLineEnd(to: &output)
        }
        if let bodyCount {
            output.append(text: "Content-Length: ")
            DecimalText.append(bodyCount, to: &output)
            appendLineEnd(to: &output)
        }
        if !keepAlive { output.append(text: "Connection: close\r\n") }
        appendLineEnd(to: &output)
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
        output.append(0x0D)
        output.append(0x0A)
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
