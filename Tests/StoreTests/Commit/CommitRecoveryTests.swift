// A connection that is lost: before COMMIT nothing has happened and the batch runs again; in
// COMMIT the outcome is looked up, and what was committed is never done twice.

import Domain
import Foundation
import Reactor
import Support
import Testing

@testable import Store

@Suite struct CommitRecoveryTests {
    private var samples = CommandSamples(seed: SeededGenerator.testSeed("recovery"))
    private let database: TestDatabase

    init() throws {
        database = try TestDatabase()
    }

    private mutating func creates(_ count: Int) -> [CommandRequest] {
        (0..<count).map { _ in samples.now(.createLead(samples.createLead())) }
    }

    /// Turns a rig until its writes are on their way; their results are not read.
    private func startWriting(_ rig: CommitterRig, _ requests: [CommandRequest]) throws {
        rig.committer.enqueue(requests)
        let isWriting = rig.run { if case .writing = rig.committer.state { true } else { false } }
        guard isWriting else { throw TestFailure(reason: "the writes did not get on their way") }
    }

    private func hasEvents(_ count: Int64) -> Bool {
        (try? database.number("SELECT position FROM log_head")) == count
    }

    private func isWaitingForLock() throws -> Bool {
        try database.number("SELECT count(*) FROM pg_locks WHERE NOT granted") > 0
    }

    @Test mutating func `a batch that was committed unheard is answered and not done again`() throws
    {
        let rig = try CommitterRig(database)
        let requests = creates(5)
        try startWriting(rig, requests)
        try waitUntil("the events are there") { hasEvents(5) }
        rig.connection.abandon("cut", now: Clock.monotonicMilliseconds())
        #expect(rig.run { rig.answers.count == 5 })
        #expect(rig.answers.values.allSatisfy { $0.status == 201 })
        #expect(rig.headMoved)
        #expect(rig.observations.contains(.commitOutcomeUnknown(count: 5)))
        #expect(try database.number("SELECT count(*) FROM events") == 5)
        #expect(try database.isDense())
    }

    @Test mutating func `a batch that was rolled back unheard runs again`() throws {
        let rig = try CommitterRig(database, name: "victim", lockTimeout: "20s")
        let holder = try database.open()
        try holder.script("BEGIN; UPDATE log_head SET position = position")
        try startWriting(rig, creates(5))
        try waitUntil("it waits for the lock") { try isWaitingForLock() }
        try database.terminate("victim")
        try holder.script("ROLLBACK")
        #expect(rig.run { rig.answers.count == 5 })
        #expect(rig.answers.values.allSatisfy { $0.status == 201 })
        #expect(try database.number("SELECT count(*) FROM events") == 5)
        #expect(try database.isDense())
    }

    @Test mutating func `a transaction that outlives its connection is waited for`() throws {
        let rig = try CommitterRig(database, lockTimeout: "20s")
        let holder = try database.open()
        try holder.script("BEGIN; UPDATE log_head SET position = position")
        try startWriting(rig, creates(5))
        try waitUntil("it waits for the lock") { try isWaitingForLock() }
        rig.connection.abandon("cut", now: Clock.monotonicMilliseconds())
        #expect(!rig.run(milliseconds: 700) { !rig.answers.isEmpty })
        try holder.script("ROLLBACK")
        #expect(rig.run { rig.answers.count == 5 })
        #expect(rig.answers.values.allSatisfy { $0.status == 201 })
        #expect(try database.number("SELECT count(*) FROM events") == 5)
        #expect(try database.isDense())
    }

