// Reads, pipelined on their own connection, each with its own sync, so that one that fails touches
// no other. A read whose connection is lost is sent again: it changes nothing. What the store
// thread itself wants to know (the head, a gap) goes before what clients ask.

import Domain
import EventLog
import Reactor

/// The reads of the store thread, for the one thread that made it.
final class Reader {
    /// Something to read.
    private enum Task {
        case request(ReadRequest)
        case history(ReadRequest, HistoryScan)
        case erasure(CommandRequest, ErasureScan)
        case head(known: UInt64)
        case gap(after: UInt64)
        case revoked(after: UInt64)

        /// What somebody waits for; nil when it is the store thread itself.
        var asked: ReadRequest? {
            switch self {
            case .request(let request), .history(let request, _): request
            case .head, .gap, .revoked, .erasure: nil
            }
        }

        /// Since when somebody waits for it.
        var receivedMilliseconds: Int64 {
            switch self {
            case .request(let request), .history(let request, _): request.receivedMilliseconds
            case .erasure(let request, _): request.receivedMilliseconds
            case .head, .gap, .revoked: .max / 2
            }
        }

        /// Whether it is dropped with its connection, for the store thread asks anew.
        var isOwn: Bool {
            switch self {
            case .head, .gap, .revoked: true
            case .request, .history, .erasure: false
            }
        }
    }

    /// A task whose statement was sent.
    private struct InFlight {
        let task: Task
        let sentMilliseconds: Int64
        var result: PostgresResult?
        var window: HistoryScan.Window?
        var erasureWindow: ErasureScan.Window?
        /// What a gap's second statement gave.
        var erased: PostgresResult?
        /// What it reads was erased meanwhile: it is done again.
        var isStale = false
    }

    private let connection: PostgresConnection
    private let configuration: StoreConfiguration
    private let epoch: Epoch
    private let gap: Statement
    private var urgent = Queue<Task>()
    private var waiting = Queue<Task>()
    private var inFlight = Queue<InFlight>()
    private var output = ReaderOutput()

    /// Reads on a connection that nobody else uses.
    init(connection: PostgresConnection, configuration: StoreConfiguration, epoch: Epoch) {
        self.connection = connection
        self.configuration = configuration
        self.epoch = epoch
        gap = ReadStatements.gap(eventsMax: configuration.gapEventsMax)
    }

    /// Whether nothing waits and nothing is in flight.
    var isIdle: Bool { urgent.isEmpty && waiting.isEmpty && inFlight.isEmpty }

    /// What came since the last call.
    func takeOutput() -> ReaderOutput {
        defer { output = ReaderOutput() }
        return output
    }

    /// Takes in reads; those that find no room are unavailable at once.
    func enqueue(_ requests: [ReadRequest]) {
        for request in requests {
            guard waiting.count < configuration.queuedReadsMax else {
                giveUp(request)
                continue
            }
            if case .history(let query) = request.query {
                waiting.append(.history(request, HistoryScan(query)))
            } else {
                waiting.append(.request(request))
            }
        }
    }

    /// Takes in a command that erases events: where they are is found first.
    func prepare(_ request: CommandRequest, erasing subject: String) {
        waiting.append(.erasure(request, ErasureScan(subject: subject)))
    }

    /// Events were erased: what is being read may hold what they were, and is read again.
    func readAgain() {
        var tasks = Queue<InFlight>()
        while var one = inFlight.popFirst() {
            one.isStale = true
            tasks.append(one)
        }
        inFlight = tasks
        var begunAgain = Queue<Task>()
        while let task = waiting.popFirst() { begunAgain.append(Reader.begunAgain(task)) }
        waiting = begunAgain
    }

    private static func begunAgain(_ task: Task) -> Task {
        guard case .history(let request, let scan) = task else { return task }
        return .history(request, HistoryScan(scan.query))
    }

    /// Asks for Postgres' head; `known` is what the loops have now.
    func askHead(known: UInt64) {
        urgent.append(.head(known: known))
    }

