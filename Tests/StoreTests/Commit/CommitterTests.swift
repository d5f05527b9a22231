// The committer on a real Postgres: what is written, what is answered, and that a command which
// fails harms nobody else.

import Domain
import EventLog
import Foundation
import Reactor
import Testing

@testable import Store

@Suite struct CommitterTests {
    private var samples = CommandSamples(seed: SeededGenerator.testSeed("committer"))

    @Test mutating func `a lead is stored, logged, audited and answered`() throws {
        let database = try TestDatabase()
        let rig = try CommitterRig(database)
        var command = samples.createLead(email: "Asha@x.test", phone: "+91 22 1234567")
        command.tags = [#"a "quoted" \ tag"#, "{b,c}", "NULL", "é", ""]
        command.company = "Rao & Co"
        let created = try rig.submit([samples.now(.createLead(command))])[0]
        #expect(created.status == 201)
        #expect(created.location == "/crm/leads/" + command.id.text)
        #expect(created.etag == "\"1\"")
        var update = UpdateLead(id: command.id, eventID: samples.id())
        update.status = .contacted
        let updated = try rig.submit([samples.now(.updateLead(update))])[0]
        #expect(updated.status == 200)
        #expect(updated.etag == "\"2\"")
        let text = String(decoding: updated.body, as: UTF8.self)
        #expect(text.contains(#""tags":["a \"quoted\" \\ tag","{b,c}","NULL","é",""]"#))
        #expect(text.contains(#""email":"Asha@x.test""#))
        #expect(text.contains(#""status":"contacted""#))
        #expect(rig.committed.map(\.base) == [0, 1])
        #expect(rig.committed.flatMap(\.events).map(\.name) == ["lead_created", "lead_updated"])
        let stored = try database.open().run("SELECT body FROM events ORDER BY position")
        #expect(rig.committed.flatMap(\.events).map(\.text) == [0, 1].map { stored.bytes($0, 0) })
        #expect(try database.isDense())
        #expect(try database.number("SELECT audit FROM log_head") == 2)
    }

    @Test mutating func `refusals in the middle of a batch leave their neighbours`() throws {
        let database = try TestDatabase()
        let rig = try CommitterRig(database)
        let requests = (0..<60).map { number in
            samples.now(
                .createLead(samples.createLead(email: "p\(number % 40)@x.test")))
        }
        let answers = try rig.submit(requests)
        #expect(answers.map(\.status) == (0..<60).map { $0 < 40 ? 201 : 409 })
        #expect(rig.counts.batches == 1)
        #expect(try database.number("SELECT count(*) FROM leads") == 40)
        #expect(try database.number("SELECT count(*) FROM audit_logs WHERE NOT success") == 20)
        #expect(try database.isDense())
    }

    @Test mutating func `only the command that Postgres refuses fails`() throws {
        let database = try TestDatabase()
        try database.open().script("ALTER TABLE leads ADD CHECK (company <> 'poison')")
        let rig = try CommitterRig(database)
        let requests = (0..<50).map { number in
            var command = samples.createLead(email: "p\(number)@x.test")
            if number == 23 { command.company = "poison" }
            return samples.now(.createLead(command), key: "k\(number)")
        }
        let answers = try rig.submit(requests)
        #expect(answers.map(\.status) == (0..<50).map { $0 == 23 ? 500 : 201 })
        #expect(try database.number("SELECT count(*) FROM leads") == 49)
        #expect(
            try database.number("SELECT count(*) FROM audit_logs WHERE reason = 'internal_error'")
                == 1)
        #expect(try database.isDense())
        let again = try rig.submit([samples.now(requests[23].command, key: "k23")])[0]
        #expect(again.status == 500)
        #expect(again.isReplay)
    }

    @Test mutating func `a race on a unique index ends in a refusal that names the winner`() throws
    {
        let database = try TestDatabase()
        let rig = try CommitterRig(database, lockTimeout: "5s")
        let other = try database.open()
        let winner = samples.id()
        try other.script("BEGIN")
        try other.run(
            """
            INSERT INTO leads (
                id, name, email, email_normal, status, version, created_at, updated_at)
            VALUES ($1, 'x', 'a@x.test', 'a@x.test', 'new', 1, now(), now())
            """, [PostgresType.uuid], [.uuid(winner)])
        let requests = ["a", "b", "c", "d"].map {
            samples.now(.createLead(samples.createLead(email: "\($0)@x.test")))
        }
        rig.committer.enqueue(requests)
        let isWaiting = rig.run {
            (try? database.number("SELECT count(*) FROM pg_locks WHERE NOT granted")) == 1
        }
        #expect(isWaiting)
        try other.script("COMMIT")
        let answers = try rig.submit([])
        #expect(answers.isEmpty)
        #expect(rig.run { rig.answers.count == 4 })
        let byTicket = requests.compactMap { rig.answers[$0.ticket?.sequence ?? 0] }
        #expect(byTicket.map(\.status) == [409, 201, 201, 201])
        #expect(String(decoding: byTicket[0].body, as: UTF8.self).contains(winner.text))
        #expect(try database.isDense())
    }

    @Test mutating func `a batch of refusals moves the audit number alone`() throws {
        let database = try TestDatabase()
        let rig = try CommitterRig(database)
        let missing = UpdateLead(id: samples.id(), eventID: samples.id())
        let answers = try rig.submit([samples.now(.updateLead(missing), key: "k")])
        #expect(answers.map(\.status) == [404])
        #expect(rig.committed.isEmpty)
        #expect(try database.number("SELECT position FROM log_head") == 0)
        #expect(try database.number("SELECT audit FROM log_head") == 1)
        let again = try rig.submit([samples.now(.updateLead(missing), key: "k")])[0]
        #expect(again == answers[0].replayed)
    }

