// Fields that are more than a text: ids, amounts, days, moments, one of a few words. Each is nil
// when it is absent or null, and a refusal that says what it must be when it is anything else.

import Domain
import Wire

extension FieldReader {
    /// Characters of a longer text, counted as Unicode scalars.
    static let proseCharactersMax = 2000

    /// A text of one line, 1 to 200 characters, its ends trimmed.
    mutating func shortText(_ name: String) throws(Refusal) -> String? {
        guard let text = try text(name) else { return nil }
        return try LeadField.text(text, field: place + name)
    }

    /// A text of several lines.
    mutating func prose(_ name: String) throws(Refusal) -> String? {
        guard let text = try text(name) else { return nil }
        let scalars = text.unicodeScalars
        guard scalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw fault(name, "must not be blank")
        }
        guard scalars.count <= FieldReader.proseCharactersMax else {
            throw fault(
                name, "must be at most \(FieldReader.proseCharactersMax) characters")
        }
        let breaks: Set<UInt32> = [9, 10, 13]
        guard
            !scalars.contains(where: {
                ($0.value < 32 || $0.value == 127) && !breaks.contains($0.value)
            })
        else { throw fault(name, "must not contain control characters") }
        return text
    }

    /// An id of something.
    mutating func identifier(_ name: String) throws(Refusal) -> UniqueID? {
        guard let text = try text(name) else { return nil }
        guard let id = UniqueID(text) else { throw fault(name, "must be an id") }
        return id
    }

    /// What something is about, such as `orders/<id>`.
    mutating func subject(
        _ name: String, kinds: [EntityKind]
    ) throws(Refusal) -> Subject? {
        guard let text = try text(name) else { return nil }
        return try Subject(text, field: place + name, kinds: kinds)
    }

    /// A number without a fraction; its bounds are the domain's.
    mutating func integer(_ name: String) throws(Refusal) -> Int? {
        guard let value = take(name) else { return nil }
        guard let integer = document.integer(value) ?? exactInteger(value) else {
            throw fault(name, "must be an integer")
        }
        return integer
    }

    /// An integer that is written as a fraction or with an exponent, such as `2.0` (JSON Schema
    /// 2020-12 §6.1.1); nil beyond what a double counts without a hole.
    private func exactInteger(_ value: JSONValue) -> Int? {
        document.numberText(value).flatMap { Double($0) }.flatMap { Int(exactly: $0) }
            .flatMap { $0.magnitude <= 1 << 53 ? $0 : nil }
    }

    /// Any number.
    mutating func number(_ name: String) throws(Refusal) -> Double? {
        guard let value = take(name) else { return nil }
        guard let number = document.numberText(value).flatMap({ Double($0) }) else {
            throw fault(name, "must be a number")
        }
        return number
    }

    /// Money: a decimal number in a string, for a JSON number may have been a binary fraction.
    mutating func amount(_ name: String) throws(Refusal) -> Amount? {
        guard let value = take(name) else { return nil }
        guard let amount = document.string(value).flatMap({ Amount($0) }) else {
            throw fault(
                name, "must be a decimal string of at most 4 decimals, such as \"12500.00\"")
        }
        return amount
    }

    /// A currency's code.
    mutating func currency(_ name: String) throws(Refusal) -> Currency? {
        guard let text = try text(name) else { return nil }
        guard let currency = Currency(text) else {
            throw fault(name, "must be an ISO 4217 code, such as INR")
        }
        return currency
    }

    /// A day.
    mutating func date(_ name: String) throws(Refusal) -> CalendarDate? {
        guard let text = try text(name) else { return nil }
        guard let date = CalendarDate(text) else {
            throw fault(name, "must be a day, such as 2026-12-01")
        }
        return date
    }

    /// A moment.
    mutating func time(_ name: String) throws(Refusal) -> Timestamp? {
        guard let text = try text(name) else { return nil }
        guard let time = Timestamp(rfc3339: text) else {
            throw fault(name, "must be a time, such as 2026-12-01T09:00:00Z (RFC 3339)")
        }
        return time
    }

    /// One of the words of a type.
    mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type
    ) throws(Refusal) -> Choice? where Choice.RawValue == String {
        guard let value = take(name) else { return nil }
        guard let choice = document.string(value).flatMap({ Choice(rawValue: $0) }) else {
            let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw fault(name, "must be one of \(names)")
        }
        return choice
    }
}

extension Optional {
    /// The value of a field that must be given.
    func required(_ field: String) throws(Refusal) -> Wrapped {
        guard let self else { throw .invalidField(field, "is required") }
        return self
    }

    /// The value of a field of a patch that can't be cleared.
    func notCleared(_ field: String) throws(Refusal) -> Wrapped {
        guard let self else { throw .invalidField(field, "must not be null") }
        return self
    }
}
