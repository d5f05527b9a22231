// Bodies of `/compliance/consents`: whose consent, for what, and whether it is given or taken back.

import Domain
import Wire

/// Bodies about consent.
enum ConsentCoding {
    /// `POST /compliance/consents`.
    static func record(
        _ document: JSONDocument, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        var fields = try FieldReader(document, document.root)
        guard let subject = person(try fields.text("subject").required("subject")) else {
            throw .invalidField("subject", "must be leads/<id> or users/<id>")
        }
        let purpose = try fields.text("purpose").required("purpose")
        guard let notice = PurposeNotice.named(purpose) else {
            let codes = PurposeNotice.all.map(\.purpose.code).joined(separator: ", ")
            throw .invalidField("purpose", "must be one of \(codes)")
        }
        guard let status = ConsentStatus(rawValue: try fields.text("status").required("status"))
        else { throw .invalidField("status", "must be granted or withdrawn") }
        try fields.finish()
        return .recordConsent(
            RecordConsent(
                id: ids.next(), eventID: ids.next(),
                key: ConsentKey(subject: subject, purpose: notice.purpose), status: status))
    }

    /// A person is a lead, or a user that events name.
    static func person(_ text: String) -> String? {
        if let subject = Subject(text), subject.kind == .leads { return subject.text }
        let users = "users/"
        let characters = UnifiedEventCoding.opaqueCharactersMax
        guard text.utf8.starts(with: users.utf8),
            (1...characters).contains(text.unicodeScalars.count - users.utf8.count)
        else { return nil }
        return text
    }
}
