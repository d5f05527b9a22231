// Counters of one loop, written by that loop alone and read by whoever scrapes: an atomic each, a
// plain load and store for the writer, no lock.

import Domain
import EventLog
import Synchronization

/// One number that a loop counts with.
struct Counter: ~Copyable {
    private let value = Atomic<Int>(0)

    /// What it says now, from any thread.
    var current: Int { value.load(ordering: .relaxed) }

    /// Counts more; only the owner's thread may.
    func add(_ count: Int) {
        value.store(value.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }

    /// Says another number; only the owner's thread may.
    func set(_ number: Int) {
        value.store(number, ordering: .relaxed)
    }
}

/// How a stream began.
enum ResumeOutcome: Int, CaseIterable, Sendable {
    case complete, gap

    var name: String { self == .complete ? "complete" : "gap" }
}

/// What one loop has done so far.
final class LoopCounters: Sendable {
    let accepted = Counter()
    let open = Counter()
    let requests = Counter()
    let responses2xx = Counter()
    let responses3xx = Counter()
    let responses4xx = Counter()
    let responses5xx = Counter()
    let eventStreams = Counter()
    let webSockets = Counter()
    let streamsOpened = Counter()
    let streamsEnded = Counter()
    let expiredStreams = Counter()
    let closedStreams = Counter()
    /// Slow readers that were let stand, were led to the head, were ended, and were ended for the
    /// budget's sake.
    let slowStanding = Counter()
    let slowEnded = Counter()
    let slowSkipped = Counter()
    let slowEvicted = Counter()
    let blockedStreams = Counter()
    let outboundBytes = Counter()
    let resumesComplete = Counter()
    let resumesWithGap = Counter()
    let deliveredFrames = Counter()
    let deliveredBytes = Counter()
    let shortSends = Counter()
    let sends = Counter()
    let appendedEvents = Counter()
    let head = Counter()
    let deniedRateLimit = Counter()
    let deniedAuthentication = Counter()
    let deniedAuthorization = Counter()
    let deniedConsent = Counter()
    let decisions = Counter()
    /// Answers by route.
    private let routes: [CountedRoute]
    /// Request durations by upper bound; the last is the rest.
    private let durations: [DurationBucket]
    let durationNanoseconds = Counter()
    /// Upper bounds in microseconds.
    static let durationBounds = [
        100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000,
        250_000, 1_000_000, 5_000_000,
    ]

    private final class DurationBucket: Sendable {
        let count = Counter()
    }

    private final class CountedRoute: Sendable {
        let count = Counter()
    }

    init() {
        routes = Route.allCases.map { _ in CountedRoute() }
        durations = (0...LoopCounters.durationBounds.count).map { _ in DurationBucket() }
    }

    func answered(status: Int) {
        requests.add(1)
        switch status {
        case 200...299: responses2xx.add(1)
        case 300...399: responses3xx.add(1)
        case 400...499: responses4xx.add(1)
        default: responses5xx.add(1)
        }
    }

    /// Counts the answer to a request that led somewhere.
    func answered(_ route: Route, status: Int) {
        routes[Int(route.rawValue)].count.add(1)
        if route == .decide, status == 200 { decisions.add(1) }
    }

    /// How many requests of a route were answered.
    func answered(_ route: Route) -> Int { routes[Int(route.rawValue)].count.current }

    func took(nanoseconds: Int64) {
        let microseconds = Int(nanoseconds / 1000)
        let bounds = LoopCounters.durationBounds
        let bucket = bounds.firstIndex { microseconds <= $0 } ?? bounds.count
        durations[bucket].count.add(1)
        durationNanoseconds.add(Int(nanoseconds))
    }

    /// How many requests were at or below each bound, not cumulated.
    var durationCounts: [Int] { durations.map { $0.count.current } }

    func denied(_ layer: Layer) {
        switch layer {
        case .rateLimit: deniedRateLimit.add(1)
        case .authentication: deniedAuthentication.add(1)
        case .authorization: deniedAuthorization.add(1)
        case .consent: deniedConsent.add(1)
        case .business: break
        }
    }

    func streamOpened(_ isWebSocket: Bool) {
        streamsOpened.add(1)
        if isWebSocket { webSockets.add(1) } else { eventStreams.add(1) }
    }

    /// Counts a stream that the hub ends, by why.
    func streamEnded(_ reason: String) {
        if reason == "token_expired" { expiredStreams.add(1) } else { closedStreams.add(1) }
    }

    func resumed(_ outcome: ResumeOutcome) {
        switch outcome {
        case .complete: resumesComplete.add(1)
        case .gap: resumesWithGap.add(1)
        }
    }

    func appended(_ segment: Segment) {
        appendedEvents.add(segment.count)
        head.add(Int(segment.last) - head.current)
    }
}
