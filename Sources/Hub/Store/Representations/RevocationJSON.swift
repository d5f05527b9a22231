// A revocation as clients see it.

import Domain
import Wire

/// The representation of a revocation.
enum RevocationJSON {
    /// Appends the object.
    static func append(_ revocation: Revocation, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.name(text: revocation.tokens.claim)
        writer.string(revocation.tokens.name)
        writer.member("actor", revocation.actor)
        writer.member("revoked_at", revocation.time.text)
        writer.endObject()
    }
}
