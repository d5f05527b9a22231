// Many subscribers on one thread: open all, publish, wait for the last delivery, report. One
// loop does everything, so that a late publisher shows as such.

import Reactor

/// The run of many subscribers.
package enum SubscribersScenario {
    /// Runs it to its end; `report` hears the state once a second.
    package static func run(
        _ options: SubscribersOptions, report: (SubscribersProgress) -> Void = { _ in }
    ) throws -> SubscribersReport {
        try options.check()
        var run = try SubscribersRun(options)
        return try run.finish(report)
    }
}

/// A run under way.
private struct SubscribersRun: ~Copyable {
    private static let drainNanoseconds: Int64 = 10_000_000_000

    private let options: SubscribersOptions
    private var fleet: StreamFleet
    private var result = SubscribersReport()
    private var progress: ProgressClock

    init(_ options: SubscribersOptions) throws(LoadTestError) {
        self.options = options
        fleet = try StreamFleet(options)
        progress = ProgressClock(nowNanoseconds: Clock.monotonicNanoseconds())
        result.transport = options.transport
        result.streamCount = options.streamCount
    }

    mutating func finish(
        _ report: (SubscribersProgress) -> Void
    ) throws(LoadTestError) -> SubscribersReport {
        let before = try options.readServer()
        try openAll(report)
        let opened = try options.readServer()
        if let before, let opened, result.connected > 0 {
            result.serverBytesPerStream =
                (opened.anonymousBytes - before.anonymousBytes) / result.connected
        }
        try fleet.openPublisher()
        measure(serverBefore: opened, report)
        fleet.close()
        fillResult()
        return result
    }

    /// Opens all streams, at most `openingMax` at a time, then lets the server come to rest.
    private mutating func openAll(
        _ report: (SubscribersProgress) -> Void
    ) throws(LoadTestError) {
        let start = Clock.monotonicNanoseconds()
        let rampEnd = start + Int64(options.rampSecondsMax * 1e9)
        var now = start
        while fleet.hasUnopened || fleet.opening > 0, now < rampEnd {
            fleet.openMore()
            step(timeoutMilliseconds: 50, report)
            now = Clock.monotonicNanoseconds()
        }
        fleet.giveUpOpening()
        result.connected = fleet.live + fleet.closedEarly
        result.connectsPerSecond = FixedText.perSecond(fleet.live, nanoseconds: now - start)
        guard fleet.live > 0 else { throw .unreachable(fleet.firstFailure ?? "nothing answered") }
        let restEnd = now + 500_000_000
        while Clock.monotonicNanoseconds() < restEnd { step(timeoutMilliseconds: 50, report) }
    }

    /// Publishes for the duration and waits for the last delivery.
    private mutating func measure(
        serverBefore: ProcessUsage?, _ report: (SubscribersProgress) -> Void
    ) {
        let loadBefore = ProcessUsage.own()
        let start = Clock.monotonicNanoseconds()
        var schedule = PublishSchedule(
            pace: options.pace, startNanoseconds: start, durationSeconds: options.durationSeconds)
        var now = start
        let deliveredBefore = fleet.tally.deliveries
        while !schedule.isOver(nowNanoseconds: now) {
            while let due = schedule.takeDue(
                nowNanoseconds: now,
                deliveredToAll: (fleet.tally.deliveries - deliveredBefore) / max(1, fleet.live))
            {
                fleet.publisher.publish(dueNanoseconds: due, nowNanoseconds: now)
            }
            fleet.publisher.flush()
            result.published = schedule.published
            // Below a millisecond the loop spins: the poller's clock is no finer.
            let wait = schedule.nanosecondsToWait(nowNanoseconds: now) / 1_000_000
            step(timeoutMilliseconds: Int32(min(wait, 50)), report)
            now = Clock.monotonicNanoseconds()
        }
        let drainEnd = now + SubscribersRun.drainNanoseconds
        while fleet.publisher.inFlight > 0
            || fleet.tally.deliveries
                < (schedule.published - fleet.publisher.failures) * fleet.live,
            fleet.live > 0, now < drainEnd
        {
            step(timeoutMilliseconds: 20, report)
            now = Clock.monotonicNanoseconds()
        }
        let deliveries = fleet.tally.deliveries
        let span = (deliveries > 0 ? fleet.lastDeliveryNanoseconds : now) - start
        result.deliveriesPerSecond = FixedText.perSecond(deliveries, nanoseconds: span)
        let load = ProcessUsage.own().processorMilliseconds - loadBefore.processorMilliseconds
        result.loadProcessorPercent = Int(Int64(load) * 100_000_000 / max(1, now - start))
        if let serverBefore, let process = options.serverProcess,
            let after = ProcessUsage.read(process: process)
        {
            let used = after.processorMilliseconds - serverBefore.processorMilliseconds
            result.serverProcessorPercent = Int(Int64(used) * 100_000_000 / max(1, now - start))
            result.deliveriesPerServerSecond = deliveries * 1_000 / max(1, used)
        }
    }

    /// Waits once, reads all that is ready, and says once a second how it goes.
    private mutating func step(
        timeoutMilliseconds: Int32, _ report: (SubscribersProgress) -> Void
    ) {
        fleet.step(timeoutMilliseconds: timeoutMilliseconds)
        let now = Clock.monotonicNanoseconds()
        guard let second = progress.tick(nowNanoseconds: now, count: fleet.tally.events) else {
            return
        }
        report(
            SubscribersProgress(
                seconds: second.seconds, connected: fleet.live, streamCount: options.streamCount,
                published: result.published, eventsPerSecond: second.perSecond,
                gaps: fleet.tally.missing + fleet.tally.gapFrames))
    }

    private mutating func fillResult() {
        result.refused = fleet.refused
        result.closedEarly = fleet.closedEarly
        result.publishFailures = fleet.publisher.failures
        result.publishLateMaxMicroseconds = Int(fleet.publisher.lateMaxNanoseconds / 1_000)
        result.firstFailure = fleet.firstFailure ?? fleet.publisher.firstFailure
        result.events = fleet.tally.events
        result.deliveries = fleet.tally.deliveries
        result.bytesPerEvent = fleet.tally.bytes / max(1, fleet.tally.events)
        let perStream = fleet.streams.map { Int($0.cursor.deliveries) }
        result.deliveriesPerStreamMin = perStream.min() ?? 0
        result.deliveriesPerStreamMax = perStream.max() ?? 0
        result.missing = fleet.tally.missing
        result.repeats = fleet.tally.repeats
        result.gapFrames = fleet.tally.gapFrames
        result.problemFrames = fleet.tally.problemFrames
        result.malformedFrames = fleet.tally.malformedFrames
        result.latency = fleet.tally.latency.summary
    }
}