    /// Asks for the events after a position.
    func askGap(after position: UInt64) {
        urgent.append(.gap(after: position))
    }

    /// Asks for the tokens that were taken back after a number.
    func askRevoked(after number: UInt64) {
        urgent.append(.revoked(after: number))
    }

    /// Answers everything that waits as unavailable; what is in flight goes on.
    func refuseWaiting() {
        while let task = waiting.popFirst() { giveUp(task) }
    }

    /// Sends what can be sent, and gives up what waited too long.
    ///
    /// Returns in how many milliseconds it wants to be called again at the latest; nil: never.
    func step(now: Int64) -> Int64? {
        if let oldest = inFlight.first,
            now - oldest.sentMilliseconds >= Reader.flightMillisecondsMax
        {
            connection.abandon("no answer in time", now: now)
        }
        while connection.isReady, inFlight.count < configuration.readsInFlightMax,
            let task = urgent.popFirst() ?? waiting.popFirst()
        {
            send(task, now: now)
        }
        return connection.isReady ? flightDue(now: now) : expire(now: now)
    }

    /// Takes in one event of the connection.
    func handle(_ event: PostgresEvent, now: Int64) {
        switch event {
        case .result(let result):
            updateFirst { task in
                if task.result == nil { task.result = result } else { task.erased = result }
            }
        case .failed(let error):
            output.observations.append(
                .readFailed(sqlState: error.sqlState, message: error.message))
        case .synced:
            guard let done = inFlight.popFirst() else {
                preconditionFailure("a sync ends a read")
            }
            finish(done, now: now)
        case .lost: putBack()
        case .connected, .aborted, .notification: break
        }
    }

    /// Beyond the session's `statement_timeout`: then it is the connection that does not answer.
    private static let flightMillisecondsMax: Int64 = 8_000
    /// How long a history read looks, in steps, before it gives what it has.
    private static let scanMillisecondsMax: Int64 = 5_000
}

// MARK: Sending

extension Reader {
    private func send(_ task: Task, now: Int64) {
        var window: HistoryScan.Window?
        var erasureWindow: ErasureScan.Window?
        switch task {
        case .head: connection.send(ReadStatements.head)
        case .gap(let after):
            connection.send(gap, [.int8(Int64(clamping: after))])
            connection.send(ReadStatements.erased, [.int8(Int64(clamping: after))])
        case .revoked(let after):
            connection.send(RevocationStatements.after, [.int8(Int64(clamping: after))])
        case .erasure(_, let scan):
            erasureWindow = scan.window
            if let erasureWindow {
                connection.send(
                    ErasureStatements.find, ErasureStatements.parameters(scan, erasureWindow))
            } else {
                connection.send(ReadStatements.head)
            }
        case .history(_, let scan):
            window = scan.head == nil ? nil : scan.window
            if let window {
                let (statement, parameters) = ReadStatements.history(scan, window)
                connection.send(statement, parameters)
            } else {
                connection.send(ReadStatements.head)
            }
        case .request(let request): send(request)
        }
        connection.sync()
        inFlight.append(
            InFlight(
                task: task, sentMilliseconds: now, window: window, erasureWindow: erasureWindow))
    }

