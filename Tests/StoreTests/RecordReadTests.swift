// Records of every kind as they are read back: by id, page by page, filtered, and the processors'
// own reads.

import Domain
import Testing

@testable import Store

@Suite struct RecordReadTests {
    private func texts(_ records: [StoredRecord]) -> [String] {
        records.map { String(decoding: $0.text, as: UTF8.self) }
    }

    /// All pages of a query.
    private func all(_ hub: TestHub, _ query: RecordsQuery) -> [StoredRecord] {
        var query = query
        var found: [StoredRecord] = []
        while case .records(let page, let next)? = hub.read(.records(query)) {
            #expect(page.count == query.limit || next == nil)
            found += page
            guard let next else { return found }
            // As a client sends it back.
            query.after = RecordCursor(next.text)
            #expect(query.after?.fits(query) == true)
        }
        Issue.record("no records")
        return found
    }

    @Test func `every kind is read back as it was answered, by id and in a page`() throws {
        var samples = CommandSamples(seed: 1)
        let hub = try TestHub(TestDatabase().configuration)
        defer { hub.store.stop() }
        let lead = samples.createLead()
        let opportunity = samples.createOpportunity(of: lead.id)
        let order = samples.createOrder(of: opportunity.id)
        let delivery = samples.schedule(of: order.id)
        var task = samples.createTask(about: Subject(.deliveries, delivery.id))
        task.due = Timestamp(milliseconds: 1_764_000_600_123)
        let decide = samples.decide(about: Subject(.orders, order.id))
        var feedback = GiveFeedback(
            id: samples.id(), eventID: samples.id(), subject: Subject(.tasks, task.id))
        feedback.comment = "good"
        let consent = samples.consent(subject: "users/u1", .granted)
        _ = hub.answer(.createLead(lead))
        let commands: [(Command, RecordKind, UniqueID)] = [
            (.createOpportunity(opportunity), .opportunities, opportunity.id),
            (.createOrder(order), .orders, order.id),
            (.scheduleDelivery(delivery), .deliveries, delivery.id),
            (.createTask(task), .tasks, task.id), (.decide(decide), .decisions, decide.id),
            (.giveFeedback(feedback), .feedback, feedback.id),
            (.recordConsent(consent), .consents, consent.id),
        ]
        for (command, kind, id) in commands {
            let answer = hub.answer(command)
            guard case .record(let record?)? = hub.read(.record(RecordQuery(kind, id))) else {
                Issue.record("no \(kind)")
                continue
            }
            #expect(record.text == answer?.body)
            #expect(record.etag == answer?.etag)
            #expect(texts(all(hub, RecordsQuery(kind, limit: 5))) == texts([record]))
        }
        guard case .record(nil)? = hub.read(.record(RecordQuery(.orders, samples.id()))) else {
            Issue.record("an order out of nothing")
            return
        }
    }

