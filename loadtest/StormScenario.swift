// Everybody comes back at once: streams that all stand the same way behind are opened together and
// catch up, while others go on writing. It tells how long the last one took, whether each got every
// event once, and what it cost the writers.

import Reactor
import Wire

/// The settings of `StormScenario`.
package struct StormOptions: Sendable {
    /// The streams, and at which rate is written.
    package var subscribers: SubscribersOptions
    /// How many events each stream is behind.
    package var behind = 1_000
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
        let query = try QueryConnection(
            target: options.subscribers.target, token: options.subscribers.token)
        var run = try StormRun(options, query)
        return try run.finish(report)
    }
}

/// A run under way.
private struct StormRun: ~Copyable {
    // What is published beforehand is so many events without an answer.
    private static let backlogInFlight = 256
    private static let lookNanoseconds: Int64 = 20_000_000
    private static let restSeconds = 20.0

    private let options: StormOptions
    private var fleet: StreamFleet
    private var query: QueryConnection
    private var result = StormReport()
    private var progress: ProgressClock
    private var published = 0

    init(_ options: StormOptions, _ query: QueryConnection) throws(LoadTestError) {
        self.options = options
        self.query = query
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
        let place = try head()
        guard place.position >= first + UInt64(options.behind) else {
            throw .unreachable(fleet.publisher.firstFailure ?? "the backlog was not stored")
        }
        fleet.restartLatencies()
        write(seconds: options.calmSeconds, report)
        awaitAnswers(report)
        result.writersCalm = fleet.publisher.latency.summary
        try storm(report)
        query.close()
        fleet.close()
        return result
    }

    /// Opens all streams behind one place, writes until the last has caught up, and sees that all
    /// get the rest.
    private mutating func storm(
        _ report: (SubscribersProgress) -> Void
    ) throws(LoadTestError) {
        let now = try head()
        let after = now.position - UInt64(options.behind)
        fleet.resume(after: LogPlace(epoch: now.epoch, position: after))
        fleet.restartLatencies()
        let before = try options.subscribers.readServer()
        let start = Clock.monotonicNanoseconds()
        write(seconds: options.catchUpSecondsMax, catchingUpTo: now.position, report)
        let span = Clock.monotonicNanoseconds() - start
        result.catchUpMilliseconds = Int(span / 1_000_000)
        result.caughtUp = fleet.count(at: now.position)
        result.eventsPerSecond = FixedText.perSecond(fleet.tally.events, nanoseconds: span)
        result.writersStorm = fleet.publisher.latency.summary
        if let before, let after = try options.subscribers.readServer() {
            result.serverProcessorMilliseconds =
                after.processorMilliseconds - before.processorMilliseconds
            result.serverGrowthBytes = after.anonymousBytes - before.anonymousBytes
        }
        awaitAnswers(report)
        try awaitAll(report)
    }

    /// Publishes what the streams will be behind, as fast as it is stored.
    private mutating func publishBacklog(_ report: (SubscribersProgress) -> Void) {
        while published < options.behind {
            while published < options.behind,
                fleet.publisher.inFlight < StormRun.backlogInFlight
            {
                publish(Clock.monotonicNanoseconds())
            }
            fleet.publisher.flush()
            step(milliseconds: 10, report)
        }
        awaitAnswers(report)
    }

    /// Writes at the rate for a time; with a position, opens the streams and writes only until all
    /// that are open have it.
    private mutating func write(
        seconds: Double, catchingUpTo position: UInt64? = nil,
        _ report: (SubscribersProgress) -> Void
    ) {
        let start = Clock.monotonicNanoseconds()
        var now = start
        var lookAt = start
        var schedule = PublishSchedule(
            pace: options.subscribers.pace, startNanoseconds: start, durationSeconds: seconds)
        while !schedule.isOver(nowNanoseconds: now) {
            if let position {
                while fleet.hasUnopened, fleet.opening < options.subscribers.openingMax {
                    fleet.openNext()
                }
                if now >= lookAt, !fleet.hasUnopened, fleet.opening == 0 {
                    if fleet.count(at: position) >= fleet.live { return }
                    lookAt = now + StormRun.lookNanoseconds
                }
            }
            while let due = schedule.takeDue(nowNanoseconds: now, deliveredToAll: 0) {
                publish(due)
            }
            fleet.publisher.flush()
            let wait = schedule.nanosecondsToWait(nowNanoseconds: now) / 1_000_000
            step(milliseconds: Int32(min(wait, 20)), report)
            now = Clock.monotonicNanoseconds()
        }
    }

    private mutating func awaitAnswers(_ report: (SubscribersProgress) -> Void) {
        let end = Clock.monotonicNanoseconds() + Int64(StormRun.restSeconds * 1e9)
        while fleet.publisher.inFlight > 0, Clock.monotonicNanoseconds() < end {
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
        result.published = published
        result.publishFailures = fleet.publisher.failures
        result.missing = fleet.tally.missing
        result.repeats = fleet.tally.repeats
        result.gapFrames = fleet.tally.gapFrames
        result.malformedFrames = fleet.tally.malformedFrames
        result.firstFailure = fleet.firstFailure ?? fleet.publisher.firstFailure
    }

    private mutating func publish(_ due: Int64) {
        fleet.publisher.publish(
            dueNanoseconds: due, nowNanoseconds: Clock.monotonicNanoseconds())
        published += 1
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
                streamCount: options.subscribers.streamCount, published: published,
                eventsPerSecond: second.perSecond,
                gaps: fleet.tally.missing + fleet.tally.gapFrames))
    }

    /// The end of the log.
    private mutating func head() throws(LoadTestError) -> LogPlace {
        let answer = try query.get("/events?limit=1")
        guard answer.status == 200, let place = answer.text("head").flatMap(LogPlace.init) else {
            throw .unreachable("/events answered \(answer.status)")
        }
        return place
    }
}
