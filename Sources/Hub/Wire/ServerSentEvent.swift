// Server-Sent Events as the HTML Standard defines them (§9.2), the writing side.
// One call, one block, ended by its blank line; so blocks can be joined in any order and a
// connection may be cut between any two.

/// Writers of `text/event-stream`.
package enum ServerSentEvent {
    /// Appends one event. `event` and `id` must hold no CR, LF or NUL; an empty one is left out.
    /// `data` may hold lines: each becomes its own `data:` field.
    package static func append(
        event name: [UInt8], id: [UInt8], data: borrowing Span<UInt8>, to output: inout [UInt8]
    ) {
        output.reserveCapacity(output.count + name.count + id.count + data.count + 24)
        if !name.isEmpty {
            appendField("event: ", to: &output)
            appendLine(name.span, to: &output)
        }
        if !id.isEmpty {
            appendField("id: ", to: &output)
            appendLine(id.span, to: &output)
        }
        appendData(data, to: &output)
        output.append(0x0A)
    }

    /// Appends one event whose data is an array.
    package static func append(
        event name: [UInt8], id: [UInt8], data: [UInt8], to output: inout [UInt8]
    ) {
        append(event: name, id: id, data: data.span, to: &output)
    }

    /// Appends one event named by text.
    package static func append(
        event name: String, id: String, data: borrowing Span<UInt8>, to output: inout [UInt8]
    ) {
        append(event: Array(name.utf8), id: Array(id.utf8), data: data, to: &output)
    }

    /// Appends one event named by text, whose data is an array.
    package static func append(
        event name: String, id: String, data: [UInt8], to output: inout [UInt8]
    ) {
        append(event: Array(name.utf8), id: Array(id.utf8), data: data.span, to: &output)
    }

    /// Appends a comment, which clients ignore: the heartbeat. `text` must be one line.
    package static func appendComment(_ text: String, to output: inout [UInt8]) {
        output.append(0x3A)
        if !text.isEmpty { output.append(0x20) }
        appendLine(text.utf8Span.span, to: &output)
        output.append(0x0A)
    }

    /// Appends a bare `id:` field: the client's last event id moves and no event is dispatched.
    package static func appendID(_ id: [UInt8], to output: inout [UInt8]) {
        appendField("id: ", to: &output)
        appendLine(id.span, to: &output)
        output.append(0x0A)
    }

    /// Appends a bare `id:` field from text.
    package static func appendID(_ id: String, to output: inout [UInt8]) {
        appendID(Array(id.utf8), to: &output)
    }

    /// Appends the time a client waits before it reconnects.
    package static func appendRetry(milliseconds: Int, to output: inout [UInt8]) {
        precondition(milliseconds >= 0)
        appendField("retry: ", to: &output)
        DecimalText.append(milliseconds, to: &output)
        output.append(0x0A)
        output.append(0x0A)
    }

    private static func appendField(_ name: String, to output: inout [UInt8]) {
        output.append(contentsOf: name.utf8)
    }

    private static func appendLine(_ text: borrowing Span<UInt8>, to output: inout [UInt8]) {
        for index in text.indices {
            let byte = text[index]
            precondition(byte != 0x0A && byte != 0x0D && byte != 0, "a field is one line")
        }
        output.append(copying: text)
        output.append(0x0A)
    }

    /// Appends `data:` fields, one for each line; CR, LF and CRLF end a line.
    private static func appendData(_ data: borrowing Span<UInt8>, to output: inout [UInt8]) {
        var start = 0
        var index = 0
        while true {
            while index < data.count, data[index] != 0x0A, data[index] != 0x0D { index &+= 1 }
            appendField("data: ", to: &output)
            output.append(copying: data, start..<index)
            output.append(0x0A)
            if index == data.count { return }
            let isCarriageReturn = data[index] == 0x0D
            index &+= 1
            if isCarriageReturn, index < data.count, data[index] == 0x0A { index &+= 1 }
            start = index
        }
    }
}
