// Processes that die at any moment: the hub, its Postgres, one of Postgres' backends. Clients that
// repeat what was not answered, and subscribers that resume, notice nothing but the time it took.

import Foundation
import Support
import Testing

extension Upheaval {
    @Suite(.serialized) struct `Crashes` {
        @Test func `a hub killed again and again loses nothing and repeats nothing`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder)
            let load = try Load(on: hub)
            var random = TestSeed.random("hub kills")
            for _ in 0..<22 {
                usleep(UInt32.random(in: 100_000...800_000, using: &random))
                hub.kill()
                try hub.start()
            }
            try load.waitForAnswers(20)
            let report = try load.finish(on: hub)
            print("hub killed: \(report.summary)")
            #expect(report.violations == [])
            #expect(report.lostCount >= 22, "a kill that nobody notices tests nothing")
            #expect(report.followers.allSatisfy { $0.connectionCount > 10 })
        }

        @Test func `a Postgres killed under a running hub is restarted and nothing is lost`()
            throws
        {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder)
            let load = try Load(on: hub, keylessCount: 3)
            var random = TestSeed.random("Postgres kills")
            for _ in 0..<5 {
                try load.waitForAnswers(20)
                usleep(UInt32.random(in: 0...300_000, using: &random))
                let server = try #require(folder.postmaster)
                kill(server, SIGKILL)
                try waitUntil("another postmaster runs", timeoutSeconds: 30) {
                    folder.postmaster.map { $0 != server } ?? false
                }
            }
            try load.waitForAnswers(20, timeoutSeconds: 30)
            let report = try load.finish(on: hub)
            print("Postgres killed: \(report.summary)")
            #expect(report.violations == [])
            #expect(report.followers.map(\.connectionCount) == [1, 1, 1, 1], "streams stay open")
        }

        @Test(arguments: ["ended", "killed"])
        func `a backend that dies in a commit loses and repeats no command`(how: String) throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder)
            let load = try Load(on: hub, keylessCount: 3)
            var random = TestSeed.random("backends \(how)")
            for _ in 0..<(how == "ended" ? 15 : 4) {
                try load.waitForAnswers(10, timeoutSeconds: 30)
                usleep(UInt32.random(in: 0...100_000, using: &random))
                let socket = try #require(folder.socketFolder)
                if how == "ended" {
                    _ = try Psql.rows(
                        socket,
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
                        """)
                } else {
                    // Postgres may still recover from the one before.
                    var backends: [String] = []
                    try waitUntil("the hub is connected", timeoutSeconds: 30) {
                        let rows = try? Psql.rows(
                            socket,
                            """
                            SELECT pid FROM pg_stat_activity
                            WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
                            """)
                        backends = rows ?? []
                        return !backends.isEmpty
                    }
                    let backend = try #require(backends.randomElement(using: &random))
                    kill(try #require(pid_t(backend)), SIGKILL)
                }
            }
            try load.waitForAnswers(20, timeoutSeconds: 30)
            let report = try load.finish(on: hub)
            print("backends \(how): \(report.summary)")
            #expect(report.violations == [])
            #expect(report.followers.map(\.connectionCount) == [1, 1, 1, 1], "streams stay open")
        }

        @Test func `a commit that is cut off on its way or back is neither lost nor repeated`()
            throws
        {
            let folder = try HubFolder()
            defer { folder.close() }
            let server = try PostgresServer(folder)
            let relay = try PostgresRelay(
                to: server.socketFolder, folder: folder.path + "/relay", cutsOneIn: 20)
            defer { relay.close() }
            let hub = try HubProcess(
                folder,
                settings: [
                    "DATABASE_URL": "host=\(relay.folder) user=postgres dbname=postgres",
                    "HUB_DATA_DIR": folder.path + "/hub",
                ])
            let load = try Load(on: hub, keylessCount: 3)
            try waitUntil("the connection was cut forty times", timeoutSeconds: 40) {
                relay.cutCount >= 40
            }
            relay.stopCutting()
            try load.waitForAnswers(20)
            let report = try load.finish(on: hub)
            print("\(relay.cutCount) cuts: \(report.summary)")
            #expect(report.violations == [])
            #expect(report.unavailableCount == 0, "Postgres was there all the time")
            #expect(report.lostCount == 0)
        }

        @Test func `a hub started after a kill adopts the Postgres that still runs`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(folder)
            let server = try #require(folder.postmaster)
            hub.kill()
            #expect(folder.postmaster == server, "Postgres outlives its hub")
            try hub.start()
            #expect(folder.postmaster == server)
            let client = hub.client(try hub.token(for: "sales"))
            #expect(try client.post("/crm/leads", #"{"name":"Asha"}"#).status == 201)
            hub.terminate()
            #expect(try hub.waitForExit() == 0)
            try waitUntil("the last hub stops the Postgres that it adopted") {
                kill(server, 0) != 0
            }
        }
    }
}
