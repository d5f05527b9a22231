// When the next event is due. At a rate the times are fixed beforehand and do not wait for the
// server, and latency counts from them: a server that stalls is charged for all that waited.

/// How events are published.
package enum PublishPace: Equatable, Sendable {
    /// Nothing is published: streams idle, or somebody else publishes.
    case none
    /// So many events a second, evenly.
    case rate(perSecond: Double)
    /// As fast as possible, with at most so many events not yet delivered to all.
    case window(events: Int)
}

/// The times of a run's events.
struct PublishSchedule {
    private let pace: PublishPace
    private let startNanoseconds: Int64
    private let endNanoseconds: Int64
    /// Events that were taken.
    private(set) var published = 0

    init(pace: PublishPace, startNanoseconds: Int64, durationSeconds: Double) {
        self.pace = pace
        self.startNanoseconds = startNanoseconds
        endNanoseconds = startNanoseconds + Int64(durationSeconds * 1e9)
    }

    /// Whether no event will be due any more.
    func isOver(nowNanoseconds: Int64) -> Bool { nowNanoseconds >= endNanoseconds }

    /// Takes the next event and returns the time that it is due; nil if none is.
    mutating func takeDue(nowNanoseconds: Int64, deliveredToAll: Int) -> Int64? {
        guard !isOver(nowNanoseconds: nowNanoseconds) else { return nil }
        switch pace {
        case .none: return nil
        case .rate:
            let due = nextDueNanoseconds
            guard due <= nowNanoseconds else { return nil }
            published += 1
            return due
        case .window(let events):
            guard published - deliveredToAll < events else { return nil }
            published += 1
            return nowNanoseconds
        }
    }

    /// Nanoseconds until something is due at a rate, or until the end.
    func nanosecondsToWait(nowNanoseconds: Int64) -> Int64 {
        var until = endNanoseconds
        if case .rate = pace { until = min(until, nextDueNanoseconds) }
        return max(0, until - nowNanoseconds)
    }

    private var nextDueNanoseconds: Int64 {
        guard case .rate(let perSecond) = pace else { return startNanoseconds }
        return startNanoseconds + Int64(Double(published) * 1e9 / perSecond)
    }
}
