// Reads the parameters of a query string, each as what it has to be: a refusal names the parameter.
// What nobody asked for is found at the end, and so is what is given twice.

import Domain
import Wire

/// The parameters of one request.
struct ParameterReader {
    private var values: [String: String] = [:]

    /// Takes the items apart by name; one that is given twice is a refusal.
    init(_ items: QueryItems) throws(Refusal) {
        for item in items.items {
            guard values.updateValue(item.value, forKey: item.name) == nil else {
                throw .badParameter(item.name, "is given twice")
            }
        }
    }

    /// A text; the parameter counts as known.
    mutating func text(_ name: String) -> String? {
        values.removeValue(forKey: name)
    }

    /// How many a page holds.
    mutating func limit(max: Int = 100, usual: Int = 20) throws(Refusal) -> Int {
        guard let text = text("limit") else { return usual }
        return try LeadsParameters.limit(text, max: max)
    }

    /// The id where the page before ended.
    mutating func cursor() throws(Refusal) -> UniqueID? {
        guard let text = text("cursor") else { return nil }
        guard let id = UniqueID(text) else {
            throw .badParameter("cursor", "must be a next_cursor of this collection")
        }
        return id
    }

    /// The position where the page before ended.
    mutating func positionCursor() throws(Refusal) -> UInt64? {
        guard let text = text("cursor") else { return nil }
        guard let position = UInt64(text), text.utf8.first != UInt8(ascii: "+") else {
            throw .badParameter("cursor", "must be a next_cursor of this collection")
        }
        return position
    }

    /// Whether the newest come first: `sort`, the newest if it is absent.
    mutating func newestFirst() throws(Refusal) -> Bool? {
        switch text("sort") {
        case nil: return nil
        case "-created_at": return true
        case "created_at": return false
        default: throw .badParameter("sort", "must be created_at or -created_at")
        }
    }

    /// An id of something.
    mutating func identifier(_ name: String) throws(Refusal) -> UniqueID? {
        guard let text = text(name) else { return nil }
        guard let id = UniqueID(text) else { throw .badParameter(name, "must be an id") }
        return id
    }

    /// A day.
    mutating func date(_ name: String) throws(Refusal) -> CalendarDate? {
        guard let text = text(name) else { return nil }
        guard let date = CalendarDate(text) else {
            throw .badParameter(name, "must be a day, such as 2026-12-01")
        }
        return date
    }

    /// A moment.
    mutating func time(_ name: String) throws(Refusal) -> Timestamp? {
        guard let text = text(name) else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw .badParameter(name, "must be a time, such as 2026-12-01T09:00:00Z (RFC 3339)")
        }
        return time
    }

    /// A truth.
    mutating func flag(_ name: String) throws(Refusal) -> Bool? {
        switch text(name) {
        case nil: return nil
        case "true": return true
        case "false": return false
        default: throw .badParameter(name, "must be true or false")
        }
    }

    /// One of the words of a type.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type
    ) throws(Refusal) -> Choice? where Choice.RawValue == String {
        guard let text = text(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw .badParameter(name, "must be one of \(names)")
        }
        return choice
    }

    /// Refuses parameters that nobody took.
    func finish() throws(Refusal) {
        if let name = values.keys.min() { throw .badParameter(name, "is not known here") }
    }
}
