// The database of one hub: the one it is given, or a private cluster in its data folder.

import Store

/// A database that can be connected to.
final class Database {
    /// The libpq connection string.
    let connection: String
    private let cluster: PrivateCluster?
    private let log: JSONLog

    /// Finds or starts it.
    init(_ configuration: Configuration, log: JSONLog) throws {
        self.log = log
        if let url = configuration.databaseURL {
            connection = url
            cluster = nil
            return
        }
        do throws(ClusterFailure) {
            let cluster = try PrivateCluster(
                dataDirectory: configuration.dataDirectory,
                binaries: configuration.postgresBinaries)
            connection = cluster.connection
            self.cluster = cluster
        } catch {
            throw Failure(exitCode: 69, "\(error)")
        }
    }

    /// Restarts a private cluster that died.
    func supervise() {
        guard let cluster, cluster.supervise() else { return }
        log.write(
            .error, "the private Postgres died and was started again",
            [.text("event.action", "cluster_restarted")])
    }

    /// Leaves a private cluster.
    func close() {
        cluster?.close()
    }

    /// Brings the schema to this program's version.
    static func migrate(_ connection: String) throws -> (from: Int, to: Int) {
        let postgres: BlockingPostgres
        do throws(PostgresError) {
            postgres = try BlockingPostgres(connection: connection)
        } catch {
            throw Failure(exitCode: 69, "Postgres can't be reached: \(error.message)")
        }
        do throws(MigrationFailure) {
            return try Schema.migrate(postgres)
        } catch {
            throw Failure(exitCode: 70, "\(error)")
        }
    }
}
