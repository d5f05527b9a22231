// Why a text is not JSON, and where. The offset counts bytes from the start of the text, so that a
// problem document can point at the place.

/// The first fault of a text that is not JSON.
package struct JSONError: Error, Sendable, Equatable {
    /// The byte at which no valid JSON text can go on.
    package let offset: Int
    /// What is wrong there.
    package let reason: Reason

    /// The kinds of fault; the raw value is a phrase for people.
    package enum Reason: String, Sendable, CustomStringConvertible {
        case unexpectedEnd = "the text ends too early"
        case unexpectedByte = "unexpected character"
        case trailingBytes = "there is more text after the value"
        case badLiteral = "not true, false or null"
        case badNumber = "not a number as JSON writes it"
        case badEscape = "unknown escape in a string"
        case loneSurrogate = "half of a surrogate pair in a string"
        case controlCharacter = "a control character in a string must be escaped"
        case invalidUTF8 = "not valid UTF-8"
        case tooDeep = "nested too deeply"
        case tooLarge = "the text is too large"

        /// The phrase.
        package var description: String { rawValue }
    }

    /// A fault at `offset`.
    package init(offset: Int, reason: Reason) {
        self.offset = offset
        self.reason = reason
    }
}
