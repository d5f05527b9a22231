// The Store as the loops see it, against a real Postgres: two hubs on one database, connections
// that are ended under it, reads.

import Domain
import EventLog
import Reactor
import Testing

@testable import Store

@Suite struct StoreTests {
    @Test func `an event reaches every loop, and its own loop before the answer`() throws {
        let hub = try TestHub(TestDatabase().configuration)
        defer { hub.store.stop() }
        let answer = hub.answer(.createLead(TestHub.createLead("Asha Rao")))
        #expect(answer?.status == 201)
        hub.wait("the event in both loops") { hub.events.allSatisfy { $0.count == 1 } }
        #expect(hub.events[0].first?.text.contains("Asha Rao") == true)
        guard case .append? = hub.mail[0].first, case .answered? = hub.mail[0].last else {
            Issue.record("the segment comes first")
            return
        }
    }

    @Test func `hubs on one database tell all their loops the same log`() throws {
        let database = try TestDatabase()
        let hubs = try (0..<2).map { _ in try TestHub(database.configuration) }
        defer { for hub in hubs { hub.store.stop() } }
        var tickets: [[Ticket]] = [[], []]
        for round in 0..<30 {
            for (index, hub) in hubs.enumerated() {
                for _ in 0..<10 {
                    tickets[index].append(hub.submit(TestHub.publish().1, loop: round % 2))
                }
                hub.take()
            }
        }
        for (index, hub) in hubs.enumerated() {
            hub.wait("all answers") { tickets[index].allSatisfy { hub.answers[$0] != nil } }
            hub.wait("all events") { hub.events.allSatisfy { $0.count == 600 } }
            #expect(tickets[index].allSatisfy { hub.answers[$0]?.status == 202 })
        }
        let texts = hubs.flatMap { hub in hub.events.map { $0.map(\.text) } }
        #expect(texts.allSatisfy { $0 == texts[0] })
        #expect(Set(texts[0]).count == 600)
        #expect(hubs[0].store.counters.head == 600)
    }

    @Test func `what was acknowledged is on the log once, however often connections are ended`()
        throws
    {
        let database = try TestDatabase()
        let hubs = try (0..<2).map { _ in try TestHub(database.configuration) }
        defer { for hub in hubs { hub.store.stop() } }
        var submitted: [(hub: Int, ticket: Ticket, id: UniqueID)] = []
        for _ in 0..<12 {
            for (index, hub) in hubs.enumerated() {
                for _ in 0..<20 {
                    let (id, command) = TestHub.publish()
                    submitted.append((index, hub.submit(command), id))
                }
            }
            for name in ["commit", "read", "listen"] { try database.terminate("test \(name)") }
        }
        for (index, hub) in hubs.enumerated() {
            let own = submitted.filter { $0.hub == index }
            hub.wait("all answers", seconds: 40) {
                own.allSatisfy { hub.answers[$0.ticket] != nil }
            }
        }
        let head = Int(try database.open().run("SELECT position FROM log_head").int64(0, 0))
        for hub in hubs {
            hub.wait("all events") { hub.events.allSatisfy { $0.count == head } }
        }
        let acknowledged = submitted.filter {
            hubs[$0.hub].answers[$0.ticket]?.status == 202
        }
        let texts = hubs[1].events[1].map(\.text)
        for one in acknowledged {
            #expect(texts.count { $0.contains(one.id.text) && $0.contains("events/") } == 1)
        }
        #expect(acknowledged.count > submitted.count / 2)
        #expect(hubs[0].store.counters.reconnects > 0)
    }

    @Test func `a head that nobody announced is found within seconds`() throws {
        let database = try TestDatabase()
        let hub = try TestHub(database.configuration)
        defer { hub.store.stop() }
        try database.open().script(
            """
            BEGIN;
            UPDATE log_head SET position = 2500;
            INSERT INTO events SELECT n, gen_random_uuid(), 'told', 'leads/x', false,
                '{"n":' || n || '}' FROM generate_series(1, 2500) AS n;
            COMMIT;
            """)
        hub.wait("the events", seconds: 5) { hub.events.allSatisfy { $0.count == 2500 } }
        #expect(hub.events[1].last?.text == #"{"position":"2500","n":2500}"#)
    }

    @Test func `a hub that opens later starts from the head`() throws {
        let database = try TestDatabase()
        let first = try TestHub(database.configuration)
        defer { first.store.stop() }
        _ = first.answer(TestHub.publish().1)
        let second = try TestHub(database.configuration)
        defer { second.store.stop() }
        #expect(second.start == LogStart(epoch: first.start.epoch, head: 1))
        _ = first.answer(TestHub.publish().1)
        second.wait("the second event") { second.events.allSatisfy { $0.count == 1 } }
    }