    private func send(_ request: ReadRequest) {
        switch request.query {
        case .lead(let id): connection.send(ReadStatements.lead, [.uuid(id)])
        case .leads(let query):
            let (statement, parameters) = ReadStatements.leads(query)
            connection.send(statement, parameters)
        case .event(let id): connection.send(ReadStatements.unifiedEvent, [.uuid(id)])
        case .page(let page):
            let range = EventLog.range(ofPage: page)
            connection.send(
                ReadStatements.range,
                [
                    .int8(Int64(clamping: range.lowerBound)),
                    .int8(Int64(clamping: range.upperBound)),
                ])
        case .timeline(let query):
            let (statement, parameters) = TimelineStatements.page(query)
            connection.send(statement, parameters)
        case .head: connection.send(ReadStatements.head)
        case .renew(let renewal):
            let notice = RenewalNotice(instance: configuration.instance, renewal: renewal)
            connection.send(AccessStatements.notifyRenewed, [.text(notice.payload)])
        case .record(let query):
            let (statement, parameters) = RecordStatements.record(query)
            connection.send(statement, parameters)
        case .records(let query):
            let (statement, parameters) = RecordStatements.records(query)
            connection.send(statement, parameters)
        case .logTail(let query):
            let (statement, parameters) = RecordStatements.logTail(query)
            connection.send(statement, parameters)
        case .signIn(let name, let address):
            connection.send(RecordStatements.signIn, [.text(name), .text(address)])
        case .notificationCounts(let recipient):
            connection.send(RecordStatements.notificationCounts, [.text(recipient)])
        case .auditRows(let query):
            connection.send(
                AuditStatements.page(newestFirst: query.newestFirst),
                AuditStatements.parameters(query))
        case .auditEvidence(let id, let from):
            connection.send(
                AuditStatements.evidence,
                [.uuid(id), .int8(from.map { Int64(clamping: $0) })])
        case .processors: connection.send(RecordStatements.processors)
        case .model: connection.send(RecordStatements.model)
        case .history: preconditionFailure("a history read has a scan")
        }
    }

    private func updateFirst(_ change: (inout InFlight) -> Void) {
        inFlight.updateFirst(change)
    }

    private func flightDue(now: Int64) -> Int64? {
        inFlight.first.map { max(0, $0.sentMilliseconds + Reader.flightMillisecondsMax - now) }
    }

    /// Gives up what waited too long for a connection, and says when the next one will have.
    private func expire(now: Int64) -> Int64? {
        while let task = waiting.first {
            let due = task.receivedMilliseconds + configuration.readWaitMilliseconds
            guard due <= now else { return due - now }
            _ = waiting.popFirst()
            giveUp(task)
        }
        return nil
    }

    /// What was in flight on a lost connection waits again, before the rest.
    ///
    /// Questions of the store
    /// thread are dropped: it asks anew once it is connected.
    private func putBack() {
        urgent.removeAll()
        output.isGapLost = true
        var tasks = Queue<Task>()
        while let one = inFlight.popFirst() {
            if !one.task.isOwn { tasks.append(one.task) }
        }
        while let task = waiting.popFirst() { tasks.append(task) }
        waiting = tasks
    }
}

// MARK: Outcomes

extension Reader {
    private func finish(_ done: InFlight, now: Int64) {
        guard let result = done.result else { return fail(done.task) }
        if done.isStale { return again(done.task) }
        switch done.task {
        case .head(let known):
            output.heads.append(
                ReaderOutput.Head(
                    epoch: result.text(0, 0), position: result.position(0, 1), known: known,
                    access: result.position(0, 2)))
        case .revoked:
            guard result.rowCount > 0 else { return }
            output.revoked.append(
                (
                    RevocationStatements.revocations(result),
                    result.position(result.rowCount - 1, 4)
                ))
        case .gap:
            // Without it nobody knows what to replace, so the events aren't passed on either.
            guard let erased = done.erased else { return fail(done.task) }
            output.gaps.append(
                ReaderOutput.Gap(
                    events: ReadStatements.events(result),
                    erased: ReadStatements.events(erased)))
        case .erasure(let request, let scan):
            advance(scan, of: request, done.erasureWindow, result, now: now)
        case .history(let request, let scan):
            advance(scan, of: request, done.window, result, now: now)
        case .request(let request):
            if case .renew(let renewal) = request.query {
                output.renewed.append((request.ticket, renewal))
            } else {
                output.outcomes.append((request.ticket, outcome(request.query, result)))
            }
        }
    }

