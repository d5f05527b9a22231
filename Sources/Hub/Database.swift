// The database of one hub: the one it is given, or a private cluster in its data folder.

import Store

/// A database that can be connected to.
final class Database {
    /// The libpq connection string.
    let connection: String
    private let cluster: PrivateCluster?

    /// Finds or starts it.
    init(_ configuration: Configuration, log: JSONLog) throws {
        if let url = configuration.databaseURL {
            connection = url
            cluster = nil
            return
        }
        do throws(ClusterFailure) {
            let cluster = try PrivateCluster(
                ClusterConfiguration(
                    folder: configuration.dataDirectory,
                    programs: configuration.postgresBinaries)
            ) { LogLines.write($0, to: log) }
            connection = cluster.connection
            self.cluster = cluster
        } catch {
            throw Failure(exitCode: 69, "\(error)")
        }
    }

    /// Looks after a private cluster: starts it again when it died.
    func supervise() {
        cluster?.supervise()
    }

    /// Leaves a private cluster; the last hub on it stops it.
    func close() {
        cluster?.stopIfLast()
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
