// The private cluster with a real Postgres: made, shared, taken over, started again, stopped.

import Domain
import Foundation
import Reactor
import Support
import Synchronization
import Testing

@testable import Store

@Suite(.serialized) struct PrivateClusterTests {
    /// A cluster that was made and stopped, to be copied: making one takes seconds.
    private static let made = Result {
        let folder = TestPostgres.temporaryFolder("cluster")
        chmod(folder, 0o755)
        let cluster = try PrivateCluster(ClusterConfiguration(folder: folder))
        cluster.stopIfLast()
        return folder
    }

    /// A folder of this test, whose servers end with it; with a stopped cluster in it on request.
    private func withFolder(made: Bool = false, _ body: (String) throws -> Void) throws {
        let folder = TestPostgres.temporaryFolder("cluster")
        chmod(folder, 0o755)
        if made {
            let copy = try Process.run(
                URL(fileURLWithPath: "/bin/cp"),
                arguments: ["-a", PrivateClusterTests.made.get() + "/postgres", folder])
            copy.waitUntilExit()
        }
        defer {
            if let text = try? String(
                contentsOfFile: folder + "/postgres/postmaster.pid", encoding: .utf8),
                let line = text.split(separator: "\n").first, let number = pid_t(line),
                number != getpid()
            {
                kill(number, SIGQUIT)
            }
            try? FileManager.default.removeItem(atPath: folder)
        }
        try body(folder)
    }

    private func setting(_ name: String, of cluster: PrivateCluster) throws -> String {
        try BlockingPostgres(connection: cluster.connection).run("SHOW \(name)").text(0, 0)
    }

    private func wait(_ what: Comment, until condition: () throws -> Bool) rethrows {
        let deadline = Date(timeIntervalSinceNow: 30)
        while try !condition() {
            guard Date() < deadline else {
                Issue.record("did not happen in time: \(what)")
                return
            }
            usleep(20_000)
        }
    }

