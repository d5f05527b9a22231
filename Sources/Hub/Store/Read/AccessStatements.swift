// How instances hear of changes of access.

import Domain

/// Statements about notifications of access.
enum AccessStatements {
    /// The channel: `revoked`, or a `RenewalNotice`.
    static let channel = "hub_access"

    /// Listens from its commit on.
    static let listen = Statement(name: "listen_access", sql: "LISTEN \(channel)")

    /// Lets the other instances ask at once what was taken back.
    static let notifyRevoked = Statement(
        name: "notify_revoked", sql: "SELECT pg_notify('\(channel)', 'revoked')")

    /// Tells the other instances of a fresh token.
    static let notifyRenewed = Statement(
        name: "notify_renewed", sql: "SELECT pg_notify('\(channel)', $1)",
        parameterTypes: [PostgresType.text])
}
