// The committer: group commit on one connection. While one batch is in flight the next collects. A
// batch is one transaction in two flights: the loads, then, after the domain has decided, the
// writes with COMMIT. This file drives the states; what is sent and decided is in BatchPlan,
// BatchDecision and CommitQueue, which know no connection. What happens after a lost commit is in
// CommitRecovery.

import Domain
import EventLog
import Reactor

/// Decides and commits commands, for the one thread that made it.
final class Committer {
    /// A batch whose writes are on their way.
    struct Writing {
        let plan: BatchPlan
        let decision: BatchDecision
        let steps: [WriteStep]
        /// The transaction's name, by which its end is known.
        let transaction: String
        let startedNanoseconds: Int64
    }

    /// What the connection is busy with.
    enum State {
        case disconnected
        case idle
        case loading(BatchPlan, startedNanoseconds: Int64)
        case writing(Writing)
        /// A failed transaction is being ended; then the batch goes where its failure says.
        case rollingBack(BatchPlan, BatchFailure)
        case probing(BatchPlan)
        case resolving(CommitRecovery)
    }

    let connection: PostgresConnection
    let limits: CommitLimits
    /// The log that is written to; nil: whichever is there.
    private let epoch: Epoch?
    private let clock: () -> Timestamp
    private var lastTime = Timestamp(milliseconds: 0)
    var queue: CommitQueue
    var state: State
    var flight: Flight?
    var output = CommitterOutput()
    /// Whether this instance shows that it lives; only then it looks whether others do.
    var isPresent = false
    /// The number of the audit trail's last line that is known to be durable.
    private(set) var knownAudit: Int64 = 0

    /// A committer on a connection that nobody else uses; `clock` says what time it is.
    ///
    /// With an `epoch` it writes to the log of that name alone.
    init(
        connection: PostgresConnection, limits: CommitLimits = CommitLimits(), epoch: Epoch? = nil,
        clock: @escaping () -> Timestamp = { Timestamp(milliseconds: Clock.realtimeMilliseconds()) }
    ) {
        self.connection = connection
        self.limits = limits
        self.epoch = epoch
        self.clock = clock
        queue = CommitQueue(limits)
        state = connection.isReady ? .idle : .disconnected
    }

    /// How many commands wait, without those in flight.
    var queuedCount: Int { queue.count }

    /// Whether a batch is on its way, or the outcome of one is being looked for.
    var isBusy: Bool {
        switch state {
        case .disconnected, .idle: false
        case .loading, .writing, .rollingBack, .probing, .resolving: true
        }
    }

    /// Takes in commands; those that find no room are answered at once.
    func enqueue(_ requests: [CommandRequest]) {
        for givenUp in queue.enqueue(requests) { giveUp(givenUp) }
    }

    /// Answers everything that waits with 503; what is in flight goes on.
    func refuseWaiting() {
        for givenUp in queue.removeAll() { giveUp(givenUp) }
    }

    /// What came since the last call.
    func takeOutput() -> CommitterOutput {
        defer { output = CommitterOutput() }
        return output
    }

    /// Sends the next batch when the connection is free, and gives up what took too long.
    ///
    /// Call it once a turn, after the connection's events were handled.
    /// Returns in how many milliseconds it wants to be called again at the latest; nil: never.
    func step(now: Int64) -> Int64? {
        for givenUp in queue.expire(now: now) { giveUp(givenUp) }
        if let flight, now - flight.sentMilliseconds >= limits.flightMillisecondsMax {
            connection.abandon("no answer in time", now: now)
        }
        stepRecovery(now: now)
        if case .idle = state, connection.isReady { startNext(now: now) }
        return dueMilliseconds(now: now)
    }

    private func dueMilliseconds(now: Int64) -> Int64? {
        if case .idle = state { return queue.dueMilliseconds.map { max(0, $0 - now) } }
        if case .resolving = state { return limits.resolveMilliseconds }
        return isBusy || queue.count > 0 ? limits.parkedMilliseconds : nil
    }

    /// Takes in one event of the connection.
    func handle(_ event: PostgresEvent, now: Int64) {
        switch event {
        case .connected: connected(now: now)
        case .lost: lost(now: now)
        case .result, .failed, .aborted, .synced, .notification:
            guard flight?.take(event) == true, let flight else { return }
            self.flight = nil
            landed(flight, now: now)
        }
    }

    /// Sends one flight.
    func send(_ statements: [(Statement, [Parameter])], now: Int64) {
        flight = Flight(sentMilliseconds: now)
        // A connection that is lost says so in an event that is still to be handled.
        guard connection.isReady else { return }
        for (statement, parameters) in statements { connection.send(statement, parameters) }
        connection.sync()
    }
}

