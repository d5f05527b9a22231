// A hub that a whole suite shares: started before its first test, ended after its last. And how the
// tests speak to it: each request over a connection of its own unless a test wants otherwise.

import Foundation
import Support
import Synchronization
import Testing

/// Tests of a hub that is used, one after another: they share two cores and measure time.
@Suite(.serialized) enum EndToEnd {}

/// Tests of hubs that are started, stopped, replaced, killed and loaded, one after another.
///
/// They wait for the most part, so they run beside the others.
@Suite(.serialized) enum Upheaval {}

/// A running hub and a token for everything.
final class RunningHub: Sendable {
    @TaskLocal private static var inScope: RunningHub?

    /// The hub of the suite that runs.
    static func current() throws -> RunningHub { try #require(inScope) }

    let port: Int
    let folder: HubFolder
    /// What it was started with.
    let settings: [String: String]

    init(_ process: HubProcess, port: Int? = nil) {
        self.port = port ?? process.port
        folder = process.folder
        settings = process.environment
    }

    /// A token of a subject that may do everything.
    var admin: String { TokenSigner.shared.token(subject: "root", roles: ["admin"]) }

    /// Runs tests with it.
    func provide(_ function: @Sendable () async throws -> Void) async throws {
        try await RunningHub.$inScope.withValue(self) { try await function() }
    }
}

/// Gives a suite its hub.
struct RunningHubTrait: SuiteTrait, TestScoping {
    let settings: [String: String]

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        let folder = try HubFolder()
        let process = try HubProcess(folder, settings: settings)
        try await RunningHub(process).provide(function)
        process.terminate()
        let code = try process.waitForExit()
        #expect(code == 0, "the hub ended with \(code): \(process.log.suffix(2000))")
        #expect(process.line(with: "\"log.level\":\"error\"") == nil)
        folder.close()
    }
}

extension Trait where Self == RunningHubTrait {
    /// A hub for the suite, with the tests' secret and these settings.
    static func hub(_ settings: [String: String] = [:]) -> Self {
        RunningHubTrait(
            settings: ["HUB_JWT_SECRET": TokenSigner.shared.secret].merging(settings) { $1 })
    }
}

// MARK: - Requests

extension RunningHub {
    /// A client with a connection of its own.
    func client(_ token: String? = nil) -> TestClient {
        TestClient(port: port, token: token ?? admin)
    }

    /// One request over a new connection.
    @discardableResult
    func ask(
        _ method: String, _ target: String, _ body: String? = nil, headers: [String: String] = [:],
        token: String? = nil
    ) throws -> TestResponse {
        try client(token).request(
            method, target, headers: headers.map { ($0.key, $0.value) }, body: body)
    }

    /// `GET`.
    func get(
        _ target: String, headers: [String: String] = [:], token: String? = nil
    ) throws
        -> TestResponse
    {
        try ask("GET", target, headers: headers, token: token)
    }

    /// `POST` of JSON.
    @discardableResult
    func post(
        _ target: String, _ body: String, headers: [String: String] = [:], token: String? = nil
    ) throws -> TestResponse {
        try ask("POST", target, body, headers: headers, token: token)
    }

    /// Makes a lead and gives its id.
    func makeLead(_ body: String = Sample.lead()) throws -> String {
        let reply = try post("/crm/leads", body)
        #expect(reply.status == 201, "\(reply.text)")
        return try #require(reply.json["id"].string)
    }

    /// Events of the log, oldest first.
    func history(_ query: String) throws -> [JSON] {
        try get("/events?\(query)&order=asc", headers: ["Accept": "application/json"])
            .json["data"].array
    }

    /// The id of the log's last event.
    func head() throws -> String {
        let reply = try get("/events?limit=1", headers: ["Accept": "application/json"])
        return try #require(reply.json["head"].string)
    }

    /// Asks from so many threads at once, each with its number.
    func concurrently(
        _ count: Int, _ ask: @escaping @Sendable (RunningHub, Int) throws -> TestResponse
    ) throws -> [TestResponse] {
        let replies = Mutex<[Result<TestResponse, any Error>]>([])
        let threads = (0..<count).map { number in
            TestThread {
                let reply = Result { try ask(self, number) }
                replies.withLock { $0.append(reply) }
            }
        }
        for thread in threads { thread.join() }
        return try replies.withLock { try $0.map { try $0.get() } }
    }
}

// MARK: - The process

extension RunningHub {
    /// The memory that it holds.
    func residentKilobytes() throws -> Int {
        let pids = try String(contentsOfFile: folder.path + "/pids", encoding: .utf8)
        let pid = try #require(pids.split(separator: "\n").last)
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(line.split(separator: " ").dropLast().last.flatMap { Int($0) })
    }
}

// MARK: - The database

extension RunningHub {
    /// The rows of a query on the hub's own database, each value as text.
    @discardableResult
    func query(_ statement: String) throws -> [[String]] {
        let host = try #require(folder.socketFolder)
        let (code, output) = try ChildProcess.run([
            "psql", "--host=\(host)", "--username=hub", "--dbname=hub", "--no-psqlrc",
            "--tuples-only",
            "--no-align", "--field-separator=\u{1F}", "--set=ON_ERROR_STOP=1", "--command",
            statement,
        ])
        guard code == 0 else { throw ProcessFailure(output) }
        return output.split(separator: "\n").map {
            $0.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init)
        }
    }
}

extension TestResponse {
    var json: JSON { JSON(body) }

    /// Where the created thing is.
    func location() throws -> String { try #require(header("Location"), "\(status) \(text)") }

    /// Checks that this is the problem that is documented, whole (RFC 9457).
    func expectProblem(
        _ status: Int, _ code: String, field: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let problem = json
        #expect(self.status == status, "\(text)", sourceLocation: sourceLocation)
        #expect(problem["code"].string == code, "\(text)", sourceLocation: sourceLocation)
        if let field {
            #expect(problem["field"].string == field, "\(text)", sourceLocation: sourceLocation)
        }
        #expect(
            header("Content-Type") == "application/problem+json", sourceLocation: sourceLocation)
        #expect(problem["status"].int == self.status, sourceLocation: sourceLocation)
        let registered = "https://iana.org/assignments/http-problem-types#quota-exceeded"
        #expect(
            problem["type"].string == (code == "rate_limited" ? registered : "/problems/" + code),
            sourceLocation: sourceLocation)
        let texts = [problem["title"].string, problem["detail"].string]
        #expect(texts.allSatisfy { $0?.isEmpty == false }, sourceLocation: sourceLocation)
        let trace = try #require(problem["trace_id"].string, sourceLocation: sourceLocation)
        #expect(
            trace.wholeMatch(of: /[0-9a-f]{32}/) != nil, "\(trace)", sourceLocation: sourceLocation)
    }
}
