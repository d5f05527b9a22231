// What a resume storm came to, for people and for scripts.

import Wire

/// The result of a run.
package struct StormReport: Equatable, Sendable {
    package var transport = StreamTransport.serverSentEvents
    package var streamCount = 0
    /// How many events each stream was behind.
    package var behind = 0
    package var refused = 0
    package var closedEarly = 0
    /// Streams that had everything up to the start of the storm when catching up ended.
    package var caughtUp = 0
    /// Streams that had everything at the end.
    package var complete = 0
    /// From the first connect until the last stream had caught up.
    package var catchUpMilliseconds = 0
    /// Events received a second meanwhile.
    package var eventsPerSecond = 0
    package var published = 0
    package var publishFailures = 0
    package var missing = 0
    package var repeats = 0
    package var gapFrames = 0
    package var malformedFrames = 0
    package var firstFailure: String?
    /// The writers' answers before the storm, and during it.
    package var writersCalm = LatencySummary()
    package var writersStorm = LatencySummary()
    /// What the server used during the storm; nil when it was not watched.
    package var serverProcessorMilliseconds: Int?
    package var serverGrowthBytes: Int?

    package init() {}

    /// Whether every stream caught up and got each event once and in order.
    package var isClean: Bool {
        refused == 0 && closedEarly == 0 && publishFailures == 0 && missing == 0 && repeats == 0
            && gapFrames == 0 && malformedFrames == 0 && caughtUp == streamCount
            && complete == streamCount
    }

    /// A few lines for people.
    package var text: String {
        var lines = [
            "storm        \(FixedText.grouped(streamCount)) \(transport.rawValue) streams, each "
                + "\(FixedText.grouped(behind)) events behind; \(refused) refused, "
                + "\(closedEarly) closed early",
            "caught up    \(FixedText.grouped(caughtUp)) after "
                + "\(FixedText.thousandths(catchUpMilliseconds)) s, "
                + "\(FixedText.grouped(eventsPerSecond)) events/s; "
                + "\(FixedText.grouped(complete)) complete at the end",
            "order        \(missing) missing, \(repeats) repeated, \(gapFrames) gaps declared, "
                + "\(malformedFrames) malformed",
            "writers      before: \(writersCalm.text)",
            "             during: \(writersStorm.text)",
            "published    \(FixedText.grouped(published)) events, \(publishFailures) failed",
        ]
        if let serverProcessorMilliseconds, let serverGrowthBytes {
            lines.append(
                "server       \(FixedText.thousandths(serverProcessorMilliseconds)) s of a core, "
                    + "\(FixedText.grouped(serverGrowthBytes)) bytes more memory")
        }
        if let firstFailure { lines.append("first failure: \(firstFailure)") }
        return lines.joined(separator: "\n")
    }

    /// One line of JSON.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("scenario")
        writer.string("storm")
        writer.name("transport")
        writer.string(transport.rawValue)
        for (name, value) in numbers {
            writer.name(text: name)
            if let value { writer.integer(value) } else { writer.null() }
        }
        writer.name("writers_calm")
        writersCalm.write(to: &writer)
        writer.name("writers_storm")
        writersStorm.write(to: &writer)
        writer.name("first_failure")
        if let firstFailure { writer.string(firstFailure) } else { writer.null() }
        writer.name("clean")
        writer.bool(isClean)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private var numbers: [(String, Int?)] {
        [
            ("streams", streamCount), ("behind", behind), ("refused", refused),
            ("closed_early", closedEarly), ("caught_up", caughtUp), ("complete", complete),
            ("catch_up_ms", catchUpMilliseconds), ("events_per_s", eventsPerSecond),
            ("published", published), ("publish_failures", publishFailures),
            ("missing", missing), ("repeats", repeats), ("gap_frames", gapFrames),
            ("malformed_frames", malformedFrames),
            ("server_cpu_ms", serverProcessorMilliseconds),
            ("server_growth_bytes", serverGrowthBytes),
        ]
    }
}
