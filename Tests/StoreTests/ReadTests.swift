// Reads against a real Postgres: what was written comes back, page by page, filtered.

import Domain
import EventLog
import Testing

@testable import Store

@Suite struct ReadTests {
    @Test func `a lead is read as it was created, and nothing where there is none`() throws {
        let hub = try TestHub(TestDatabase().configuration)
        defer { hub.store.stop() }
        var command = TestHub.createLead("Asha Rao", email: "Asha@example.test")
        command.tags = ["a", "b,c"]
        #expect(hub.answer(.createLead(command))?.status == 201)
        guard case .lead(let lead?)? = hub.read(.lead(command.id)) else {
            Issue.record("no lead")
            return
        }
        #expect(lead.name == "Asha Rao")
        #expect(lead.email == "Asha@example.test")
        #expect(lead.tags == ["a", "b,c"])
        #expect(lead.version == 1)
        guard case .lead(nil)? = hub.read(.lead(TestHub.id())) else {
            Issue.record("a lead out of nothing")
            return
        }
    }

    @Test func `pages of leads cover all of them once, in either order, under every filter`() throws
    {
        let database = try TestDatabase()
        try database.open().script(
            """
            INSERT INTO leads (id, name, email, email_normal, owner, status, duplicate_allowed,
                version, created_at, updated_at)
            SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'L' || n,
                'E' || n % 5, 'e' || n % 5, 'o' || n % 3,
                CASE n % 2 WHEN 0 THEN 'new' ELSE 'contacted' END, true, 1, now(), now()
            FROM generate_series(1, 60) AS n
            """)
        let hub = try TestHub(database.configuration)
        defer { hub.store.stop() }
        func all(_ query: LeadsQuery) -> [String] {
            var query = query
            var names: [String] = []
            while case .leads(let leads, let hasMore)? = hub.read(.leads(query)) {
                #expect(leads.count == query.limit || !hasMore)
                names += leads.map(\.name)
                query.after = leads.last?.id
                if !hasMore { return names }
            }
            Issue.record("no leads")
            return names
        }
        let numbers = Array(1...60)
        let name: (Int) -> String = { "L\($0)" }
        #expect(all(LeadsQuery(limit: 7)) == numbers.reversed().map(name))
        #expect(all(LeadsQuery(limit: 20, newestFirst: false)) == numbers.map(name))
        #expect(
            all(LeadsQuery(limit: 7, newestFirst: false, status: .contacted))
                == numbers.filter { $0 % 2 == 1 }.map(name))
        #expect(
            all(LeadsQuery(limit: 4, newestFirst: false, owner: "o1"))
                == numbers.filter { $0 % 3 == 1 }.map(name))
        #expect(
            all(LeadsQuery(limit: 4, newestFirst: false, status: .new, owner: "o1", email: "E2"))
                == numbers.filter { $0 % 2 == 0 && $0 % 3 == 1 && $0 % 5 == 2 }.map(name))
    }

    @Test func `a reported event is found by its id, a command's own is not`() throws {
        let hub = try TestHub(TestDatabase().configuration)
        defer { hub.store.stop() }
        let (id, command) = TestHub.publish("door_opened")
        #expect(hub.answer(command)?.status == 202)
        guard case .event(let stored?)? = hub.read(.event(id)) else {
            Issue.record("no event")
            return
        }
        #expect(stored.event.name == "door_opened")
        #expect(stored.branches.map(\.name) == EventBranch.allCases)
        #expect(stored.branches.allSatisfy { $0.state == .pending && $0.result == nil })
        let lead = TestHub.createLead("Ravi")
        _ = hub.answer(.createLead(lead))
        guard case .event(nil)? = hub.read(.event(lead.eventID)) else {
            Issue.record("a command's event was found")
            return
        }
    }

    /// A log of so many events, every third an order's, every thousandth rare.
    private func logged(_ count: Int) throws -> TestDatabase {
        let database = try TestDatabase()
        try database.open().script(
            """
            UPDATE log_head SET position = \(count);
            INSERT INTO events SELECT n, gen_random_uuid(),
                CASE WHEN n % 1000 = 0 THEN 'rare_one' WHEN n % 3 = 0 THEN 'order_created'
                    ELSE 'orders' END,
                CASE WHEN n % 3 = 0 THEN 'orders/' ELSE 'leads/' END || n % 10, false,
                '{"n":' || n || '}' FROM generate_series(1, \(count)) AS n;
            """)
        return database
    }

    private func positions(_ hub: TestHub, _ query: HistoryQuery) -> ([UInt64], Bool) {
        guard case .history(let events, let hasMore, _)? = hub.read(.history(query)) else {
            Issue.record("no history")
            return ([], false)
        }
        return (events.map(\.position), hasMore)
    }

    @Test func `history is read in pages, forwards and backwards, within bounds`() throws {
        let hub = try TestHub(logged(100).configuration)
        defer { hub.store.stop() }
        #expect(positions(hub, HistoryQuery(limit: 3)) == ([1, 2, 3], true))
        #expect(positions(hub, HistoryQuery(after: 97, limit: 3)) == ([98, 99, 100], false))
        #expect(positions(hub, HistoryQuery(limit: 2, newestFirst: true)) == ([100, 99], true))
        #expect(
            positions(hub, HistoryQuery(after: 95, before: 99, limit: 9, newestFirst: true))
                == ([98, 97, 96], false))
        #expect(positions(hub, HistoryQuery(after: 100, limit: 9)) == ([], false))
        #expect(positions(hub, HistoryQuery(after: .max, limit: 9)) == ([], false))
        #expect(positions(hub, HistoryQuery(before: 0, limit: 9)) == ([], false))
    }

    @Test func `history is filtered as a stream is`() throws {
        let hub = try TestHub(logged(100).configuration)
        defer { hub.store.stop() }
        let numbers = Array(1...100 as ClosedRange<UInt64>)
        func expect(_ terms: [FilterTerms], _ matches: (UInt64) -> Bool) {
            let query = HistoryQuery(limit: 1_000, terms: terms)
            #expect(positions(hub, query) == (numbers.filter(matches), false))
        }
        // The underscore is no wildcard.
        expect([FilterTerms(types: ["order_*"], subjects: [], entities: [])]) { $0 % 3 == 0 }
        expect([FilterTerms(types: ["orders"], subjects: [], entities: [])]) { $0 % 3 != 0 }
        expect([FilterTerms(types: [], subjects: ["leads/5"], entities: [])]) {
            $0 % 3 != 0 && $0 % 10 == 5
        }
        expect([FilterTerms(types: [], subjects: [], entities: ["order"])]) { $0 % 3 == 0 }
        expect([
            FilterTerms(types: ["order_created"], subjects: ["orders/1"], entities: []),
            FilterTerms(types: [], subjects: ["leads/2"], entities: ["lead"]),
        ]) { $0 % 3 == 0 ? $0 % 10 == 1 : $0 % 10 == 2 }
    }

    @Test func `rare events are found across windows, with the right end`() throws {
        let hub = try TestHub(logged(45_000).configuration)
        defer { hub.store.stop() }
        let terms = [FilterTerms(types: ["rare_one"], subjects: [], entities: [])]
        let all = (1...45).map { UInt64($0 * 1000) }
        #expect(positions(hub, HistoryQuery(limit: 100, terms: terms)) == (all, false))
        #expect(
            positions(hub, HistoryQuery(limit: 44, terms: terms, newestFirst: true))
                == (all.reversed().dropLast(), true))
        #expect(
            positions(hub, HistoryQuery(limit: 45, terms: terms, newestFirst: true))
                == (all.reversed(), false))
    }

    @Test func `a page is a segment, the last one partial, and none beyond the head`() throws {
        let hub = try TestHub(logged(300).configuration)
        defer { hub.store.stop() }
        guard case .page(0, let first?)? = hub.read(.page(0)),
            case .page(1, let second?)? = hub.read(.page(1)),
            case .page(2, nil)? = hub.read(.page(2))
        else {
            Issue.record("no pages")
            return
        }
        #expect(first.first == 1 && first.last == 256)
        #expect(second.first == 257 && second.last == 300)
        #expect(
            String(decoding: second.eventText(at: 300), as: UTF8.self)
                == #"{"position":"300","n":300}"#)
        guard case .head(300)? = hub.read(.head) else {
            Issue.record("no head")
            return
        }
    }

    @Test func `a read that fails leaves those beside it alone`() throws {
        let database = try logged(10)
        let hub = try TestHub(database.configuration)
        defer { hub.store.stop() }
        hub.wait("connections") { hub.store.isReady }
        try database.open().script("ALTER TABLE leads RENAME TO leads_away")
        let broken = hub.ticket()
        let sound = (0..<5).map { _ in hub.ticket() }
        hub.store.read(
            [ReadRequest(ticket: broken, query: .lead(TestHub.id()), receivedMilliseconds: 0)]
                + sound.map {
                    ReadRequest(ticket: $0, query: .page(0), receivedMilliseconds: 0)
                })
        hub.wait("all outcomes") { hub.reads.count == 6 }
        guard case .unavailable? = hub.reads[broken] else {
            Issue.record("no failure")
            return
        }
        for ticket in sound {
            guard case .page(0, _?)? = hub.reads[ticket] else {
                Issue.record("a neighbour failed")
                return
            }
        }
        try database.open().script("ALTER TABLE leads_away RENAME TO leads")
        guard case .lead(nil)? = hub.read(.lead(TestHub.id())) else {
            Issue.record("does not recover")
            return
        }
    }

    @Test func `reads under way are answered when their connection is ended`() throws {
        let database = try logged(2_000)
        let hub = try TestHub(database.configuration)
        defer { hub.store.stop() }
        var tickets: [Ticket] = []
        for _ in 0..<20 {
            let some = (0..<50).map { _ in hub.ticket() }
            hub.store.read(
                some.map {
                    ReadRequest(
                        ticket: $0, query: .page(3),
                        receivedMilliseconds: Int64.max / 2)
                })
            tickets += some
            try database.terminate("test read")
        }
        hub.wait("all outcomes") { tickets.allSatisfy { hub.reads[$0] != nil } }
        for ticket in tickets {
            guard case .page(3, let segment?)? = hub.reads[ticket], segment.first == 769 else {
                Issue.record("\(String(describing: hub.reads[ticket]))")
                return
            }
        }
    }
}
