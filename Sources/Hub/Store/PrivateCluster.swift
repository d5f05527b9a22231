// A Postgres of our own, for a hub that was given no database: the same engine, made at first use
// in the data folder, reached by a unix socket alone, durable. Several hubs may share a folder:
// whoever comes first starts the server, the others use it, the last to leave stops it. A hub that
// was killed leaves the server running; the next one takes it over.
//
// Two locks: every hub shares `lock` while it lives; `start.lock` is held alone while the server
// is looked at, started or stopped.

import CPostgres
import Glibc
import Reactor

/// What the private cluster is told.
package struct ClusterConfiguration: Sendable {
    /// The hub's data folder.
    package var folder: String
    /// A folder with Postgres' programs; nil for Debian's newest.
    package var programs: String?
    /// How long a start may take: a recovery after a crash is part of it.
    package var startMilliseconds: Int64 = 60_000
    /// How long a fast shutdown may take, with its checkpoint, before an immediate one.
    package var stopMilliseconds: Int64 = 30_000

    /// A cluster in a data folder.
    package init(folder: String, programs: String? = nil) {
        self.folder = folder
        self.programs = programs
    }
}

/// The private cluster of one hub, for the one thread that opened it.
package final class PrivateCluster {
    private let configuration: ClusterConfiguration
    private let owner: UserAccount
    private let folder: ClusterFolder
    private let programs: PostgresPrograms
    private var hubsLock: FileLock?
    private let observe: (ClusterObservation) -> Void
    private var postmaster: Postmaster?
    /// Held from a restart until the server answers.
    private var restartLock: FileLock?
    private var nextStartMilliseconds: Int64 = 0

    /// The server's process.
    package var processID: Int32? { postmaster?.processID }

    /// How to connect: a libpq connection string.
    package var connection: String { connection(to: "hub") }

    /// Makes the cluster if there is none, starts it or takes it over, and waits until it answers.
    ///
    /// `observe` is called during the calls of this object.
    package init(
        _ configuration: ClusterConfiguration,
        observe: @escaping (ClusterObservation) -> Void = { _ in }
    ) throws(ClusterFailure) {
        self.configuration = configuration
        self.observe = observe
        owner = try UserAccount.ofServer()
        folder = try ClusterFolder(configuration.folder, owner: owner)
        let deadline = Clock.monotonicMilliseconds() + configuration.startMilliseconds
        let startLock = try PrivateCluster.lock(folder, deadline: deadline)
        defer { withExtendedLifetime(startLock) {} }
        let hubsLock = try FileLock(path: folder.hubsLock)
        guard hubsLock.tryShared() else { throw .busy(folder: folder.path) }
        self.hubsLock = hubsLock
        programs = try PostgresPrograms.find(
            given: configuration.programs, dataVersion: folder.dataVersion,
            dataFolder: folder.path)
        try Folder.makePrivate(folder.socket, owner: owner)
        try checkReach()
        if folder.dataVersion == nil { try initialize() }
        try adoptOrStart(deadline: deadline)
        try createDatabase()
    }

    /// Looks after the server: call it every 200 ms.
    ///
    /// Starts it again when it has died.
    ///
    /// Does not wait: while the server comes up, connections fail and are tried again.
    package func supervise() {
        if let postmaster, postmaster.isAlive(on: folder.data) {
            // Whoever started it keeps the others from starting a second one until it answers.
            if restartLock != nil, ping() == PQPING_OK { restartLock = nil }
            return
        }
        if let postmaster {
            observe(.died(processID: postmaster.processID))
            self.postmaster = nil
            restartLock = nil
        }
        let now = Clock.monotonicMilliseconds()
        guard now >= nextStartMilliseconds else { return }
        do throws(ClusterFailure) {
            let startLock = try FileLock(path: folder.startLock)
            guard startLock.tryExclusive() else { return }
            if let running = Postmaster.running(on: folder.data) {
                postmaster = running
                observe(.adopted(processID: running.processID))
                return
            }
            nextStartMilliseconds = now + PrivateCluster.restartMilliseconds
            try start()
            restartLock = startLock
        } catch {
            observe(.startFailed(reason: error.description))
        }
    }

    /// Leaves the cluster, and stops the server if no other hub uses it; waits for its end.
    ///
    /// Nothing is to be called after it.
    package func stopIfLast() {
        restartLock = nil
        let deadline = Clock.monotonicMilliseconds() + configuration.stopMilliseconds
        // Without the lock another hub is starting or stopping, and it looks after the server.
        guard let startLock = try? PrivateCluster.lock(folder, deadline: deadline) else { return }
        defer { withExtendedLifetime(startLock) {} }
        let isLast = hubsLock?.tryExclusive() ?? false
        defer { hubsLock = nil }
        guard isLast else { return }
        guard let running = postmaster ?? Postmaster.running(on: folder.data),
            running.isAlive(on: folder.data)
        else { return }
        running.stopFast()
        if !wait(for: running, deadline: deadline) {
            running.stopImmediately()
            _ = wait(
                for: running,
                deadline: Clock.monotonicMilliseconds() + configuration.stopMilliseconds)
        }
        postmaster = nil
        observe(.stopped(processID: running.processID))
    }

    private func wait(for running: Postmaster, deadline: Int64) -> Bool {
        while running.isAlive(on: folder.data) {
            guard Clock.monotonicMilliseconds() < deadline else { return false }
            usleep(PrivateCluster.pauseMicroseconds)
        }
        return true
    }

    private static let pauseMicroseconds: UInt32 = 10_000
    /// A server that dies at once is not started more often than this.
    private static let restartMilliseconds: Int64 = 1_000
}

