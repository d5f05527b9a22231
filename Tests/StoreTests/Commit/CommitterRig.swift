// A committer on a real connection, turned by a test: what it answers, appends and observes. The
// test decides when it turns, so it can stop anywhere.

import Domain
import EventLog
import Reactor
import Support

@testable import Store

/// One committer, for the thread that made it.
final class CommitterRig {
    let connection: PostgresConnection
    let committer: Committer
    private let name: String
    private var poller: Poller
    private(set) var answers: [UInt32: RenderedAnswer] = [:]
    private(set) var committed: [CommitterOutput.Committed] = []
    private(set) var observations: [StoreObservation] = []
    private(set) var counts = CommitterOutput.Counts()
    private(set) var headMoved = false
    /// How often the connection was lost.
    private(set) var losses = 0
    /// How often a ticket was answered a second time.
    private(set) var repeatedAnswers = 0

    /// A connection with the committer's settings, but a shorter lock time-out.
    convenience init(
        _ database: TestDatabase, name: String = "rig", lockTimeout: String = "300ms",
        limits: CommitLimits = CommitLimits(), session: [(name: String, value: String)] = []
    ) throws {
        try self.init(
            connection: database.connection, name: name, lockTimeout: lockTimeout, limits: limits,
            session: session)
    }

    /// The same with a connection string.
    init(
        connection string: String, name: String = "rig", lockTimeout: String = "300ms",
        limits: CommitLimits = CommitLimits(), session: [(name: String, value: String)] = [],
        epoch: Epoch? = nil
    ) throws {
        let usual = ConnectionSettings.commit(
            StoreConfiguration(connection: string, instance: name))
        connection = PostgresConnection(
            ConnectionSettings(
                name: "commit", connection: string, applicationName: name,
                session: usual.session + [("lock_timeout", lockTimeout)] + session))
        committer = Committer(connection: connection, limits: limits, epoch: epoch)
        self.name = name
        poller = try Poller()
    }

    /// One turn of the loop, at most so long.
    func turn(milliseconds: Int64 = 20) {
        var now = Clock.monotonicMilliseconds()
        let advance = connection.advance(now: now) ?? milliseconds
        drain(now: now)
        let step = committer.step(now: now) ?? milliseconds
        collect()
        connection.register(in: poller, token: 1)
        let wait = max(0, min(milliseconds, min(advance, step)))
        _ = poller.sleepUntilReady(timeoutMilliseconds: Int32(wait))
        now = Clock.monotonicMilliseconds()
        connection.handle(now: now)
        drain(now: now)
        _ = committer.step(now: now)
        collect()
    }

    private func drain(now: Int64) {
        while let event = connection.next() {
            if case .lost = event { losses += 1 }
            committer.handle(event, now: now)
        }
    }

    private func collect() {
        let output = committer.takeOutput()
        committed += output.committed
        observations += output.observations
        headMoved = headMoved || output.headMoved
        counts.batches += output.counts.batches
        counts.commands += output.counts.commands
        counts.replays += output.counts.replays
        counts.rollbacks += output.counts.rollbacks
        let kept = output.committed.flatMap(\.answers)
        for (ticket, answer) in kept + output.answers {
            if answers[ticket.sequence] != nil { repeatedAnswers += 1 }
            answers[ticket.sequence] = answer
        }
    }

    /// Turns until a condition holds; false when it doesn't in time.
    func run(milliseconds: Int64 = 20_000, until isDone: () -> Bool) -> Bool {
        let deadline = Clock.monotonicMilliseconds() + milliseconds
        while !isDone() {
            if Clock.monotonicMilliseconds() > deadline { return false }
            turn()
        }
        return true
    }

    /// Submits commands and waits for all answers, which come in the order of the commands.
    func submit(
        _ requests: [CommandRequest], milliseconds: Int64 = 20_000
    ) throws -> [RenderedAnswer] {
        committer.enqueue(requests)
        let tickets = requests.compactMap { $0.ticket?.sequence }
        let isDone = run(milliseconds: milliseconds) {
            tickets.allSatisfy { answers[$0] != nil }
        }
        guard isDone else { throw TestFailure(reason: "not all commands were answered") }
        return tickets.compactMap { answers[$0] }
    }
}

extension CommitterRig {
    /// Asks for the facts of some commands, and stops there once Postgres has them locked.
    func stopInLoads(of requests: [CommandRequest], _ database: TestDatabase) throws {
        let isIdle = run { if case .idle = committer.state { true } else { false } }
        guard isIdle else { throw TestFailure(reason: "the committer did not come to rest") }
        committer.enqueue(requests)
        _ = committer.step(now: Clock.monotonicMilliseconds())
        guard case .loading = committer.state else {
            throw TestFailure(reason: "the loads are not under way")
        }
        let postgres = try database.open()
        try waitUntil("Postgres has locked the facts") {
            try postgres.run(
                """
                SELECT FROM pg_stat_activity WHERE application_name = '\(name)'
                    AND state = 'idle in transaction' AND datname = current_database()
                """
            ).rowCount > 0
        }
    }
}

extension CommandSamples {
    /// The same, received now.
    mutating func now(
        _ command: Command, by subject: String = "asha", key: String? = nil, fingerprint: UInt8 = 0
    ) -> CommandRequest {
        request(
            command, by: subject, key: key, fingerprint: fingerprint,
            received: Clock.monotonicMilliseconds())
    }
}

extension TestDatabase {
    /// One number.
    func number(_ sql: String) throws -> Int64 { try open().run(sql).int64(0, 0) }

    /// What every log must be: positions and audit numbers dense and up to the head.
    func isDense() throws -> Bool {
        try number(
            """
            SELECT count(*) FROM log_head WHERE
                position = (SELECT count(*) FROM events)
                AND position = (SELECT coalesce(max(position), 0) FROM events)
                AND audit = (SELECT count(*) FROM audit_logs)
                AND audit = (SELECT coalesce(max(number), 0) FROM audit_logs)
            """) == 1
    }
}
