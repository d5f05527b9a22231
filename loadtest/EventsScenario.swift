// Reported events at a fixed rate, and everything that follows from them: it publishes, watches the
// processors until none has anything left to do, and looks at a sample of the events one by one.

import Glibc
import Reactor
import Wire

/// The run of many reported events.
package enum EventsScenario {
    /// Runs it to its end; `report` hears the state once a second.
    package static func run(
        _ options: EventsOptions, report: (EventsProgress) -> Void = { _ in }
    ) throws -> EventsReport {
        try options.check()
        let query = try QueryConnection(target: options.target, token: options.token)
        var run = try EventsRun(options, query)
        return try run.finish(report)
    }
}

/// A run under way.
private struct EventsRun: ~Copyable {
    /// How often the processors are looked at.
    private static let lookNanoseconds: Int64 = 200_000_000
    private static let answersNanoseconds: Int64 = 20_000_000_000
    private static let leasesNanoseconds: Int64 = 3_000_000_000

    private let options: EventsOptions
    private let request: PostRequest
    private var poller: Poller
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    private var connections: [PipelinedConnection] = []
    private var nextConnection = 0
    private var answers: [PipelinedAnswer] = []
    private var query: QueryConnection
    private var lookAt: Int64 = 0
    private var reading: ProcessorsReading?
    private var latency = LatencyRecorder()
    private var result = EventsReport()
    private var body: [UInt8] = []
    private var lastAnswer: Int64 = 0
    private var progress: ProgressClock

    init(_ options: EventsOptions, _ query: QueryConnection) throws(LoadTestError) {
        self.options = options
        self.query = query
        request = PostRequest(target: options.target, path: options.path, token: options.token)
        do {
            poller = try Poller()
        } catch {
            throw .system(error)
        }
        progress = ProgressClock(nowNanoseconds: Clock.monotonicNanoseconds())
        result.ratePerSecond = Int(options.rate)
        result.batch = options.batch
    }

    mutating func finish(
        _ report: (EventsProgress) -> Void
    ) throws(LoadTestError) -> EventsReport {
        let before = options.serverProcess.flatMap { ProcessUsage.read(process: $0) }
        if options.serverProcess != nil, before == nil {
            throw .optionInvalid(name: "server-pid", reason: "there is no such process")
        }
        for index in 0..<options.connections { try open(index) }
        // A hub that has just started takes its leases a moment after its first answer.
        let patience = Clock.monotonicNanoseconds() + EventsRun.leasesNanoseconds
        var first = try look()
        while !first.isLeased, Clock.monotonicNanoseconds() < patience {
            usleep(50_000)
            first = try look()
        }
        guard first.isLeased else {
            throw .unreachable("not every processor runs; none of their lag would ever end")
        }
        let loadBefore = ProcessUsage.own()
        let start = Clock.monotonicNanoseconds()
        try publish(from: start, report)
        let published = options.serverProcess.flatMap { ProcessUsage.read(process: $0) }
        try drain(report)
        for connection in connections { Socket.close(connection.descriptor) }
        let end = Clock.monotonicNanoseconds()
        result.logGrowth = Int((reading?.head ?? first.head) - first.head)
        result.deadLetters = (reading?.deadLetters ?? 0) - first.deadLetters
        let load = ProcessUsage.own().processorMilliseconds - loadBefore.processorMilliseconds
        result.loadProcessorPercent = Int(Int64(load) * 100_000_000 / max(1, end - start))
        let after = options.serverProcess.flatMap { ProcessUsage.read(process: $0) }
        if let before, let published, let after {
            let used = after.processorMilliseconds - before.processorMilliseconds
            result.serverProcessorPercent = Int(Int64(used) * 100_000_000 / max(1, end - start))
            result.serverBytes = [before, published, after].map(\.anonymousBytes)
        }
        result.latency = latency.summary
        try sample(after: first.head)
        query.close()
        return result
    }

