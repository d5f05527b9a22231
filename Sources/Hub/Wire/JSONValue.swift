// What names a value inside a JSONDocument: an index into its tape. A value is meaningless without
// the document it came from; it costs four bytes and no reference.

/// The kinds of JSON value (RFC 8259 §3).
package enum JSONKind: UInt8, Sendable {
    case object, array, string, number, `true`, `false`, null
}

/// One value of a `JSONDocument`.
package struct JSONValue: Sendable, Hashable {
    /// The place of the value on the document's tape.
    let index: UInt32

    /// The value at a place of the tape.
    init(index: UInt32) { self.index = index }
}

/// One member of an object, its name decoded.
package struct JSONMember: Sendable {
    /// The name, escapes resolved.
    package let name: String
    /// The value.
    package let value: JSONValue
}

/// An entry of the tape: a value, or the name of a member, which stands before its value.
struct JSONNode: Sendable {
    /// The first byte of the value's text.
    var start: UInt32
    /// One past the last byte.
    var end: UInt32
    /// The entry after this value and all inside it. While the scanner has the container open, the
    /// container around it.
    var next: UInt32
    /// What the text is.
    var kind: JSONKind
    /// A string holds a backslash.
    var isEscaped: Bool
    /// A string holds U+0000.
    var hasNUL: Bool
}
