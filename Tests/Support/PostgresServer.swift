// A Postgres that one test owns, so that it may stop it and start it again; and psql, for tests
// that look into a database or hold its locks.

import CLinux
import Foundation

/// A cluster in the folder of a test; used by one thread.
package final class PostgresServer {
    /// The folder of the socket: `host` of a connection string.
    package let socketFolder: String
    private let data: String
    private let log: String
    private var child: ChildProcess?

    /// Makes a cluster where a hub would have its private one, and starts it.
    package init(_ folder: HubFolder) throws {
        socketFolder = folder.data
        data = folder.data + "/postgres"
        log = folder.path + "/postgres.log"
        guard mkdir(folder.data, 0o755) == 0 else { throw ProcessFailure("no \(folder.data)") }
        if geteuid() == 0, let user = getpwnam("postgres") {
            _ = chown(folder.data, user.pointee.pw_uid, user.pointee.pw_gid)
        }
        let (code, output) = try ChildProcess.run(
            Psql.asServerUser + [
                TestPostgres.binaries + "/initdb", "--pgdata", data, "--username=postgres",
                "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
            ])
        guard code == 0 else { throw ProcessFailure("initdb: \(output)") }
        try start()
    }

    deinit {
        child?.signal(SIGQUIT)
        _ = try? child?.waitForExit(timeoutSeconds: 10)
    }

    /// The connection string.
    package var connection: String { "host=\(socketFolder) user=postgres dbname=postgres" }

    /// Starts it and waits until it takes connections.
    package func start() throws {
        child = try ChildProcess(
            ["setsid"] + Psql.asServerUser + [
                TestPostgres.binaries + "/postgres", "-D", data, "-k", socketFolder,
                "-c", "listen_addresses=", "-c", "shared_buffers=64MB",
            ], output: log)
        try waitUntil("Postgres takes connections", timeoutSeconds: 30) {
            try ChildProcess.run(
                [TestPostgres.binaries + "/pg_isready", "-q", "-h", socketFolder]
            ).exitCode == 0
        }
    }

    /// The fast shutdown of `pg_ctl stop`: sessions are ended, nothing is lost.
    package func stop() throws {
        child?.signal(SIGINT)
        _ = try child?.waitForExit(timeoutSeconds: 30)
        child = nil
    }
}

/// `psql` on the socket of a test's cluster.
package enum Psql {
    /// Servers refuse to run as root, and may trust their own user alone.
    static var asServerUser: [String] {
        geteuid() == 0
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] : []
    }

    /// The words that run statements on a hub's private cluster; rows come out as `a|b` lines.
    package static func words(_ socketFolder: String, _ sql: String) -> [String] {
        ["env", "--chdir=/tmp"] + asServerUser + [
            TestPostgres.binaries + "/psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
            "-h", socketFolder, "-U", "hub", "-d", "hub", "-c", sql,
        ]
    }

    /// The rows that a statement gives on a hub's private cluster, as `a|b` lines.
    package static func rows(_ socketFolder: String, _ sql: String) throws -> [String] {
        let (code, output) = try ChildProcess.run(words(socketFolder, sql))
        guard code == 0 else { throw ProcessFailure("psql: \(output)") }
        return output.split(separator: "\n").map(String.init)
    }
}