    private mutating func open(_ index: Int) throws(LoadTestError) {
        do {
            let descriptor = try Dialer.connect(to: options.target, sourceIndex: nil)
            try poller.add(
                descriptor, token: UInt64(index), interest: [.read, .write, .edge])
            connections.append(PipelinedConnection(descriptor: descriptor))
        } catch {
            throw .unreachable(error.description)
        }
    }

    private var inFlight: Int { connections.reduce(0) { $0 + $1.inFlight } }

    /// Publishes for the duration, then waits for the last answers.
    private mutating func publish(
        from start: Int64, _ report: (EventsProgress) -> Void
    ) throws(LoadTestError) {
        var schedule = PublishSchedule(
            pace: .rate(perSecond: options.rate / Double(options.batch)),
            startNanoseconds: start, durationSeconds: options.durationSeconds)
        var now = start
        lastAnswer = start
        while !schedule.isOver(nowNanoseconds: now) {
            while let due = schedule.takeDue(nowNanoseconds: now, deliveredToAll: 0) {
                enqueue(due)
            }
            let wait = schedule.nanosecondsToWait(nowNanoseconds: now) / 1_000_000
            try step(milliseconds: Int32(min(wait, 10)), report)
            now = Clock.monotonicNanoseconds()
        }
        let end = now + EventsRun.answersNanoseconds
        while inFlight > 0, now < end {
            try step(milliseconds: 10, report)
            now = Clock.monotonicNanoseconds()
        }
        if inFlight > 0 { fail("\(inFlight) requests were not answered", count: inFlight) }
        result.spanMilliseconds = Int((lastAnswer - start) / 1_000_000)
        result.eventsPerSecond = FixedText.perSecond(
            result.answered, nanoseconds: lastAnswer - start)
    }

    /// Waits until no processor has anything left to do.
    private mutating func drain(_ report: (EventsProgress) -> Void) throws(LoadTestError) {
        let end = Clock.monotonicNanoseconds() + Int64(options.drainSecondsMax * 1e9)
        while Clock.monotonicNanoseconds() < end {
            // An answer that is on its way was asked for before the last event.
            if query.isAsking { _ = try query.wait() }
            reading = try look()
            if reading?.isAtRest == true {
                let now = Clock.monotonicNanoseconds()
                result.drainMilliseconds = Int((now - lastAnswer) / 1_000_000)
                return
            }
            show(report)
            usleep(20_000)
        }
        fail("the processors were not done in time", count: 1)
    }

    private mutating func enqueue(_ due: Int64) {
        let index = nextConnection
        nextConnection = (nextConnection + 1) % connections.count
        writeBody(due)
        connections[index].enqueue(startNanoseconds: due) { output in
            request.append(body: body, idempotencyKey: nil, to: &output)
        }
        result.published += options.batch
    }

    /// Sends, waits once, and reads what has come.
    private mutating func step(
        milliseconds: Int32, _ report: (EventsProgress) -> Void
    ) throws(LoadTestError) {
        for index in connections.indices {
            if case .closed(let reason) = connections[index].flush() { throw .unreachable(reason) }
        }
        let count = poller.sleepUntilReady(timeoutMilliseconds: milliseconds)
        for place in 0..<count {
            let index = Int(poller.readiness(at: place).token)
            let outcome = connections[index].receive(through: &buffer, answers: &answers)
            if case .closed(let reason) = outcome { throw .unreachable(reason) }
        }
        let now = Clock.monotonicNanoseconds()
        for answer in answers {
            latency.record(nanoseconds: now - answer.startNanoseconds)
            lastAnswer = now
            if answer.status == 202 {
                result.answered += options.batch
            } else {
                fail("publishing got status \(answer.status)", count: 1)
            }
        }
        answers.removeAll(keepingCapacity: true)
        if let answer = try query.answer() { reading = try take(answer) }
        if now >= lookAt, !query.isAsking {
            lookAt = now + EventsRun.lookNanoseconds
            query.ask("GET", "/admin/processors")
            _ = try query.answer()
        }
        show(report)
    }

