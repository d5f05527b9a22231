// The connection against a real Postgres: order of events, failures in a flight, losses,
// parameters.

import Domain
import Reactor
import Testing

@testable import Store

@Suite struct PostgresConnectionTests {
    private let number = Statement(
        name: "number", sql: "SELECT $1::int8", parameterTypes: [PostgresType.int8])
    private let division = Statement(
        name: "division", sql: "SELECT 1 / $1::int4", parameterTypes: [PostgresType.int4])

    private func driver(
        _ database: TestDatabase, session: [(name: String, value: String)] = []
    ) throws -> ConnectionDriver {
        let driver = try ConnectionDriver(
            ConnectionSettings(
                name: "test", connection: database.connection, applicationName: "hub test",
                session: session))
        try driver.connect()
        return driver
    }

    @Test func `statements of one flight answer in order`() throws {
        let driver = try driver(TestDatabase(migrated: false))
        for value in 0..<300 { driver.connection.send(number, [.int8(Int64(value))]) }
        driver.connection.sync()
        for value in 0..<300 {
            guard case .result(let result)? = driver.next() else {
                throw TestFailure(reason: "no result \(value)")
            }
            #expect(result.rowCount == 1)
            #expect(result.int64(0, 0) == Int64(value))
        }
        guard case .synced? = driver.next() else { throw TestFailure(reason: "no sync") }
        #expect(driver.connection.pendingCount == 0)
    }

    @Test func `a failed statement skips the rest of its flight and nothing of the next`() throws {
        let driver = try driver(TestDatabase(migrated: false))
        driver.connection.send(number, [.int8(1)])
        driver.connection.send(division, [.int4(0)])
        driver.connection.send(number, [.int8(2)])
        driver.connection.sync()
        driver.connection.send(number, [.int8(3)])
        driver.connection.sync()
        #expect(
            try driver.take(7) == [
                "result", "failed 22012", "aborted", "synced", "result", "synced", "nothing",
            ])
    }

    @Test func `a statement that can't be prepared fails as itself and can be sent again`() throws {
        let database = try TestDatabase(migrated: false)
        let driver = try driver(database)
        let missing = Statement(name: "missing", sql: "SELECT a FROM missing")
        driver.connection.send(missing)
        driver.connection.send(number, [.int8(2)])
        driver.connection.sync()
        #expect(try driver.take(3) == ["failed 42P01", "aborted", "synced"])
        try database.open().script("CREATE TABLE missing (a int)")
        driver.connection.send(missing)
        driver.connection.send(number, [.int8(2)])
        driver.connection.sync()
        #expect(try driver.take(3) == ["result", "result", "synced"])
    }

    @Test func `a statement skipped before it was prepared is prepared at its next use`() throws {
        let driver = try driver(TestDatabase(migrated: false))
        driver.connection.send(division, [.int4(0)])
        driver.connection.send(number, [.int8(2)])
        driver.connection.sync()
        #expect(try driver.take(3) == ["failed 22012", "aborted", "synced"])
        driver.connection.send(number, [.int8(2)])
        driver.connection.sync()
        #expect(try driver.take(2) == ["result", "synced"])
    }

    @Test func `a terminated connection says so, comes back, and prepares again`() throws {
        let database = try TestDatabase(migrated: false)
        let driver = try driver(database)
        driver.connection.send(number, [.int8(1)])
        driver.connection.sync()
        #expect(try driver.take(2) == ["result", "synced"])
        try database.terminate("hub test")
        var names: [String] = []
        while let event = driver.next() {
            names.append(event.summary)
            if case .connected = event { break }
        }
        #expect(names.filter { $0 == "lost" }.count == 1)
        #expect(names.last == "connected")
        driver.connection.send(number, [.int8(1)])
        driver.connection.sync()
        #expect(try driver.take(2) == ["result", "synced"])
    }

    @Test func `a connection terminated in a statement answers it at most once, then is lost`()
        throws
    {
        let database = try TestDatabase(migrated: false)
        let driver = try driver(database)
        driver.connection.send(Statement(name: "sleep", sql: "SELECT pg_sleep(30)"))
        driver.connection.send(number, [.int8(1)])
        driver.connection.sync()
        let observer = try database.open()
        while try observer.run(
            """
            SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%'
            AND state = 'active' AND pid <> pg_backend_pid()
            """
        ).rowCount == 0 {}
        try database.terminate("hub test")
        var events: [String] = []
        while events.last != "lost" { events += try driver.take(1) }
        #expect(events.filter { $0 != "aborted" } == ["failed 57P01", "lost"])
        guard case .connected? = driver.next() else { throw TestFailure(reason: "no connection") }
        #expect(driver.connection.pendingCount == 0)
    }

    @Test func `a connection ended at any moment of many flights is only ever lost`() throws {
        let database = try TestDatabase(migrated: false)
        let driver = try driver(database)
        for _ in 0..<40 {
            while !driver.connection.isReady { _ = driver.next() }
            for value in 0..<200 {
                driver.connection.send(number, [.int8(Int64(value))])
                driver.connection.sync()
            }
            try database.terminate("hub test")
            var answered = 0
            var syncs = 0
            while let event = driver.next() {
                switch event {
                case .result, .failed, .aborted: answered += 1
                case .synced: syncs += 1
                case .connected, .notification, .lost: break
                }
                #expect(syncs <= answered && answered <= syncs + 1)
                if case .lost = event { break }
            }
        }
    }

    @Test func `an unreachable server is tried again with a growing pause`() throws {
        let driver = try ConnectionDriver(
            ConnectionSettings(
                name: "test", connection: "host=/nowhere user=postgres", applicationName: "t"))
        // By the clock of the connection, which knows whole milliseconds.
        let start = Clock.monotonicMilliseconds()
        for _ in 0..<4 {
            guard case .lost? = driver.next() else { throw TestFailure(reason: "not lost") }
        }
        let elapsed = Clock.monotonicMilliseconds() - start
        #expect(elapsed >= 50 + 100 + 200)
        #expect(elapsed < 5_000)
    }

    @Test func `a notification reaches who listens`() throws {
        let database = try TestDatabase(migrated: false)
        let driver = try driver(database)
        driver.connection.send(Statement(name: "listen", sql: "LISTEN hub_head"))
        driver.connection.sync()
        #expect(try driver.take(2) == ["result", "synced"])
        try database.open().script("NOTIFY hub_head, '42'")
        guard case .notification(let channel, let payload)? = driver.next() else {
            throw TestFailure(reason: "no notification")
        }
        #expect(channel == "hub_head")
        #expect(payload == "42")
    }

    @Test func `session settings are there from the start, beside the operator's own`() throws {
        let database = try TestDatabase(migrated: false)
        var configuration = database.configuration
        configuration.connection += " options='-c work_mem=9MB'"
        for (settings, name, value) in [
            (ConnectionSettings.commit(configuration), "lock_timeout", "2s"),
            (.commit(configuration), "idle_in_transaction_session_timeout", "5s"),
            (.commit(configuration), "work_mem", "9MB"),
            (.commit(configuration), "default_transaction_isolation", "read committed"),
            (.read(configuration), "statement_timeout", "5s"),
            (.read(configuration), "default_transaction_read_only", "on"),
            (.read(configuration), "application_name", "test read"),
        ] {
            let postgres = try BlockingPostgres(settings)
            let rows = try postgres.run(
                "SELECT current_setting($1)", [PostgresType.text], [.text(name)])
            #expect(rows.text(0, 0) == value)
        }
    }
}