    /// What was read while something was erased is read again.
    private func again(_ task: Task) {
        switch task {
        case .head, .gap, .revoked: fail(task)
        case .request, .history, .erasure: waiting.append(Reader.begunAgain(task))
        }
    }

    private func advance(
        _ scan: ErasureScan, of request: CommandRequest, _ window: ErasureScan.Window?,
        _ result: PostgresResult, now: Int64
    ) {
        var scan = scan
        if let window {
            scan.take((0..<result.rowCount).map { result.position($0, 0) }, of: window)
        } else {
            scan.begin(head: result.position(0, 1))
        }
        guard scan.window == nil else {
            waiting.append(.erasure(request, scan))
            return
        }
        output.prepared.append(
            CommandRequest(
                ticket: request.ticket, command: request.command.erasing(scan.found),
                context: request.context, receivedMilliseconds: now))
    }

    private func advance(
        _ scan: HistoryScan, of request: ReadRequest, _ window: HistoryScan.Window?,
        _ result: PostgresResult, now: Int64
    ) {
        var scan = scan
        if let window {
            scan.take(ReadStatements.events(result), of: window)
        } else {
            scan.begin(head: result.position(0, 1))
        }
        if scan.window == nil {
            output.outcomes.append((request.ticket, scan.outcome(isComplete: true)))
        } else if now - request.receivedMilliseconds < Reader.scanMillisecondsMax {
            waiting.append(.history(request, scan))
        } else if scan.found.isEmpty {
            giveUp(request)
        } else {
            output.outcomes.append((request.ticket, scan.outcome(isComplete: false)))
        }
    }

    private func outcome(_ query: ReadQuery, _ result: PostgresResult) -> ReadOutcome {
        switch query {
        case .lead: return .lead(ReadStatements.leads(result).first)
        case .leads(let query):
            let leads = ReadStatements.leads(result)
            return .leads(Array(leads.prefix(query.limit)), hasMore: leads.count > query.limit)
        case .event: return .event(ReadStatements.storedEvent(result))
        case .auditRows(let query): return AuditStatements.page(result, of: query)
        case .auditEvidence(_, let from):
            return .auditEvidence(AuditStatements.evidence(result, from: from))
        case .page(let page):
            let events = Reader.contiguous(ReadStatements.events(result))
            let segment =
                events.isEmpty
                ? nil : Segment(epoch: epoch, events: events, masks: .standard)
            return .page(page, segment)
        case .head: return .head(result.position(0, 1))
        case .record(let query):
            return .record(RecordStatements.records(result, of: query.kind).first)
        case .records(let query): return RecordStatements.page(result, of: query)
        case .timeline(let query): return TimelineStatements.page(result, of: query)
        case .logTail: return RecordStatements.logTail(result)
        case .signIn: return RecordStatements.signIn(result)
        case .notificationCounts: return RecordStatements.notificationCounts(result)
        case .processors: return RecordStatements.processors(result)
        case .model: return .model(RecordStatements.model(result))
        case .history, .renew: preconditionFailure("finished by itself")
        }
    }

    /// The events up to the first hole, which a log has only where its beginning was cut off.
    private static func contiguous(_ events: [LoggedEvent]) -> [LoggedEvent] {
        var start = events.count
        while start > 0,
            start == events.count
                || events[start - 1].position + 1 == events[start].position
        {
            start -= 1
        }
        return Array(events[start...])
    }

    private func fail(_ task: Task) {
        switch task {
        case .head, .revoked: break
        case .gap: output.isGapLost = true
        case .request, .history, .erasure: giveUp(task)
        }
    }

    private func giveUp(_ task: Task) {
        if case .erasure(let request, _) = task { output.refused.append(request) }
        if let request = task.asked { giveUp(request) }
    }

    private func giveUp(_ request: ReadRequest) {
        output.outcomes.append(
            (request.ticket, .unavailable(retryAfterSeconds: Reader.retryAfterSeconds)))
    }

    private static let retryAfterSeconds = 2
}
