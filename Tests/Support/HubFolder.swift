// The folder of one test: the data of its hubs. A shell watches it and cleans up when the test
// process ends before it could, so that no hub and no Postgres outlives a killed test run.

import CLinux
import Foundation
import Synchronization

/// A folder under `/tmp` with the data, logs and process ids of one test's hubs.
package final class HubFolder: Sendable {
    /// The folder; anyone may enter it, as Postgres runs as another user than root.
    package let path: String
    private let isClosed = Mutex(false)

    /// Makes a folder and its watcher.
    package init() throws {
        path = "/tmp/hub-test-\(UInt32.random(in: 0...UInt32.max))"
        guard mkdir(path, 0o755) == 0, chmod(path, 0o755) == 0 else {
            throw ProcessFailure("no folder \(path)")
        }
        let watcher = """
            while kill -0 "$1" && [ -d "$2" ]; do sleep 0.5; done
            [ -d "$2" ] || exit 0
            while read -r pid; do
                [ "$(readlink /proc/$pid/exe)" = "$3" ] && kill -KILL "$pid"
            done < "$2/pids"
            socket=$(sed -n 5p "$2/data/postgres/postmaster.pid")
            read -r server < "$2/data/postgres/postmaster.pid" && kill -QUIT "$server"
            sleep 1
            \(HubFolder.isKept ? "true" : "rm -rf") "$2"
            case "$socket" in /tmp/hub-*) rmdir "$socket" ;; esac
            """
        let words = ["setsid", "sh", "-c", watcher, "sh", "\(getpid())", path, HubProgram.path]
        _ = try ChildProcess(words)
    }

    deinit {
        close()
    }

    /// Whether folders stay, for a look at their logs: HUB_TEST_KEEP is set.
    private static let isKept = ProcessInfo.processInfo.environment["HUB_TEST_KEEP"] != nil

    /// The data folder of the hubs.
    package var data: String { path + "/data" }

    /// Remembers a hub, to be ended with the folder.
    func register(_ pid: pid_t) throws {
        guard let file = fopen(path + "/pids", "ae") else {
            throw ProcessFailure("\(path)/pids can't be written")
        }
        fputs("\(pid)\n", file)
        fclose(file)
    }

    /// The process id of the private cluster's postmaster; nil when there is none.
    package var postmaster: pid_t? {
        guard
            let text = try? String(
                contentsOfFile: data + "/postgres/postmaster.pid", encoding: .utf8),
            let pid = text.split(separator: "\n").first.flatMap({ pid_t($0) }), kill(pid, 0) == 0
        else { return nil }
        return pid
    }

    /// The folder of the private cluster's socket; nil when it does not run.
    package var socketFolder: String? {
        let text = try? String(contentsOfFile: data + "/postgres/postmaster.pid", encoding: .utf8)
        guard let lines = text?.split(separator: "\n", omittingEmptySubsequences: false),
            lines.count >= 5, !lines[4].isEmpty
        else { return nil }
        return String(lines[4])
    }

    /// Ends the hubs and the cluster, and removes all; kept with HUB_TEST_KEEP=1.
    package func close() {
        let wasClosed = isClosed.withLock { closed in
            defer { closed = true }
            return closed
        }
        guard !wasClosed else { return }
        let pids = (try? String(contentsOfFile: path + "/pids", encoding: .utf8)) ?? ""
        for pid in pids.split(separator: "\n").compactMap({ pid_t($0) })
        where HubProgram.isRunning(pid) {
            kill(pid, SIGKILL)
        }
        if let server = postmaster, let socketFolder {
            kill(server, SIGQUIT)
            // An ended process may lie there until somebody takes its exit code: it has no program.
            try? waitUntil("Postgres ends") { HubProgram.name(of: server) == nil }
            rmdir(socketFolder)
        }
        guard !HubFolder.isKept else { return }
        try? FileManager.default.removeItem(atPath: path)
    }
}

/// The program under test.
package enum HubProgram {
    /// The built program: beside the running tests, or named by HUB_TEST_PROGRAM.
    package static let path: String = {
        if let path = ProcessInfo.processInfo.environment["HUB_TEST_PROGRAM"] { return path }
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
        return ((tests ?? "") as NSString).deletingLastPathComponent + "/hub"
    }()

    /// Whether a process is one of this program, and not another that got its id.
    static func isRunning(_ pid: pid_t) -> Bool { name(of: pid) == path }

    /// The program that a process runs; nil when it has ended.
    static func name(of pid: pid_t) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
    }
}
