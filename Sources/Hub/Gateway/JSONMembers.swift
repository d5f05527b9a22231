// Members of objects in one call each, and the domain's small tree as JSON.

import Domain
import Wire

extension JSONWriter {
    /// A text, or null.
    mutating func member(_ name: String, _ text: String?) {
        self.name(name)
        if let text { string(text) } else { null() }
    }

    /// An integer, or null.
    mutating func member(_ name: String, _ number: Int?) {
        self.name(name)
        if let number { integer(number) } else { null() }
    }

    /// A list of texts.
    mutating func member(_ name: String, _ texts: [String]) {
        self.name(name)
        beginArray()
        for text in texts { string(text) }
        endArray()
    }

    /// A truth.
    mutating func member(_ name: String, _ flag: Bool) {
        self.name(name)
        bool(flag)
    }
}

/// The domain's tree as JSON.
enum FieldValueJSON {
    /// Appends a value; a number keeps the text that it was written with.
    static func append(_ value: FieldValue, to writer: inout JSONWriter) {
        switch value {
        case .null: writer.null()
        case .bool(let flag): writer.bool(flag)
        case .number(_, let text): writer.raw(Array(text.utf8))
        case .string(let text): writer.string(text)
        case .array(let values):
            writer.beginArray()
            for value in values { append(value, to: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.name(member.name)
                append(member.value, to: &writer)
            }
            writer.endObject()
        }
    }
}
