// What a run of everything at once came to, for people and for scripts.

import Wire

/// The result of a run.
package struct MixReport: Equatable, Sendable {
    package var streamCount = 0
    var isStrict = false
    /// Events handed over, answered, and found in the log.
    package var published = 0
    package var answered = 0
    package var stored = 0
    /// Connections that readers opened, and those that were cut for them.
    package var opened = 0
    package var cuts = 0
    package var slowReaders = 0
    /// What readers got.
    package var events = 0
    package var missing = 0
    package var repeats = 0
    package var gapFrames = 0
    package var problemFrames = 0
    package var malformedFrames = 0
    /// Readers without what they were promised.
    package var incomplete = 0
    /// Connections that were refused, and those that ended before their answer.
    package var refused = 0
    package var unanswered = 0
    /// Answers 503, which were asked for again, and those that no repetition mends.
    package var unavailable = 0
    package var failures = 0
    package var firstFailure: String?
    /// From an event's first request to its answer, and to a reader of everything.
    package var answers = LatencySummary()
    package var deliveries = LatencySummary()

    package init() {}

    mutating func fill(_ fleet: borrowing MixFleet) {
        opened = fleet.opened
        cuts = fleet.cuts
        refused += fleet.refused
        unanswered += fleet.unanswered
        for tally in [fleet.everything, fleet.filtered, fleet.newest] {
            events += tally.events
            missing += tally.missing
            repeats += tally.repeats
            gapFrames += tally.gapFrames
            problemFrames += tally.problemFrames
            malformedFrames += tally.malformedFrames
        }
        deliveries = fleet.everything.latency.summary
    }

    mutating func fill(_ writers: borrowing MixWriters) {
        published = writers.published
        answered = writers.answered
        refused += writers.refused
        unanswered += writers.unanswered
        unavailable = writers.unavailable
        failures = writers.failures
        answers = writers.latency.summary
    }

    /// Whether everybody has everything once, and nobody was refused where that counts.
    package var isClean: Bool {
        let isWhole =
            published == answered && answered == stored && incomplete == 0 && missing == 0
            && repeats == 0 && gapFrames == 0 && malformedFrames == 0 && failures == 0
        return isWhole && (!isStrict || refused == 0 && unanswered == 0)
    }

    /// A few lines for people.
    package var text: String {
        var lines = [
            "events       \(FixedText.grouped(published)) published, "
                + "\(FixedText.grouped(answered)) answered, \(FixedText.grouped(stored)) stored",
            "readers      \(streamCount), \(incomplete) incomplete, "
                + "\(FixedText.grouped(events)) events read",
            "faults       \(missing) missing, \(repeats) repeated, \(gapFrames) gaps, "
                + "\(problemFrames) problems, \(malformedFrames) malformed",
            "connections  \(opened) opened, \(cuts) cut, \(slowReaders) that never read",
            "refused      \(refused) connections, \(unanswered) without an answer, "
                + "\(unavailable) × 503",
            "answer       \(answers.text)",
            "delivery     \(deliveries.text)",
        ]
        if let firstFailure { lines.append("first failure: \(firstFailure)") }
        return lines.joined(separator: "\n")
    }

    /// One line of JSON.
    package var json: String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("scenario")
        writer.string("mix")
        for (name, value) in numbers {
            writer.name(text: name)
            writer.integer(value)
        }
        writer.name("answers")
        answers.write(to: &writer)
        writer.name("deliveries")
        deliveries.write(to: &writer)
        writer.name("first_failure")
        if let firstFailure { writer.string(firstFailure) } else { writer.null() }
        writer.name("clean")
        writer.bool(isClean)
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    private var numbers: [(String, Int)] {
        [
            ("streams", streamCount), ("published", published), ("answered", answered),
            ("stored", stored), ("opened", opened), ("cuts", cuts), ("slow", slowReaders),
            ("events", events), ("missing", missing), ("repeats", repeats), ("gaps", gapFrames),
            ("problems", problemFrames), ("malformed", malformedFrames),
            ("incomplete", incomplete), ("refused", refused), ("unanswered", unanswered),
            ("unavailable", unavailable), ("failures", failures),
        ]
    }
}