    @Test func `every filter of every kind is a statement that Postgres takes`() throws {
        let hub = try TestHub(TestDatabase().configuration)
        defer { hub.store.stop() }
        for kind in RecordKind.allCases {
            var every: [String: FilterValue] = [:]
            for filter in kind.filters {
                let value: FilterValue =
                    switch filter.type {
                    case .id: .id(TestHub.id())
                    case .text: .text("x")
                    case .word(let words): .text(words[0])
                    case .date: .date(CommandSamples(seed: 1).date("2026-12-01"))
                    case .time: .time(Timestamp(milliseconds: 0))
                    case .flag: .flag(true)
                    }
                every[filter.name] = value
                #expect(
                    all(hub, RecordsQuery(kind, limit: 1, filters: [filter.name: value])).isEmpty)
            }
            let rule = kind == .workflowRuns ? "r" : nil
            let time = kind == .logs ? Timestamp(milliseconds: 0) : nil
            let after = RecordCursor(id: TestHub.id(), time: time, rule: rule)
            for newestFirst in [true, false] {
                let query = RecordsQuery(
                    kind, limit: 1, after: after, newestFirst: newestFirst, filters: every)
                #expect(all(hub, query).isEmpty)
            }
        }
    }

    @Test func `pages of tasks cover all of them once, in either order, filtered`() throws {
        let database = try TestDatabase()
        try database.open().script(
            """
            INSERT INTO tasks (id, title, assignee, due, priority, status, version, created_at,
                updated_at)
            SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'T' || n,
                'a' || n % 3, CASE WHEN n % 5 = 0 THEN now() - interval '1 hour' END,
                'normal', CASE n % 2 WHEN 0 THEN 'open' ELSE 'done' END, 1, now(), now()
            FROM generate_series(1, 60) AS n
            """)
        let hub = try TestHub(database.configuration)
        defer { hub.store.stop() }
        func numbers(_ query: RecordsQuery) -> [Int] {
            all(hub, query).compactMap { record in
                guard case .task(let task) = record else { return nil }
                return Int(task.title.dropFirst())
            }
        }
        let every = Array(1...60)
        #expect(numbers(RecordsQuery(.tasks, limit: 7)) == every.reversed())
        #expect(numbers(RecordsQuery(.tasks, limit: 30, newestFirst: false)) == every)
        #expect(
            numbers(
                RecordsQuery(
                    .tasks, limit: 4, newestFirst: false,
                    filters: ["assignee": .text("a1"), "status": .text("open")]))
                == every.filter { $0 % 3 == 1 && $0 % 2 == 0 })
        #expect(
            numbers(
                RecordsQuery(
                    .tasks, limit: 4, newestFirst: false, filters: ["overdue": .flag(true)]))
                == every.filter { $0 % 10 == 0 })
        #expect(
            numbers(RecordsQuery(.tasks, limit: 50, filters: ["overdue": .flag(false)])).count
                == 54)
    }

    /// A log of so many entries of two traces; ids run against the times.
    private func logged(_ count: Int) throws -> TestDatabase {
        let database = try TestDatabase()
        try database.open().script(
            """
            INSERT INTO logs (
                number, id, timestamp, level, module, event_type, message, user_id, trace_id)
            SELECT n, ('00000000-0000-7000-8000-' || lpad((1000 - n)::text, 12, '0'))::uuid,
                '2026-01-01'::timestamptz + n / 2 * interval '1 second',
                CASE n % 4 WHEN 0 THEN 'warn' ELSE 'info' END, 'crm', 'lead_created',
                'Entry ' || n || CASE n % 10 WHEN 0 THEN ' is 100%_sure' ELSE '' END, 'u1',
                CASE n % 2 WHEN 0 THEN 'even' ELSE 'odd' END
            FROM generate_series(1, \(count)) AS n
            """)
        return database
    }

    @Test func `the log is newest first, a trace is a story, and a text is found inside`() throws {
        let hub = try TestHub(logged(40).configuration)
        defer { hub.store.stop() }
        func numbers(_ query: RecordsQuery) -> [Int] {
            all(hub, query).compactMap { record in
                guard case .log(let entry, _) = record else { return nil }
                return Int(entry.message.split(separator: " ")[1])
            }
        }
        let every = Array(1...40)
        #expect(numbers(RecordsQuery(.logs, limit: 7)) == every)
        let trace = RecordsQuery(.logs, limit: 3, filters: ["trace_id": .text("even")])
        #expect(numbers(trace) == every.filter { $0 % 2 == 0 })
        let warnings = RecordsQuery(
            .logs, limit: 3, newestFirst: false,
            filters: ["trace_id": .text("even"), "level": .text("warn")])
        #expect(numbers(warnings) == every.filter { $0 % 4 == 0 })
        let sure = RecordsQuery(.logs, limit: 3, filters: ["q": .text("100%_SURE")])
        #expect(numbers(sure) == [10, 20, 30, 40])
        let from = Timestamp(rfc3339: "2026-01-01T00:00:10Z") ?? Timestamp(milliseconds: 0)
        let to = from.adding(milliseconds: 5_000)
        #expect(
            numbers(RecordsQuery(.logs, limit: 9, filters: ["from": .time(from), "to": .time(to)]))
                == Array(20...29))
    }

    @Test func `a message's state is counted and filtered by how far it has come`() throws {
        let database = try TestDatabase()
        try database.open().script(
            """
            INSERT INTO notifications (id, recipient, category, title, body, created_at, seen_at,
                read_at, archived_at)
            SELECT gen_random_uuid(), 'asha', 'c', 't', 'b', now(),
                CASE WHEN n > 1 THEN now() END, CASE WHEN n > 3 THEN now() END,
                CASE WHEN n > 6 THEN now() END
            FROM generate_series(1, 10) AS n
            """)
        let hub = try TestHub(database.configuration)
        defer { hub.store.stop() }
        guard
            case .notificationCounts(let counts)? = hub.read(.notificationCounts(recipient: "asha"))
        else {
            Issue.record("no counts")
            return
        }
        #expect(counts == [.unseen: 1, .seen: 2, .read: 3, .archived: 4])
        for (state, count) in counts {
            let query = RecordsQuery(
                .notifications, limit: 20,
                filters: ["recipient": .text("asha"), "state": .text(state.rawValue)])
            #expect(all(hub, query).count == count)
        }
    }

    @Test func `branches, cursors, dead letters and the model are read as they were left`() throws {
        var samples = CommandSamples(seed: 1)
        let hub = try TestHub(TestDatabase().configuration)
        defer { hub.store.stop() }
        guard case .model(nil)? = hub.read(.model) else {
            Issue.record("a model out of nothing")
            return
        }
        let (id, command) = TestHub.publish()
        _ = hub.answer(command)
        _ = hub.answer(samples.leaseCommand(.log))
        _ = hub.answer(samples.leaseCommand(.compliance))
        func step(_ processor: ProcessorName, fault: String?) -> Command {
            .process(
                ProcessorStep(
                    processor: processor, lease: CommandSamples.lease, from: 0, to: 1,
                    inputs: [
                        ProcessorInput(
                            position: 1, id: id, name: "sla_warning",
                            subject: Subject(.events, id).text,
                            time: Timestamp(milliseconds: 5), actor: "asha",
                            traceparent:
                                "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01",
                            depth: 0, isUnified: true,
                            fields: .object([FieldMember("user_id", .null)]), fault: fault)
                    ], ids: (0..<ProcessorStep.idsPerInput).map { _ in samples.id() },
                    spans: ["00f067aa0ba902b7"]))
        }
        #expect(hub.answer(step(.log, fault: nil))?.processed.map { $0.deadLetters } == 0)
        #expect(hub.answer(step(.compliance, fault: "no"))?.processed.map { $0.deadLetters } == 1)
        guard case .event(let stored?)? = hub.read(.event(id)),
            case .processors(let processors, let head, _)? = hub.read(.processors)
        else {
            Issue.record("nothing was read")
            return
        }
        #expect(
            Dictionary(uniqueKeysWithValues: stored.branches.map { ($0.name, $0.state) })
                == [.log: .done, .compliance: .failed, .rl: .pending, .workflow: .pending])
        #expect(head == 1)
        #expect(processors.map(\.name) == ProcessorName.allCases.sorted())
        #expect(processors.map(\.state.cursor) == [1, 1, 0, 0, 0])
        #expect(processors.map(\.deadLetterCount) == [1, 0, 0, 0, 0])
        #expect(processors[0].oldestWaiting == nil)
        #expect(processors[2].oldestWaiting == Timestamp(milliseconds: Int64(id.high >> 16)))
        #expect(processors[0].state.holder == "rig")
        let letters = RecordsQuery(
            .deadLetters, limit: 5,
            filters: ["processor": .text("compliance"), "state": .text("waiting")])
        guard case .deadLetter(let letter)? = all(hub, letters).first else {
            Issue.record("no dead letter")
            return
        }
        #expect(letter.reason == "no" && letter.eventID == id && letter.position == 1)
        #expect(hub.answer(.replayDeadLetter(ReplayDeadLetter(id: letter.id)))?.status == 202)
        for position in [5, 9, 7, 20, 12] as [UInt64] {
            let snapshot = SaveModel(
                position: position, version: 3, bytes: [0, 255, UInt8(position)])
            #expect(hub.answer(.saveModel(snapshot))?.status == 204)
        }
        guard case .model(let model?)? = hub.read(.model) else {
            Issue.record("no model")
            return
        }
        #expect(model == SaveModel(position: 20, version: 3, bytes: [0, 255, 20]))
    }
}
