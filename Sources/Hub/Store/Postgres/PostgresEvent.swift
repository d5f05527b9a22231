// What a connection has to say, in the order in which Postgres said it.

/// An error that Postgres reported.
package struct PostgresError: Error, Sendable, Equatable {
    /// Five characters (Postgres' appendix A); empty when the client library made the error.
    package let sqlState: String
    /// The primary message, for the log and never for a client.
    package let message: String
    /// The constraint that was violated, if one was.
    package let constraint: String?
    /// FATAL or PANIC: the connection is over.
    package let isFatal: Bool

    /// An error.
    package init(sqlState: String, message: String, constraint: String?, isFatal: Bool) {
        self.sqlState = sqlState
        self.message = message
        self.constraint = constraint
        self.isFatal = isFatal
    }
}

/// One thing that happened on a connection.
///
/// Each statement sent gives exactly one of `result`, `failed` and `aborted`, and each sync one
/// `synced`, in the order of sending, unless `lost` comes first: then nothing more comes of them.
package enum PostgresEvent {
    /// The connection is there; nothing is prepared on it.
    case connected
    /// A statement's result.
    case result(PostgresResult)
    /// A statement failed; those up to the next sync are skipped.
    case failed(PostgresError)
    /// A statement was skipped.
    case aborted
    /// A sync was reached.
    case synced
    /// A `NOTIFY` that the connection listens to.
    case notification(channel: String, payload: String)
    /// The connection is gone, or could not be made. It is made again after a pause.
    case lost(reason: String)
}
