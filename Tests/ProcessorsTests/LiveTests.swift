// The processors on a real Postgres: what the whole is for.

import Domain
import EventLog
import Reactor
import Support
import Testing

@testable import Processors
@testable import Store

@Suite struct LiveTests {
    private func count(_ connection: String, _ sql: String) throws -> Int {
        let rows = try BlockingPostgres(connection: connection).run(
            Statement(name: "", sql: "SELECT (\(sql))::bigint"))
        return Int(rows.position(0, 0))
    }

    /// Effects of a name whose cause has more than one of them.
    private func repeated(_ connection: String, _ name: String) throws -> Int {
        try count(
            connection,
            """
            SELECT count(*) FROM (
                SELECT 1 FROM events WHERE name = '\(name)'
                GROUP BY body::jsonb ->> 'causationid' HAVING count(*) > 1) AS twice
            """)
    }

    @Test func `an order's way through the hub has all its reactions`() throws {
        let hub = try LiveInstance(TestPostgres.shared.database())
        defer { hub.stop() }
        let (lead, opportunity, order) = (LiveInstance.id(), LiveInstance.id(), LiveInstance.id())
        let value = try found(Amount("6250.00"))
        let currency = try found(Currency("INR"))
        try hub.submit([.createLead(CreateLead(id: lead, eventID: .fresh, name: "Asha"))])
        try hub.submit([
            .createOpportunity(
                CreateOpportunity(
                    id: opportunity, eventID: .fresh, leadID: lead, name: "Plan", value: value,
                    currency: currency))
        ])
        try hub.submit([
            .createOrder(
                CreateOrder(
                    id: order, eventID: .fresh, opportunityID: opportunity, currency: currency,
                    lines: [OrderLine(sku: "A-1", quantity: 2, unitPrice: value)]))
        ])
        let decision = LiveInstance.id()
        var decide = DecideCommand(
            id: decision, eventID: .fresh, subject: Subject(.orders, order),
            contextText: Array(#"{"r":1}"#.utf8),
            context: .object([FieldMember("r", .integer(1))]), model: hub.models.current,
            random: 7)
        decide.actions = ["standard", "express"]
        try hub.submit([.decide(decide)])
        let (event, report) = LiveInstance.report()
        try hub.submit([report])
        try hub.submit([
            .scheduleDelivery(
                ScheduleDelivery(
                    id: .fresh, eventID: .fresh, orderID: order,
                    deliveryDate: try found(CalendarDate("2026-12-01"))))
        ])
        var feedback = GiveFeedback(
            id: .fresh, eventID: .fresh, subject: Subject(.decisions, decision))
        feedback.reward = 0.8
        try hub.submit([.giveFeedback(feedback)])
        try waitUntil("the model to learn") { hub.models.current.state.version == 1 }
        try waitUntil("no lag") { try LiveInstance.areIdle([hub]) }

        guard case .event(let stored?) = try hub.read(.event(event)) else {
            Issue.record("the event is not there")
            return
        }
        #expect(stored.branches.count == 4)
        #expect(stored.branches.allSatisfy { $0.state == .done && $0.result != nil })
        guard
            case .history(let events, _, _) = try hub.read(
                .history(HistoryQuery(limit: 1_000)))
        else { return }
        var counts: [String: Int] = [:]
        for event in events { counts[event.name, default: 0] += 1 }
        #expect(counts["compliance_checked"] == 5)
        #expect(counts["rl_scored"] == 4)
        #expect(counts["rl_updated"] == 1)
        #expect(counts["task_created"] == 3)
        #expect(counts["notification_sent"] == 2)
        #expect(hub.meters.snapshot.allSatisfy { $0.failures == 0 && $0.deadLetters == 0 })
    }

    @Test func `two instances share the work, and one that vanishes is replaced`() throws {
        let database = TestPostgres.shared.database()
        let first = try LiveInstance(database)
        try waitUntil("the leases") { first.meters.snapshot.filter(\.isLeased).count == 5 }
        let second = try LiveInstance(database)
        defer { second.stop() }
        var events: [UniqueID] = []
        func report(_ hub: LiveInstance, _ count: Int) throws {
            let reports = (0..<count).map { _ in LiveInstance.report() }
            events += reports.map(\.id)
            try hub.submit(reports.map(\.command))
        }
        try report(first, 60)
        try report(second, 60)
        #expect(second.meters.snapshot.allSatisfy { !$0.isLeased })
        // In the middle of the work.
        try report(second, 300)
        first.vanish()
        try report(second, 60)
        try waitUntil("the second to catch up", timeoutSeconds: 30) {
            try LiveInstance.areIdle([second])
        }
        for name in ["compliance_checked", "rl_scored", "task_created", "notification_sent"] {
            #expect(try repeated(database, name) == 0, "\(name)")
            #expect(
                try count(database, "SELECT count(*) FROM events WHERE name = '\(name)'")
                    == events.count, "\(name)")
        }
        #expect(
            try count(database, "SELECT count(*) FROM event_branches WHERE state = 'done'")
                == 4 * events.count)
    }

    @Test func `an instance that died is followed before its leases end, one that lives is not`()
        throws
    {
        let database = TestPostgres.shared.database()
        let first = try LiveInstance(database) { $0.leaseSeconds = 600 }
        try waitUntil("the leases") { first.meters.snapshot.filter(\.isLeased).count == 5 }
        let second = try LiveInstance(database) { $0.leaseSeconds = 600 }
        defer { second.stop() }
        try waitUntil("each lease was asked for a few times") {
            second.store.counters.refusals >= 25
        }
        #expect(second.meters.snapshot.allSatisfy { !$0.isLeased })
        first.vanish()
        try waitUntil("the second to take over") {
            second.meters.snapshot.filter(\.isLeased).count == 5
        }
    }

    @Test func `an instance that is taken for dead does nothing twice`() throws {
        let database = TestPostgres.shared.database()
        let hubs = try (0..<2).map { _ in
            try LiveInstance(database) {
                $0.leaseSeconds = 600
                $0.leaseRetryMilliseconds = 100
            }
        }
        defer { for hub in hubs { hub.stop() } }
        let postgres = try BlockingPostgres(connection: database)
        var random = TestSeed.random("taken for dead")
        var events = 0
        for _ in 0..<40 {
            // Its lock goes with this connection; it lives on, and takes the lock again.
            let hub = hubs[Int.random(in: 0...1, using: &random)]
            try postgres.script(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = '\(hub.name) listen'
                """)
            let count = Int.random(in: 1...30, using: &random)
            try hubs[Int.random(in: 0...1, using: &random)].submit(
                (0..<count).map { _ in LiveInstance.report().command })
            events += count
        }
        try waitUntil("all is done", timeoutSeconds: 30) {
            try LiveInstance.areIdle(hubs)
        }
        let changes = hubs.reduce(0) { sum, hub in
            sum
                + hub.observations.all.count(where: {
                    if case .leased = $0 { true } else { false }
                })
        }
        #expect(changes > 5, "no lease was ever taken")
        for name in ["compliance_checked", "rl_scored", "task_created", "notification_sent"] {
            #expect(try repeated(database, name) == 0, "\(name)")
            #expect(
                try count(database, "SELECT count(*) FROM events WHERE name = '\(name)'")
                    == events, "\(name)")
        }
    }

    @Test func `instances that stop one after another hand the work on at once`() throws {
        let database = TestPostgres.shared.database()
        let first = try LiveInstance(database) { $0.leaseSeconds = 600 }
        try waitUntil("the leases") { first.meters.snapshot.filter(\.isLeased).count == 5 }
        let second = try LiveInstance(database) { $0.leaseSeconds = 600 }
        first.stop()
        try waitUntil("the second to take over") {
            second.meters.snapshot.filter(\.isLeased).count == 5
        }
        second.stop()
    }

    @Test func `an event whose effects Postgres refuses is set aside, and can be tried again`()
        throws
    {
        let database = TestPostgres.shared.database()
        let rule = WorkflowRule(
            id: "note", name: "Note", version: 1, enabled: true, eventType: "note",
            conditions: [],
            actions: [
                .createTask(
                    TaskTemplate(
                        title: "Note {data.payload.text}", assignee: nil, dueInSeconds: nil,
                        priority: .normal))
            ])
        let hub = try LiveInstance(database, [.workflow]) { $0.rules = [rule] }
        defer { hub.stop() }
        try refuseTasks(database, titled: "Note bad")
        let good = (0..<10).map { _ in LiveInstance.report("note", payload: #"{"text":"a"}"#) }
        let bad = LiveInstance.report("note", payload: #"{"text":"bad"}"#)
        try hub.submit(good.prefix(5).map(\.command) + [bad.command])
        try hub.submit(good.suffix(5).map(\.command))
        try waitUntil("the others to be done") {
            hub.meters.snapshot[0].deadLetters == 1 && hub.meters.snapshot[0].lagPositions == 0
        }
        #expect(
            try count(database, "SELECT count(*) FROM events WHERE name = 'task_created'") == 10)
        func letter() throws -> DeadLetter {
            guard
                case .records(let records, _) = try hub.read(
                    .records(RecordsQuery(.deadLetters, limit: 10))),
                case .deadLetter(let letter)? = records.first
            else { throw NotFound() }
            return letter
        }
        let first = try letter()
        #expect(first.eventID == bad.id)
        try hub.submit([.replayDeadLetter(ReplayDeadLetter(id: first.id))])
        try waitUntil("the second attempt") {
            let now = try letter()
            return now.state == .waiting && now.attempts == 2
        }
        try BlockingPostgres(connection: database).run("DROP TRIGGER refuse ON tasks")
        try hub.submit([.replayDeadLetter(ReplayDeadLetter(id: first.id))])
        try waitUntil("the third attempt") { try letter().state == .replayed }
        #expect(
            try count(database, "SELECT count(*) FROM events WHERE name = 'task_created'") == 11)
    }

    /// From now on the database takes no task of this title.
    private func refuseTasks(_ connection: String, titled title: String) throws {
        let postgres = try BlockingPostgres(connection: connection)
        try postgres.run(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'not this one'; END $$
            """)
        try postgres.run(
            """
            CREATE TRIGGER refuse BEFORE INSERT ON tasks FOR EACH ROW
            WHEN (NEW.title = '\(title)') EXECUTE FUNCTION refuse()
            """)
    }

    @Test func `every instance has the same model, whether it runs anything or not`() throws {
        let database = TestPostgres.shared.database()
        let worker = try LiveInstance(database) { $0.saveVersions = 5 }
        defer { worker.stop() }
        let idle = try LiveInstance(database, [])
        defer { idle.stop() }
        let lead = LiveInstance.id()
        try worker.submit([.createLead(CreateLead(id: lead, eventID: .fresh, name: "Asha"))])
        for round in 0..<12 {
            let decision = LiveInstance.id()
            var decide = DecideCommand(
                id: decision, eventID: .fresh, subject: Subject(.leads, lead), contextText: [],
                context: .object([]), model: idle.models.current, random: UInt64(round) << 60)
            decide.actions = ["call", "mail"]
            var feedback = GiveFeedback(
                id: .fresh, eventID: .fresh, subject: Subject(.decisions, decision))
            feedback.rating = 1 + round % 5
            try idle.submit([.decide(decide)])
            try idle.submit([.giveFeedback(feedback)])
        }
        try waitUntil("the lessons") {
            [worker, idle].allSatisfy { $0.models.current.state.version == 12 }
        }
        try waitUntil("no lag") { try LiveInstance.areIdle([worker]) }
        let late = try LiveInstance(database, [])
        defer { late.stop() }
        try waitUntil("the late one") { late.models.current.state.version == 12 }
        let didLoad = late.observations.all.contains { observation in
            if case .modelLoaded = observation { true } else { false }
        }
        #expect(didLoad)
        try waitUntil("the same bits") {
            let states = [worker, idle, late].map { instance in
                var state = instance.models.current.state
                state.advance(to: .max)
                return state.serialized()
            }
            return states[0] == states[1] && states[1] == states[2]
        }
    }
}

extension UniqueID {
    /// One that nothing else has.
    static var fresh: UniqueID { LiveInstance.id() }
}
