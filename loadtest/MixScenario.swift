// Everything at once, for as long as one likes: readers of every kind that are cut off and come
// back, some that never read, writers that repeat what got no answer. Meanwhile the server may be
// stopped, killed or replaced. At the end each reader must have exactly what it was promised: what
// the log says was stored, in order, once.

import Reactor
import Wire

/// The run of everything at once.
package enum MixScenario {
    /// Runs it to its end; `report` hears the state once a second.
    package static func run(
        _ options: MixOptions, report: (MixProgress) -> Void = { _ in }
    ) throws -> MixReport {
        try options.check()
        var run = try MixRun(options)
        return try run.finish(report)
    }
}

/// How a run is going, once a second.
package struct MixProgress: Sendable {
    let seconds: Int
    let live: Int
    let answered: Int
    let published: Int
    let eventsPerSecond: Int

    /// A line for people.
    package var text: String {
        "\(seconds) s: \(live) readers, \(answered) of \(published) events answered, "
            + "\(FixedText.grouped(eventsPerSecond)) events/s read"
    }
}

/// A run under way.
private struct MixRun: ~Copyable {
    private static let writerToken: UInt64 = 1 << 32
    private static let slowNanoseconds: Int64 = 20_000_000_000
    private static let restSeconds = 60.0

    private let options: MixOptions
    private var poller: Poller
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private let start: LogPlace
    private var fleet: MixFleet
    private var writers: MixWriters
    private var slow: SlowReaders?
    private var replaceSlowAt: Int64 = 0
    private var cuts = 0
    private var progress: ProgressClock
    private var result = MixReport()

    init(_ options: MixOptions) throws(LoadTestError) {
        _ = Dialer.raiseDescriptorLimit()
        let start = try LogPlace.head(of: options.target, token: options.token)
        poller = try MixRun.makePoller()
        self.start = start
        self.options = options
        fleet = MixFleet(options, after: start)
        let now = Clock.monotonicNanoseconds()
        writers = MixWriters(
            options, firstToken: MixRun.writerToken, run: UInt64(Clock.realtimeMilliseconds()))
        progress = ProgressClock(nowNanoseconds: now)
        result.streamCount = options.streamCount
        result.isStrict = options.isStrict
    }

    mutating func finish(_ report: (MixProgress) -> Void) throws(LoadTestError) -> MixReport {
        let began = Clock.monotonicNanoseconds()
        var schedule = PublishSchedule(
            pace: .rate(perSecond: options.rate), startNanoseconds: began,
            durationSeconds: options.durationSeconds)
        var now = began
        while !schedule.isOver(nowNanoseconds: now) {
            while schedule.takeDue(nowNanoseconds: now, deliveredToAll: 0) != nil {
                writers.publish(nowNanoseconds: now)
            }
            disturb(now, since: began)
            now = step(now, report)
        }
        slow?.close()
        slow = nil
        awaitAnswers(report)
        try judge(report)
        fleet.close()
        writers.close()
        return result
    }

    /// Cuts readers off, and puts new ones in the place of those that never read.
    private mutating func disturb(_ now: Int64, since began: Int64) {
        let due = Int(Double(now - began) / 1e9 * options.cutsPerSecond)
        while cuts < due {
            cuts += 1
            fleet.cutOne(nowNanoseconds: now)
        }
        guard options.slowCount > 0, now >= replaceSlowAt else { return }
        replaceSlowAt = now + MixRun.slowNanoseconds
        slow?.close()
        // While the server is away nobody is slow.
        slow = try? SlowReaders(
            SubscribersOptions(mix: options), count: options.slowCount)
        if slow != nil { result.slowReaders += options.slowCount }
    }

    private mutating func awaitAnswers(_ report: (MixProgress) -> Void) {
        let end = Clock.monotonicNanoseconds() + Int64(MixRun.restSeconds * 1e9)
        var now = Clock.monotonicNanoseconds()
        while !writers.isIdle, now < end { now = step(now, report) }
    }

