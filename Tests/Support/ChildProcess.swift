// Processes that tests start, by posix_spawn. Not Foundation's `Process`: it waits for every
// process that inherited its pipes, so for ever when a server is left running. Output goes to
// files. Whoever has ended is waited for at once, even if nobody asks: exit tests look at whatever
// child has ended first, and one that nobody waits for would keep them from their own.

import CLinux
import Foundation
import Synchronization

/// A process of this test process.
package struct ChildProcess: Sendable {
    /// Its process id.
    package let pid: pid_t

    /// Starts a program; the environment is given whole, and output goes to the end of a file.
    package init(
        _ words: [String], environment: [String: String] = ChildProcess.plainEnvironment,
        output: String = "/dev/null", input: String = "/dev/null"
    ) throws {
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        var variables: [UnsafeMutablePointer<CChar>?] = environment.map { strdup("\($0)=\($1)") }
        variables.append(nil)
        defer { for text in arguments + variables { free(text) } }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(
            &actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // Dispatch's threads block signals, and a child would inherit that.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var nothing = sigset_t()
        sigemptyset(&nothing)
        posix_spawnattr_setsigmask(&attributes, &nothing)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var child: pid_t = 0
        let code = posix_spawnp(&child, words[0], &actions, &attributes, arguments, variables)
        guard code == 0 else {
            throw ProcessFailure("\(words[0]) can't be started: \(String(cString: strerror(code)))")
        }
        pid = child
        EndedChildren.shared.add(child)
    }

    /// What every process needs, and no setting of the hub.
    package static var plainEnvironment: [String: String] {
        var environment = ProcessInfo.processInfo.environment
        for name in environment.keys
        where name.hasPrefix("HUB_") || name.hasPrefix("PG") || name == "DATABASE_URL" {
            environment[name] = nil
        }
        return environment
    }

    /// Sends a signal.
    package func signal(_ number: Int32) {
        EndedChildren.shared.signal(pid, number)
    }

    /// The exit code when it has ended (128 + n after signal n), and nil while it runs.
    package func exitCode() -> Int32? { EndedChildren.shared.exitCode(pid) }

    /// Waits for the end and says the exit code.
    package func waitForExit(timeoutSeconds: Double) throws -> Int32 {
        var code: Int32?
        try waitUntil("process \(pid) ends", timeoutSeconds: timeoutSeconds) {
            code = exitCode()
            return code != nil
        }
        return code ?? -1
    }

    /// Runs a program to its end: its exit code and all that it printed.
    package static func run(
        _ words: [String], environment: [String: String] = ChildProcess.plainEnvironment,
        timeoutSeconds: Double = 60
    ) throws -> (exitCode: Int32, output: String) {
        let path = "/tmp/hub-test-output-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        defer { unlink(path) }
        let child = try ChildProcess(words, environment: environment, output: path)
        let code = try child.waitForExit(timeoutSeconds: timeoutSeconds)
        return (code, (try? String(contentsOfFile: path, encoding: .utf8)) ?? "")
    }
}

/// The exit codes of processes that were started; a thread of its own waits for them.
private final class EndedChildren: Sendable {
    static let shared = EndedChildren()

    /// By process id; nil while it runs.
    private let codes = Mutex<[pid_t: Int32?]>([:])

    private init() {
        Thread.detachNewThread {
            while true {
                usleep(20_000)
                EndedChildren.shared.codes.withLock { codes in
                    for pid in codes.keys { _ = EndedChildren.code(pid, &codes) }
                }
            }
        }
    }

    func add(_ pid: pid_t) { codes.withLock { $0[pid] = .some(nil) } }

    func exitCode(_ pid: pid_t) -> Int32? {
        codes.withLock { EndedChildren.code(pid, &$0) }
    }

    /// Nobody else gets the signal who has the id now.
    func signal(_ pid: pid_t, _ number: Int32) {
        codes.withLock { codes in
            if EndedChildren.code(pid, &codes) == nil { _ = kill(pid, number) }
        }
    }

    private static func code(_ pid: pid_t, _ codes: inout [pid_t: Int32?]) -> Int32? {
        if let known = codes[pid], let code = known { return code }
        var code: Int32 = 0
        guard lx_wait_child(pid, &code) != 0 else { return nil }
        codes[pid] = code
        return code
    }
}

/// A process did not do what a test needs.
package struct ProcessFailure: Error, CustomStringConvertible {
    /// What went wrong, with what the process printed last.
    package let description: String

    /// A failure in words.
    package init(_ description: String) {
        self.description = description
    }
}
