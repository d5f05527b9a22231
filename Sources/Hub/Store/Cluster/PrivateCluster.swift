// A Postgres of the hub's own, for a machine without one: the same engine with durable settings,
// on a unix socket only. Hubs on one folder share it: who finds it running adopts it, also after a
// kill -9 of the hub that started it; who finds it dead starts it; the last to leave stops it.

import CPostgres
import Glibc
import Reactor

/// A private cluster, for the one thread that made it.
package final class PrivateCluster {
    /// The libpq connection string of its database.
    package let connection: String

    private let folder: ClusterFolder
    private let binaries: String
    private let lock: FileLock
    /// The postmaster; a child of ours when `isChild`.
    private var postmaster: pid_t = 0
    private var isChild = false

    private static let startMillisecondsMax = 120_000

    /// Starts or adopts the cluster of a folder, made at the first time; blocks until it answers.
    package init(dataDirectory: String, binaries given: String?) throws(ClusterFailure) {
        folder = try ClusterFolder(dataDirectory)
        binaries = try ClusterBinaries.find(given: given, data: folder.data)
        connection = "host=\(folder.socketFolder) port=5432 user=hub dbname=hub"
        lock = try FileLock(folder.path + "/lock", exclusive: false)
        let starting = try FileLock(folder.path + "/start-lock", exclusive: true)
        if unsafe access(folder.data + "/PG_VERSION", F_OK) != 0 { try make() }
        try startAndWait()
        try makeDatabase()
        _ = consume starting
    }

    /// Restarts the server if it died; true when it had. Call it every few hundred milliseconds.
    package func supervise() -> Bool {
        if isChild ? !ChildProcess.hasEnded(postmaster) : isRunning(postmaster) { return false }
        guard let starting = try? FileLock(folder.path + "/start-lock", exclusive: true) else {
            return false
        }
        startOrAdopt()
        _ = consume starting
        return true
    }

    /// Leaves the cluster; the last hub on the folder stops it and waits for its end.
    package func close() {
        guard lock.isLast(), postmaster > 0 else { return }
        kill(postmaster, SIGINT)
        for _ in 0..<600 {
            if isChild ? ChildProcess.hasEnded(postmaster) : !isRunning(postmaster) { return }
            usleep(50_000)
        }
        kill(postmaster, SIGQUIT)
    }

    /// Makes the cluster beside its place and moves it there when it is whole.
    private func make() throws(ClusterFailure) {
        _ = ChildProcess.run(["rm", "-rf", folder.newData], output: "/dev/null")
        guard unsafe mkdir(folder.newData, 0o700) == 0 else {
            throw .folder("--data-dir: \(folder.newData) can't be made")
        }
        folder.give(folder.newData)
        let words = [
            binaries + "/initdb", "--pgdata", folder.newData, "--username=hub", "--auth=trust",
            "--encoding=UTF8", "--locale=C.UTF-8",
        ]
        guard ChildProcess.run(folder.asServer(words), output: folder.log) == 0,
            unsafe rename(folder.newData, folder.data) == 0
        else { throw .program("initdb failed; see \(folder.log)") }
    }

    /// Starts the server until it answers. It may refuse for a moment while the children of one
    /// that was killed still hold its shared memory.
    private func startAndWait() throws(ClusterFailure) {
        startOrAdopt()
        var waited = 0
        while unsafe PQping(probe) != PQPING_OK {
            usleep(20_000)
            waited += 20
            if isChild, ChildProcess.hasEnded(postmaster) {
                usleep(200_000)
                waited += 200
                startOrAdopt()
            }
            guard waited < PrivateCluster.startMillisecondsMax else {
                throw .program("Postgres did not start; see \(folder.log)")
            }
        }
    }

    private var probe: String {
        "host=\(folder.socketFolder) port=5432 user=hub dbname=template1"
    }

    private func startOrAdopt() {
        let recorded = recordedPostmaster()
        if recorded > 0, isRunning(recorded) {
            if recorded != postmaster { isChild = false }
            postmaster = recorded
            return
        }
        postmaster = ChildProcess.start(folder.asServer(serverWords), output: folder.log) ?? 0
        isChild = postmaster > 0
    }

    private var serverWords: [String] {
        let settings = [
            "listen_addresses=", "unix_socket_directories=\(folder.socketFolder)",
            "unix_socket_permissions=0700", "port=5432", "max_connections=64",
            "shared_buffers=256MB", "max_wal_size=2GB", "wal_compression=on", "fsync=on",
            "full_page_writes=on", "synchronous_commit=on", "log_min_messages=warning",
        ]
        return [binaries + "/postgres", "-D", folder.data] + settings.flatMap { ["-c", $0] }
    }

    /// The process that the cluster's pid file names; 0 when there is none.
    private func recordedPostmaster() -> pid_t {
        guard let file = unsafe fopen(folder.data + "/postmaster.pid", "r") else { return 0 }
        defer { unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 32)
        guard unsafe fgets(&line, 32, file) != nil else { return 0 }
        return unsafe pid_t(atoi(line))
    }

    /// Whether a process is this cluster's postmaster: it works in the cluster's folder. A number
    /// that was handed out again does not.
    private func isRunning(_ process: pid_t) -> Bool {
        guard process > 0 else { return false }
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink("/proc/\(process)/cwd", &buffer, buffer.count - 1)
        guard count > 0 else { return false }
        let path = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return path == folder.data
    }

    private func makeDatabase() throws(ClusterFailure) {
        if let postgres = try? BlockingPostgres(connection: connection) {
            _ = postgres
            return
        }
        do throws(PostgresError) {
            let postgres = try BlockingPostgres(connection: probe)
            try postgres.script("CREATE DATABASE hub")
        } catch {
            throw .program("the database can't be made: \(error.message)")
        }
    }
}
