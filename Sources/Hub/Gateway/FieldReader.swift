// Reads the fields of one JSON object, each as what it has to be: a refusal names the field. What
// nobody asked for is found at the end.

import Domain
import Wire

/// Reads the fields of one JSON object and remembers which were asked for, so that an unknown
/// field is found.
struct FieldReader {
    let document: JSONDocument
    let object: JSONValue
    /// What stands before the name of a field in a refusal, such as `lines[0].`.
    let place: String
    private var members: [String: JSONValue] = [:]

    /// A reader of an object; anything else is a refusal.
    init(_ document: JSONDocument, _ value: JSONValue, place: String = "") throws(Refusal) {
        guard document.kind(value) == .object else {
            throw .invalidField("body", "must be a JSON object")
        }
        if let name = document.duplicateMember(of: value) {
            throw .invalidField(place + name, "is given twice")
        }
        self.document = document
        self.place = place
        object = value
        for member in document.members(value) { members[member.name] = member.value }
    }

    /// Whether a field is there, null included.
    func has(_ name: String) -> Bool { members[name] != nil }

    /// A value that is neither absent nor null; the field counts as known.
    mutating func take(_ name: String) -> JSONValue? {
        guard let value = members.removeValue(forKey: name), document.kind(value) != .null else {
            return nil
        }
        return value
    }

    /// A text without NUL.
    mutating func text(_ name: String) throws(Refusal) -> String? {
        guard let value = take(name) else { return nil }
        guard let text = document.string(value) else {
            throw fault(name, "must be a string")
        }
        guard !document.containsNUL(value) else {
            throw fault(name, "must not contain \\u0000")
        }
        return text
    }

    /// A truth value.
    mutating func flag(_ name: String) throws(Refusal) -> Bool? {
        guard let value = take(name) else { return nil }
        guard let flag = document.bool(value) else {
            throw fault(name, "must be true or false")
        }
        return flag
    }

    /// A list of texts.
    mutating func texts(_ name: String) throws(Refusal) -> [String]? {
        guard let value = take(name) else { return nil }
        guard document.kind(value) == .array else {
            throw fault(name, "must be an array of strings")
        }
        var texts: [String] = []
        for element in document.elements(value) {
            guard let text = document.string(element), !document.containsNUL(element) else {
                throw fault(name, "must be an array of strings without \\u0000")
            }
            texts.append(text)
        }
        return texts
    }

    /// What is wrong with a field.
    func fault(_ name: String, _ reason: String) -> Refusal {
        .invalidField(place + name, reason)
    }

    /// Refuses fields that nobody took.
    func finish() throws(Refusal) {
        if let name = members.keys.min() { throw fault(name, "is not a known field") }
    }
}
