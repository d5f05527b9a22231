// `hub loadtest mix`: everything at once, while the hub may be stopped, killed or replaced.

import ArgumentParser
import LoadTest

/// `hub loadtest mix`.
struct LoadTestMixCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mix",
        abstract: "Readers of every kind that come back, and writers that repeat, all checked.",
        discussion: """
            The hub may be stopped, killed or replaced meanwhile. At the end every reader must \
            have what the log holds of its kind, once and in order, and the log every event once.
            """)

    @OptionGroup var arguments: LoadTestArguments

    @Option(name: [.customShort("n"), .customLong("count")], help: "Readers, of seven kinds.")
    var streamCount = 140

    @Option(help: "Readers that never read, replaced every 20 seconds.")
    var slow = 40

    @Option(help: "Readers to cut off a second.")
    var cuts = 2.0

    @Option(help: "Events to publish a second.")
    var rate = 200.0

    @Option(help: "Bytes of each published payload.")
    var payloadBytes = 200

    @Flag(help: "A connection that is refused, or ends before its answer, fails the run.")
    var strict = false

    mutating func run() throws {
        try arguments.finish {
            var options = MixOptions(target: try LoadTestTarget(url: arguments.url))
            options.token = arguments.givenToken
            options.streamCount = streamCount
            options.slowCount = slow
            options.cutsPerSecond = cuts
            options.rate = rate
            options.payloadBytes = payloadBytes
            options.durationSeconds = arguments.givenSeconds ?? 60
            options.isStrict = strict
            let report = try MixScenario.run(options) { arguments.show($0.text) }
            return (report.text, report.json, report.isClean)
        }
    }
}