    private func lives(_ processID: Int32) -> Bool {
        guard kill(processID, 0) == 0 else { return false }
        let status = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8)
        return status?.contains(") Z ") == false
    }

    @Test func `a new folder gets a durable server, reached by its socket alone`() throws {
        try withFolder { folder in
            var seen: [ClusterObservation] = []
            let cluster = try PrivateCluster(ClusterConfiguration(folder: folder + "/a/.hub")) {
                seen.append($0)
            }
            let processID = try #require(cluster.processID)
            #expect(seen.last == .started(processID: processID))
            for (name, value) in [
                ("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"),
                ("listen_addresses", ""), ("unix_socket_permissions", "0700"),
                ("server_encoding", "UTF8"), ("data_checksums", "on"),
            ] {
                #expect(try setting(name, of: cluster) == value)
            }
            // A session of its own: a Ctrl-C at the hub's terminal does not reach it.
            #expect(getsid(processID) == processID)
            cluster.stopIfLast()
            #expect(!lives(processID))
            #expect(seen.last == .stopped(processID: processID))
        }
    }

    @Test func `hubs that start together share one server, and the last one stops it`() throws {
        try withFolder { folder in
            let seen = Sightings()
            let threads = try (0..<3).map { _ in
                try Reactor.Thread(name: "hub") {
                    let cluster = try? PrivateCluster(ClusterConfiguration(folder: folder)) {
                        seen.add($0)
                    }
                    seen.opened(cluster?.processID)
                    while seen.openedCount < 3 { usleep(5_000) }
                    cluster?.stopIfLast()
                }
            }
            for thread in threads { thread.join() }
            let processID = try #require(seen.processes.first ?? nil)
            #expect(seen.processes == [processID, processID, processID])
            #expect(seen.all.count { $0 == .started(processID: processID) } == 1)
            #expect(seen.all.count { $0 == .stopped(processID: processID) } == 1)
            #expect(seen.all.last == .stopped(processID: processID))
            #expect(!lives(processID))
        }
    }

    @Test func `a hub that was killed leaves its server, and the next one takes it over`() throws {
        try withFolder(made: true) { folder in
            var first: PrivateCluster? = try PrivateCluster(ClusterConfiguration(folder: folder))
            let processID = try #require(first?.processID)
            try BlockingPostgres(connection: #require(first).connection)
                .script("CREATE TABLE kept (a int); INSERT INTO kept VALUES (1)")
            // What a killed process leaves: closed descriptors and a living child.
            first = nil
            var seen: [ClusterObservation] = []
            let second = try PrivateCluster(ClusterConfiguration(folder: folder)) {
                seen.append($0)
            }
            #expect(seen == [.adopted(processID: processID)])
            #expect(
                try BlockingPostgres(connection: second.connection).run("SELECT a FROM kept")
                    .rowCount == 1)
            second.stopIfLast()
            #expect(!lives(processID))
        }
    }

    @Test func `a server that was killed is started again with all that was committed`() throws {
        try withFolder(made: true) { folder in
            var seen: [ClusterObservation] = []
            let cluster = try PrivateCluster(ClusterConfiguration(folder: folder)) {
                seen.append($0)
            }
            defer { cluster.stopIfLast() }
            let hub = try TestHub(
                StoreConfiguration(connection: cluster.connection, instance: "test"))
            defer { hub.store.stop() }
            #expect(hub.answer(TestHub.publish().1)?.status == 202)
            let processID = try #require(cluster.processID)
            hub.wait("connections") { hub.store.isReady }
            kill(processID, SIGKILL)
            // Its own processes leave when they notice; until then they may still answer.
            hub.wait("the loss") { !hub.store.isReady }
            let ticket = hub.submit(TestHub.publish().1)
            hub.wait("an answer") {
                cluster.supervise()
                return hub.answers[ticket] != nil
            }
            #expect(hub.answers[ticket]?.status == 202)
            hub.wait("both events") { hub.events.allSatisfy { $0.count == 2 } }
            #expect(seen.contains(.died(processID: processID)))
            #expect(cluster.processID != processID)
        }
    }

    @Test func `an adopted server that dies is started again, by one hub alone`() throws {
        try withFolder(made: true) { folder in
            let clusters = try (0..<2).map { _ in
                try PrivateCluster(ClusterConfiguration(folder: folder))
            }
            let processID = try #require(clusters[1].processID)
            kill(processID, SIGKILL)
            wait("the restart") {
                for cluster in clusters.reversed() { cluster.supervise() }
                return clusters.allSatisfy { $0.processID != nil && $0.processID != processID }
                    && (try? setting("fsync", of: clusters[0])) == "on"
            }
            #expect(clusters[0].processID == clusters[1].processID)
            clusters[0].stopIfLast()
            clusters[1].stopIfLast()
            #expect(!lives(try #require(clusters[0].processID)))
        }
    }

    @Test func `a process id that went to another process does not keep the server away`() throws {
        try withFolder(made: true) { folder in
            let first = try PrivateCluster(ClusterConfiguration(folder: folder))
            first.stopIfLast()
            let file = folder + "/postgres/postmaster.pid"
            try "\(getpid())\n\(folder)/postgres\n0\n5432\n\n\n\n".write(
                toFile: file, atomically: false, encoding: .utf8)
            let second = try PrivateCluster(ClusterConfiguration(folder: folder))
            #expect(second.processID != getpid())
            #expect(try setting("fsync", of: second) == "on")
            second.stopIfLast()
        }
    }

    @Test func `a cluster that was half made is made anew`() throws {
        try withFolder { folder in
            let half = folder + "/postgres.new"
            try FileManager.default.createDirectory(
                atPath: half + "/base", withIntermediateDirectories: true)
            try "15\n".write(toFile: half + "/PG_VERSION", atomically: false, encoding: .utf8)
            let cluster = try PrivateCluster(ClusterConfiguration(folder: folder))
            #expect(try setting("fsync", of: cluster) == "on")
            #expect(!FileManager.default.fileExists(atPath: half))
            cluster.stopIfLast()
        }
    }

    @Test func `a folder of another version is refused with both versions`() throws {
        try withFolder { folder in
            try FileManager.default.createDirectory(
                atPath: folder + "/postgres", withIntermediateDirectories: true)
            try "9\n".write(
                toFile: folder + "/postgres/PG_VERSION", atomically: false, encoding: .utf8)
            let failure = failure { try PrivateCluster(ClusterConfiguration(folder: folder)) }
            guard case .versionMismatch(_, "9", let installed)? = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
            #expect(failure?.description.contains("--data-dir") == true)
            #expect(!installed.isEmpty)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root has another user for its server"))
    func `a folder that the server's user can't reach is refused, naming the flag`() throws {
        try withFolder { folder in
            let closed = folder + "/closed"
            try FileManager.default.createDirectory(
                atPath: closed, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700])
            chown(closed, 0, 0)
            let failure = failure {
                try PrivateCluster(ClusterConfiguration(folder: closed + "/.hub"))
            }
            #expect(failure == .unreachableFolder(folder: closed + "/.hub"))
            #expect(failure?.description.contains("--data-dir") == true)
        }
    }

    @Test func `no Postgres is an error that says what to install`() throws {
        try withFolder { folder in
            let failure = failure {
                try PrivateCluster(
                    ClusterConfiguration(folder: folder, programs: folder + "/nothing"))
            }
            #expect(failure == .noPostgres(searched: folder + "/nothing"))
        }
    }

    @Test func `a long path gets a short socket, the same each time, and still works`() throws {
        try withFolder { folder in
            let long = folder + "/" + String(repeating: "l", count: 90) + "/.h ub'"
            let cluster = try PrivateCluster(ClusterConfiguration(folder: long))
            #expect(cluster.connection.contains("/tmp/hub-"))
            #expect(try setting("fsync", of: cluster) == "on")
            cluster.stopIfLast()
            let socket = ClusterFolder.socketFolder(long)
            #expect(socket == ClusterFolder.socketFolder(long))
            #expect(socket != ClusterFolder.socketFolder(long + "2"))
            try? FileManager.default.removeItem(atPath: socket)
        }
    }

    @Test func `a socket folder that somebody else put there is refused`() throws {
        try withFolder { folder in
            let long = folder + "/" + String(repeating: "l", count: 90)
            let socket = ClusterFolder.socketFolder(long)
            try FileManager.default.createDirectory(
                atPath: socket, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o777])
            chmod(socket, 0o777)
            defer { try? FileManager.default.removeItem(atPath: socket) }
            let failure = failure { try PrivateCluster(ClusterConfiguration(folder: long)) }
            guard case .folder(socket, _)? = failure else {
                Issue.record("\(String(describing: failure))")
                return
            }
        }
    }

    private func failure(_ body: () throws -> PrivateCluster) -> ClusterFailure? {
        do {
            _ = try body()
            return nil
        } catch {
            return error as? ClusterFailure
        }
    }
}

/// What several hubs saw, from their own threads.
private final class Sightings: Sendable {
    private let list = Mutex<(all: [ClusterObservation], processes: [Int32?])>(([], []))

    func add(_ one: ClusterObservation) { list.withLock { $0.all.append(one) } }

    func opened(_ processID: Int32?) { list.withLock { $0.processes.append(processID) } }

    var openedCount: Int { list.withLock { $0.processes.count } }
    var all: [ClusterObservation] { list.withLock { $0.all } }
    var processes: [Int32?] { list.withLock { $0.processes } }
}