    @Test func `commands wait for a Postgres that is away for a moment`() throws {
        let database = try TestDatabase()
        let hub = try TestHub(database.configuration)
        defer { hub.store.stop() }
        hub.wait("connections") { hub.store.isReady }
        try database.setReachable(false)
        let ticket = hub.submit(TestHub.publish().1)
        hub.wait("the loss") { !hub.store.isReady }
        try database.setReachable(true)
        hub.wait("the answer") { hub.answers[ticket] != nil }
        #expect(hub.answers[ticket]?.status == 202)
        hub.wait("connections") { hub.store.isReady }
    }

    @Test func `commands and reads are unavailable when Postgres stays away`() throws {
        let database = try TestDatabase()
        var configuration = database.configuration
        configuration.commandWaitSecondsMax = 1
        configuration.readWaitMilliseconds = 500
        let hub = try TestHub(configuration)
        defer { hub.store.stop() }
        hub.wait("connections") { hub.store.isReady }
        try database.setReachable(false)
        hub.wait("the loss") { !hub.store.isReady }
        let ticket = hub.submit(TestHub.publish().1)
        guard case .unavailable(let seconds)? = hub.read(.head, seconds: 3) else {
            Issue.record("a read was answered")
            return
        }
        #expect(seconds > 0)
        hub.wait("the answer", seconds: 3) { hub.answers[ticket] != nil }
        #expect(hub.answers[ticket]?.status == 503)
        #expect(hub.answers[ticket]?.retryAfterSeconds != nil)
        try database.setReachable(true)
        hub.wait("connections") { hub.store.isReady }
        #expect(hub.answer(TestHub.publish().1)?.status == 202)
    }

    @Test func `a stopped store has answered everything and closed its connections`() throws {
        let database = try TestDatabase()
        let hub = try TestHub(database.configuration)
        let tickets = (0..<500).map { _ in hub.submit(TestHub.publish().1) }
        hub.store.stop()
        hub.take()
        #expect(tickets.allSatisfy { hub.answers[$0] != nil })
        let acknowledged = tickets.filter { hub.answers[$0]?.status == 202 }.count
        #expect(hub.events[0].count == acknowledged)
        let left = try database.open().run(
            """
            SELECT 1 FROM pg_stat_activity
            WHERE application_name LIKE 'test %' AND datname = current_database()
            """
        )
        #expect(left.rowCount == 0)
    }

    @Test func `a log that was replaced under the hub is not mistaken for its own`() throws {
        let database = try TestDatabase()
        let hub = try TestHub(database.configuration)
        defer { hub.store.stop() }
        _ = hub.answer(TestHub.publish().1)
        let postgres = try database.open()
        try postgres.script("UPDATE log_head SET epoch = '0000000a', position = 7")
        hub.wait("that it is not ready") { !hub.store.isReady }
        #expect(hub.events[0].count == 1)
        #expect(hub.answer(TestHub.publish().1)?.status == 503)
        #expect(
            hub.observations.all.contains(
                .epochChanged(from: hub.start.epoch.text, to: "0000000a")))
    }

    @Test func `an unreachable Postgres is a failure with its reason`() throws {
        var configuration = StoreConfiguration(
            connection: "host=/nowhere user=postgres", instance: "test")
        configuration.openWaitMilliseconds = 300
        var failure: StoreFailure?
        do { _ = try Store.open(configuration, loops: []) { _ in } } catch { failure = error }
        guard case .unreachable(let reason)? = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(reason.contains("/nowhere"))
    }

    @Test func `keys older than a day are deleted, younger ones are kept`() throws {
        let database = try TestDatabase()
        let postgres = try database.open()
        try postgres.script(
            """
            INSERT INTO idempotency (principal, key, fingerprint, created_at)
            SELECT 'p', 'old' || n, '', now() - interval '25 hours'
            FROM generate_series(1, 2500) AS n;
            INSERT INTO idempotency (principal, key, fingerprint, created_at)
            VALUES ('p', 'young', '', now() - interval '23 hours');
            """)
        var configuration = database.configuration
        configuration.housekeepingMilliseconds = 100
        let hub = try TestHub(configuration)
        defer { hub.store.stop() }
        hub.wait("the deletion") {
            hub.observations.all.contains(.oldRowsDeleted(table: "idempotency", count: 2500))
        }
        #expect(try postgres.run("SELECT key FROM idempotency").text(0, 0) == "young")
    }
}
