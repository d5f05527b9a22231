// A database with the schema, and connections to it that a test waits on.

import Reactor
import Support

@testable import Store

/// A fresh database of the test cluster.
struct TestDatabase {
    /// Its connection string.
    let connection: String

    /// Makes one; with the schema unless told otherwise.
    init(migrated: Bool = true) throws {
        connection = TestPostgres.shared.database()
        if migrated { _ = try Schema.migrate(BlockingPostgres(connection: connection)) }
    }

    /// A connection that waits for its answers.
    func open() throws -> BlockingPostgres { try BlockingPostgres(connection: connection) }

    /// The usual configuration.
    var configuration: StoreConfiguration {
        StoreConfiguration(connection: connection, instance: "test")
    }
}

/// Drives one non-blocking connection until what a test waits for has happened.
final class ConnectionDriver {
    let connection: PostgresConnection
    private var poller: Poller

    init(_ settings: ConnectionSettings) throws {
        connection = PostgresConnection(settings)
        poller = try Poller()
    }

    /// The next event; nil when none comes in time.
    func next(withinMilliseconds limit: Int64 = 10_000) -> PostgresEvent? {
        let deadline = Clock.monotonicMilliseconds() + limit
        while true {
            if let event = connection.next() { return event }
            let now = Clock.monotonicMilliseconds()
            guard now < deadline else { return nil }
            let wait = min(connection.advance(now: now) ?? 1_000, deadline - now)
            if let event = connection.next() { return event }
            connection.register(in: poller, token: 1)
            _ = poller.sleepUntilReady(timeoutMilliseconds: Int32(wait))
            connection.handle(now: Clock.monotonicMilliseconds())
        }
    }

    /// Waits until the connection is there.
    func connect() throws {
        while let event = next() {
            if case .connected = event { return }
        }
        throw TestFailure(reason: "no connection")
    }
}

/// Why a test can't go on.
struct TestFailure: Error {
    let reason: String
}

extension TestDatabase {
    /// Ends every connection with this name, as an administrator does.
    func terminate(_ applicationName: String) throws {
        try open().run(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = $1 AND datname = current_database()
            """, [PostgresType.text], [.text(applicationName)])
    }
}

extension ConnectionDriver {
    /// The next events by name; `nothing` when none comes within a second.
    func take(_ count: Int) throws -> [String] {
        (0..<count).map { _ in
            next(withinMilliseconds: 1_000)?.summary ?? "nothing"
        }
    }
}

extension PostgresEvent {
    /// What it is, in a word or two.
    var summary: String {
        switch self {
        case .connected: "connected"
        case .result: "result"
        case .failed(let error): "failed \(error.sqlState)"
        case .aborted: "aborted"
        case .synced: "synced"
        case .notification: "notification"
        case .lost: "lost"
        }
    }
}