    private mutating func show(_ report: (EventsProgress) -> Void) {
        let now = Clock.monotonicNanoseconds()
        guard let second = progress.tick(nowNanoseconds: now, count: result.answered) else {
            return
        }
        report(
            EventsProgress(
                seconds: second.seconds, answeredPerSecond: second.perSecond,
                lagPositions: reading?.lagPositionsMax ?? 0,
                lagMilliseconds: reading?.lagMillisecondsMax ?? 0, failures: result.failures))
    }

    private mutating func fail(_ reason: String, count: Int) {
        result.failures += count
        result.firstFailure = result.firstFailure ?? reason
    }
}

// MARK: Questions

extension EventsRun {
    /// Looks at the processors, and waits for the answer.
    private mutating func look() throws(LoadTestError) -> ProcessorsReading {
        try take(try query.get("/admin/processors"))
    }

    private mutating func take(_ answer: QueryAnswer) throws(LoadTestError) -> ProcessorsReading {
        guard answer.status == 200, let document = answer.document,
            let reading = ProcessorsReading(document)
        else { throw .unreachable("/admin/processors answered \(answer.status)") }
        result.lagPositionsMax = max(result.lagPositionsMax, reading.lagPositionsMax)
        result.lagMillisecondsMax = max(result.lagMillisecondsMax, reading.lagMillisecondsMax)
        return reading
    }

    /// Looks at events from everywhere in the run, each at its own address.
    private mutating func sample(after first: UInt64) throws(LoadTestError) {
        // Behind the last event there are only effects.
        guard options.sampleCount > 0, let last = try event("order=desc"),
            last.position > first
        else { return }
        var place = first
        for number in 0..<options.sampleCount {
            // Spread evenly, and never one twice.
            let share = UInt64(number) * (last.position - first) / UInt64(options.sampleCount)
            place = max(place, first + share)
            guard let found = try event("order=asc&cursor=\(place)") else { break }
            place = found.position
            result.sampled += 1
            let answer = try query.get("/event/\(found.id)")
            let states = ["compliance", "rl", "workflow", "log"].map {
                answer.text("branches", $0, "state") ?? "unknown"
            }
            guard states.contains(where: { $0 != "done" }) else { continue }
            result.unfinished += 1
            result.firstFailure = result.firstFailure ?? "event \(found.id): \(states)"
        }
        if result.sampled == 0 { fail("no event was found again", count: 1) }
    }

    /// The first event of ours in an order of the log; nil when there is none.
    private mutating func event(
        _ order: String
    ) throws(LoadTestError) -> (id: String, position: UInt64)? {
        let page = try query.get("/events?types=\(options.eventType)&limit=1&\(order)")
        guard let document = page.document,
            let rows = document.member("data", of: document.root),
            let row = document.elements(rows).first,
            let id = document.member("id", of: row).flatMap({ document.string($0) }),
            let text = document.member("position", of: row).flatMap({ document.string($0) }),
            let position = UInt64(text)
        else { return nil }
        return (id, position)
    }

    /// Writes one event, or an array of them.
    private mutating func writeBody(_ due: Int64) {
        body.removeAll(keepingCapacity: true)
        if options.batch > 1 { body.append(UInt8(ascii: "[")) }
        for index in 0..<options.batch {
            if index > 0 { body.append(UInt8(ascii: ",")) }
            writeEvent(due)
        }
        if options.batch > 1 { body.append(UInt8(ascii: "]")) }
    }

    private mutating func writeEvent(_ due: Int64) {
        body.append(text: #"{"task_id":"loadtest","user_id":"loadtest","event_type":""#)
        body.append(text: options.eventType)
        body.append(text: #"","consent_flag":true,"payload":"#)
        let start = body.count
        body.append(text: #"{"level":"#)
        DecimalText.append(Int(due / 1_000 % 10), to: &body)
        body.append(text: #","fill":""#)
        let fill = options.payloadBytes - (body.count - start) - 2
        for index in 0..<max(0, fill) { body.append(UInt8(ascii: "a") + UInt8(index % 23)) }
        body.append(text: #""}}"#)
    }
}