    @Test mutating func `nothing is written to another log than the one that was opened`() throws {
        let database = try TestDatabase()
        let epoch = try database.open().run("SELECT epoch FROM log_head").text(0, 0)
        var limits = CommitLimits()
        limits.blockedMillisecondsMax = 500
        let rig = try CommitterRig(
            connection: database.connection, limits: limits, epoch: Epoch(epoch))
        let first = try rig.submit([samples.now(.publishEvents(samples.publish()))])
        try database.open().script("UPDATE log_head SET epoch = '0000000a'")
        let second = try rig.submit([samples.now(.publishEvents(samples.publish()))])
        #expect((first + second).map(\.status) == [202, 503])
        #expect(rig.headMoved)
        #expect(try database.number("SELECT count(*) FROM events") == 1)
    }

    @Test mutating func `consent on record is a fact of the batch`() throws {
        let database = try TestDatabase()
        let rig = try CommitterRig(database)
        func publish() -> Command { .publishEvents(samples.publish(user: "u1")) }
        func consent(_ status: ConsentStatus) -> Command {
            .recordConsent(samples.consent(subject: "users/u1", status))
        }
        let statuses = try [
            publish(), consent(.withdrawn), publish(), consent(.granted), publish(),
        ].map { try rig.submit([samples.now($0)])[0].status }
        #expect(statuses == [202, 201, 403, 201, 202])
        #expect(try database.number("SELECT count(*) FROM consents") == 2)
        #expect(try database.number("SELECT count(*) FROM consent_now") == 1)
    }

    @Test mutating func `a withdrawal binds though its subject is spelt in two ways`() throws {
        let database = try TestDatabase()
        let rig = try CommitterRig(database)
        let spellings = ["users/\u{E9}", "users/e\u{301}"]
        for spelling in spellings {
            _ = try rig.submit([
                samples.now(.recordConsent(samples.consent(subject: spelling, .granted)))
            ])
        }
        _ = try rig.submit(
            spellings.map { samples.now(.recordConsent(samples.consent(subject: $0, .withdrawn))) })
        #expect(
            try database.number("SELECT count(*) FROM consent_now WHERE status = 'withdrawn'") == 2)
        let users = spellings.map { String($0.dropFirst("users/".count)) }
        let answers = try rig.submit(
            users.map { samples.now(.publishEvents(samples.publish(user: $0))) })
        #expect(answers.map(\.status) == [403, 403])
    }

    @Test mutating func `reported events with a source are the same event again`() throws {
        let database = try TestDatabase()
        let rig = try CommitterRig(database)
        let source = EventSource(source: "/s", id: "1")
        let first = try rig.submit([samples.now(.publishEvents(samples.publish(source: source)))])
        let second = try rig.submit([samples.now(.publishEvents(samples.publish(source: source)))])
        #expect(first == second)
        #expect(first[0].status == 202)
        #expect(try database.number("SELECT count(*) FROM events") == 1)
    }

    @Test mutating func `generated commands give what the model gives`() throws {
        let database = try TestDatabase()
        let rig = try CommitterRig(database)
        var model = ModelDatabase()
        for _ in 0..<40 {
            let requests = (0..<25).map { _ in samples.any() }
            let expected = model.run(requests, at: Timestamp(milliseconds: 0))
            rig.committer.enqueue(requests.map { $0.receivedNow })
            let tickets = requests.compactMap { $0.ticket?.sequence }
            #expect(rig.run { tickets.allSatisfy { rig.answers[$0] != nil } })
            let answers = tickets.map { rig.answers[$0] }
            #expect(answers.map { $0?.status } == expected.map { $0?.status })
            #expect(answers.map { $0?.code } == expected.map { $0?.code })
            #expect(answers.map { $0?.etag } == expected.map { $0?.etag })
            #expect(answers.map { $0?.location } == expected.map { $0?.location })
            #expect(answers.map { $0?.isReplay } == expected.map { $0?.isReplay })
        }
        #expect(try database.isDense())
        #expect(try database.number("SELECT count(*) FROM events") == Int64(model.events.count))
        let counts: [(String, Int)] = [
            ("leads", model.leads.count), ("opportunities", model.opportunities.count),
            ("orders", model.orders.count), ("deliveries", model.deliveries.count),
            ("tasks", model.tasks.count), ("feedback", model.feedback.count),
            ("decisions", model.decisions.count), ("notifications", model.notifications.count),
            ("logs", model.logs.count), ("dead_letters", model.deadLetters.count),
            ("event_branches", model.branches.count), ("workflow_runs", model.runs.count),
        ]
        for (table, count) in counts {
            #expect(
                try database.number("SELECT count(*) FROM \(table)") == Int64(count), "\(table)")
        }
        for (name, state) in model.processors {
            #expect(
                try database.number(
                    "SELECT cursor FROM processors WHERE name = '\(name.rawValue)'")
                    == Int64(state.cursor))
        }
        #expect(
            try database.number("SELECT coalesce(sum(score_version), 0) FROM leads")
                == Int64(model.leads.values.reduce(0) { $0 + $1.scoreVersion }))
        #expect(try database.number("SELECT audit FROM log_head") == Int64(model.audits.count))
        #expect(try database.number("SELECT count(*) FROM idempotency") == Int64(model.keys.count))
        #expect(
            try database.number("SELECT count(*) FROM idempotency WHERE status IS NULL") == 0)
    }
}

extension CommandRequest {
    /// The same, received now.
    var receivedNow: CommandRequest {
        CommandRequest(
            ticket: ticket, command: command, context: context,
            receivedMilliseconds: Clock.monotonicMilliseconds())
    }
}