// MARK: A batch

extension Committer {
    private func startNext(now: Int64) {
        switch queue.next(now: now) {
        case .run(let items)?:
            let plan = BatchPlan(items, isPresent: isPresent)
            state = .loading(plan, startedNanoseconds: Clock.monotonicNanoseconds())
            send(plan.loadSteps.map { plan.statement($0) }, now: now)
        case .probe(let items)?: probe(BatchPlan(items), now: now)
        case nil: break
        }
    }

    private func landed(_ flight: Flight, now: Int64) {
        switch state {
        case .loading(let plan, let started):
            if let error = flight.error {
                rollBack(plan, error, BatchFailure(sqlState: error.sqlState), now: now)
            } else {
                loaded(plan, flight.results, startedNanoseconds: started, now: now)
            }
        case .writing(let writing):
            if let error = flight.error {
                let failure = failure(of: writing, flight)
                rollBack(writing.plan, error, failure, now: now)
            } else {
                committed(writing, flight.results)
            }
        case .rollingBack(let plan, let failure): rolledBack(plan, failure, now: now)
        case .probing(let plan): probed(plan, flight, now: now)
        case .resolving(let recovery): resolve(recovery, flight, now: now)
        case .disconnected, .idle: preconditionFailure("a flight belongs to a state")
        }
    }

    private func loaded(
        _ plan: BatchPlan, _ results: [PostgresResult], startedNanoseconds: Int64, now: Int64
    ) {
        var facts = LoadedFacts()
        var transaction = ""
        for (step, result) in zip(plan.loadSteps, results) {
            if case .transaction = step {
                transaction = result.text(0, 0)
                if let epoch, result.text(0, 1) != epoch.text { return foreign(plan, now: now) }
            }
            facts.take(result, of: step)
        }
        lastTime = max(lastTime, clock())
        let decision = BatchDecision(plan, loaded: facts, at: lastTime)
        let steps = decision.writes.steps
        state = .writing(
            Writing(
                plan: plan, decision: decision, steps: steps, transaction: transaction,
                startedNanoseconds: startedNanoseconds))
        send(steps.map { decision.writes.statement($0) }, now: now)
    }

    private func committed(_ writing: Writing, _ results: [PostgresResult]) {
        if let place = writing.steps.firstIndex(of: .head) {
            let base = results[place].position(0, 0)
            let writes = writing.decision.writes
            knownAudit = results[place].int64(0, 1) + Int64(writes.audits.count)
            if !writes.events.isEmpty || !writes.revocations.isEmpty {
                let erased = erased(by: writing, results)
                let now = Dictionary(erased.map { ($0.position, $0) }) { $1 }
                let events = writes.events.enumerated().map { offset, event in
                    let position = base + UInt64(offset) + 1
                    return now[position]
                        ?? LoggedEvent(
                            position: position, name: event.name, subject: event.subject,
                            owners: EventOwners(
                                owner: event.ownership.owner, team: event.ownership.team,
                                holder: event.ownership.holder),
                            text: event.text)
                }
                output.committed.append(
                    CommitterOutput.Committed(
                        base: base, events: events, erased: erased,
                        revoked: writes.revocations))
            }
        }
        state = .idle
        settle(writing)
    }

    /// What a batch erased, its own events too.
    private func erased(by writing: Writing, _ results: [PostgresResult]) -> [LoggedEvent] {
        guard !writing.decision.writes.erasures.isEmpty else { return [] }
        var erased: [LoggedEvent] = []
        for (step, result) in zip(writing.steps, results) {
            if case .eraseEvents = step { erased += ReadStatements.events(result) }
        }
        return erased
    }

    /// Gives the answers of a batch that is durable; those of one that erased events or revoked
    /// tokens are kept back until all loops know.
    func settle(_ writing: Writing) {
        let waits = output.committed.last?.isAwaited ?? false
        output.counts.batches += 1
        output.counts.commitNanoseconds.append(
            Clock.monotonicNanoseconds() - writing.startedNanoseconds)
        for (item, answer) in zip(writing.plan.items, writing.decision.answers) {
            guard let answer else {
                output.counts.retries += 1
                for givenUp in queue.again(item) { giveUp(givenUp) }
                continue
            }
            output.counts.commands += 1
            if answer.isReplay {
                output.counts.replays += 1
            } else if answer.isProblem {
                output.counts.refusals += 1
            }
            guard let ticket = item.request.ticket else { continue }
            if waits {
                output.committed[output.committed.count - 1].answers.append((ticket, answer))
            } else {
                output.answers.append((ticket, answer))
            }
        }
    }

