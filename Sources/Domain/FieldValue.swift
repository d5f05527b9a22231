// The content of an event as a small tree, so that rules can look at any place in it without the
// domain knowing how text is read.

/// A JSON value.
package enum FieldValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// The nearest binary number, and the text as it was written.
    case number(Double, text: String)
    case string(String)
    case array([FieldValue])
    case object([FieldMember])

    /// A whole number.
    package static func integer(_ value: Int) -> FieldValue {
        .number(Double(value), text: String(value))
    }

    /// A number in its shortest text; one that is not finite is null, for JSON has no such thing.
    package static func real(_ value: Double) -> FieldValue {
        value.isFinite ? .number(value, text: "\(value)") : .null
    }

    /// The first member of a name; nil if this is no object, or has none.
    package subscript(name: String) -> FieldValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// What lies at a path of names, and of indexes into arrays; nil if there is nothing.
    package func value(at path: some Collection<String>) -> FieldValue? {
        guard let name = path.first else { return self }
        let rest = path.dropFirst()
        if case .array(let values) = self {
            guard let index = Int(name), values.indices.contains(index) else { return nil }
            return values[index].value(at: rest)
        }
        return self[name]?.value(at: rest)
    }

    /// The text of a string; nil of anything else.
    package var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// The number, also of a string that writes one, as money is written; nil of anything else.
    package var number: Double? {
        switch self {
        case .number(let value, _): value
        case .string(let text): Amount(text)?.approximate
        default: nil
        }
    }

    /// The truth; nil of anything else.
    package var bool: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }

    /// How it reads in a sentence; nil of null, arrays and objects.
    package var plainText: String? {
        switch self {
        case .string(let text): text
        case .number(_, let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: nil
        }
    }
}

/// A named value of an object.
package struct FieldMember: Equatable, Sendable {
    package let name: String
    package let value: FieldValue

    package init(_ name: String, _ value: FieldValue) {
        self.name = name
        self.value = value
    }
}
