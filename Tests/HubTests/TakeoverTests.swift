// An upgrade while people work: a new hub takes over the sockets, the old one drains. Nobody is
// refused, every stream goes on, nothing is lost or comes twice. And how streams end otherwise: one
// after another, and each at the end of its own life.

import Foundation
import Support
import Testing
import Wire

extension Upheaval {
    @Suite(.serialized) struct TakeoverTests {}
}

extension Upheaval.TakeoverTests {
    private func successor(
        of hub: HubProcess, _ folder: HubFolder, loops: Int
    ) throws -> HubProcess {
        try HubProcess(
            folder, settings: ["HUB_TAKEOVER": "true", "HUB_LOOPS": "\(loops)"], port: hub.port)
    }

    @Test func `hubs take over from each other under load, and nobody notices`() throws {
        let folder = try HubFolder()
        defer { folder.close() }
        var hub = try HubProcess(folder, settings: ["HUB_LOOPS": "2"])
        let port = [hub.port]
        let load = Load(
            token: try hub.token(for: "admin"), followers: [port, port, port],
            writers: [port, port, port, port])
        for loops in [2, 1, 3] {
            try load.waitForAnswers(60)
            let next = try successor(of: hub, folder, loops: loops)
            #expect(try hub.waitForExit(timeoutSeconds: 20) == 0)
            #expect(hub.line(with: "taken_over") != nil)
            hub = next
        }
        try load.waitForAnswers(60)
        let report = try load.finish(on: hub)
        print("three takeovers: \(report.summary)")
        #expect(report.violations == [])
        #expect(report.lostCount == 0 && report.unavailableCount == 0)
        #expect(report.followers.allSatisfy { $0.connectionCount >= 4 })
    }

    @Test func `a hub that finds nobody to take over from starts by itself`() throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let hub = try HubProcess(folder, settings: ["HUB_TAKEOVER": "true"])
        #expect(try hub.client().get("/healthz").status == 200)
    }

    @Test func `without takeover a second hub on the port is refused, and the first goes on`()
        throws
    {
        let folder = try HubFolder()
        defer { folder.close() }
        let hub = try HubProcess(folder)
        #expect(throws: ProcessFailure.self) { try HubProcess(folder, port: hub.port) }
        #expect(try hub.client().get("/healthz").status == 200)
    }

    @Test func `a stream ends with its lifetime, and its client is told when to come again`() throws
    {
        let folder = try HubFolder()
        defer { folder.close() }
        let hub = try HubProcess(folder, settings: ["HUB_STREAM_LIFETIME": "1"])
        let token = try hub.token(for: "admin")
        let socket = WebSocketReader(port: hub.port, token: token)
        try socket.connect()
        let drain = try socket.next(op: "drain")
        let wait = drain.member("retry_ms", of: drain.root).flatMap { drain.integer($0) }
        #expect((1_000...5_000).contains(try #require(wait)))
        guard case .close(1012, _) = try socket.next() else {
            Issue.record("no close frame of a restart")
            return
        }
        let stream = EventStreamReader(port: hub.port, token: token)
        try stream.connect()
        #expect(throws: ConnectionFailure.closed) {
            while try stream.next(timeoutSeconds: 10) != nil {}
        }
    }

    @Test func `a hub that stops ends its streams one after another`() throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let hub = try HubProcess(folder, settings: ["HUB_LOOPS": "1"])
        let token = try hub.token(for: "admin")
        let streams = try (0..<40).map { _ in
            let stream = WebSocketReader(port: hub.port, token: token)
            try stream.connect()
            _ = try stream.next(op: "ready")
            return stream
        }
        hub.terminate()
        var ends: [Date] = []
        for stream in streams {
            _ = try stream.next(op: "drain")
            ends.append(Date())
        }
        #expect(ends[39].timeIntervalSince(ends[0]) > 0.15, "ten milliseconds each")
        #expect(try hub.waitForExit() == 0)
    }

    @Test func `a second signal ends a hub that is still stopping`() throws {
        let folder = try HubFolder()
        defer { folder.close() }
        let hub = try HubProcess(folder, settings: ["HUB_LOOPS": "1"])
        let token = try hub.token(for: "admin")
        let streams = try (0..<400).map { _ in
            let stream = WebSocketReader(port: hub.port, token: token)
            try stream.connect()
            return stream
        }
        hub.terminate()
        try waitUntil("it is stopping") { hub.line(with: "\"event.action\":\"stopping\"") != nil }
        hub.terminate()
        #expect(try hub.waitForExit(timeoutSeconds: 5) == 143)
        #expect(streams.count == 400)
    }
}
