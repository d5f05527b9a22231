// What bursts to sleeping readers came to, for people and for scripts.

import Wire

/// The result of a run.
package struct BurstReport: Equatable, Sendable {
    package var transport = StreamTransport.serverSentEvents
    package var streamCount = 0
    /// The events of a burst.
    package var eventCount = 0
    package var refused = 0
    package var closedEarly = 0
    /// Streams to which a burst had not come when its readers woke.
    package var late = 0
    package var missing = 0
    package var repeats = 0
    package var firstFailure: String?
    /// Of each burst, from its arrival at the first socket to that at the last.
    package var spansMicroseconds: [Int] = []

    package init() {}

    /// Whether each burst came to all streams in time, once and in order.
    package var isClean: Bool {
        refused == 0 && closedEarly == 0 && late == 0 && missing == 0 && repeats == 0
            && !spansMicroseconds.isEmpty
    }

    /// The one in the middle; of an even number, the lower of the two.
    package var medianMicroseconds: Int {
        spansMicroseconds.isEmpty
            ? 0 : spansMicroseconds.sorted()[(spansMicroseconds.count - 1) / 2]
    }

    /// A few lines for people.
    package var text: String {
        var lines = [
            "burst        \(eventCount) events to \(FixedText.grouped(streamCount)) "
                + "\(transport.rawValue) streams whose readers sleep; \(refused) refused, "
                + "\(closedEarly) closed early",
            "first to last socket: median "
                + "\(FixedText.thousandths(medianMicroseconds)) ms of "
                + "\(spansMicroseconds.count), "
                + "least \(FixedText.thousandths(spansMicroseconds.min() ?? 0)), "
                + "most \(FixedText.thousandths(spansMicroseconds.max() ?? 0))",
            "order        \(missing) missing, \(repeats) repeated, \(late) late",
        ]
        if let firstFailure { lines.append("first failure: \(firstFailure)") }
        return lines.joined(separator: "\n")
    }

    /// One line of JSON.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("scenario")
        writer.string("burst")
        writer.name("transport")
        writer.string(transport.rawValue)
        for (name, value) in numbers {
            writer.name(text: name)
            writer.integer(value)
        }
        writer.name("first_failure")
        if let firstFailure { writer.string(firstFailure) } else { writer.null() }
        writer.name("clean")
        writer.bool(isClean)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private var numbers: [(String, Int)] {
        [
            ("streams", streamCount), ("events", eventCount),
            ("bursts", spansMicroseconds.count), ("refused", refused),
            ("closed_early", closedEarly), ("late", late), ("missing", missing),
            ("repeats", repeats), ("span_p50_us", medianMicroseconds),
            ("span_min_us", spansMicroseconds.min() ?? 0),
            ("span_max_us", spansMicroseconds.max() ?? 0),
        ]
    }
}
