// Writes JSON straight into bytes. Commas come by themselves: each value, and each name, knows
// whether something stands before it in the same container. The writer checks no grammar; a name
// in an array is a programming error that the tests of the caller would show.

/// A JSON text in the making.
package struct JSONWriter: Sendable {
    /// The text so far.
    package var bytes: [UInt8] = []
    private var needsComma = false

    /// An empty text with room for `reserving` bytes.
    package init(reserving: Int = 256) { bytes.reserveCapacity(reserving) }

    /// Forgets the text and keeps its memory.
    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Ends a line of NDJSON; the next value stands alone.
    package mutating func newline() {
        bytes.append(0x0A)
        needsComma = false
    }

    /// Writes `{`.
    package mutating func beginObject() { begin(0x7B) }

    /// Writes `}`.
    package mutating func endObject() { end(0x7D) }

    /// Writes `[`.
    package mutating func beginArray() { begin(0x5B) }

    /// Writes `]`.
    package mutating func endArray() { end(0x5D) }

    /// Writes a member's name that needs no escape, known when this is compiled; its value must
    /// follow.
    package mutating func name(_ name: StaticString) {
        bytes.append(static: needsComma ? ",\"" : "\"")
        bytes.append(static: name)
        bytes.append(static: "\":")
        needsComma = false
    }

    /// Writes a member's name; its value must follow.
    package mutating func name(text name: String) {
        separate()
        JSONText.appendQuoted(name.utf8Span.span, to: &bytes)
        bytes.append(0x3A)
        needsComma = false
    }

    /// Writes a string.
    package mutating func string(_ text: String) {
        separate()
        JSONText.appendQuoted(text.utf8Span.span, to: &bytes)
    }

    /// Writes a string of bytes that are UTF-8.
    package mutating func utf8(_ text: borrowing Span<UInt8>) {
        separate()
        JSONText.appendQuoted(text, to: &bytes)
    }

    /// Writes a string of bytes that are UTF-8.
    package mutating func utf8(_ text: [UInt8]) { utf8(text.span) }

    /// Writes an integer.
    package mutating func integer(_ value: Int) {
        separate()
        DecimalText.append(value, to: &bytes)
    }

    /// Writes an integer as a string of digits, as positions are.
    package mutating func quotedInteger(_ value: UInt64) {
        separate()
        bytes.append(0x22)
        DecimalText.append(value, to: &bytes)
        bytes.append(0x22)
    }

    /// Writes a number in its shortest text that reads back the same; one that is not finite, which
    /// JSON cannot say, as null.
    package mutating func number(_ value: Double) {
        separate()
        bytes.append(text: value.isFinite ? value.description : "null")
    }

    /// Writes `true` or `false`.
    package mutating func bool(_ value: Bool) {
        separate()
        bytes.append(text: value ? "true" : "false")
    }

    /// Writes `null`.
    package mutating func null() {
        separate()
        bytes.append(text: "null")
    }

    /// Writes a value that is JSON text already.
    package mutating func raw(_ text: [UInt8]) {
        separate()
        bytes.append(contentsOf: text)
    }

    /// Writes a value that is JSON text already.
    package mutating func raw(_ text: ArraySlice<UInt8>) {
        separate()
        bytes.append(contentsOf: text)
    }

    private mutating func begin(_ bracket: UInt8) {
        separate()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func end(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    /// Writes the comma that is due before a value, and makes one due after it.
    private mutating func separate() {
        if needsComma { bytes.append(0x2C) }
        needsComma = true
    }
}
