// When the keys of a trusted issuer are fetched: as its answer says, within bounds; soon again
// after a failure, with longer and longer pauses; and when a token names a key that is not here,
// but never more often than a cooldown allows, whatever tokens come. Pure: the clock is an
// argument.

/// The fetches of one issuer's keys.
package struct IssuerSchedule: Sendable {
    private let cooldownMilliseconds: Int64
    private var dueMilliseconds: Int64
    private var startedMilliseconds: Int64?
    private var succeededMilliseconds: Int64
    private var isUnderway = false
    /// Fetches that failed since one succeeded.
    package private(set) var failureCount = 0

    /// How long keys are kept before they are fetched again, whatever the answer says.
    package static let refreshSeconds = 60...3_600
    /// The same when it says nothing.
    package static let refreshSecondsDefault = 300
    /// The pauses after failures: the first, doubled each time, up to the last.
    package static let retrySeconds: ClosedRange<Int64> = 5...300
    /// How long keys are used that can't be fetched any more: who withdraws one must not be kept
    /// from it for good by whoever keeps us from fetching.
    package static let keptSeconds: Int64 = 86_400

    /// An issuer whose keys are to be fetched at once.
    package init(cooldownMilliseconds: Int64, atMilliseconds now: Int64) {
        self.cooldownMilliseconds = cooldownMilliseconds
        dueMilliseconds = now
        succeededMilliseconds = now
    }

    /// When the next fetch may begin; nil while one is under way.
    package func nextMilliseconds(isMissed: Bool) -> Int64? {
        guard !isUnderway else { return nil }
        guard isMissed, let startedMilliseconds else { return dueMilliseconds }
        return min(dueMilliseconds, startedMilliseconds + cooldownMilliseconds)
    }

    /// A fetch begins.
    package mutating func started(atMilliseconds now: Int64) {
        isUnderway = true
        startedMilliseconds = now
    }

    /// It brought keys, which may be kept for so long.
    package mutating func succeeded(atMilliseconds now: Int64, maxAgeSeconds: Int?) {
        isUnderway = false
        failureCount = 0
        succeededMilliseconds = now
        let bounds = IssuerSchedule.refreshSeconds
        let seconds = maxAgeSeconds ?? IssuerSchedule.refreshSecondsDefault
        let kept = min(max(seconds, bounds.lowerBound), bounds.upperBound)
        dueMilliseconds = now + Int64(kept) * 1000
    }

    /// It brought nothing.
    package mutating func failed(atMilliseconds now: Int64) {
        isUnderway = false
        failureCount += 1
        let pauses = IssuerSchedule.retrySeconds
        let seconds = pauses.lowerBound << Int64(min(failureCount - 1, 10))
        dueMilliseconds = now + min(seconds, pauses.upperBound) * 1000
    }

    /// Whether the keys at hand are too old to be used.
    package func areOver(atMilliseconds now: Int64) -> Bool {
        now - succeededMilliseconds >= IssuerSchedule.keptSeconds * 1000
    }
}
