// Migrations against a real Postgres, and what the schema itself refuses.

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
}
