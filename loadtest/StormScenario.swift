// Everybody comes back at once: streams that all stand the same way behind are opened together and
// catch up, while others go on writing on a thread of their own. It tells how long the last one
// took, whether each got every event once, and what it cost the writers.

import Reactor
import Wire

/// The settings of `StormScenario`.
package struct StormOptions: Sendable {
    /// The streams, and at which rate is written.
    package var subscribers: SubscribersOptions
    /// How many events each stream is behind.
    package var behind = 1_000
    /// Whether the readers take only what the server leaves of this machine's processors: real ones
    /// have machines of their own.
    package var areReadersIdle = false
    /// How long the writers are measured before.
    package var calmSeconds = 5.0
    /// How long catching up may take.
    package var catchUpSecondsMax = 120.0

    /// Settings for a target, the rest as the bar of a resume storm has it.
    package init(target: LoadTestTarget) {
        subscribers = SubscribersOptions(target: target)
        subscribers.streamCount = 15_000
        subscribers.openingMax = 1_024
        subscribers.pace = .rate(perSecond: 100)
    }

    func check() throws(LoadTestError) {
        try subscribers.check()
        guard case .rate = subscribers.pace else {
            throw .optionInvalid(name: "rate", reason: "writers need a rate")
        }
        guard (1...1_000_000).contains(behind) else {
            throw .optionInvalid(name: "behind", reason: "1 to 1,000,000 events")
        }
        guard subscribers.requiresContiguous else {
            throw .optionInvalid(name: "path", reason: "a storm's streams have no filter")
        }
    }
}

/// The run of a resume storm.
package enum StormScenario {
    /// Runs it to its end; `report` hears the state once a second.
    package static func run(
        _ options: StormOptions, report: (SubscribersProgress) -> Void = { _ in }
    ) throws -> StormReport {
        try options.check()
        var run = try StormRun(options)
        return try run.finish(report)
    }
}

/// A run under way.
private struct StormRun: ~Copyable {
    // What is published beforehand is so many events without an answer.
    private static let backlogInFlight = 256
    private static let lookNanoseconds: Int64 = 20_000_000
    private static let restSeconds = 20.0
    private static let backlogSeconds = 120.0

    private let options: StormOptions
    private var fleet: StreamFleet
    private var result = StormReport()
    private var progress: ProgressClock

    init(_ options: StormOptions) throws(LoadTestError) {
        self.options = options
        fleet = try StreamFleet(options.subscribers)
        progress = ProgressClock(nowNanoseconds: Clock.monotonicNanoseconds())
        result.transport = options.subscribers.transport
        result.streamCount = options.subscribers.streamCount
        result.behind = options.behind
    }

    mutating func finish(
        _ report: (SubscribersProgress) -> Void
    ) throws(LoadTestError) -> StormReport {
        try fleet.openPublisher()
        let first = try head().position
        publishBacklog(report)
        // It has nothing more to do, and the server would close it for that.
        fleet.publisher.close()
        guard try head().position >= first + UInt64(options.behind) else {
            throw .unreachable(fleet.publisher.firstFailure ?? "the backlog was not stored")
        }
        let (writers, thread) = try SteadyWriters.start(options.subscribers)
        if options.areReadersIdle { Thread.runWhenIdle() }
        let calmEnd = Clock.monotonicNanoseconds() + Int64(options.calmSeconds * 1e9)
        while Clock.monotonicNanoseconds() < calmEnd { step(milliseconds: 20, report) }
        writers.beginPhase()
        let storm = Result { () throws(LoadTestError) in try self.storm(report) }
        writers.beginPhase()
        let outcome = writers.finish(thread)
        try storm.get()
        try awaitAll(report)
        result.writersCalm = outcome.phases[0]
        result.writersStorm = outcome.phases.count > 1 ? outcome.phases[1] : LatencySummary()
        result.published = options.behind + outcome.published
        result.publishFailures = fleet.publisher.failures + outcome.failures
        result.firstFailure =
            fleet.firstFailure ?? fleet.publisher.firstFailure ?? outcome.firstFailure
        fleet.close()
        return result
    }

