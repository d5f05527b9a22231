// How fast a burst of events is put into many sockets when nobody takes it out: the readers sleep,
// each with room for all of it, so that the server has the machine to itself. The kernel notes when
// each burst began to come to each socket; from the first to the last is what the server needed.

import Glibc
import Reactor
import Wire

/// The settings of `BurstScenario`.
package struct BurstOptions: Sendable {
    /// The streams.
    package var subscribers: SubscribersOptions
    package var burstCount = 9
    /// The events of a burst; they are one command, so one commit.
    package var eventCount = 16
    /// How long the readers sleep.
    package var sleepMilliseconds: UInt32 = 700

    /// Settings for a target, the rest as the bar of several loops has it.
    package init(target: LoadTestTarget) {
        subscribers = SubscribersOptions(target: target)
        subscribers.streamCount = 10_000
        subscribers.receiveBufferBytes = 65_536
    }

    func check() throws(LoadTestError) {
        try subscribers.check()
        guard (1...1_000).contains(burstCount) else {
            throw .optionInvalid(name: "bursts", reason: "1 to 1,000 bursts")
        }
        guard (1...100).contains(eventCount), eventCount * subscribers.payloadBytes <= 16_384
        else {
            throw .optionInvalid(
                name: "events", reason: "1 to 100 events of at most 16,384 bytes altogether")
        }
        // Later the server breaks a stream's silence, and that would be measured, too.
        guard sleepMilliseconds >= 10, burstCount * Int(sleepMilliseconds) <= 8_000 else {
            throw .optionInvalid(
                name: "sleep", reason: "10 milliseconds or more, 8 seconds over all bursts")
        }
        guard subscribers.requiresContiguous else {
            throw .optionInvalid(name: "path", reason: "a burst's streams have no filter")
        }
    }
}

/// The run of bursts to readers that sleep.
package enum BurstScenario {
    /// Runs it to its end; `report` hears the state after each burst.
    package static func run(
        _ options: BurstOptions, report: (String) -> Void = { _ in }
    ) throws -> BurstReport {
        try options.check()
        var run = try BurstRun(options)
        return try run.finish(report)
    }
}

/// A run under way.
private struct BurstRun: ~Copyable {
    private static let readNanoseconds: Int64 = 20_000_000_000

    private let options: BurstOptions
    private var fleet: StreamFleet
    private var result = BurstReport()

    init(_ options: BurstOptions) throws(LoadTestError) {
        self.options = options
        fleet = try StreamFleet(options.subscribers)
        result.transport = options.subscribers.transport
        result.streamCount = options.subscribers.streamCount
        result.eventCount = options.eventCount
    }

    mutating func finish(_ report: (String) -> Void) throws(LoadTestError) -> BurstReport {
        openAll()
        guard fleet.live > 0 else {
            throw .unreachable(fleet.firstFailure ?? "nothing answered")
        }
        let restEnd = Clock.monotonicNanoseconds() + 300_000_000
        while Clock.monotonicNanoseconds() < restEnd { fleet.step(timeoutMilliseconds: 50) }
        fleet.stampArrivals()
        for number in 1...options.burstCount {
            let head = try publish()
            usleep(options.sleepMilliseconds * 1_000)
            let arrivals = fleet.arrivalsNanoseconds()
            result.late += fleet.live - arrivals.count
            if let first = arrivals.min(), let last = arrivals.max() {
                result.spansMicroseconds.append(Int((last - first) / 1_000))
                report("burst \(number): \(result.spansMicroseconds.last ?? 0) µs")
            }
            readAll(to: head)
        }
        result.refused = fleet.refused
        result.closedEarly = fleet.closedEarly
        result.missing = fleet.tally.missing + fleet.tally.gapFrames
        result.repeats = fleet.tally.repeats
        result.firstFailure = fleet.firstFailure
        fleet.close()
        return result
    }

    private mutating func openAll() {
        let end =
            Clock.monotonicNanoseconds() + Int64(options.subscribers.rampSecondsMax * 1e9)
        while fleet.hasUnopened || fleet.opening > 0, Clock.monotonicNanoseconds() < end {
            fleet.openMore()
            fleet.step(timeoutMilliseconds: 50)
        }
        fleet.giveUpOpening()
    }

    /// Publishes one burst, and gives the place of its last event.
    private func publish() throws(LoadTestError) -> UInt64 {
        let target = options.subscribers.target
        let token = options.subscribers.token
        var event: [UInt8] = []
        Publisher.appendEvent(
            dueNanoseconds: Clock.monotonicNanoseconds(),
            payloadBytes: options.subscribers.payloadBytes, to: &event)
        let events = [String](
            repeating: String(decoding: event, as: UTF8.self), count: options.eventCount)
        var query = try QueryConnection(target: target, token: token)
        defer { query.close() }
        let answer = try query.post(
            options.subscribers.publishPath, "[\(events.joined(separator: ","))]")
        guard (200..<300).contains(answer.status) else {
            throw .unreachable("publishing got status \(answer.status)")
        }
        return try LogPlace.head(of: target, token: token).position
    }

    /// Reads until every stream has everything, or says by what is missing that one has not.
    private mutating func readAll(to head: UInt64) {
        let end = Clock.monotonicNanoseconds() + BurstRun.readNanoseconds
        while fleet.count(at: head) < fleet.live {
            guard Clock.monotonicNanoseconds() < end else {
                result.late += fleet.live - fleet.count(at: head)
                return
            }
            fleet.step(timeoutMilliseconds: 20)
        }
    }
}
