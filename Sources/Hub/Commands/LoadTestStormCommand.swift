// `hub loadtest storm` and `hub loadtest slow`: what happens to the others when many come back at
// once, and when some never read.

import ArgumentParser
import LoadTest

/// `hub loadtest storm`.
struct LoadTestStormCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storm",
        abstract: "Open all streams at once behind an old place, and see each catch up.")

    @OptionGroup var arguments: LoadTestArguments

    @Option(name: [.customShort("n"), .customLong("count")], help: "Streams.")
    var streamCount = 15_000

    @Option(help: "sse or ws.")
    var transport = StreamTransport.serverSentEvents

    @Option(help: "Events that each stream is behind.")
    var behind = 1_000

    @Option(help: "Events to publish a second, before and meanwhile.")
    var rate = 100.0

    @Option(help: "Seconds that writers are measured before.")
    var calm = 5.0

    @Option(help: "Bytes of each published payload.")
    var payloadBytes = 200

    @Option(help: "Streams to open at a time.")
    var opening = 1_024

    @Flag(name: .customLong("idle-readers"), help: "Read only when nobody else wants a processor.")
    var areReadersIdle = false

    mutating func run() throws {
        try arguments.finish {
            var options = StormOptions(target: try LoadTestTarget(url: arguments.url))
            options.subscribers.token = arguments.givenToken
            options.subscribers.streamCount = streamCount
            options.subscribers.transport = transport
            options.subscribers.pace = .rate(perSecond: rate)
            options.subscribers.payloadBytes = payloadBytes
            options.subscribers.openingMax = opening
            options.subscribers.serverProcess = arguments.serverProcess
            options.behind = behind
            options.calmSeconds = calm
            options.areReadersIdle = areReadersIdle
            options.catchUpSecondsMax = arguments.givenSeconds ?? options.catchUpSecondsMax
            let report = try StormScenario.run(options) { arguments.show($0.text) }
            return (report.text, report.json, report.isClean)
        }
    }
}

/// `hub loadtest slow`.
struct LoadTestSlowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "slow",
        abstract: "Open readers that never read, and see what they cost the others.")

    @OptionGroup var arguments: LoadTestArguments

    @Option(name: [.customShort("n"), .customLong("count")], help: "Streams that read.")
    var streamCount = 100

    @Option(help: "Streams that never read.")
    var slow = 1_000

    @Option(help: "sse or ws.")
    var transport = StreamTransport.serverSentEvents

    @Option(help: "Events to publish a second.")
    var rate = 200.0

    @Option(help: "Bytes of each published payload.")
    var payloadBytes = 200

    mutating func run() throws {
        try arguments.finish {
            var options = SlowOptions(target: try LoadTestTarget(url: arguments.url))
            options.subscribers.token = arguments.givenToken
            options.subscribers.streamCount = streamCount
            options.subscribers.transport = transport
            options.subscribers.pace = .rate(perSecond: rate)
            options.subscribers.payloadBytes = payloadBytes
            options.subscribers.durationSeconds = arguments.givenSeconds ?? 60
            options.subscribers.serverProcess = arguments.serverProcess
            options.slowCount = slow
            let report = try SlowScenario.run(options) { arguments.show($0.text) }
            return (report.text, report.json, report.isClean)
        }
    }
}
