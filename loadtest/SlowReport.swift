// What slow readers cost, for people and for scripts.

import Wire

/// The result of a run.
package struct SlowReport: Equatable, Sendable {
    package var slowCount = 0
    /// The others without slow readers, and beside them.
    package var alone = SubscribersReport()
    package var beside = SubscribersReport()
    /// What the server's memory grew by in each half; nil when it was not watched.
    package var growthAloneBytes: Int?
    package var growthBesideBytes: Int?

    package init() {}

    /// Whether the others noticed nothing but time.
    package var isClean: Bool { alone.isClean && beside.isClean }

    /// The others' p99 beside slow readers, in percent of the one without.
    package var latencyPercent: Int {
        beside.latency.p99Microseconds * 100 / max(1, alone.latency.p99Microseconds)
    }

    /// A few lines for people.
    package var text: String {
        var lines = [
            "slow         \(FixedText.grouped(slowCount)) readers that never read",
            "alone        \(alone.latency.text)",
            "beside       \(beside.latency.text)",
            "p99          \(latencyPercent) % of the one without",
        ]
        if let growthAloneBytes, let growthBesideBytes {
            lines.append(
                "memory       +\(FixedText.grouped(growthAloneBytes)) bytes alone, "
                    + "+\(FixedText.grouped(growthBesideBytes)) beside slow readers")
        }
        if let failure = alone.firstFailure ?? beside.firstFailure {
            lines.append("first failure: \(failure)")
        }
        return lines.joined(separator: "\n")
    }

    /// One line of JSON.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("scenario")
        writer.string("slow")
        writer.name("transport")
        writer.string(beside.transport.rawValue)
        for (name, value) in numbers {
            writer.name(text: name)
            if let value { writer.integer(value) } else { writer.null() }
        }
        writer.name("latency_alone")
        alone.latency.write(to: &writer)
        writer.name("latency_beside")
        beside.latency.write(to: &writer)
        writer.name("first_failure")
        if let failure = alone.firstFailure ?? beside.firstFailure {
            writer.string(failure)
        } else {
            writer.null()
        }
        writer.name("clean")
        writer.bool(isClean)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private var numbers: [(String, Int?)] {
        [
            ("slow", slowCount), ("streams", beside.streamCount),
            ("published", alone.published + beside.published),
            ("p99_percent", latencyPercent), ("growth_alone_bytes", growthAloneBytes),
            ("growth_beside_bytes", growthBesideBytes),
        ]
    }
}
