// Whoever is being served goes before those who have only just come, however many they are. The
// hub stands still while all of them ask, so that it finds them together, and the kernel's notes
// of when each answer came say in which order it gave them.

import Foundation
import Support
import Testing

extension Upheaval {
    @Suite(.serialized) struct `Newcomers` {
        private static let request = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"

        private func connect(_ hub: HubProcess) throws -> TestSocket {
            let socket = try TestSocket(port: hub.port)
            socket.stampArrivals()
            return socket
        }

        @Test func `a connection that is served is not held up by hundreds of new ones`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let hub = try HubProcess(
                folder, settings: ["HUB_LOOPS": "1", "HUB_PROCESSORS": "none"])
            let old = try connect(hub)
            try old.send(Newcomers.request)
            _ = try old.receive(through: Array("ok\n".utf8), until: Deadline(seconds: 10))
            let accepted = /hub_connections_accepted_total (\d+)/
            let newcomers = try (0..<400).map { _ in try connect(hub) }
            try waitUntil("all are accepted") {
                let count = try hub.client().get("/metrics").text.firstMatch(of: accepted)?.1
                return Int(count ?? "") ?? 0 > newcomers.count
            }
            try hub.pause()
            for newcomer in newcomers { try newcomer.send(Newcomers.request) }
            try old.send(Newcomers.request)
            hub.resume()
            let deadline = Deadline(seconds: 20)
            let answered = try old.arrival(until: deadline)
            let arrivals = try newcomers.map { try $0.arrival(until: deadline) }
            let earlier = arrivals.count { $0 < answered }
            #expect(earlier <= 32, "\(earlier) newcomers were answered before")
        }
    }
}
