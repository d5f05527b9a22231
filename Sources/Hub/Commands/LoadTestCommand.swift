// `hub loadtest`: the load tester's command line. Progress goes to the error output and the report
// to the output, so that a script can read the one and a person follow the other.

import ArgumentParser
import Glibc
import LoadTest

/// `hub loadtest subscribers | commands | events | decisions | storm | slow | burst | mix`.
struct LoadTestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loadtest",
        abstract: "Put load on a hub of this machine and report what it did.",
        discussion: """
            Exits with 0 when every stream and command came through whole and in order, with 1 \
            when some did not, and with 2 when the test could not run.
            """,
        subcommands: [
            LoadTestSubscribersCommand.self, LoadTestCommandsCommand.self,
            LoadTestEventsCommand.self, LoadTestDecisionsCommand.self,
            LoadTestStormCommand.self, LoadTestSlowCommand.self,
            LoadTestBurstCommand.self, LoadTestMixCommand.self,
        ])
}

/// What both scenarios take.
struct LoadTestArguments: ParsableArguments {
    @Option(help: "The hub, on a loopback address.")
    var url = "http://127.0.0.1:8005"

    @Option(help: "The bearer token (environment: HUB_TOKEN).")
    var token: String?

    @Option(name: .customLong("duration"), help: "Seconds of load (default: 10; events: 60).")
    var givenSeconds: Double?

    @Option(name: .customLong("server-pid"), help: "The hub's process, to report what it used.")
    var serverProcess: Int32?

    @Flag(help: "Report one line of JSON.")
    var json = false

    @Flag(help: "Show no progress.")
    var quiet = false

    /// How long load is put on.
    var durationSeconds: Double { givenSeconds ?? 10 }

    /// The token of the command line, or else of the environment.
    var givenToken: String? {
        if let token { return token }
        guard let value = unsafe getenv("HUB_TOKEN") else { return nil }
        return unsafe String(cString: value)
    }

    /// Shows a line of progress.
    func show(_ line: String) {
        if !quiet { LoadTestArguments.printError(line) }
    }

    /// Runs a scenario, prints its report and exits with what it came to.
    func finish(_ run: () throws -> (text: String, json: String, isClean: Bool)) throws {
        do {
            let report = try run()
            print(json ? report.json : report.text)
            if !report.isClean { throw ExitCode(1) }
        } catch let error as LoadTestError {
            LoadTestArguments.printError("hub loadtest: \(error)")
            throw ExitCode(2)
        }
    }

    private static func printError(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
    }
}

/// `hub loadtest subscribers`.
struct LoadTestSubscribersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribers",
        abstract: "Open many event streams, publish, and check that each gets everything.")

    @OptionGroup var arguments: LoadTestArguments

    @Option(name: [.customShort("n"), .customLong("count")], help: "Streams.")
    var streamCount = 1_000

    @Option(help: "sse or ws.")
    var transport = StreamTransport.serverSentEvents

    @Option(help: "Path and query of the streams (default: /events or /ws).")
    var path: String?

    @Option(help: "Events to publish a second; 0 publishes none.")
    var rate = 10.0

    @Option(help: "Publish as fast as possible, with so many events not yet delivered to all.")
    var window: Int?

    @Option(help: "Bytes of each published payload.")
    var payloadBytes = 200

    @Option(help: "Connections to publish over.")
    var publishConnections = 4

    @Option(help: "Streams to open at a time.")
    var opening = 64

    @Option(help: "Different filters, in turn, each wanting all that is published.")
    var filters = 0

    @Option(name: .customLong("tls-port"), help: "Port to open the streams at with TLS.")
    var tlsPort: UInt16?

    @Flag(help: "WebSockets ask for compression.")
    var compressed = false

    @Flag(name: .customLong("foreign-ids"), help: "Ids are of another server: don't read them.")
    var hasForeignIDs = false

    mutating func run() throws {
        try arguments.finish {
            var options = SubscribersOptions(target: try LoadTestTarget(url: arguments.url))
            options.token = arguments.givenToken
            options.streamCount = streamCount
            options.transport = transport
            options.path = path
            options.durationSeconds = arguments.durationSeconds
            options.pace = rate == 0 ? .none : .rate(perSecond: rate)
            if let window { options.pace = .window(events: window) }
            options.payloadBytes = payloadBytes
            options.publishConnections = publishConnections
            options.openingMax = opening
            options.isCompressed = compressed
            options.tlsPort = tlsPort
            options.filterCount = filters
            options.hasForeignIDs = hasForeignIDs
            options.serverProcess = arguments.serverProcess
            let report = try SubscribersScenario.run(options) { arguments.show($0.text) }
            return (report.text, report.json, report.isClean)
        }
    }
}

