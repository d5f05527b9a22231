// Writers at a fixed rate on a thread of their own, so that what they wait is the server's doing
// and not that of the thread which reads the streams. A run has phases; each has its quantiles.

import Reactor
import Synchronization

/// Writers at work.
final class SteadyWriters: Sendable {
    /// What came of them.
    struct Outcome {
        /// The latencies of each phase.
        var phases: [LatencySummary] = []
        var published = 0
        var failures = 0
        var firstFailure: String?
    }

    /// What both threads see.
    private struct Shared {
        /// Phases that were begun.
        var phase = 1
        var isStopped = false
        var outcome = Outcome()
    }

    private let shared = Mutex(Shared())

    /// Starts them; they write until `finish`.
    static func start(
        _ options: SubscribersOptions
    ) throws(LoadTestError) -> (writers: SteadyWriters, thread: Thread) {
        let writers = SteadyWriters()
        do {
            let thread = try Thread(name: "writers") { writers.run(options) }
            return (writers, thread)
        } catch {
            throw .system(error)
        }
    }

    /// Ends one phase and begins the next.
    func beginPhase() {
        shared.withLock { $0.phase += 1 }
    }

    /// Ends the last phase, waits for its answers, and tells what came of all.
    func finish(_ thread: Thread) -> Outcome {
        shared.withLock { $0.isStopped = true }
        thread.join()
        return shared.withLock { $0.outcome }
    }

    private func run(_ options: SubscribersOptions) {
        do throws(LoadTestError) {
            try write(options)
        } catch {
            shared.withLock { $0.outcome.firstFailure = error.description }
        }
    }

    private func write(_ options: SubscribersOptions) throws(LoadTestError) {
        var poller: Poller
        do {
            poller = try Poller()
        } catch {
            throw .system(error)
        }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var publisher = Publisher(options: options)
        try publisher.open(poller, firstToken: 0)
        let start = Clock.monotonicNanoseconds()
        var schedule = PublishSchedule(
            pace: options.pace, startNanoseconds: start,
            durationSeconds: SubscribersOptions.durationSecondsMax)
        var phase = 1
        while goesOn(&phase, &publisher) {
            let now = Clock.monotonicNanoseconds()
            while let due = schedule.takeDue(nowNanoseconds: now, deliveredToAll: 0) {
                publisher.publish(dueNanoseconds: due, nowNanoseconds: now)
            }
            publisher.flush()
            let wait = schedule.nanosecondsToWait(nowNanoseconds: now) / 1_000_000 + 1
            advance(&publisher, &poller, &buffer, milliseconds: Int32(min(wait, 20)))
        }
        let end = Clock.monotonicNanoseconds() + 20_000_000_000
        while publisher.inFlight > 0, Clock.monotonicNanoseconds() < end {
            publisher.flush()
            advance(&publisher, &poller, &buffer, milliseconds: 10)
        }
        let left = publisher.inFlight
        publisher.close()
        shared.withLock { shared in
            shared.outcome.phases.append(publisher.latency.summary)
            shared.outcome.published = schedule.published
            shared.outcome.failures = publisher.failures + left
            shared.outcome.firstFailure = publisher.firstFailure
        }
    }

    /// Whether there is more to write; a phase that has ended is summed up.
    private func goesOn(_ known: inout Int, _ publisher: inout Publisher) -> Bool {
        let (phase, isStopped) = shared.withLock { ($0.phase, $0.isStopped) }
        if phase != known {
            known = phase
            let summary = publisher.latency.summary
            publisher.latency = LatencyRecorder()
            shared.withLock { $0.outcome.phases.append(summary) }
        }
        return !isStopped
    }

    private func advance(
        _ publisher: inout Publisher, _ poller: inout Poller, _ buffer: inout [UInt8],
        milliseconds: Int32
    ) {
        let count = poller.sleepUntilReady(timeoutMilliseconds: milliseconds)
        for index in 0..<count {
            publisher.advance(
                connection: Int(poller.readiness(at: index).token), through: &buffer)
        }
    }
}