    /// Answers a command that was not done.
    func giveUp(_ givenUp: CommitQueue.GivenUp) {
        output.counts.givenUp += 1
        guard let ticket = givenUp.item.request.ticket else { return }
        output.answers.append(
            (ticket, RenderedAnswer(givenUp.refusal, traceID: givenUp.item.traceID)))
    }
}

// MARK: Failures

extension Committer {
    /// What an error of the second flight means.
    ///
    /// A lock time-out at the head's statement is the head row's, at one before it a unique
    /// index's.
    private func failure(of writing: Writing, _ flight: Flight) -> BatchFailure {
        guard let error = flight.error else { return .unexpected }
        let failure = BatchFailure(sqlState: error.sqlState)
        guard failure == .lockedFacts else { return failure }
        let step = writing.steps[min(flight.results.count, writing.steps.count - 1)]
        switch step {
        case .head, .eraseEvents, .revoke, .notifyAccess, .notify, .commit: return .lockedHead
        default: return .lockedValue
        }
    }

    private func rollBack(
        _ plan: BatchPlan, _ error: PostgresError, _ failure: BatchFailure, now: Int64
    ) {
        output.counts.rollbacks += 1
        output.observations.append(
            .batchFailed(
                sqlState: error.sqlState, message: error.message, count: plan.items.count))
        state = .rollingBack(plan, failure)
        send([(WriteStatements.rollback, [])], now: now)
    }

    /// The database holds another log than the loops have: nothing is written to it.
    private func foreign(_ plan: BatchPlan, now: Int64) {
        output.headMoved = true
        output.counts.rollbacks += 1
        state = .rollingBack(plan, .unavailable)
        send([(WriteStatements.rollback, [])], now: now)
    }

    private func rolledBack(_ plan: BatchPlan, _ failure: BatchFailure, now: Int64) {
        output.counts.retries += plan.items.count
        if failure == .lockedFacts { return probe(plan, now: now) }
        state = .idle
        for givenUp in queue.failed(plan.items, failure, now: now) { giveUp(givenUp) }
    }

    private func probe(_ plan: BatchPlan, now: Int64) {
        state = .probing(plan)
        send(plan.probeSteps.map { plan.statement($0) }, now: now)
    }

    private func probed(_ plan: BatchPlan, _ flight: Flight, now: Int64) {
        if let error = flight.error {
            // Nothing is known, so all of them wait aside; the transaction has to be ended.
            state = .rollingBack(plan, .unavailable)
            output.observations.append(
                .batchFailed(
                    sqlState: error.sqlState, message: error.message, count: plan.items.count))
            return send([(WriteStatements.rollback, [])], now: now)
        }
        var locked = LockedFacts()
        for (step, result) in zip(plan.probeSteps, flight.results) {
            locked.take(result, of: step, in: plan)
        }
        state = .idle
        let givenUps = queue.probed(plan.items, blocked: plan.blocked(by: locked), now: now)
        for givenUp in givenUps { giveUp(givenUp) }
    }

    private func connected(now: Int64) {
        switch state {
        case .disconnected: state = .idle
        case .resolving(let recovery): look(recovery, now: now)
        case .idle, .loading, .writing, .rollingBack, .probing:
            preconditionFailure("a connection is lost before it is made again")
        }
    }

    /// What was open on the connection is rolled back with it, unless COMMIT was on its way.
    private func lost(now: Int64) {
        let flight = self.flight
        self.flight = nil
        let before = state
        state = .disconnected
        var givenUps: [CommitQueue.GivenUp] = []
        switch before {
        case .disconnected, .idle: break
        case .loading(let plan, _):
            output.counts.retries += plan.items.count
            queue.retry(plan.items)
        case .writing(let writing):
            if let flight, flight.error != nil {
                let failure = failure(of: writing, flight)
                givenUps = queue.failed(
                    writing.plan.items, failure == .lockedFacts ? .lockedHead : failure, now: now)
            } else if writing.decision.writes.isEmpty {
                queue.retry(writing.plan.items)
            } else {
                startRecovery(of: writing, now: now)
            }
        case .rollingBack(let plan, .lockedFacts), .probing(let plan):
            givenUps = queue.probed(plan.items, blocked: Set(plan.items.indices), now: now)
        case .rollingBack(let plan, let failure):
            givenUps = queue.failed(plan.items, failure, now: now)
        case .resolving(let recovery): state = .resolving(recovery)
        }
        for givenUp in givenUps { giveUp(givenUp) }
    }
}
