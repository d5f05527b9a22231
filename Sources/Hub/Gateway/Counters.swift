// Counters of one loop, written by that loop alone and read by whoever scrapes: an atomic each, a
// plain load and store for the writer, no lock.

import Domain
import EventLog
import Synchronization
import TLS

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

/// How a stream began, or began again.
enum ResumeOutcome: Hashable, Sendable {
    /// It asked for no place.
    case live
    /// It asked for a place, and has everything from there on.
    case complete
    /// It has not, and was told why.
    case gap(GapReason)

    /// A gap for slowness comes later, and is no beginning.
    static let all = [live, complete] + GapReason.allCases.filter { $0 != .slow }.map { gap($0) }

    var name: String {
        switch self {
        case .live: "live"
        case .complete: "complete"
        case .gap(let reason): reason.rawValue
        }
    }
}

/// A number that a collection can hold.
private final class CounterCell: Sendable {
    let count = Counter()
}

/// Numbers by case of something.
struct CounterTable<Key: Hashable & Sendable>: Sendable {
    private let cells: [Key: CounterCell]

    /// A number for each key, and for nothing else.
    init(_ keys: [Key]) {
        cells = Dictionary(uniqueKeysWithValues: keys.map { ($0, CounterCell()) })
    }

    /// Counts more; only the owner's thread may.
    func add(_ count: Int, to key: Key) { cells[key]?.count.add(count) }

    subscript(key: Key) -> Int { cells[key]?.count.current ?? 0 }
}

/// How often something took how long.
final class LatencyHistogram: Sendable {
    /// Upper bounds in microseconds.
    static let bounds = [
        100, 250, 500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000,
        250_000, 1_000_000, 5_000_000,
    ]

    private let buckets: [CounterCell]
    private let nanoseconds = Counter()

    init() {
        buckets = (0...LatencyHistogram.bounds.count).map { _ in CounterCell() }
    }

    /// Counts so many that took so long; only the owner's thread may.
    func add(_ count: Int, nanoseconds: Int64) {
        let microseconds = Int(nanoseconds / 1000)
        let bounds = LatencyHistogram.bounds
        buckets[bounds.firstIndex { microseconds <= $0 } ?? bounds.count].count.add(count)
        self.nanoseconds.add(count * Int(nanoseconds))
    }

    /// How many were at or below each bound, not cumulated; the last are the rest.
    var counts: [Int] { buckets.map { $0.count.current } }

    /// How long all took together.
    var seconds: Double { Double(nanoseconds.current) / 1e9 }
}

/// Until when the certificate is good that newcomers are shown, in seconds since 1970.
final class CertificateExpiry: Sendable {
    private let seconds = Atomic<Int>(0)

    /// Nil where there is none.
    var current: Int? {
        let seconds = seconds.load(ordering: .relaxed)
        return seconds == 0 ? nil : seconds
    }

    func set(_ certificate: TLSCertificate) {
        seconds.store(Int(certificate.expirySeconds), ordering: .relaxed)
    }
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
    /// Connections that were closed at once: too many of the loop, or of their address.
    let refusedConnections = Counter()
    private let eventStreams = Counter()
    private let webSockets = Counter()
    private let logTails = Counter()
    let streamsOpened = Counter()
    let refusedStreams = Counter()
    /// Streams by why they ended.
    let ends = CounterTable(EndReason.allCases)
    /// Streams by how they began.
    let resumes = CounterTable(ResumeOutcome.all)
    /// Streams that are behind, and by how much the furthest is, as of the last look.
    let streamsBehind = Counter()
    let positionsBehindMax = Counter()
    /// From a commit to the send of its events.
    let deliveries = LatencyHistogram()
    /// Slow readers that were let stand, were led to the head, were ended, and were ended for the
    /// budget's sake.
    let slowStanding = Counter()
    let slowEnded = Counter()
    let slowSkipped = Counter()
    let slowEvicted = Counter()
    let blockedStreams = Counter()
    let outboundBytes = Counter()
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
    /// The limits, and by each what it let pass and what it refused.
    let ratePolicies: [RatePolicy]
    private let ratePassed: [CounterCell]
    private let rateRefused: [CounterCell]
    /// Windows that were given up before their time for want of memory.
    let forgottenWindows = Counter()
    /// Connections that had no PROXY header where they needed one.
    let proxyRefusals = CounterTable(ProxyRefusal.allCases)
    /// Connections that are encrypted, and handshakes by what they came to.
    let tlsOpen = Counter()
    let handshakesDone = Counter()
    let handshakeFaults = CounterTable(TLSHandshakeFault.allCases)
    let decisions = Counter()
    /// Answers by route.
    let routes = CounterTable(Route.allCases)
    /// From a request's last byte to its answer.
    let requestDurations = LatencyHistogram()

    init(ratePolicies: [RatePolicy] = []) {
        self.ratePolicies = ratePolicies
        ratePassed = ratePolicies.map { _ in CounterCell() }
        rateRefused = ratePolicies.map { _ in CounterCell() }
    }

    /// Counts what the rate limit said of a request, by the policy that decided.
    func counted(_ rate: RateVerdict) {
        (rate.isAdmitted ? ratePassed : rateRefused)[rate.policy].count.add(1)
        if rate.forgottenCount > 0 { forgottenWindows.add(rate.forgottenCount) }
    }

    /// Requests that a policy let pass, or refused.
    func rates(_ policy: Int, passed: Bool) -> Int {
        (passed ? ratePassed : rateRefused)[policy].count.current
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
        routes.add(1, to: route)
        if route == .decide, status == 200 { decisions.add(1) }
    }

    func denied(_ layer: Layer) {
        switch layer {
        case .rateLimit: deniedRateLimit.add(1)
        case .authentication: deniedAuthentication.add(1)
        case .authorization: deniedAuthorization.add(1)
        case .consent: deniedConsent.add(1)
        case .business: break
        }
    }

    func streamOpened(_ transport: StreamTransport) {
        streamsOpened.add(1)
        add(1, to: transport)
    }

    func streamEnded(_ transport: StreamTransport, _ reason: EndReason) {
        ends.add(1, to: reason)
        add(-1, to: transport)
    }

    private func add(_ count: Int, to transport: StreamTransport) {
        switch transport {
        case .sse: eventStreams.add(count)
        case .websocket: webSockets.add(count)
        case .logTail: logTails.add(count)
        }
    }

    /// Streams that are open now.
    func open(_ transport: StreamTransport) -> Int {
        switch transport {
        case .sse: eventStreams.current
        case .websocket: webSockets.current
        case .logTail: logTails.current
        }
    }

    func resumed(_ outcome: ResumeOutcome) { resumes.add(1, to: outcome) }

    func appended(_ segment: Segment) {
        appendedEvents.add(segment.count)
        head.add(Int(segment.last) - head.current)
    }
}
