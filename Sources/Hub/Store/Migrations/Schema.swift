// Brings a database to this program's schema: each missing migration in its own transaction, all
// under one advisory lock, so that instances that start together take turns.

/// The schema of the database.
package enum Schema {
    /// All migrations, in order.
    package static let migrations = [
        Migration(version: 1, sql: Migration0001.sql),
        Migration(version: 2, sql: Migration0002.sql),
        Migration(version: 3, sql: Migration0003.sql),
        Migration(version: 4, sql: Migration0004.sql),
        Migration(version: 5, sql: Migration0005.sql),
        Migration(version: 6, sql: Migration0006.sql),
        Migration(version: 7, sql: Migration0007.sql),
        Migration(version: 8, sql: Migration0008.sql),
        Migration(version: 9, sql: Migration0009.sql),
        Migration(version: 10, sql: Migration0010.sql),
        Migration(version: 11, sql: Migration0011.sql),
        Migration(version: 12, sql: Migration0012.sql),
    ]

    /// The key of the advisory lock: "hubschma" as a number.
    private static let lockKey: Int64 = 0x6875_6273_6368_6d61

    /// Applies what is missing and says from which version to which; equal when nothing was.
    ///
    /// Refuses a database that is newer than the program, or one whose migrations were edited.
    /// Nothing is kept of a migration that fails.
    package static func migrate(
        _ postgres: BlockingPostgres, with migrations: [Migration] = Schema.migrations
    ) throws(MigrationFailure) -> (from: Int, to: Int) {
        try lock(postgres)
        let outcome = Result { () throws(MigrationFailure) in
            try apply(migrations, to: postgres)
        }
        // A lock that can't be given back goes with its connection.
        _ = try? postgres.run(
            "SELECT pg_advisory_unlock($1)", [PostgresType.int8], [.int8(lockKey)])
        return try outcome.get()
    }

    private static func lock(_ postgres: BlockingPostgres) throws(MigrationFailure) {
        do throws(PostgresError) {
            try postgres.run(
                "SELECT pg_advisory_lock($1)", [PostgresType.int8], [.int8(lockKey)])
            try postgres.script(
                """
                CREATE TABLE IF NOT EXISTS schema_migrations (
                    version int PRIMARY KEY,
                    checksum text NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """)
        } catch {
            throw failure(error, version: 0)
        }
    }

    private static func apply(
        _ migrations: [Migration], to postgres: BlockingPostgres
    ) throws(MigrationFailure) -> (from: Int, to: Int) {
        let from = try check(migrations, against: postgres)
        for migration in migrations.dropFirst(from) {
            do throws(PostgresError) {
                try apply(migration, to: postgres)
            } catch {
                _ = try? postgres.script("ROLLBACK")
                throw failure(error, version: migration.version)
            }
        }
        return (from, migrations.count)
    }

    /// The version that the database has, if it is a part of what the program knows.
    private static func check(
        _ migrations: [Migration], against postgres: BlockingPostgres
    ) throws(MigrationFailure) -> Int {
        let applied: PostgresResult
        do throws(PostgresError) {
            applied = try postgres.run(
                "SELECT version, checksum FROM schema_migrations ORDER BY version")
        } catch {
            throw failure(error, version: 0)
        }
        for row in 0..<applied.rowCount {
            let version = Int(applied.int64(row, 0))
            guard version <= migrations.count else {
                throw .databaseIsNewer(
                    database: Int(applied.int64(applied.rowCount - 1, 0)),
                    program: migrations.count)
            }
            guard version == row + 1, applied.text(row, 1) == migrations[row].checksum else {
                throw .checksumDiffers(version: version)
            }
        }
        return applied.rowCount
    }

    private static func apply(
        _ migration: Migration, to postgres: BlockingPostgres
    ) throws(PostgresError) {
        try postgres.script("BEGIN")
        try postgres.script(migration.sql)
        try postgres.run(
            "INSERT INTO schema_migrations (version, checksum) VALUES ($1, $2)",
            [PostgresType.int4, PostgresType.text],
            [.int4(Int32(migration.version)), .text(migration.checksum)])
        try postgres.script("COMMIT")
    }

    private static func failure(_ error: PostgresError, version: Int) -> MigrationFailure {
        if error.sqlState.isEmpty || error.isFatal { return .connection(error.message) }
        return .refused(version: version, sqlState: error.sqlState, message: error.message)
    }
}
