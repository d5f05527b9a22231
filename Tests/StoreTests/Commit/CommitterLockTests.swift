// Somebody else holds what a batch needs: a row, a key, a consent, a new value, the head row.
// Whoever it is, the others are held up no longer than the time-outs.

import Domain
import Reactor
import Testing

@testable import Store

@Suite struct CommitterLockTests {
    private var samples = CommandSamples(seed: SeededGenerator.testSeed("locks"))
    private let database: TestDatabase
    private let rig: CommitterRig
    private let holder: BlockingPostgres

    init() throws {
        var limits = CommitLimits()
        limits.blockedMillisecondsMax = 1_500
        database = try TestDatabase()
        rig = try CommitterRig(database, limits: limits)
        holder = try database.open()
    }

    private mutating func lead(_ email: String) throws -> UniqueID {
        let command = samples.createLead(email: email)
        let answers = try rig.submit([samples.now(.createLead(command))])
        #expect(answers.map(\.status) == [201])
        return command.id
    }

    private mutating func update(_ id: UniqueID) -> Command {
        var command = UpdateLead(id: id, eventID: samples.id())
        command.name = "name \(samples.number(below: 1_000_000))"
        return .updateLead(command)
    }

    /// Submits commands of which the first is blocked: the others must be answered well before it.
    private mutating func check(_ commands: [Command], key: String? = nil) throws {
        var requests: [CommandRequest] = []
        for command in commands {
            requests.append(samples.now(command, key: requests.isEmpty ? key : nil))
        }
        let tickets = requests.compactMap { $0.ticket?.sequence }
        let start = Clock.monotonicMilliseconds()
        rig.committer.enqueue(requests)
        #expect(rig.run { tickets.dropFirst().allSatisfy { rig.answers[$0] != nil } })
        let others = Clock.monotonicMilliseconds() - start
        #expect(others < 1_200)
        #expect(rig.answers[tickets[0]] == nil)
        for ticket in tickets.dropFirst() { #expect(rig.answers[ticket]?.isProblem == false) }
        // While the first waits aside, nobody waits for it.
        let later = try rig.submit([samples.now(.publishEvents(samples.publish()))])
        #expect(later[0].status == 202)
        #expect(rig.run { rig.answers[tickets[0]] != nil })
        let answer = rig.answers[tickets[0]]
        #expect(answer?.code == "unavailable")
        #expect(answer?.retryAfterSeconds != nil)
        #expect(try database.isDense())
    }

    @Test mutating func `a locked row makes its own command wait, then 503`() throws {
        let locked = try lead("a@x.test")
        let other = try lead("b@x.test")
        try holder.script("BEGIN")
        try holder.run(
            "SELECT FROM leads WHERE id = $1 FOR UPDATE", [PostgresType.uuid], [.uuid(locked)])
        try check([update(locked), update(other), .publishEvents(samples.publish())])
    }

    @Test mutating func `a key in flight elsewhere makes its own command wait, then 503`() throws {
        try holder.script(
            """
            BEGIN; INSERT INTO idempotency (principal, key, fingerprint) VALUES ('asha', 'k', '')
            """)
        try check(
            [.publishEvents(samples.publish()), .publishEvents(samples.publish())], key: "k")
    }

    @Test mutating func `a locked consent makes its own command wait, then 503`() throws {
        _ = try rig.submit([
            samples.now(.recordConsent(samples.consent(subject: "users/u1", .granted)))
        ])
        try holder.script("BEGIN; SELECT FROM consent_now FOR NO KEY UPDATE")
        try check([
            .publishEvents(samples.publish(user: "u1")),
            .publishEvents(samples.publish(user: "u2")),
        ])
    }

    @Test mutating func `a first consent in flight makes its own command wait, then 503`() throws {
        try holder.script(
            """
            BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('users/u1 event_processing', 0))
            """)
        try check([
            .publishEvents(samples.publish(user: "u1")),
            .publishEvents(samples.publish(user: "u2")),
        ])
    }

    @Test mutating func `a new value that somebody holds makes its command wait, then 503`() throws
    {
        try holder.script(
            """
            BEGIN; INSERT INTO leads (
                id, name, email, email_normal, status, version, created_at, updated_at)
            VALUES (gen_random_uuid(), 'x', 'a@x.test', 'a@x.test', 'new', 1, now(), now())
            """)
        try check(
            ["a@x.test", "b@x.test", "c@x.test", "d@x.test"].map {
                .createLead(samples.createLead(email: $0))
            })
    }

    @Test mutating func `a key in flight is waited for and its answer given`() throws {
        try holder.script(
            """
            BEGIN; INSERT INTO idempotency (principal, key, fingerprint, status, answer)
            VALUES ('asha', 'k', decode(repeat('00', 16), 'hex'), 202, '{"body":{"id":"first"}}')
            """)
        let request = samples.now(.publishEvents(samples.publish()), key: "k")
        rig.committer.enqueue([request])
        #expect(rig.run { rig.counts.rollbacks > 0 })
        try holder.script("COMMIT")
        let answers = try rig.submit([])
        #expect(answers.isEmpty)
        #expect(rig.run { !rig.answers.isEmpty })
        let answer = rig.answers.values.first
        #expect(answer?.isReplay == true)
        #expect(answer.map { String(decoding: $0.body, as: UTF8.self) } == #"{"id":"first"}"#)
        #expect(try database.number("SELECT count(*) FROM events") == 0)
    }

    @Test mutating func `a locked head row is waited for, then all are refused`() throws {
        try holder.script("BEGIN; UPDATE log_head SET position = position")
        let first = samples.now(.publishEvents(samples.publish()))
        rig.committer.enqueue([first])
        #expect(rig.run { rig.counts.rollbacks > 0 })
        #expect(rig.answers.isEmpty)
        try holder.script("ROLLBACK")
        #expect(rig.run { rig.answers.count == 1 })
        #expect(rig.answers.values.first?.status == 202)
        try holder.script("BEGIN; UPDATE log_head SET position = position")
        let answers = try rig.submit(
            (0..<5).map { _ in samples.now(.publishEvents(samples.publish())) })
        #expect(answers.allSatisfy { $0.code == "unavailable" })
        let counts = rig.observations.compactMap { observation -> Int? in
            if case .batchFailed("55P03", _, let count) = observation { return count }
            return nil
        }
        #expect(Set(counts) == [1, 5])
        try holder.script("ROLLBACK")
        #expect(try database.isDense())
    }

    @Test mutating func `a stopped instance's locks are gone after its time-out`() throws {
        // It stops between its loads and its writes, with a key, a lead and a consent locked.
        var limits = CommitLimits()
        limits.blockedMillisecondsMax = 4_000
        let stopped = try CommitterRig(
            database, name: "stopped", limits: limits,
            session: [
                ("idle_in_transaction_session_timeout", "1s")
            ])
        let id = try lead("a@x.test")
        let request = samples.now(update(id), key: "k")
        try stopped.stopInLoads(of: [request], database)
        let waits = try CommitterRig(database, name: "waits", limits: limits)
        let answers = try waits.submit([
            samples.now(request.command, key: "k"), samples.now(.publishEvents(samples.publish())),
        ])
        #expect(answers.map(\.status) == [200, 202])
        #expect(stopped.run { !stopped.answers.isEmpty })
        #expect(stopped.answers.values.first == answers[0].replayed)
        #expect(try database.number("SELECT version FROM leads") == 2)
        #expect(try database.isDense())
    }

    @Test mutating func `committers that need the same things crosswise never deadlock`() throws {
        var ids: [UniqueID] = []
        for number in 0..<12 { ids.append(try lead("p\(number)@x.test")) }
        let seed = samples.random.next()
        let database = self.database
        let leads = ids
        let outcomes = try Parallel.run(3) { worker in
            var samples = CommandSamples(seed: seed &+ UInt64(worker))
            let rig = try CommitterRig(database, name: "worker \(worker)", lockTimeout: "10s")
            for _ in 0..<40 {
                let requests = (0..<12).map { _ in
                    var update = UpdateLead(
                        id: leads.randomElement(using: &samples.random) ?? leads[0],
                        eventID: samples.id())
                    update.name = "name \(samples.number(below: 1_000_000))"
                    let user = "u\(samples.number(below: 8))"
                    let commands: [Command] = [
                        .updateLead(update),
                        .publishEvents(samples.publish(user: user)),
                        .recordConsent(samples.consent(subject: "users/" + user, .granted)),
                    ]
                    return samples.now(
                        commands[samples.chance(10) ? 2 : samples.number(below: 2)],
                        key: "k\(samples.number(below: 500))")
                }
                _ = try rig.submit(requests, milliseconds: 60_000)
            }
            return rig.observations.filter {
                if case .batchFailed = $0 { return true }
                return false
            }
        }
        #expect(outcomes.flatMap { $0 } == [])
        #expect(try database.isDense())
    }
}
