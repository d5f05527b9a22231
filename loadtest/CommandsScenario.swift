// Creates leads as fast as the server answers: a fixed number of commands is in flight, each with
// an email and an idempotency key of its own, so that every one must be stored. A closed loop: it
// finds the most the server can do; the latency of a given load is the subscribers' business.

import Reactor
import Wire

/// The run of many commands.
package enum CommandsScenario {
    /// Runs it to its end; `report` hears the state once a second.
    package static func run(
        _ options: CommandsOptions, report: (CommandsProgress) -> Void = { _ in }
    ) throws -> CommandsReport {
        try options.check()
        var run = try CommandsRun(options)
        return try run.finish(report)
    }
}

/// A run under way.
private struct CommandsRun: ~Copyable {
    private static let drainNanoseconds: Int64 = 10_000_000_000
    // A server that only closes is given up.
    private static let reconnectsMax = 1_000

    private let options: CommandsOptions
    private let request: PostRequest
    private let runName: String
    private let depth: Int
    private var poller: Poller
    private var buffer = [UInt8](repeating: 0, count: 256 << 10)
    private var connections: [PipelinedConnection] = []
    private var answers: [PipelinedAnswer] = []
    private var latency = LatencyRecorder()
    private var result = CommandsReport()
    private var answered = 0
    private var lastAnswerNanoseconds: Int64 = 0
    private var body: [UInt8] = []
    private var key: [UInt8] = []
    private var subject = ""
    private var progress: ProgressClock

    init(_ options: CommandsOptions) throws(LoadTestError) {
        self.options = options
        let needed = options.connections + 32
        let allowed = Dialer.raiseDescriptorLimit()
        guard needed <= allowed else {
            throw .descriptorsTooFew(needed: needed, allowed: allowed)
        }
        do {
            poller = try Poller()
        } catch {
            throw .system(error)
        }
        var random = RandomSource()
        runName = options.runName ?? String(random.next() >> 16, radix: 36)
        depth = (options.inFlight + options.connections - 1) / options.connections
        request = PostRequest(
            target: options.target, path: options.requestPath, token: options.token)
        progress = ProgressClock(nowNanoseconds: Clock.monotonicNanoseconds())
        result.scenario = options.command.scenario
        result.runName = runName
        result.inFlight = options.inFlight
        result.connections = options.connections
    }

    mutating func finish(
        _ report: (CommandsProgress) -> Void
    ) throws(LoadTestError) -> CommandsReport {
        if case .decision(let lessons) = options.command {
            var lesson = try DecisionLessons(options, runName: runName)
            try lesson.teach(lessons)
            subject = lesson.subject
            result.modelVersion = lesson.modelVersion
        }
        for index in 0..<options.connections {
            connections.append(try open(token: UInt64(index)))
        }
        let loadBefore = ProcessUsage.own()
        let serverBefore = options.serverProcess.flatMap { ProcessUsage.read(process: $0) }
        if options.serverProcess != nil, serverBefore == nil {
            throw .optionInvalid(name: "server-pid", reason: "there is no such process")
        }
        let start = Clock.monotonicNanoseconds()
        let end = start + Int64(options.durationSeconds * 1e9)
        lastAnswerNanoseconds = start
        var now = start
        while now < end, result.sent < options.count ?? Int.max {
            fill(now)
            try step(mayReconnect: true, report)
            now = Clock.monotonicNanoseconds()
        }
        let drainEnd = now + CommandsRun.drainNanoseconds
        while inFlight > 0, now < drainEnd {
            try step(mayReconnect: false, report)
            now = Clock.monotonicNanoseconds()
        }
        for connection in connections where connection.descriptor >= 0 {
            Socket.close(connection.descriptor)
        }
        fillResult(from: start, to: now, loadBefore, serverBefore)
        return result
    }

    private var inFlight: Int { connections.reduce(0) { $0 + $1.inFlight } }

    private func open(token: UInt64) throws(LoadTestError) -> PipelinedConnection {
        do {
            let descriptor = try Dialer.connect(to: options.target, sourceIndex: nil)
            try poller.add(descriptor, token: token, interest: [.read, .write, .edge])
            return PipelinedConnection(descriptor: descriptor)
        } catch {
            throw .unreachable(error.description)
        }
    }

