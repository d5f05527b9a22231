// What an operator may want to know of the Store; the hub logs it.

/// Something that happened to the Store.
package enum StoreObservation: Sendable, Equatable {
    /// A connection is there: `commit`, `read` or `listen`.
    case connected(name: String)
    /// A connection is gone, or could not be made; it is tried again by itself.
    case lost(name: String, reason: String)
    /// Postgres refused a batch of so many commands; it was rolled back, and is tried in parts.
    case batchFailed(sqlState: String, message: String, count: Int)
    /// The connection was lost in COMMIT; the outcome is looked up.
    case commitOutcomeUnknown(count: Int)
    /// Postgres refused a read.
    case readFailed(sqlState: String, message: String)
    /// The schema was brought from one version to another.
    case schemaMigrated(from: Int, to: Int)
    /// So many rows of a table were deleted because of their age.
    case oldRowsDeleted(table: String, count: Int)
    /// Postgres' head is behind what was read before: the database was replaced under the hub.
    case headWentBack(from: UInt64, to: UInt64)
    /// Postgres holds another log than the one that was opened. Nothing is served from it.
    case epochChanged(from: String, to: String)
}

/// Why the Store could not be opened.
package enum StoreFailure: Error, Sendable, Equatable {
    /// Postgres did not answer in time; the last reason.
    case unreachable(String)
    /// The schema can't be brought to this program's version.
    case schema(MigrationFailure)
    /// The database holds something else than it should.
    case malformed(String)
    /// The kernel refused a thread, an epoll instance or a descriptor.
    case system(String)
}
