// A running hub: the real program as a process, with its own data folder and port. It can be
// killed, stopped, held up and started again in the same place.

import CLinux
import Foundation

/// One hub of a test; used by one thread.
package final class HubProcess {
    /// Where its data is; several hubs may share it.
    package let folder: HubFolder
    /// The port that it listens on, the same after each start.
    package let port: Int
    /// What it was given by its environment.
    package let environment: [String: String]
    private let arguments: [String]
    private let logPath: String
    private var child: ChildProcess?
    private var logStart = 0
    /// What the line `ready` of the log says, as JSON.
    package private(set) var readyLine = ""

    /// A hub that is started and ready.
    ///
    /// `settings` are environment variables; the rate limit is off and no processor runs unless
    /// they say otherwise, so that the log holds what the test did and nothing else. A private
    /// cluster is copied from one that was made before, unless `copiesCluster` is false.
    package init(
        _ folder: HubFolder, settings: [String: String] = [:], arguments: [String] = [],
        startsNow: Bool = true, copiesCluster: Bool = true, port given: Int? = nil
    ) throws {
        self.folder = folder
        self.arguments = arguments
        port = try given ?? TestPort.free()
        var environment = ChildProcess.plainEnvironment
        environment["HUB_RATE_LIMIT"] = "off"
        environment["HUB_PROCESSORS"] = "none"
        environment["HUB_DATA_DIR"] = folder.data
        environment["HUB_PORT"] = "\(port)"
        self.environment = environment.merging(settings) { $1 }
        // Hubs that share a port, one after another, each have their own log.
        let suffix = given == nil ? "" : "-\(UInt32.random(in: .min ... .max))"
        logPath = folder.path + "/hub-\(port)\(suffix).log"
        let isPrivate = self.environment["DATABASE_URL"] == nil
        if copiesCluster, isPrivate, self.environment["HUB_DATA_DIR"] == folder.data,
            !FileManager.default.fileExists(atPath: folder.data)
        {
            try PreparedCluster.copy(to: folder.data)
        }
        if startsNow { try start() }
    }

    deinit {
        if child != nil { kill() }
    }

    /// The process id while it runs.
    package var pid: pid_t? { child?.pid }

    /// All that it printed since it was first started.
    package var log: String { (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? "" }

    /// Starts it and waits until it is ready.
    package func start(timeoutSeconds: Double = 40) throws {
        try launch()
        try waitUntilReady(timeoutSeconds: timeoutSeconds)
    }

    /// Starts it and does not wait.
    package func launch() throws {
        precondition(child == nil, "it runs already")
        logStart = log.utf8.count
        let started = try ChildProcess(
            [HubProgram.path, "serve"] + arguments, environment: environment, output: logPath)
        child = started
        try folder.register(started.pid)
    }

    /// Waits for the line `ready` of this start.
    package func waitUntilReady(timeoutSeconds: Double = 40) throws {
        try waitUntil(
            "the hub is ready; its log: \(log.suffix(4000))", timeoutSeconds: timeoutSeconds
        ) {
            if let code = child?.exitCode() {
                child = nil
                throw ProcessFailure("the hub ended with \(code); its log: \(log.suffix(4000))")
            }
            guard let line = line(with: "\"event.action\":\"ready\"") else { return false }
            readyLine = line
            return true
        }
    }

    /// The first whole line since the last start that holds a text; nil when there is none yet.
    package func line(with text: String) -> String? {
        let printed = log.utf8.dropFirst(logStart)
        guard let end = printed.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
        return String(decoding: printed[..<end], as: UTF8.self).split(separator: "\n")
            .first { $0.contains(text) }.map(String.init)
    }

    /// `kill -9`, and waits until it is gone.
    package func kill() {
        guard let child else { return }
        child.signal(SIGKILL)
        _ = try? child.waitForExit(timeoutSeconds: 10)
        self.child = nil
    }

    /// Asks it to stop; `waitForExit` then says how it did.
    package func terminate() {
        child?.signal(SIGTERM)
    }

    /// Waits for its end and says the exit code.
    package func waitForExit(timeoutSeconds: Double = 20) throws -> Int32 {
        guard let child else { throw ProcessFailure("it does not run") }
        let code = try child.waitForExit(timeoutSeconds: timeoutSeconds)
        self.child = nil
        return code
    }

    /// Holds it up, as a machine does that stops for a while; it stands still on return.
    ///
    /// The signal goes to one thread, and the others run on until that one has seen it.
    package func pause() throws {
        guard let child else { throw ProcessFailure("it does not run") }
        child.signal(SIGSTOP)
        let tasks = "/proc/\(child.pid)/task"
        try waitUntil("every thread stands still") {
            try FileManager.default.contentsOfDirectory(atPath: tasks).allSatisfy { task in
                let status = try String(contentsOfFile: "\(tasks)/\(task)/status", encoding: .utf8)
                return status.contains("State:\tT")
            }
        }
    }

    /// Lets it go on.
    package func resume() {
        child?.signal(SIGCONT)
    }

    /// A bearer token for this hub.
    package func token(
        for role: String, subject: String = "tester", arguments: [String] = []
    ) throws -> String {
        let (code, output) = try ChildProcess.run(
            [HubProgram.path, "token", "--subject", subject, "--role", role] + arguments,
            environment: environment)
        guard code == 0 else { throw ProcessFailure("hub token ended with \(code): \(output)") }
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// A client of this hub.
    package func client(_ token: String? = nil) -> TestClient {
        TestClient(port: port, token: token)
    }
}