/// `hub loadtest commands`.
struct LoadTestCommandsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "commands",
        abstract: "Create leads as fast as the hub stores them, and report the latencies.")

    @OptionGroup var arguments: LoadTestArguments

    @Option(help: "Commands without an answer, over all connections.")
    var inFlight = 256

    @Option(help: "Connections.")
    var connections = 32

    @Option(help: "Commands to send at most.")
    var count: Int?

    @Option(name: .customLong("run"), help: "What emails and keys begin with (default: random).")
    var runName: String?

    mutating func run() throws {
        try arguments.finish {
            var options = CommandsOptions(target: try LoadTestTarget(url: arguments.url))
            options.token = arguments.givenToken
            options.inFlight = inFlight
            options.connections = connections
            options.count = count
            options.runName = runName
            options.durationSeconds = arguments.durationSeconds
            options.serverProcess = arguments.serverProcess
            let report = try CommandsScenario.run(options) { arguments.show($0.text) }
            return (report.text, report.json, report.isClean)
        }
    }
}

/// `hub loadtest events`.
struct LoadTestEventsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "Report events at a fixed rate, and see that all that follows is done.")

    @OptionGroup var arguments: LoadTestArguments

    @Option(help: "Events a second.")
    var rate = 2_000.0

    @Option(help: "Events of one request; more than 1 makes arrays.")
    var batch = 1

    @Option(help: "Connections.")
    var connections = 4

    @Option(help: "Bytes of each payload.")
    var payloadBytes = 200

    @Option(help: "Type of the events; no rule acts on the usual one.")
    var type = "loadtest_event"

    @Option(help: "Events that are looked at one by one afterwards.")
    var sample = 200

    @Option(name: .customLong("drain"), help: "Seconds that the processors may need at the end.")
    var drainSeconds = 120.0

    mutating func run() throws {
        try arguments.finish {
            var options = EventsOptions(target: try LoadTestTarget(url: arguments.url))
            options.token = arguments.givenToken
            options.durationSeconds = arguments.givenSeconds ?? options.durationSeconds
            options.serverProcess = arguments.serverProcess
            options.rate = rate
            options.batch = batch
            options.connections = connections
            options.payloadBytes = payloadBytes
            options.eventType = type
            options.sampleCount = sample
            options.drainSecondsMax = drainSeconds
            let report = try EventsScenario.run(options) { arguments.show($0.text) }
            return (report.text, report.json, report.isClean)
        }
    }
}

/// `hub loadtest decisions`.
struct LoadTestDecisionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "decisions",
        abstract: "Ask for decisions as fast as the hub gives them, and report the latencies.")

    @OptionGroup var arguments: LoadTestArguments

    @Option(help: "Decisions without an answer, over all connections.")
    var inFlight = 64

    @Option(help: "Connections.")
    var connections = 16

    @Option(help: "Decisions to ask for at most.")
    var count: Int?

    @Option(help: "Decisions that are rewarded beforehand, so that the model has learned.")
    var lessons = 200

    mutating func run() throws {
        try arguments.finish {
            var options = CommandsOptions(target: try LoadTestTarget(url: arguments.url))
            options.command = .decision(lessons: lessons)
            options.token = arguments.givenToken
            options.inFlight = inFlight
            options.connections = connections
            options.count = count
            options.durationSeconds = arguments.durationSeconds
            options.serverProcess = arguments.serverProcess
            let report = try CommandsScenario.run(options) { arguments.show($0.text) }
            return (report.text, report.json, report.isClean)
        }
    }
}

extension StreamTransport: ExpressibleByArgument {}