// MARK: Making and starting

extension PrivateCluster {
    private static func lock(
        _ folder: ClusterFolder, deadline: Int64
    ) throws(ClusterFailure) -> FileLock {
        let lock = try FileLock(path: folder.startLock)
        while !lock.tryExclusive() {
            guard Clock.monotonicMilliseconds() < deadline else {
                throw .busy(folder: folder.path)
            }
            usleep(pauseMicroseconds)
        }
        return lock
    }

    /// Whether the server's user gets to the folder, through all those above it.
    private func checkReach() throws(ClusterFailure) {
        let command = owner.prefix + ["test", "-x", folder.path]
        guard try ChildProcess.run(command, output: "/dev/null") == 0 else {
            throw .unreachableFolder(folder: folder.path)
        }
    }

    /// Makes the cluster aside and renames it, so that there is never half of one.
    private func initialize() throws(ClusterFailure) {
        _ = try ChildProcess.run(["/bin/rm", "-rf", "--", folder.unfinished], output: folder.log)
        try Folder.makePrivate(folder.unfinished, owner: owner)
        let command =
            owner.prefix + [
                programs.folder + "/initdb", "--pgdata=" + folder.unfinished, "--username=hub",
                "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
            ]
        guard try ChildProcess.run(command, output: folder.log) == 0 else {
            throw .initialization(reason: folder.lastWords)
        }
        guard unsafe rename(folder.unfinished, folder.data) == 0 else {
            throw .folder(path: folder.data, reason: Folder.reason())
        }
        observe(.initialized(version: programs.version))
    }

    /// Takes over the server that runs on the folder, or starts one, and waits until it answers.
    private func adoptOrStart(deadline: Int64) throws(ClusterFailure) {
        if let running = Postmaster.running(on: folder.data) {
            postmaster = running
            observe(.adopted(processID: running.processID))
        }
        while true {
            if let postmaster {
                if postmaster.isAlive(on: folder.data) {
                    if ping() == PQPING_OK { return }
                } else {
                    self.postmaster = nil
                }
            } else if Clock.monotonicMilliseconds() >= nextStartMilliseconds {
                // What its own processes left behind may keep a first try from coming up.
                nextStartMilliseconds =
                    Clock.monotonicMilliseconds() + PrivateCluster.restartMilliseconds
                try start()
            }
            guard Clock.monotonicMilliseconds() < deadline else {
                throw .start(reason: folder.lastWords)
            }
            usleep(PrivateCluster.pauseMicroseconds)
        }
    }

    /// Starts the server as a direct child.
    ///
    /// Call it with the start lock, when none is running.
    private func start() throws(ClusterFailure) {
        Postmaster.removeMisleadingFile(on: folder.data)
        folder.rotateLog()
        let command = owner.prefix + [programs.folder + "/postgres", "-D", folder.data]
        let settings = PrivateCluster.settings.flatMap { ["-c", "\($0)=\($1)"] }
        let child = try ChildProcess.start(
            command + settings + ["-c", "unix_socket_directories=" + quotedSocket],
            output: folder.log)
        postmaster = Postmaster(processID: child, isChild: true)
        observe(.started(processID: child))
    }

    /// A list of folders: a name with special characters is quoted.
    private var quotedSocket: String {
        "\""
            + folder.socket.split(separator: "\"", omittingEmptySubsequences: false)
            .joined(separator: "\"\"") + "\""
    }

    /// What the server is started with, whatever its configuration file says.
    private static let settings: [(String, String)] = [
        ("listen_addresses", ""), ("unix_socket_permissions", "0700"),
        ("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"),
        ("shared_buffers", "256MB"), ("max_connections", "64"), ("max_wal_size", "2GB"),
        ("wal_compression", "on"), ("log_destination", "stderr"), ("logging_collector", "off"),
        ("log_checkpoints", "off"), ("log_min_messages", "warning"), ("cluster_name", "hub"),
        ("port", "5432"),
    ]

    private func ping() -> PGPing {
        let pairs = ConnectionPairs(socket: folder.socket, database: "postgres").pairs
        return unsafe withCStrings(pairs.map(\.0)) { keywords in
            unsafe withCStrings(pairs.map(\.1)) { values in
                unsafe PQpingParams(keywords, values, 0)
            }
        }
    }

    private func createDatabase() throws(ClusterFailure) {
        do throws(PostgresError) {
            let postgres = try BlockingPostgres(connection: connection(to: "postgres"))
            let rows = try postgres.run("SELECT 1 FROM pg_database WHERE datname = 'hub'")
            if rows.rowCount == 0 { try postgres.script("CREATE DATABASE hub") }
        } catch {
            throw .start(reason: error.message)
        }
    }

    private func connection(to database: String) -> String {
        ConnectionPairs(socket: folder.socket, database: database).text
    }
}

/// How to connect to a private cluster.
private struct ConnectionPairs {
    let pairs: [(String, String)]

    init(socket: String, database: String) {
        pairs = [
            ("host", socket), ("port", "5432"), ("user", "hub"), ("dbname", database),
            ("connect_timeout", "2"),
        ]
    }

    /// As libpq reads it, quoted.
    var text: String {
        pairs.map { name, value in
            var quoted = ""
            for character in value {
                if character == "'" || character == "\\" { quoted += "\\" }
                quoted.append(character)
            }
            return "\(name)='\(quoted)'"
        }.joined(separator: " ")
    }
}
