// What a run of commands came to, for people and for scripts.

import Wire

/// The state of a run once a second.
package struct CommandsProgress: Sendable {
    package var seconds: Int
    package var answered: Int
    package var answersPerSecond: Int
    package var failures: Int

    /// One line.
    package var text: String {
        "\(seconds) s: \(FixedText.grouped(answersPerSecond)) commands/s, "
            + "\(FixedText.grouped(answered)) answered, \(failures) failed"
    }
}

/// The result of a run.
package struct CommandsReport: Equatable, Sendable {
    /// Which commands were sent: `commands` are leads.
    package var scenario = "commands"
    /// What each email and key began with.
    package var runName = ""
    package var inFlight = 0
    package var connections = 0
    package var sent = 0
    /// How often each status was answered.
    package var statuses: [Int: Int] = [:]
    /// Commands whose connection ended before their answer.
    package var lost = 0
    package var reconnects = 0
    /// From the first command to the last answer.
    package var spanMilliseconds = 0
    package var commandsPerSecond = 0
    /// What the model had learned before the first decision; nil when none was asked for.
    package var modelVersion: Int?
    package var latency = LatencySummary()
    package var firstFailure: String?
    /// The load's own share of one core, in percent.
    package var loadProcessorPercent = 0
    /// The server's share of one core; nil when it was not watched.
    package var serverProcessorPercent: Int?

    package init() {}

    /// Commands that were answered.
    package var answered: Int { statuses.values.reduce(0, +) }
    /// Commands that were done: answered by 2xx.
    package var succeeded: Int {
        statuses.reduce(0) { $0 + ((200...299).contains($1.key) ? $1.value : 0) }
    }
    /// Whether each command was done.
    package var isClean: Bool { sent > 0 && succeeded == sent }

    /// A few lines for people.
    package var text: String {
        let counts = statuses.sorted { $0.key < $1.key }
            .map { "\($0.key): \(FixedText.grouped($0.value))" }.joined(separator: ", ")
        var lines = [
            "\(padded) \(FixedText.grouped(sent)) sent as \(runName), \(inFlight) in flight "
                + "over \(connections) connections, \(FixedText.thousandths(spanMilliseconds)) s",
            "answers      \(counts.isEmpty ? "none" : counts); \(lost) lost, "
                + "\(reconnects) reconnects",
            "throughput   \(FixedText.grouped(commandsPerSecond)) \(scenario)/s done",
            "latency      \(latency.text)",
            "load         \(loadProcessorPercent) % of a core",
        ]
        if let serverProcessorPercent {
            lines.append("server       \(serverProcessorPercent) % of a core")
        }
        if let modelVersion { lines.append("model        version \(modelVersion)") }
        if let firstFailure { lines.append("first failure: \(firstFailure)") }
        return lines.joined(separator: "\n")
    }

    /// One line of JSON.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("scenario")
        writer.string(scenario)
        writer.name("run")
        writer.string(runName)
        for (name, value) in numbers {
            writer.name(text: name)
            if let value { writer.integer(value) } else { writer.null() }
        }
        writer.name("statuses")
        writer.beginObject()
        for (status, count) in statuses.sorted(by: { $0.key < $1.key }) {
            writer.name(text: String(status))
            writer.integer(count)
        }
        writer.endObject()
        writer.name("latency")
        latency.write(to: &writer)
        writer.name("first_failure")
        if let firstFailure { writer.string(firstFailure) } else { writer.null() }
        writer.name("clean")
        writer.bool(isClean)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private var numbers: [(String, Int?)] {
        [
            ("in_flight", inFlight), ("connections", connections), ("sent", sent),
            ("answered", answered), ("succeeded", succeeded), ("lost", lost),
            ("reconnects", reconnects), ("span_ms", spanMilliseconds),
            ("commands_per_s", commandsPerSecond), ("load_cpu_percent", loadProcessorPercent),
            ("server_cpu_percent", serverProcessorPercent), ("model_version", modelVersion),
        ]
    }

    private var padded: String {
        scenario + String(repeating: " ", count: max(0, 12 - scenario.utf8.count))
    }
}
