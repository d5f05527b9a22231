// Users and their sessions as clients see them: the password's hash never leaves Postgres but to be
// compared.

package import Domain
package import Wire

/// The representation of a user.
package enum UserJSON {
    /// Appends the object.
    package static func append(_ user: User, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", user.id.text)
        writer.member("name", user.name)
        writer.member("roles", user.roles.roles.map(\.rawValue))
        writer.member("teams", user.teams)
        writer.name("active")
        writer.bool(user.isActive)
        writer.member("version", user.version)
        writer.member("created_at", user.createdAt.text)
        writer.member("updated_at", user.updatedAt.text)
        writer.endObject()
    }

    /// Where it is read.
    static func path(_ id: UniqueID) -> String { "/admin/users/" + id.text }
}

/// The representation of a session.
enum UserSessionJSON {
    /// Appends the object.
    static func append(_ session: UserSession, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", session.id.text)
        writer.member("user", session.userName)
        writer.member("address", session.address)
        writer.member("agent", session.agent)
        writer.member("created_at", session.createdAt.text)
        writer.member("refreshed_at", session.refreshedAt.text)
        writer.member("expires_at", session.expiresAt.text)
        writer.member("ended_at", session.endedAt?.text)
        writer.member("end_reason", session.end?.rawValue)
        writer.endObject()
    }
}
