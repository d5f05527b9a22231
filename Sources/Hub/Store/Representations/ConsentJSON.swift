// An entry of the consent history as clients see it: in the answer to a grant or a withdrawal, and
// as the data of its event.

package import Domain
package import Wire

/// The representation of a consent record.
package enum ConsentJSON {
    /// Appends the object.
    package static func append(_ record: ConsentRecord, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", record.id.text)
        writer.member("subject", record.key.subject)
        writer.member("purpose", record.key.purpose.code)
        writer.member("status", record.status.rawValue)
        writer.member("actor", record.actor)
        writer.member("recorded_at", record.time.text)
        writer.endObject()
    }
}
