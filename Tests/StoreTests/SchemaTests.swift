// Migrations against a real Postgres, and what the schema itself refuses.

import Domain
import Testing

@testable import Store

@Suite struct SchemaTests {
    @Test func `an empty database gets the schema, and a second run changes nothing`() throws {
        let postgres = try TestDatabase(migrated: false).open()
        let first = try Schema.migrate(postgres)
        #expect(first.from == 0)
        #expect(first.to == Schema.migrations.count)
        let epoch = try postgres.run("SELECT epoch FROM log_head").text(0, 0)
        #expect(epoch.count == 8)
        let second = try Schema.migrate(postgres)
        #expect(second.from == second.to)
        #expect(try postgres.run("SELECT epoch FROM log_head").text(0, 0) == epoch)
    }

    @Test func `each log has its own epoch`() throws {
        let epochs = try (0..<2).map { _ in
            try TestDatabase().open().run("SELECT epoch FROM log_head").text(0, 0)
        }
        #expect(epochs[0] != epochs[1])
    }

    @Test func `instances that start together migrate once`() async throws {
        let database = try TestDatabase(migrated: false)
        let froms = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    try Schema.migrate(BlockingPostgres(connection: database.connection)).from
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(froms.filter { $0 == 0 }.count == 1)
        #expect(try database.open().run("SELECT 1 FROM log_head").rowCount == 1)
    }

