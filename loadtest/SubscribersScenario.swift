// Many subscribers on one thread: open all, publish, wait for the last delivery, report. One
// loop does everything, in the order of `step`, so that a late publisher shows as such.

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
    // Above any payload that the hub takes, so that the largest frame fits.
    private static let bufferBytes = 4 << 20
    private static let publisherToken: UInt64 = 1 << 32
    // Ports of one source address suffice for so many streams.
    private static let streamsPerSource = 16_000
    private static let drainNanoseconds: Int64 = 10_000_000_000

    private let options: SubscribersOptions
    private let request: [UInt8]
    private var poller: Poller
    private var buffer = [UInt8](repeating: 0, count: bufferBytes)
    private var streams: [EventStream]
    private var tally: StreamTally
    private var publisher: Publisher
    private var random = RandomSource()
    private var result = SubscribersReport()
    private var nextStream = 0
    private var opening = 0
    private var live = 0
    private var lastDeliveryNanoseconds: Int64 = 0
    private var progress: ProgressClock

    init(_ options: SubscribersOptions) throws(LoadTestError) {
        self.options = options
        let needed = options.streamCount + options.publishConnections + 32
        let allowed = Dialer.raiseDescriptorLimit()
        guard needed <= allowed else {
            throw .descriptorsTooFew(needed: needed, allowed: allowed)
        }
        do {
            poller = try Poller()
        } catch {
            throw .system(error)
        }
        request = SubscribersRequest.bytes(
            target: options.target, path: options.streamPath, transport: options.transport,
            token: options.token)
        streams = [EventStream](repeating: EventStream(), count: options.streamCount)
        tally = StreamTally(isContiguous: options.requiresContiguous)
        publisher = Publisher(options: options)
        progress = ProgressClock(nowNanoseconds: Clock.monotonicNanoseconds())
        result.transport = options.transport
        result.streamCount = options.streamCount
    }

    mutating func finish(
        _ report: (SubscribersProgress) -> Void
    ) throws(LoadTestError) -> SubscribersReport {
        let before = options.serverProcess.flatMap { ProcessUsage.read(process: $0) }
        if options.serverProcess != nil, before == nil {
            throw .optionInvalid(name: "server-pid", reason: "there is no such process")
        }
        try openAll(report)
        let opened = options.serverProcess.flatMap { ProcessUsage.read(process: $0) }
        if let before, let opened, result.connected > 0 {
            result.serverBytesPerStream =
                (opened.anonymousBytes - before.anonymousBytes) / result.connected
        }
        try publisher.open(poller, firstToken: SubscribersRun.publisherToken)
        measure(serverBefore: opened, report)
        publisher.close()
        for index in streams.indices { streams[index].close() }
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
        while nextStream < streams.count || opening > 0, now < rampEnd {
            while nextStream < streams.count, opening < options.openingMax { openNext() }
            step(timeoutMilliseconds: 50, report)
            now = Clock.monotonicNanoseconds()
        }
        for index in streams.indices where streams[index].phase != .live {
            if streams[index].phase != .closed { end(index, "was not open in time") }
        }
        result.connected = live + result.closedEarly
        result.connectsPerSecond = FixedText.perSecond(live, nanoseconds: now - start)
        guard live > 0 else { throw .unreachable(result.firstFailure ?? "nothing answered") }
        let restEnd = now + 500_000_000
        while Clock.monotonicNanoseconds() < restEnd { step(timeoutMilliseconds: 50, report) }
    }

    private mutating func openNext() {
        let index = nextStream
        nextStream += 1
        let source =
            streams.count > SubscribersRun.streamsPerSource
            ? index / SubscribersRun.streamsPerSource : nil
        do {
            let descriptor = try Dialer.connect(to: options.target, sourceIndex: source)
            streams[index].begin(descriptor: descriptor)
            opening += 1
            try poller.add(descriptor, token: UInt64(index), interest: .write)
        } catch {
            end(index, error.description)
        }
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
        let deliveredBefore = tally.deliveries
        while !schedule.isOver(nowNanoseconds: now) {
            while let due = schedule.takeDue(
                nowNanoseconds: now,
                deliveredToAll: (tally.deliveries - deliveredBefore) / max(1, live))
            {
                publisher.publish(dueNanoseconds: due, nowNanoseconds: now)
            }
            publisher.flush()
            result.published = schedule.published
            // Below a millisecond the loop spins: the poller's clock is no finer.
            let wait = schedule.nanosecondsToWait(nowNanoseconds: now) / 1_000_000
            step(timeoutMilliseconds: Int32(min(wait, 50)), report)
            now = Clock.monotonicNanoseconds()
        }
        let drainEnd = now + SubscribersRun.drainNanoseconds
        while publisher.inFlight > 0
            || tally.deliveries < (schedule.published - publisher.failures) * live,
            live > 0, now < drainEnd
        {
            step(timeoutMilliseconds: 20, report)
            now = Clock.monotonicNanoseconds()
        }
        let span = (tally.deliveries > 0 ? lastDeliveryNanoseconds : now) - start
        result.deliveriesPerSecond = FixedText.perSecond(tally.deliveries, nanoseconds: span)
        let load = ProcessUsage.own().processorMilliseconds - loadBefore.processorMilliseconds
        result.loadProcessorPercent = Int(Int64(load) * 100_000_000 / max(1, now - start))
        if let serverBefore, let process = options.serverProcess,
            let after = ProcessUsage.read(process: process)
        {
            let used = after.processorMilliseconds - serverBefore.processorMilliseconds
            result.serverProcessorPercent = Int(Int64(used) * 100_000_000 / max(1, now - start))
            result.deliveriesPerServerSecond = tally.deliveries * 1_000 / max(1, used)
        }
    }

    /// Waits once, and reads all that is ready.
    private mutating func step(
        timeoutMilliseconds: Int32, _ report: (SubscribersProgress) -> Void
    ) {
        let count = poller.sleepUntilReady(timeoutMilliseconds: timeoutMilliseconds)
        let deliveries = tally.deliveries
        for index in 0..<count {
            let readiness = poller.readiness(at: index)
            if readiness.token >= SubscribersRun.publisherToken {
                publisher.advance(
                    connection: Int(readiness.token - SubscribersRun.publisherToken),
                    through: &buffer)
            } else {
                advance(Int(readiness.token), readiness)
            }
        }
        let now = Clock.monotonicNanoseconds()
        if tally.deliveries > deliveries { lastDeliveryNanoseconds = now }
        guard let second = progress.tick(nowNanoseconds: now, count: tally.events) else { return }
        report(
            SubscribersProgress(
                seconds: second.seconds, connected: live, streamCount: options.streamCount,
                published: result.published, eventsPerSecond: second.perSecond,
                gaps: tally.missing + tally.gapFrames))
    }

    private mutating func advance(_ index: Int, _ readiness: Readiness) {
        let outcome: EventStream.Outcome
        let phase = streams[index].phase
        switch phase {
        case .unopened, .closed: return
        case .connecting:
            outcome = streams[index].request(request)
            if outcome == .open {
                let descriptor = streams[index].descriptor
                guard (try? poller.modify(descriptor, token: UInt64(index), interest: .read)) != nil
                else { return end(index, "the poller refused the stream") }
            }
        case .awaitingHead, .live:
            outcome = streams[index].receive(
                through: &buffer, transport: options.transport,
                mask: UInt32(truncatingIfNeeded: random.next()), tally: &tally)
        }
        if phase == .awaitingHead, streams[index].phase == .live {
            opening -= 1
            live += 1
        }
        if case .ended(let reason) = outcome { end(index, reason) }
    }

    private mutating func end(_ index: Int, _ reason: String) {
        result.firstFailure = result.firstFailure ?? "stream \(index): \(reason)"
        switch streams[index].phase {
        case .live:
            live -= 1
            result.closedEarly += 1
        case .connecting, .awaitingHead:
            opening -= 1
            result.refused += 1
        case .unopened, .closed:
            result.refused += 1
        }
        streams[index].close()
    }

    private mutating func fillResult() {
        result.publishFailures = publisher.failures
        result.publishLateMaxMicroseconds = Int(publisher.lateMaxNanoseconds / 1_000)
        result.firstFailure = result.firstFailure ?? publisher.firstFailure
        result.events = tally.events
        result.deliveries = tally.deliveries
        result.bytesPerEvent = tally.bytes / max(1, tally.events)
        let perStream = streams.map { Int($0.cursor.deliveries) }
        result.deliveriesPerStreamMin = perStream.min() ?? 0
        result.deliveriesPerStreamMax = perStream.max() ?? 0
        result.missing = tally.missing
        result.repeats = tally.repeats
        result.gapFrames = tally.gapFrames
        result.problemFrames = tally.problemFrames
        result.malformedFrames = tally.malformedFrames
        result.latency = tally.latency.summary
    }
}