    /// Puts commands in flight on each connection until it has its share.
    private mutating func fill(_ now: Int64) {
        var room = options.inFlight - inFlight
        for index in connections.indices {
            while room > 0, connections[index].inFlight < depth,
                result.sent < options.count ?? Int.max
            {
                writeCommand(number: result.sent)
                connections[index].enqueue(startNanoseconds: now) { output in
                    request.append(
                        body: body, idempotencyKey: key.isEmpty ? nil : key, to: &output)
                }
                result.sent += 1
                room -= 1
            }
            // What the socket refuses now, or that it is closed, shows at the next step.
            _ = connections[index].flush()
        }
    }

    /// Waits once, and reads all that is ready.
    private mutating func step(
        mayReconnect: Bool, _ report: (CommandsProgress) -> Void
    ) throws(LoadTestError) {
        let count = poller.sleepUntilReady(timeoutMilliseconds: 20)
        for index in 0..<count {
            try advance(Int(poller.readiness(at: index).token), mayReconnect: mayReconnect)
        }
        let now = Clock.monotonicNanoseconds()
        guard let second = progress.tick(nowNanoseconds: now, count: answered) else { return }
        report(
            CommandsProgress(
                seconds: second.seconds, answered: answered, answersPerSecond: second.perSecond,
                failures: result.lost + answered - result.succeeded))
    }

    private mutating func advance(_ index: Int, mayReconnect: Bool) throws(LoadTestError) {
        guard connections[index].descriptor >= 0 else { return }
        var outcome = connections[index].flush()
        if outcome == .open {
            outcome = connections[index].receive(through: &buffer, answers: &answers)
        }
        let now = Clock.monotonicNanoseconds()
        for answer in answers {
            answered += 1
            result.statuses[answer.status, default: 0] += 1
            latency.record(nanoseconds: now - answer.startNanoseconds)
            if answer.status < 200 || answer.status > 299 {
                result.firstFailure = result.firstFailure ?? "status \(answer.status)"
            }
            lastAnswerNanoseconds = now
        }
        answers.removeAll(keepingCapacity: true)
        guard case .closed(let reason) = outcome else { return }
        result.lost += connections[index].inFlight
        Socket.close(connections[index].descriptor)
        connections[index] = PipelinedConnection(descriptor: -1)
        if result.statuses.isEmpty { throw .unreachable(reason) }
        result.firstFailure = result.firstFailure ?? "connection \(index): \(reason)"
        guard mayReconnect else { return }
        result.reconnects += 1
        guard result.reconnects <= CommandsRun.reconnectsMax else { throw .unreachable(reason) }
        connections[index] = try open(token: UInt64(index))
    }

    /// Writes the body and the key of a command.
    private mutating func writeCommand(number: Int) {
        key.removeAll(keepingCapacity: true)
        body.removeAll(keepingCapacity: true)
        guard options.command == .lead else {
            body.append(text: DecisionLessons.body(subject: subject, number: number))
            return
        }
        key.append(text: runName)
        key.append(UInt8(ascii: "-"))
        DecimalText.append(number, to: &key)
        body.append(text: #"{"name":"Load Test","email":""#)
        body.append(contentsOf: key)
        body.append(
            text: #"@loadtest.test","company":"Acme","source":"web","tags":["load","test"]}"#)
    }

    private mutating func fillResult(
        from start: Int64, to end: Int64, _ loadBefore: ProcessUsage,
        _ serverBefore: ProcessUsage?
    ) {
        let span = lastAnswerNanoseconds - start
        result.spanMilliseconds = Int(span / 1_000_000)
        result.lost += inFlight
        result.commandsPerSecond = FixedText.perSecond(result.succeeded, nanoseconds: span)
        result.latency = latency.summary
        let load = ProcessUsage.own().processorMilliseconds - loadBefore.processorMilliseconds
        result.loadProcessorPercent = Int(Int64(load) * 100_000_000 / max(1, end - start))
        if let serverBefore, let process = options.serverProcess,
            let after = ProcessUsage.read(process: process)
        {
            let used = after.processorMilliseconds - serverBefore.processorMilliseconds
            result.serverProcessorPercent = Int(Int64(used) * 100_000_000 / max(1, end - start))
        }
    }
}
