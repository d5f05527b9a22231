// JSON in, commands out. The order of refusals is fixed: not JSON at all (400), the request's own
// consent flag (403), then field by field (422), naming the field.

import Domain
import Reactor
import Wire

/// Ids for what a request makes.
struct FreshIDs {
    var random = RandomSource()
    /// Now, in milliseconds since 1970.
    var milliseconds: Int64 = 0

    /// The next UUIDv7.
    mutating func next() -> UniqueID {
        UniqueID(milliseconds: milliseconds, random: (random.next(), random.next()))
    }
}

/// Reads the fields of one JSON object and remembers which were asked for, so that an unknown
/// field is found.
struct FieldReader {
    let document: JSONDocument
    let object: JSONValue
    private var members: [String: JSONValue] = [:]

    /// A reader of an object; anything else is a refusal.
    init(_ document: JSONDocument, _ value: JSONValue) throws(Refusal) {
        guard document.kind(value) == .object else {
            throw .invalidField("body", "must be a JSON object")
        }
        if let name = document.duplicateMember(of: value) {
            throw .invalidField(name, "is given twice")
        }
        self.document = document
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
            throw .invalidField(name, "must be a string")
        }
        guard !document.containsNUL(value) else {
            throw .invalidField(name, "must not contain \\u0000")
        }
        return text
    }

    /// A truth value.
    mutating func flag(_ name: String) throws(Refusal) -> Bool? {
        guard let value = take(name) else { return nil }
        guard let flag = document.bool(value) else {
            throw .invalidField(name, "must be true or false")
        }
        return flag
    }

    /// A list of texts.
    mutating func texts(_ name: String) throws(Refusal) -> [String]? {
        guard let value = take(name) else { return nil }
        guard document.kind(value) == .array else {
            throw .invalidField(name, "must be an array of strings")
        }
        var texts: [String] = []
        for element in document.elements(value) {
            guard let text = document.string(element), !document.containsNUL(element) else {
                throw .invalidField(name, "must be an array of strings without \\u0000")
            }
            texts.append(text)
        }
        return texts
    }

    /// Refuses fields that nobody took.
    func finish() throws(Refusal) {
        if let name = members.keys.min() { throw .invalidField(name, "is not a known field") }
    }
}

/// Bodies to commands.
enum CommandCoding {
    /// Parses a body; what is not JSON is a 400 with the offset.
    static func parse(_ body: [UInt8]) throws(Refusal) -> JSONDocument {
        guard !body.isEmpty else { throw .badJSON("The body is empty.") }
        do throws(JSONError) {
            return try JSONDocument(body)
        } catch {
            throw .badJSON("At byte \(error.offset): \(error.reason).")
        }
    }

    /// `POST /crm/leads`.
    static func createLead(
        _ document: JSONDocument, allowDuplicate: Bool, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        try consentFlag(document, document.root, purpose: .contract)
        var fields = try FieldReader(document, document.root)
        _ = try fields.flag("consent_flag")
        guard let name = try fields.text("name") else {
            throw .invalidField("name", "is required")
        }
        var command = CreateLead(
            id: ids.next(), eventID: ids.next(), name: try LeadField.text(name, field: "name"))
        if let email = try fields.text("email") { command.email = try LeadField.email(email) }
        if let phone = try fields.text("phone") { command.phone = try LeadField.phone(phone) }
        command.company = try shortText("company", &fields)
        command.source = try shortText("source", &fields)
        command.owner = try shortText("owner", &fields)
        command.team = try shortText("team", &fields)
        if let tags = try fields.texts("tags") { command.tags = try LeadField.tags(tags) }
        command.allowDuplicate = allowDuplicate
        try fields.finish()
        return .createLead(command)
    }

    /// `PATCH /crm/leads/{id}` (RFC 7396).
    static func updateLead(
        _ document: JSONDocument, id: UniqueID, ifMatch: [Int]?, allowDuplicate: Bool,
        ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        try consentFlag(document, document.root, purpose: .contract)
        var fields = try FieldReader(document, document.root)
        _ = try fields.flag("consent_flag")
        var command = UpdateLead(id: id, eventID: ids.next())
        command.ifMatch = ifMatch
        command.allowDuplicate = allowDuplicate
        if fields.has("name") {
            guard let name = try fields.text("name") else {
                throw .invalidField("name", "must not be null")
            }
            command.name = try LeadField.text(name, field: "name")
        }
        if fields.has("email") {
            let email = try fields.text("email")
            command.email = .some(try email.map(checkedEmail)?.get())
        }
        if fields.has("phone") {
            let phone = try fields.text("phone")
            command.phone = .some(try phone.map(checkedPhone)?.get())
        }
        if fields.has("company") { command.company = .some(try shortText("company", &fields)) }
        if fields.has("source") { command.source = .some(try shortText("source", &fields)) }
        if fields.has("owner") { command.owner = .some(try shortText("owner", &fields)) }
        if fields.has("team") { command.team = .some(try shortText("team", &fields)) }
        if fields.has("tags") {
            command.tags = try LeadField.tags(try fields.texts("tags") ?? [])
        }
        if fields.has("status") { command.status = try status(&fields) }
        try fields.finish()
        return .updateLead(command)
    }

    private static func checkedEmail(_ text: String) -> Result<String, Refusal> {
        Result { () throws(Refusal) in try LeadField.email(text) }
    }

    private static func checkedPhone(_ text: String) -> Result<String, Refusal> {
        Result { () throws(Refusal) in try LeadField.phone(text) }
    }

    private static func status(_ fields: inout FieldReader) throws(Refusal) -> LeadStatus {
        guard let text = try fields.text("status"), let status = LeadStatus(rawValue: text) else {
            let names = LeadStatus.allCases.map(\.rawValue).joined(separator: ", ")
            throw .invalidField("status", "must be one of \(names)")
        }
        return status
    }

    static func shortText(_ name: String, _ fields: inout FieldReader) throws(Refusal) -> String? {
        guard let text = try fields.text(name) else { return nil }
        return try LeadField.text(text, field: name)
    }

    /// The request's own flag: false ends it before any field is looked at.
    static func consentFlag(
        _ document: JSONDocument, _ value: JSONValue, purpose: Purpose
    ) throws(Refusal) {
        guard document.kind(value) == .object,
            let flag = document.member("consent_flag", of: value)
        else { return }
        try ConsentGate.check(flag: document.bool(flag), purpose: purpose)
    }
}