    @Test mutating func `an outcome that can't be found out in time is said to be unknown`() throws
    {
        var limits = CommitLimits()
        limits.resolveMillisecondsMax = 600
        let rig = try CommitterRig(database, lockTimeout: "20s", limits: limits)
        let holder = try database.open()
        try holder.script("BEGIN; UPDATE log_head SET position = position")
        try startWriting(rig, creates(3))
        try waitUntil("it waits for the lock") { try isWaitingForLock() }
        rig.connection.abandon("cut", now: Clock.monotonicMilliseconds())
        #expect(rig.run { rig.answers.count == 3 })
        #expect(rig.answers.values.allSatisfy { $0.code == "outcome_unknown" })
        #expect(rig.answers.values.allSatisfy { $0.retryAfterSeconds != nil })
        try holder.script("ROLLBACK")
        let later = try rig.submit(creates(1))
        #expect(later.map(\.status) == [201])
        // Postgres may notice the cut before it commits, or after: the batch is there whole or not.
        try waitUntil("the old transaction has ended") {
            try database.number(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND (state LIKE 'idle in%' OR state = 'active')
                """
            )
                == 1
        }
        #expect(try [1, 4].contains(database.number("SELECT count(*) FROM events")))
        #expect(try database.isDense())
    }

    @Test mutating func `a connection lost while loading costs a command nothing but time`() throws
    {
        let rig = try CommitterRig(database, name: "victim", lockTimeout: "20s")
        _ = try rig.submit([
            samples.now(.recordConsent(samples.consent(subject: "users/u1", .granted)))
        ])
        let holder = try database.open()
        try holder.script("BEGIN; SELECT FROM consent_now FOR UPDATE")
        let request = samples.now(.publishEvents(samples.publish(user: "u1")))
        rig.committer.enqueue([request])
        try waitUntil("it waits for the lock") {
            rig.turn(milliseconds: 5)
            return try isWaitingForLock()
        }
        try database.terminate("victim")
        try holder.script("ROLLBACK")
        #expect(rig.run { rig.answers.count == 2 })
        #expect(rig.answers[request.ticket?.sequence ?? 0]?.status == 202)
        #expect(!rig.observations.contains(.commitOutcomeUnknown(count: 1)))
    }

    @Test mutating func `commands that wait while Postgres is away are refused in the end`() throws
    {
        var limits = CommitLimits()
        limits.waitMillisecondsMax = 300
        let rig = try CommitterRig(
            connection: "host=/tmp/hub-test-nowhere dbname=x", limits: limits)
        let answers = try rig.submit(creates(3))
        #expect(answers.allSatisfy { $0.code == "unavailable" && $0.retryAfterSeconds != nil })
    }

    @Test mutating func `connections killed at any moment neither lose nor repeat a command`()
        throws
    {
        let seed = samples.random.next()
        let database = self.database
        let isDone = SharedCount()
        let outcomes = try Parallel.run(2) { worker in
            defer { isDone.increment() }
            return try CommitRecoveryTests.work(database.connection, worker, seed: seed)
        } meanwhile: {
            var random = SeededGenerator(seed: seed)
            let postgres = try database.open()
            while isDone.value < 2 {
                usleep(UInt32.random(in: 500...30_000, using: &random))
                try postgres.run(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE application_name = $1 AND datname = current_database()
                    """, [PostgresType.text],
                    [.text("worker \(Int.random(in: 0...1, using: &random))")])
            }
        }
        try check(outcomes, database.open())
    }

    @Test mutating func `a server killed at any moment neither loses nor repeats a command`() throws
    {
        let seed = samples.random.next()
        let folder = TestPostgres.temporaryFolder("crash")
        chmod(folder, 0o755)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let cluster = try PrivateCluster(ClusterConfiguration(folder: folder))
        defer { cluster.stopIfLast() }
        let connection = cluster.connection
        _ = try Schema.migrate(BlockingPostgres(connection: connection))
        let isDone = SharedCount()
        let outcomes = try Parallel.run(2) { worker in
            defer { isDone.increment() }
            return try CommitRecoveryTests.work(connection, worker, seed: seed)
        } meanwhile: {
            var random = SeededGenerator(seed: seed)
            var kills = 0
            while isDone.value < 2 {
                // Soon, for a quick machine has done all the work in a quarter of a second.
                usleep(UInt32.random(in: 2_000...15_000, using: &random))
                cluster.supervise()
                let isUp = (try? BlockingPostgres(connection: connection)) != nil
                if isUp, kills < 2, let processID = cluster.processID {
                    kill(processID, kills % 2 == 0 ? SIGQUIT : SIGKILL)
                    kills += 1
                }
            }
        }
        // The last kill may have come after the last answer.
        var postgres = try? BlockingPostgres(connection: connection)
        for _ in 0..<600 where postgres == nil {
            cluster.supervise()
            usleep(50_000)
            postgres = try? BlockingPostgres(connection: connection)
        }
        try check(outcomes, #require(postgres))
    }

    /// All that was answered 201 is there, once, and nothing else.
    private func check(_ outcomes: [Outcome], _ postgres: BlockingPostgres) throws {
        #expect(outcomes.allSatisfy { $0.repeatedAnswers == 0 })
        let created = outcomes.flatMap(\.created)
        #expect(created.count == 2 * 400)
        let stored = try postgres.run("SELECT id FROM leads")
        let leads = Set((0..<stored.rowCount).map { stored.uuid($0, 0) })
        #expect(leads == Set(created))
        let counts = try postgres.run(
            """
            SELECT count(*), count(DISTINCT subject), max(position),
                (SELECT count(*) FROM audit_logs), (SELECT max(number) FROM audit_logs)
            FROM events
            """)
        for column in 0..<5 { #expect(counts.int64(0, column) == Int64(created.count)) }
        #expect(outcomes.map(\.losses).reduce(0, +) > 0)
        let unknown = outcomes.map(\.unknownCommits).reduce(0, +)
        print("losses \(outcomes.map(\.losses)), in COMMIT \(unknown)")
    }

    /// What one worker saw.
    struct Outcome: Sendable {
        var created: [UniqueID] = []
        var repeatedAnswers = 0
        var losses = 0
        var unknownCommits = 0
    }

    private static func work(
        _ connection: String, _ worker: Int, seed: UInt64
    ) throws -> Outcome {
        var samples = CommandSamples(seed: seed &+ UInt64(worker))
        var limits = CommitLimits()
        limits.waitMillisecondsMax = 60_000
        limits.blockedMillisecondsMax = 60_000
        limits.resolveMillisecondsMax = 60_000
        let rig = try CommitterRig(
            connection: connection, name: "worker \(worker)", lockTimeout: "2s", limits: limits)
        var outcome = Outcome()
        for _ in 0..<40 {
            let commands = (0..<10).map { _ in samples.createLead() }
            let answers = try rig.submit(
                commands.map { samples.now(.createLead($0)) }, milliseconds: 60_000)
            for (command, answer) in zip(commands, answers) where answer.status == 201 {
                outcome.created.append(command.id)
            }
        }
        outcome.repeatedAnswers = rig.repeatedAnswers
        outcome.losses = rig.losses
        outcome.unknownCommits = rig.observations.count {
            if case .commitOutcomeUnknown = $0 { return true }
            return false
        }
        return outcome
    }
}
