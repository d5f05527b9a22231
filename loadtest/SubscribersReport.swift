// What a run of subscribers came to, for people and for scripts.

import Wire

/// The state of a run once a second.
package struct SubscribersProgress: Sendable {
    package var seconds: Int
    package var connected: Int
    package var streamCount: Int
    package var published: Int
    package var eventsPerSecond: Int
    package var gaps: Int

    /// One line.
    package var text: String {
        let grouped = FixedText.grouped(eventsPerSecond)
        return "\(seconds) s: \(connected)/\(streamCount) connected, \(grouped) events/s, "
            + "\(published) published, \(gaps) gaps"
    }
}

/// The result of a run.
package struct SubscribersReport: Equatable, Sendable {
    package var transport = StreamTransport.serverSentEvents
    package var streamCount = 0
    package var connected = 0
    /// Streams that were refused or failed before they were open.
    package var refused = 0
    /// Streams that ended before the run did.
    package var closedEarly = 0
    /// The first reason of a refusal, an early end or a failed publish.
    package var firstFailure: String?
    package var connectsPerSecond = 0
    package var published = 0
    /// Publishing requests that were not answered by 2xx.
    package var publishFailures = 0
    /// How late the publisher itself was at worst; what is much here is the load's own fault.
    package var publishLateMaxMicroseconds = 0
    /// Events that streams received, of any origin.
    package var events = 0
    /// Events of this run's publisher that streams received.
    package var deliveries = 0
    package var deliveriesPerSecond = 0
    package var bytesPerEvent = 0
    package var deliveriesPerStreamMin = 0
    package var deliveriesPerStreamMax = 0
    /// Positions that a stream skipped without being told.
    package var missing = 0
    /// Positions that a stream got twice or out of order.
    package var repeats = 0
    /// Gaps that the server declared.
    package var gapFrames = 0
    package var problemFrames = 0
    package var malformedFrames = 0
    package var latency = LatencySummary()
    /// The load's own share of one core while it published, in percent.
    package var loadProcessorPercent = 0
    /// The server's share of one core while it published; nil when it was not watched.
    package var serverProcessorPercent: Int?
    /// What the server delivered in a second of its processor's time.
    package var deliveriesPerServerSecond: Int?
    /// What each stream added to the server's memory.
    package var serverBytesPerStream: Int?

    package init() {}

    /// Whether every stream was opened, stayed open and got each event once and in order.
    package var isClean: Bool {
        refused == 0 && closedEarly == 0 && publishFailures == 0 && missing == 0 && repeats == 0
            && gapFrames == 0 && problemFrames == 0 && malformedFrames == 0
            && (published == 0 || deliveries == published * connected)
    }

    /// A few lines for people.
    package var text: String {
        var lines = [
            "streams      \(connected) of \(streamCount) \(transport.rawValue) connected, "
                + "\(FixedText.grouped(connectsPerSecond)) connects/s, \(refused) refused, "
                + "\(closedEarly) closed early",
            "published    \(FixedText.grouped(published)) events, \(publishFailures) failed, "
                + "at worst \(FixedText.thousandths(publishLateMaxMicroseconds)) ms late",
            "delivered    \(FixedText.grouped(deliveries)) "
                + "(\(FixedText.grouped(deliveriesPerSecond))/s), "
                + "\(deliveriesPerStreamMin) to \(deliveriesPerStreamMax) a stream, "
                + "\(bytesPerEvent) bytes an event",
            "order        \(missing) missing, \(repeats) repeated, \(gapFrames) gaps declared, "
                + "\(problemFrames) problems, \(malformedFrames) malformed",
            "latency      \(latency.text)",
            "load         \(loadProcessorPercent) % of a core",
        ]
        if let serverProcessorPercent, let deliveriesPerServerSecond {
            lines.append(
                "server       \(serverProcessorPercent) % of a core, "
                    + "\(FixedText.grouped(deliveriesPerServerSecond)) deliveries a CPU second")
        }
        if let serverBytesPerStream {
            lines.append("memory       \(serverBytesPerStream) bytes a stream in the server")
        }
        if let firstFailure { lines.append("first failure: \(firstFailure)") }
        return lines.joined(separator: "\n")
    }

    /// One line of JSON.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("scenario")
        writer.string("subscribers")
        writer.name("transport")
        writer.string(transport.rawValue)
        for (name, value) in numbers {
            writer.name(text: name)
            if let value { writer.integer(value) } else { writer.null() }
        }
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
            ("streams", streamCount), ("connected", connected), ("refused", refused),
            ("closed_early", closedEarly), ("connects_per_s", connectsPerSecond),
            ("published", published), ("publish_failures", publishFailures),
            ("publish_late_max_us", publishLateMaxMicroseconds), ("events", events),
            ("deliveries", deliveries), ("deliveries_per_s", deliveriesPerSecond),
            ("bytes_per_event", bytesPerEvent),
            ("deliveries_per_stream_min", deliveriesPerStreamMin),
            ("deliveries_per_stream_max", deliveriesPerStreamMax), ("missing", missing),
            ("repeats", repeats), ("gap_frames", gapFrames), ("problem_frames", problemFrames),
            ("malformed_frames", malformedFrames), ("load_cpu_percent", loadProcessorPercent),
            ("server_cpu_percent", serverProcessorPercent),
            ("deliveries_per_server_cpu_s", deliveriesPerServerSecond),
            ("server_bytes_per_stream", serverBytesPerStream),
        ]
    }
}
