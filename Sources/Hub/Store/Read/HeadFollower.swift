// Where the loops' logs are, and what is missing up to Postgres' head. Events come from the own
// committer and from fetches of gaps, and may come from both; each position is passed on once, in
// order.

import EventLog

/// The one place that decides what continues the log.
///
/// Pure.
struct HeadFollower {
    /// The last position that was passed on.
    private(set) var known: UInt64
    /// The highest position that Postgres is known to have.
    private(set) var target: UInt64
    /// Whether a fetch is on its way.
    private(set) var isFetching = false
    /// Since when `target` is beyond `known`, in milliseconds on the monotonic clock.
    private(set) var behindSinceMilliseconds: Int64?

    /// Starts with everything up to a position passed on.
    init(head: UInt64) {
        known = head
        target = head
    }

    /// Takes in what somebody said about the head.
    mutating func heard(_ head: UInt64, now: Int64) {
        target = max(target, head)
        noteLag(now: now)
    }

    /// Takes in events in order of position, and gives those that continue the log.
    mutating func accept(_ events: [LoggedEvent], now: Int64) -> [LoggedEvent] {
        if let last = events.last { target = max(target, last.position) }
        var next = known + 1
        let start = events.firstIndex { $0.position >= next } ?? events.count
        var end = start
        while end < events.count, events[end].position == next {
            next += 1
            end += 1
        }
        known = next - 1
        noteLag(now: now)
        return Array(events[start..<end])
    }

    /// After which position to fetch; nil when nothing is missing or a fetch is on its way.
    ///
    /// While a batch of our own is in flight, what was heard is likely that batch, so there is a
    /// moment of grace for it.
    mutating func startFetch(isCommitting: Bool, now: Int64) -> UInt64? {
        guard let since = behindSinceMilliseconds, !isFetching else { return nil }
        guard !isCommitting || now - since >= HeadFollower.graceMilliseconds else { return nil }
        isFetching = true
        return known
    }

    /// Takes in a fetch's events, and gives those that continue the log.
    ///
    /// A fetch that brings nothing new ends the pursuit until the head is heard of again.
    mutating func fetched(_ events: [LoggedEvent], now: Int64) -> [LoggedEvent] {
        isFetching = false
        let before = known
        let continuation = accept(events, now: now)
        if known == before { target = known }
        noteLag(now: now)
        return continuation
    }

    /// A fetch was lost with its connection.
    mutating func fetchFailed() {
        isFetching = false
    }

    private mutating func noteLag(now: Int64) {
        if target <= known {
            behindSinceMilliseconds = nil
        } else if behindSinceMilliseconds == nil {
            behindSinceMilliseconds = now
        }
    }

    /// How long a batch of our own may take before a gap is fetched all the same.
    static let graceMilliseconds: Int64 = 5
}
