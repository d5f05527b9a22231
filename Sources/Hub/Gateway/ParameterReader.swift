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
        return try ParameterReader.limit(text, max: max)
    }

    /// A page's length from its text.
    static func limit(_ text: String, max: Int) throws(Refusal) -> Int {
        guard let limit = Int(text), text.utf8.first != UInt8(ascii: "+"), (1...max).contains(limit)
        else {
            throw .badParameter("limit", "must be 1 to \(max)")
        }
        return limit
    }

    /// The id where the page before ended.
    mutating func identifierCursor() throws(Refusal) -> UniqueID? {
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

    /// Whether the newest come first, by `sort` and the name of the time; nil if it is absent.
    mutating func newestFirst(_ time: String) throws(Refusal) -> Bool? {
        guard let sort = text("sort") else { return nil }
        guard sort == time || sort == "-" + time else {
            throw .badParameter("sort", "must be \(time) or -\(time)")
        }
        return sort != time
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

    /// One of some words.
    mutating func word(_ name: String, of words: [String]) throws(Refusal) -> String? {
        guard let text = text(name) else { return nil }
        guard words.contains(text) else {
            throw .badParameter(name, "must be one of \(words.joined(separator: ", "))")
        }
        return text
    }

    /// One of the words of a type.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type
    ) throws(Refusal) -> Choice? where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        return try word(name, of: words).flatMap { Choice(rawValue: $0) }
    }

    /// Refuses parameters that nobody took.
    func finish() throws(Refusal) {
        if let name = values.keys.min() { throw .badParameter(name, "is not known here") }
    }
}