    /// Opens all streams behind one place, and reads until the last has caught up.
    private mutating func storm(
        _ report: (SubscribersProgress) -> Void
    ) throws(LoadTestError) {
        let now = try head()
        let after = now.position - UInt64(options.behind)
        fleet.resume(after: LogPlace(epoch: now.epoch, position: after))
        let before = try options.subscribers.readServer()
        let start = Clock.monotonicNanoseconds()
        catchUp(to: now.position, until: start + Int64(options.catchUpSecondsMax * 1e9), report)
        let span = Clock.monotonicNanoseconds() - start
        result.catchUpMilliseconds = Int(span / 1_000_000)
        result.caughtUp = fleet.count(at: now.position)
        result.eventsPerSecond = FixedText.perSecond(fleet.tally.events, nanoseconds: span)
        if let before, let after = try options.subscribers.readServer() {
            result.serverProcessorMilliseconds =
                after.processorMilliseconds - before.processorMilliseconds
            result.serverGrowthBytes = after.anonymousBytes - before.anonymousBytes
        }
    }

    /// Opens the streams and reads them until all that are open have a position.
    private mutating func catchUp(
        to position: UInt64, until end: Int64, _ report: (SubscribersProgress) -> Void
    ) {
        var now = Clock.monotonicNanoseconds()
        var lookAt = now
        while now < end {
            fleet.openMore()
            if now >= lookAt, !fleet.hasUnopened, fleet.opening == 0 {
                if fleet.count(at: position) >= fleet.live { return }
                lookAt = now + StormRun.lookNanoseconds
            }
            step(milliseconds: 20, report)
            now = Clock.monotonicNanoseconds()
        }
    }

    /// Publishes what the streams will be behind, as fast as it is stored.
    private mutating func publishBacklog(_ report: (SubscribersProgress) -> Void) {
        var left = options.behind
        let end = Clock.monotonicNanoseconds() + Int64(StormRun.backlogSeconds * 1e9)
        while left > 0 || fleet.publisher.inFlight > 0, Clock.monotonicNanoseconds() < end {
            while left > 0, fleet.publisher.inFlight < StormRun.backlogInFlight {
                let now = Clock.monotonicNanoseconds()
                fleet.publisher.publish(dueNanoseconds: now, nowNanoseconds: now)
                left -= 1
            }
            fleet.publisher.flush()
            step(milliseconds: 10, report)
        }
    }

    /// Waits until every stream has everything, and counts.
    private mutating func awaitAll(
        _ report: (SubscribersProgress) -> Void
    ) throws(LoadTestError) {
        let last = try head().position
        let end = Clock.monotonicNanoseconds() + Int64(StormRun.restSeconds * 1e9)
        while fleet.count(at: last) < fleet.live, Clock.monotonicNanoseconds() < end {
            step(milliseconds: 20, report)
        }
        result.complete = fleet.count(at: last)
        result.refused = fleet.refused
        result.closedEarly = fleet.closedEarly
        result.missing = fleet.tally.missing
        result.repeats = fleet.tally.repeats
        result.gapFrames = fleet.tally.gapFrames
        result.malformedFrames = fleet.tally.malformedFrames
    }

    private mutating func step(
        milliseconds: Int32, _ report: (SubscribersProgress) -> Void
    ) {
        fleet.step(timeoutMilliseconds: milliseconds)
        let now = Clock.monotonicNanoseconds()
        guard let second = progress.tick(nowNanoseconds: now, count: fleet.tally.events) else {
            return
        }
        report(
            SubscribersProgress(
                seconds: second.seconds, connected: fleet.live,
                streamCount: options.subscribers.streamCount, published: options.behind,
                eventsPerSecond: second.perSecond,
                gaps: fleet.tally.missing + fleet.tally.gapFrames))
    }

    /// The end of the log.
    private func head() throws(LoadTestError) -> LogPlace {
        try LogPlace.head(of: options.subscribers.target, token: options.subscribers.token)
    }
}
