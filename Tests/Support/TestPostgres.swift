// A real Postgres for tests: one cluster per test process in a folder of its own, with fsync on as
// in production, made at first use and stopped when the process ends, however it ends. Each test
// takes a fresh database.

import CLinux
import Foundation
import Synchronization

/// The cluster of this test process.
public final class TestPostgres: Sendable {
    /// Made at first use.
    public static let shared = TestPostgres()

    /// The folder of the socket: `host` of a connection string.
    public let socketFolder: String
    private let folder: String
    private let count = Atomic<Int>(0)

    /// Where the newest Postgres has its programs.
    public static let binaries: String = {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/postgresql"))
        let newest = (versions ?? []).compactMap { Int($0) }.max() ?? 15
        return "/usr/lib/postgresql/\(newest)/bin"
    }()

    private init() {
        folder = TestPostgres.temporaryFolder("pg")
        socketFolder = folder
        let data = folder + "/data"
        TestPostgres.run([
            "\(TestPostgres.binaries)/initdb", "--pgdata", data, "--username=postgres",
            "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
        ])
        // The shell that watches outlives a killed test process by a moment, and stops the server.
        let server =
            "exec \(TestPostgres.binaries)/postgres -D \(data) -k \(folder) -c listen_addresses= "
            + "-c max_connections=200 -c shared_buffers=64MB -c max_prepared_transactions=4 "
            + "> \(folder)/log 2>&1"
        let owner = ProcessInfo.processInfo.processIdentifier
        let watch = """
            setsid sh -c '\(TestPostgres.asPostgresText) sh -c "\(server)" & server=$!
            while kill -0 \(owner) 2>/dev/null && kill -0 $server 2>/dev/null; do sleep 0.2; done
            kill -INT $server 2>/dev/null; wait $server; rm -rf \(folder)' >/dev/null 2>&1 &
            """
        TestPostgres.run(["sh", "-c", watch], asPostgres: false)
        for _ in 0..<600 {
            let outcome = TestPostgres.status([
                "\(TestPostgres.binaries)/pg_isready", "-q", "-h", folder,
            ])
            if outcome == 0 { return }
            usleep(50_000)
        }
        fatalError("the test cluster did not start; see \(folder)/log")
    }

    /// A fresh and empty database: its connection string.
    public func database() -> String {
        let name = "t\(count.add(1, ordering: .relaxed).newValue)"
        TestPostgres.run([
            "\(TestPostgres.binaries)/psql", "-q", "-X", "-h", folder, "-U", "postgres", "-c",
            "CREATE DATABASE \(name)",
        ])
        return "host=\(folder) user=postgres dbname=\(name)"
    }

    /// A folder under `/tmp` that the server's user can reach, short enough for sockets.
    public static func temporaryFolder(_ name: String) -> String {
        let path = "/tmp/hub-test-\(name)-\(UInt32.random(in: 0...UInt32.max))"
        guard mkdir(path, 0o700) == 0 else { fatalError("no folder \(path)") }
        if geteuid() == 0, let user = getpwnam("postgres") {
            _ = chown(path, user.pointee.pw_uid, user.pointee.pw_gid)
        }
        return path
    }

    /// Servers refuse to run as root, so root runs them as the user `postgres`.
    private static var asPostgres: [String] {
        geteuid() == 0
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"] : []
    }

    private static var asPostgresText: String { asPostgres.joined(separator: " ") }

    private static func run(_ command: [String], asPostgres isServer: Bool = true) {
        let code = status(command, asPostgres: isServer)
        guard code == 0 else { fatalError("\(command.joined(separator: " ")): \(code)") }
    }

    /// Not Foundation's `Process`: it waits for every process that inherited its pipe, so for ever
    /// when a server is left running.
    private static func status(_ command: [String], asPostgres isServer: Bool = true) -> Int32 {
        let words = ["/usr/bin/env", "--chdir=/tmp"] + (isServer ? asPostgres : []) + command
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var child: pid_t = 0
        guard posix_spawn(&child, words[0], &actions, nil, arguments, environ) == 0 else {
            return -1
        }
        var outcome: Int32 = 0
        while waitpid(child, &outcome, 0) < 0, errno == EINTR {}
        return outcome
    }
}