    @Test func `a database of a newer program is refused`() throws {
        let postgres = try TestDatabase().open()
        try postgres.script("INSERT INTO schema_migrations VALUES (999, 'x')")
        #expect(
            throws: MigrationFailure.databaseIsNewer(
                database: 999, program: Schema.migrations.count)
        ) { try Schema.migrate(postgres) }
    }

    @Test func `a migration that was edited is refused`() throws {
        let postgres = try TestDatabase().open()
        try postgres.script("UPDATE schema_migrations SET checksum = 'x' WHERE version = 1")
        #expect(throws: MigrationFailure.checksumDiffers(version: 1)) {
            try Schema.migrate(postgres)
        }
    }

    @Test func `a migration that fails leaves nothing, and the lock is free`() throws {
        let database = try TestDatabase()
        let postgres = try database.open()
        let broken =
            Schema.migrations + [
                Migration(
                    version: Schema.migrations.count + 1,
                    sql: "CREATE TABLE half (a int); SELECT * FROM nowhere;")
            ]
        var failure: MigrationFailure?
        do { _ = try Schema.migrate(postgres, with: broken) } catch { failure = error }
        guard case .refused(_, "42P01", _)? = failure else {
            throw TestFailure(reason: "\(String(describing: failure))")
        }
        #expect(try postgres.run("SELECT to_regclass('half')").isNull(0, 0))
        #expect(try Schema.migrate(database.open()).from == Schema.migrations.count)
    }

    @Test func `the audit trail and consents can't be changed or emptied`() throws {
        let postgres = try TestDatabase().open()
        try postgres.script(
            """
            INSERT INTO audit_logs VALUES (1, gen_random_uuid(), 'u', 'a', 'r', now(), true,
                'business', NULL, 't', 1);
            INSERT INTO consents VALUES (gen_random_uuid(), 's', 'p', 'granted', 'a', now());
            """)
        for change in [
            "UPDATE audit_logs SET user_id = 'x'", "DELETE FROM audit_logs", "TRUNCATE audit_logs",
            "DELETE FROM consents", "UPDATE consents SET status = 'withdrawn'",
        ] {
            var state: String?
            do { try postgres.run(change) } catch { state = error.sqlState }
            #expect(state == "23001", "\(change)")
        }
    }

    @Test func `keys that another transaction holds are found, and others are not touched`() throws
    {
        let database = try TestDatabase()
        let holder = try database.open()
        try holder.script(
            "BEGIN; INSERT INTO idempotency (principal, key, fingerprint) VALUES ('p', 'b', '')")
        let prober = try database.open()
        try prober.script("BEGIN")
        let locked = try prober.run(
            "SELECT * FROM idempotency_keys_locked($1, $2)",
            [PostgresType.textArray, PostgresType.textArray],
            [.texts(["p", "p", "q"]), .texts(["a", "b", "b"])])
        #expect(locked.rowCount == 1)
        #expect(locked.int64(0, 0) == 2)
        try prober.script("ROLLBACK")
        try holder.script("ROLLBACK")
        #expect(try prober.run("SELECT 1 FROM idempotency").rowCount == 0)
    }

    @Test func `instances that start together agree on a setting`() async throws {
        let database = try TestDatabase()
        let values = try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<4 {
                group.addTask {
                    try Settings.settingOrInsert("secret", in: database.open()) { "made \(index)" }
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(values.count == 1)
    }

    @Test func `the data is in the tables that everybody expects`() throws {
        let postgres = try TestDatabase().open()
        let expected = [
            "leads": ["id", "name", "email", "created_at"],
            "opportunities": ["id", "lead_id", "value", "stage"],
            "orders": ["id", "opp_id", "total", "status"],
            "deliveries": ["id", "order_id", "delivery_date", "status"],
            "event_logs": [
                "id", "task_id", "user_id", "event_type", "rl_score", "consent_flag", "timestamp",
            ],
            "audit_logs": ["id", "user_id", "action", "resource", "timestamp", "success"],
        ]
        for (table, columns) in expected {
            let found = try postgres.run(
                "SELECT column_name::text FROM information_schema.columns WHERE table_name = $1",
                [PostgresType.text], [.text(table)])
            let names = (0..<found.rowCount).map { found.text($0, 0) }
            #expect(Set(columns).isSubset(of: names), "\(table)")
        }
    }

    @Test func `rows of the version before are kept and may be scored`() throws {
        let database = try TestDatabase(migrated: false)
        let postgres = try database.open()
        _ = try Schema.migrate(postgres, with: Array(Schema.migrations.prefix(1)))
        try postgres.script(
            """
            INSERT INTO leads (id, name, status, version, created_at, updated_at)
            VALUES (gen_random_uuid(), 'Asha', 'new', 1, now(), now())
            """)
        let versions = try Schema.migrate(postgres)
        #expect(versions.from == 1)
        #expect(versions.to == Schema.migrations.count)
        let row = try postgres.run("SELECT name, score_version, score_factors FROM leads")
        #expect(row.text(0, 0) == "Asha" && row.int64(0, 1) == 0 && row.isNull(0, 2))
    }

    @Test func `events that are there already stand in the timeline of their lead`() throws {
        let postgres = try TestDatabase(migrated: false).open()
        _ = try Schema.migrate(postgres, with: Array(Schema.migrations.prefix(10)))
        let lead = "00000000-0000-0000-0000-000000000001"
        try postgres.script(
            """
            INSERT INTO leads (id, name, status, version, created_at, updated_at)
            VALUES ('\(lead)', 'Asha', 'new', 1, now(), now());
            INSERT INTO opportunities (id, lead_id, name, value, currency, stage, probability,
                version, created_at, updated_at)
            VALUES ('00000000-0000-0000-0000-000000000002', '\(lead)', 'x', 1, 'INR', 'proposal',
                50, 3, now(), now());
            INSERT INTO tasks (id, title, priority, status, version, created_at, updated_at)
            VALUES ('00000000-0000-0000-0000-000000000003', 'x', 'low', 'open', 1, now(), now());
            INSERT INTO notifications (id, recipient, category, title, body, subject, created_at)
            SELECT id, 'asha', 'x', 'x', 'x', 'opportunities/' || id, now() FROM opportunities;
            INSERT INTO events (position, id, name, subject, unified, body)
            SELECT k.position, gen_random_uuid(), k.name, k.subject || k.id, false, k.body
            FROM (VALUES
                (1, 'lead_created', 'leads/', '\(lead)', '{"data":{}}'),
                (2, 'opportunity_created', 'opportunities/',
                    '00000000-0000-0000-0000-000000000002', '{"data":{"stage":"qualification"}}'),
                (3, 'notification_sent', 'notifications/',
                    '00000000-0000-0000-0000-000000000002', '{"data":{}}'),
                (4, 'opportunity_updated', 'opportunities/',
                    '00000000-0000-0000-0000-000000000002',
                    '{"data":{"stage":"proposal","changed":["stage","probability"]}}'),
                (5, 'opportunity_updated', 'opportunities/',
                    '00000000-0000-0000-0000-000000000002',
                    '{"data":{"stage":"proposal","changed":["name"]}}'),
                (6, 'task_created', 'tasks/', '00000000-0000-0000-0000-000000000003',
                    '{"data":{}}'),
                (7, 'sla_warning', 'events/', '00000000-0000-0000-0000-000000000004',
                    '{"data":{}}')) AS k (position, name, subject, id, body)
            """)
        _ = try Schema.migrate(postgres)
        let rows = try postgres.run("SELECT about::text FROM events ORDER BY position")
        let found = (0..<rows.rowCount).map { rows.isNull($0, 0) ? nil : rows.text($0, 0) }
        let task = "00000000-0000-0000-0000-000000000003"
        #expect(found == [lead, lead, lead, lead, lead, task, nil])
        let deals = try postgres.run("SELECT last_stage FROM opportunities")
        #expect(deals.text(0, 0) == "qualification")
    }

    @Test func `a child without its parent, and a second active delivery, are refused`() throws {
        let postgres = try TestDatabase().open()
        func state(of script: String) -> String? {
            do {
                try postgres.script(script)
                return nil
            } catch {
                return error.sqlState
            }
        }
        let lead = """
            INSERT INTO leads (id, name, status, version, created_at, updated_at)
            VALUES ('00000000-0000-0000-0000-000000000001', 'Asha', 'new', 1, now(), now());
            """
        let order = """
            INSERT INTO orders (id, opp_id, lead_id, currency, lines, total, status, version,
                created_at, updated_at)
            SELECT id, id, id, 'INR', '[]', 0, 'draft', 1, now(), now() FROM leads;
            """
        #expect(state(of: lead + order) == "23503")
        try postgres.script(
            lead + """
                INSERT INTO opportunities (id, lead_id, name, value, currency, stage, probability,
                    version, created_at, updated_at)
                SELECT id, id, 'x', 1, 'INR', 'won', 100, 1, now(), now() FROM leads;
                """ + order)
        func deliver(_ status: String) -> String? {
            state(
                of: """
                    INSERT INTO deliveries (id, order_id, lead_id, delivery_date, status,
                        attempts, version, created_at, updated_at)
                    SELECT gen_random_uuid(), id, id, '2026-12-01', '\(status)', 0, 1, now(), now()
                    FROM orders
                    """)
        }
        #expect(deliver("returned") == nil)
        #expect(deliver("failed") == nil)
        #expect(deliver("scheduled") == "23505")
        #expect(deliver("delivered") == nil)
    }

    @Test func `reported events are a view with their scores, whatever their payloads hold`() throws
    {
        let database = try TestDatabase()
        let postgres = try database.open()
        let people = [
            #""user_id":"u1","consent_flag":true"#, #""user_id":null,"consent_flag":null"#,
        ]
        for (number, person) in people.enumerated() {
            let body = #"""
                {"time":"2026-11-25T08:00:00.123Z","data":{"task_id":"t\#(number)",\#(person),\#
                "payload":{"a":"\u0000","b":"\\u0000","n":1e400}}}
                """#
            try postgres.run(
                "INSERT INTO events VALUES ($1, $2, 'sla_warning', 'events/x', true, $3)",
                [PostgresType.int8, PostgresType.uuid, PostgresType.text],
                [
                    .int8(Int64(number + 1)), .uuid(UniqueID(high: 0, low: UInt64(number))),
                    .text(body),
                ])
        }
        try postgres.script(
            """
            INSERT INTO event_branches VALUES
                ('00000000-0000-0000-0000-000000000000', 'rl', 'done', '{"score":0.25,"low":0}'),
                ('00000000-0000-0000-0000-000000000001', 'rl', 'denied', '{}');
            """)
        let rows = try postgres.run("SELECT * FROM event_logs ORDER BY id")
        #expect(rows.rowCount == 2)
        #expect(rows.text(0, 1) == "t0" && rows.text(0, 2) == "u1")
        #expect(rows.text(0, 3) == "sla_warning")
        #expect(rows.float64(0, 4) == 0.25 && rows.bool(0, 5))
        #expect(rows.timestamp(0, 6).text == "2026-11-25T08:00:00.123Z")
        #expect(rows.isNull(1, 2) && rows.isNull(1, 4) && rows.isNull(1, 5))
    }
}
