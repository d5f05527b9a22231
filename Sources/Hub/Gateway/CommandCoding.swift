// JSON in, commands out. The order of refusals is fixed: not JSON at all (400), the request's own
// consent flag (403), then field by field (422), naming the field.

import Domain
import Wire

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
        var fields = try fields(document, purpose: .contract)
        guard let name = try fields.text("name") else {
            throw .invalidField("name", "is required")
        }
        var command = CreateLead(
            id: ids.next(), eventID: ids.next(), name: try LeadField.text(name, field: "name"))
        if let email = try fields.text("email") { command.email = try LeadField.email(email) }
        if let phone = try fields.text("phone") { command.phone = try LeadField.phone(phone) }
        command.company = try fields.shortText("company")
        command.source = try fields.shortText("source")
        command.owner = try fields.shortText("owner")
        command.team = try fields.shortText("team")
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
        var fields = try fields(document, purpose: .contract)
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
        if fields.has("company") { command.company = .some(try fields.shortText("company")) }
        if fields.has("source") { command.source = .some(try fields.shortText("source")) }
        if fields.has("owner") { command.owner = .some(try fields.shortText("owner")) }
        if fields.has("team") { command.team = .some(try fields.shortText("team")) }
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

    /// The fields of a body about somebody, its own consent flag checked first.
    static func fields(
        _ document: JSONDocument, purpose: Purpose
    ) throws(Refusal) -> FieldReader {
        try consentFlag(document, document.root, purpose: purpose)
        var fields = try FieldReader(document, document.root)
        _ = try fields.flag("consent_flag")
        return fields
    }

    /// The request's own flag: false ends it before any field is looked at.
    ///
    /// A function of its own, so that `make bench-gates` can tell what it costs.
    @inline(never)
    static func consentFlag(
        _ document: JSONDocument, _ value: JSONValue, purpose: Purpose
    ) throws(Refusal) {
        guard document.kind(value) == .object,
            let flag = document.member("consent_flag", of: value)
        else { return }
        try ConsentGate.check(flag: document.bool(flag), purpose: purpose)
    }
}
