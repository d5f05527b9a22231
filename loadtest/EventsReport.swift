// What a run of reported events came to, for people and for scripts.

import Wire

/// The state of a run once a second.
package struct EventsProgress: Sendable {
    package var seconds: Int
    package var answeredPerSecond: Int
    package var lagPositions: Int
    package var lagMilliseconds: Int
    package var failures: Int

    /// One line.
    package var text: String {
        "\(seconds) s: \(FixedText.grouped(answeredPerSecond)) events/s, processors "
            + "\(FixedText.grouped(lagPositions)) positions and "
            + "\(FixedText.thousandths(lagMilliseconds)) s behind, \(failures) failed"
    }
}

/// The result of a run.
package struct EventsReport: Equatable, Sendable {
    package var ratePerSecond = 0
    package var batch = 1
    package var published = 0
    package var answered = 0
    package var failures = 0
    package var firstFailure: String?
    /// From the first event that was due to the last answer.
    package var spanMilliseconds = 0
    package var eventsPerSecond = 0
    /// From the moment a request was due to its answer.
    package var latency = LatencySummary()
    /// How far the last of the processors was behind at worst.
    package var lagPositionsMax = 0
    package var lagMillisecondsMax = 0
    /// From the last answer until no processor had anything left to do; nil: it was not to be.
    package var drainMilliseconds: Int?
    /// How far the log went on in all.
    package var logGrowth = 0
    package var sampled = 0
    /// Sampled events with a branch that is not done.
    package var unfinished = 0
    package var deadLetters = 0
    package var loadProcessorPercent = 0
    /// The server's share of one core; nil when it was not watched.
    package var serverProcessorPercent: Int?
    /// The server's own memory before the first event, after the last answer and at rest.
    package var serverBytes: [Int] = []

    package init() {}

    /// Whether each event was taken and each branch of it finished.
    package var isClean: Bool {
        published > 0 && answered == published && failures == 0 && drainMilliseconds != nil
            && unfinished == 0 && deadLetters == 0 && logGrowth >= published
    }

    /// A few lines for people.
    package var text: String {
        let drained = drainMilliseconds.map { "\(FixedText.thousandths($0)) s" } ?? "never"
        var lines = [
            "published    \(FixedText.grouped(published)) events, \(batch) a request, "
                + "\(FixedText.grouped(ratePerSecond))/s due; "
                + "\(FixedText.grouped(answered)) answered, \(failures) failed",
            "throughput   \(FixedText.grouped(eventsPerSecond)) events/s over "
                + "\(FixedText.thousandths(spanMilliseconds)) s",
            "latency      \(latency.text)",
            "processors   at worst \(FixedText.grouped(lagPositionsMax)) positions and "
                + "\(FixedText.thousandths(lagMillisecondsMax)) s behind, done \(drained) after "
                + "the last answer, \(deadLetters) dead letters",
            "log          \(FixedText.grouped(logGrowth)) events in all",
            "branches     \(sampled) events looked at, \(unfinished) not finished",
            "load         \(loadProcessorPercent) % of a core",
        ]
        if let serverProcessorPercent {
            lines.append("server       \(serverProcessorPercent) % of a core")
        }
        if !serverBytes.isEmpty {
            let megabytes = serverBytes.map { "\($0 >> 20)" }.joined(separator: ", ")
            lines.append("memory       \(megabytes) MiB before, after the last answer, at rest")
        }
        if let firstFailure { lines.append("first failure: \(firstFailure)") }
        return lines.joined(separator: "\n")
    }

    /// One line of JSON.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("scenario")
        writer.string("events")
        for (name, value) in numbers {
            writer.name(text: name)
            if let value { writer.integer(value) } else { writer.null() }
        }
        writer.name("server_bytes")
        writer.beginArray()
        for bytes in serverBytes { writer.integer(bytes) }
        writer.endArray()
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
            ("rate_per_s", ratePerSecond), ("batch", batch), ("published", published),
            ("answered", answered), ("failed", failures), ("span_ms", spanMilliseconds),
            ("events_per_s", eventsPerSecond), ("lag_positions_max", lagPositionsMax),
            ("lag_max_ms", lagMillisecondsMax), ("drain_ms", drainMilliseconds),
            ("log_growth", logGrowth), ("sampled", sampled), ("unfinished", unfinished),
            ("dead_letters", deadLetters), ("load_cpu_percent", loadProcessorPercent),
            ("server_cpu_percent", serverProcessorPercent),
        ]
    }
}
