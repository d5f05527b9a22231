// What happens once, before the thread starts: wait for Postgres, bring the schema up to date, read
// where the log stands.

import EventLog
import Glibc
import Reactor

/// The blocking part of opening the Store.
enum StoreOpening {
    /// Waits for Postgres, migrates, and reads the log's name and head.
    static func prepare(
        _ configuration: StoreConfiguration, observe: (StoreObservation) -> Void
    ) throws(StoreFailure) -> LogStart {
        let postgres = try connect(configuration, observe: observe)
        let versions: (from: Int, to: Int)
        do throws(MigrationFailure) {
            versions = try Schema.migrate(postgres)
        } catch {
            throw .schema(error)
        }
        if versions.from != versions.to {
            observe(.schemaMigrated(from: versions.from, to: versions.to))
        }
        return try start(postgres)
    }

    /// Tries until Postgres answers: it may be starting, or recovering from a crash.
    ///
    /// That it waits is told once.
    private static func connect(
        _ configuration: StoreConfiguration, observe: (StoreObservation) -> Void
    ) throws(StoreFailure) -> BlockingPostgres {
        let settings = ConnectionSettings(
            name: "open", connection: configuration.connection,
            applicationName: configuration.instance + " open")
        let deadline = Clock.monotonicMilliseconds() + configuration.openWaitMilliseconds
        var isFirst = true
        while true {
            do throws(PostgresError) {
                return try BlockingPostgres(settings)
            } catch {
                if isFirst { observe(.lost(name: settings.name, reason: error.message)) }
                isFirst = false
                guard Clock.monotonicMilliseconds() < deadline else {
                    throw .unreachable(error.message)
                }
                usleep(StoreOpening.pauseMicroseconds)
            }
        }
    }

    private static let pauseMicroseconds: UInt32 = 100_000

    private static func start(_ postgres: BlockingPostgres) throws(StoreFailure) -> LogStart {
        let rows: PostgresResult
        let revoked: PostgresResult
        do throws(PostgresError) {
            rows = try postgres.run(ReadStatements.head)
            let after = RevocationStatements.after
            revoked = try postgres.run(after.sql, after.parameterTypes, [.int8(0)])
        } catch {
            throw .unreachable(error.message)
        }
        guard rows.rowCount == 1 else {
            throw .malformed("log_head has \(rows.rowCount) rows, not one")
        }
        guard let epoch = Epoch(rows.text(0, 0)) else {
            throw .malformed("the log's epoch is \(rows.text(0, 0))")
        }
        return LogStart(
            epoch: epoch, head: rows.position(0, 1),
            revocations: RevocationStatements.revocations(revoked), access: rows.position(0, 2))
    }
}
