// What a hub does while its database is away, and how it stops: it says so, keeps its promises, and
// heals by itself.

import Foundation
import Support
import Testing

extension Upheaval {
    @Suite(.serialized) struct `Failures` {
        @Test func `ten seconds without Postgres cost time and nothing else`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let server = try PostgresServer(folder)
            let hub = try HubProcess(
                folder,
                settings: [
                    "DATABASE_URL": server.connection, "HUB_DATA_DIR": folder.path + "/hub",
                ])
            let load = try Load(on: hub)
            try load.waitForAnswers(100)
            try server.stop()
            let probe = hub.client(try? hub.token(for: "sales"))
            try waitUntil("the hub says that it is not ready", timeoutSeconds: 8) {
                try probe.get("/readyz").status == 503
            }
            #expect(try probe.get("/healthz").status == 200)
            sleep(10)
            try server.start()
            try load.waitForAnswers(100, timeoutSeconds: 15)
            try waitUntil("the hub says that it is ready") {
                try probe.get("/readyz").status == 200
            }
            let report = try load.finish(on: hub)
            print("ten seconds without Postgres: \(report.summary)")
            #expect(report.violations == [])
            #expect(report.lostCount == 0, "every attempt is answered")
            // Eight seconds for a command that waits, ten to find out what became of a commit.
            #expect(report.slowestSeconds < 11.5)
            #expect(report.followers.map(\.connectionCount) == [1, 1, 1, 1], "streams stay open")
        }

        @Test func `a read while Postgres is away is 503 and says when to come back`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let server = try PostgresServer(folder)
            let hub = try HubProcess(
                folder,
                settings: [
                    "DATABASE_URL": server.connection, "HUB_DATA_DIR": folder.path + "/hub",
                ])
            let client = hub.client(try hub.token(for: "sales"))
            #expect(try client.get("/crm/leads").status == 200)
            try server.stop()
            let response = try client.get("/crm/leads")
            #expect(response.status == 503)
            #expect(response.header("Retry-After").flatMap { Int($0) } != nil)
            #expect(response.header("Content-Type") == "application/problem+json")
            try server.start()
            try waitUntil("reads work again") { try client.get("/crm/leads").status == 200 }
        }

        @Test func `a hub that is told to stop answers what it has and tells its subscribers`()
            throws
        {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder)
            let token = try hub.token(for: "admin")
            let stream = EventStreamReader(port: hub.port, token: token)
            try stream.connect()
            let tail = EventStreamReader(port: hub.port, token: token, target: "/logs")
            try tail.connect()
            let socket = WebSocketReader(port: hub.port, token: token)
            try socket.connect()
            _ = try socket.next(op: "ready")
            let server = try #require(folder.postmaster)
            // A lock on the log's head keeps a command on its way for as long as this test wants.
            let lock = try HeadLock(folder)
            let client = hub.client(token)
            try client.send(
                client.request(
                    "POST", "/crm/leads", [("Idempotency-Key", "last")], #"{"name":"Late"}"#))
            try waitUntil("the command waits for the lock") { try lock.isAwaited }
            hub.terminate()
            #expect(throws: Never.self) { _ = try socket.next(op: "drain") }
            guard case .close(let code, _) = try socket.next() else {
                Issue.record("no close frame after the drain")
                return
            }
            #expect(code == 1012)
            for stream in [stream, tail] {
                #expect(throws: ConnectionFailure.closed) {
                    while try stream.next() == nil {}
                }
                #expect(stream.retryMilliseconds.map { (1000...5000).contains($0) } == true)
            }
            try lock.release()
            let response = try client.readResponse()
            #expect(response.status == 201)
            #expect(response.header("Connection") == "close", "a stopping hub takes no more")
            // Not the ten seconds that it would wait for what never ends.
            #expect(try hub.waitForExit(timeoutSeconds: 5) == 0)
            try waitUntil("the last hub stops its Postgres") { kill(server, 0) != 0 }

            try hub.start()
            let again = try hub.client(token).post(
                "/crm/leads", #"{"name":"Late"}"#, headers: [("Idempotency-Key", "last")])
            #expect(again.status == 201)
            #expect(again.text == response.text, "the next start knows what was answered")
            stream.setLastEventID("0")
            try stream.connect()
            #expect(try stream.collect(1).map(\.event) == ["lead_created"])
            #expect(try stream.isQuiet(forSeconds: 0.3))
        }

        @Test func `a hub that is stopped under load loses nothing`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder)
            let load = try Load(on: hub)
            for _ in 0..<4 {
                try load.waitForAnswers(40)
                hub.terminate()
                #expect(try hub.waitForExit() == 0)
                try hub.start()
            }
            try load.waitForAnswers(40)
            let report = try load.finish(on: hub)
            print("hub stopped: \(report.summary)")
            #expect(report.violations == [])
            let sockets = [report.followers[1], report.followers[3]]
            #expect(
                sockets.allSatisfy {
                    $0.drainCount == 4 && $0.closeCodes == [1012, 1012, 1012, 1012]
                })
        }
    }
}

/// A lock on the row that numbers the log: no command can be committed while it is held.
private struct HeadLock {
    private let child: ChildProcess
    private let socketFolder: String

    /// Takes the lock.
    init(_ folder: HubFolder) throws {
        let socketFolder = try #require(folder.socketFolder)
        self.socketFolder = socketFolder
        child = try ChildProcess(
            Psql.words(
                socketFolder,
                "BEGIN; SELECT position FROM log_head FOR UPDATE; SELECT pg_sleep(30)"),
            output: folder.path + "/lock.log")
        try waitUntil("the lock is held") {
            try count("query LIKE '%pg_sleep%' AND wait_event = 'PgSleep'") == 1
        }
    }

    /// Whether a hub waits for it.
    var isAwaited: Bool {
        get throws { try count("wait_event_type = 'Lock'") > 0 }
    }

    /// Lets it go.
    func release() throws {
        _ = try Psql.rows(
            socketFolder,
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()
            """)
        _ = try child.waitForExit(timeoutSeconds: 10)
    }

    private func count(_ condition: String) throws -> Int {
        let rows = try Psql.rows(
            socketFolder,
            "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND \(condition)")
        return rows.first.flatMap { Int($0) } ?? 0
    }
}
