// A tree of values as JSON text: numbers keep the digits that they were written with.

package import Domain
package import Wire

extension JSONWriter {
    /// Writes a tree.
    package mutating func value(_ value: FieldValue) {
        switch value {
        case .null: null()
        case .bool(let flag): bool(flag)
        case .number(_, let text): raw(Array(text.utf8))
        case .string(let text): string(text)
        case .array(let values):
            beginArray()
            for value in values { self.value(value) }
            endArray()
        case .object(let members):
            beginObject()
            for member in members {
                name(text: member.name)
                self.value(member.value)
            }
            endObject()
        }
    }

    /// Writes a member that is an integer.
    mutating func member(_ name: StaticString, _ number: Int) {
        self.name(name)
        integer(number)
    }

    /// Writes a member that is a number, or null.
    mutating func member(_ name: StaticString, _ number: Double?) {
        self.name(name)
        if let number { self.number(number) } else { null() }
    }
}

extension FieldValue {
    /// The tree as JSON text.
    package var text: [UInt8] {
        var writer = JSONWriter(reserving: 128)
        writer.value(self)
        return writer.bytes
    }
}
