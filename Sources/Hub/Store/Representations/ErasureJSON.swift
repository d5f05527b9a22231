// An erasure as clients see it, and the texts by which events about a person are found.

import Domain
import Wire

/// The representation of an erasure.
enum ErasureJSON {
    /// Appends the object.
    static func append(_ record: ErasureRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("subject", record.subject)
        writer.member("actor", record.actor)
        writer.member("erased_at", record.time.text)
        writer.endObject()
    }

    /// Texts of which each event about a subject has one, if it isn't the event's own subject: the
    /// id of a lead, which nothing else has; of a user, the member that names it.
    static func marks(of subject: String) -> [String] {
        if let lead = Subject(subject) { return [lead.id.text] }
        // By bytes: a name that begins with a combining mark is one character with the slash.
        let name = subject.utf8.dropFirst("users/".utf8.count)
        let user = String(decoding: name, as: UTF8.self)
        return ["\"user_id\":" + quoted(user), quoted(subject)]
    }

    /// Events that prove what was consented to, and that something was erased.
    static let keptNames = ["consent_granted", "consent_withdrawn", "subject_erased"]

    private static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