    /// Waits until every reader has what the log says, and counts.
    private mutating func judge(_ report: (MixProgress) -> Void) throws(LoadTestError) {
        let stored = try MixHistory.read(options, after: start)
        let end = Clock.monotonicNanoseconds() + Int64(MixRun.restSeconds * 1e9)
        var now = Clock.monotonicNanoseconds()
        var incomplete = stored.judge(fleet)
        while !incomplete.isEmpty, now < end {
            for _ in 0..<10 { now = step(now, report) }
            incomplete = stored.judge(fleet)
        }
        result.fill(fleet)
        result.fill(writers)
        result.stored = stored.count
        result.incomplete = incomplete.count
        result.firstFailure =
            incomplete.first.map { fleet.describe($0) } ?? writers.firstFailure
            ?? fleet.firstFailure
    }

    /// Waits once and reads all that is ready; gives the time.
    private mutating func step(_ now: Int64, _ report: (MixProgress) -> Void) -> Int64 {
        fleet.open(poller, nowNanoseconds: now)
        writers.send(poller, nowNanoseconds: now)
        let count = poller.sleepUntilReady(timeoutMilliseconds: 2)
        let woken = Clock.monotonicNanoseconds()
        for index in 0..<count {
            let token = poller.readiness(at: index).token
            if token >= MixRun.writerToken {
                writers.advance(token: token, through: &buffer, nowNanoseconds: woken)
            } else {
                fleet.advance(Int(token), poller, nowNanoseconds: woken)
            }
        }
        let events = fleet.everything.events + fleet.filtered.events + fleet.newest.events
        if let second = progress.tick(nowNanoseconds: woken, count: events) {
            report(
                MixProgress(
                    seconds: second.seconds, live: fleet.live, answered: writers.answered,
                    published: writers.published, eventsPerSecond: second.perSecond))
        }
        return woken
    }

    private static func makePoller() throws(LoadTestError) -> Poller {
        do {
            return try Poller()
        } catch {
            throw .system(error)
        }
    }
}

/// What the log says was stored during a run.
struct MixHistory {
    /// Typed events.
    private(set) var count = 0
    private var head: UInt64 = 0
    private var newest: UInt64 = 0
    private var types: [String: PositionChecksum] = [:]

    /// Reads it, page by page.
    static func read(
        _ options: MixOptions, after start: LogPlace
    ) throws(LoadTestError) -> MixHistory {
        var query = try QueryConnection(target: options.target, token: options.token)
        defer { query.close() }
        var history = MixHistory()
        for number in 0..<MixOptions.typeCount {
            history.types[MixKind.type(number)] = PositionChecksum()
        }
        let first = "/events?order=asc&limit=1000&types=mix_*&after=\(start.text)"
        var path: String? = first
        while let next = path {
            let answer = try query.get(next)
            guard answer.status == 200, let document = answer.document,
                let events = document.member("data", of: document.root),
                let head = answer.text("head").flatMap(LogPlace.init)
            else { throw .unreachable("history answered \(answer.status)") }
            for event in document.elements(events) { history.take(event, of: document) }
            history.head = head.position
            path = answer.text("next_cursor").map { first + "&cursor=" + $0 }
        }
        return history
    }

    /// The readers that don't have what was stored.
    func judge(_ fleet: borrowing MixFleet) -> [Int] {
        fleet.incomplete(at: head, newest: newest, types: types)
    }

    private mutating func take(_ event: JSONValue, of document: JSONDocument) {
        func text(_ name: String) -> String? {
            document.member(name, of: event).flatMap { document.string($0) }
        }
        guard let position = text("position").flatMap({ UInt64($0) }),
            let type = text("type")?.split(separator: ".").last
        else { return }
        count += 1
        newest = max(newest, position)
        types[String(type), default: PositionChecksum()].add(position)
    }
}

extension SubscribersOptions {
    /// Readers of everything at the same target.
    fileprivate init(mix options: MixOptions) {
        self.init(target: options.target)
        token = options.token
        streamCount = options.streamCount
    }
}
