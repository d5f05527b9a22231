// JSON as the small tree that the domain looks at.

import Domain
import Wire

extension FieldValue {
    /// A value of a document.
    ///
    /// A number too great for binary is infinite, and keeps its text.
    init(_ document: JSONDocument, _ value: JSONValue) {
        switch document.kind(value) {
        case .null: self = .null
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .number:
            let text = document.numberText(value) ?? "0"
            self = .number(Double(text) ?? 0, text: text)
        case .string: self = .string(document.string(value) ?? "")
        case .array: self = .array(document.elements(value).map { FieldValue(document, $0) })
        case .object:
            self = .object(
                document.members(value).map {
                    FieldMember($0.name, FieldValue(document, $0.value))
                })
        }
    }
}
