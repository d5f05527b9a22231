// `hub loadtest burst`: how fast one burst is put into many sockets whose readers sleep.

import ArgumentParser
import LoadTest

/// `hub loadtest burst`.
struct LoadTestBurstCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "burst",
        abstract: "Publish bursts to readers that sleep, and see how fast the hub sends them.")

    @OptionGroup var arguments: LoadTestArguments

    @Option(name: [.customShort("n"), .customLong("count")], help: "Streams.")
    var streamCount = 10_000

    @Option(help: "sse or ws.")
    var transport = StreamTransport.serverSentEvents

    @Option(help: "Bursts.")
    var bursts = 9

    @Option(help: "Events of a burst.")
    var events = 16

    @Option(help: "Milliseconds that readers sleep after a burst.")
    var sleep: UInt32 = 700

    @Option(help: "Bytes of each published payload.")
    var payloadBytes = 200

    mutating func run() throws {
        try arguments.finish {
            var options = BurstOptions(target: try LoadTestTarget(url: arguments.url))
            options.subscribers.token = arguments.givenToken
            options.subscribers.streamCount = streamCount
            options.subscribers.transport = transport
            options.subscribers.payloadBytes = payloadBytes
            options.burstCount = bursts
            options.eventCount = events
            options.sleepMilliseconds = sleep
            let report = try BurstScenario.run(options) { arguments.show($0) }
            return (report.text, report.json, report.isClean)
        }
    }
}
