// Why a schema can't be brought up to date, in words for an operator.

/// A reason not to touch a database.
package enum MigrationFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The database was migrated by a newer program.
    case databaseIsNewer(database: Int, program: Int)
    /// A migration that was applied is not the one that this program has.
    case checksumDiffers(version: Int)
    /// Postgres refused a migration; nothing of it was kept.
    case refused(version: Int, sqlState: String, message: String)
    /// The connection failed.
    case connection(String)

    /// What to tell the operator.
    package var description: String {
        switch self {
        case .databaseIsNewer(let database, let program):
            "the database has schema \(database), this program knows \(program): "
                + "use a newer program"
        case .checksumDiffers(let version):
            "schema migration \(version) in the database is not this program's: was it edited?"
        case .refused(let version, let sqlState, let message):
            "schema migration \(version) was refused (\(sqlState)): \(message)"
        case .connection(let reason):
            "no connection for the schema migration: \(reason)"
        }
    }
}
