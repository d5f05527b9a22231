// Made-up histories of bursts and of readers of every speed, one for each policy: what a reader is
// told must be what it got. The policy `latest` and the rate cap have theirs in PolicyTests.

import Foundation
import Support
import Testing
import Wire

/// A reader and all that it was told.
private final class ToldReader {
    let policy: String
    let stream: EventStreamReader
    /// Positions of the events that it got, in the order in which they came.
    var positions: [UInt64] = []
    /// Gaps it was told of: behind the first position, up to the second.
    var gaps: [(from: UInt64, to: UInt64)] = []
    var endings = 0

    init(_ hub: RunningHub, policy: String, type: String) throws {
        self.policy = policy
        stream = EventStreamReader(
            port: hub.port, token: hub.admin, target: "/events?types=\(type)&policy=\(policy)")
        try stream.connect()
    }

    /// The position in an id.
    static func position(_ id: String) -> UInt64? {
        id.split(separator: "-").last.flatMap { UInt64($0) }
    }

    /// Takes one event, and comes back when it was ended; false when none came in time.
    func take(timeoutSeconds: Double) throws -> Bool {
        do throws(ConnectionFailure) {
            guard let event = try stream.next(timeoutSeconds: timeoutSeconds) else { return false }
            switch event.event {
            case "problem": endings += 1
            case "gap":
                let body = JSON(event.data)
                guard let from = body["from"].string.flatMap(ToldReader.position),
                    let to = body["to"].string.flatMap(ToldReader.position)
                else { return false }
                gaps.append((from, to))
            default: positions.append(ToldReader.position(event.id) ?? 0)
            }
        } catch {
            guard error == .closed else { throw error }
            try stream.connect()
        }
        return true
    }

    /// Whether it has had everything up to a position, or was told that it hasn't.
    func isThrough(_ position: UInt64) -> Bool {
        positions.last == position || gaps.last?.to ?? 0 >= position
    }
}

extension EndToEnd {
    @Suite(
        .serialized,
        .hub(["HUB_SLOW_TIME": "1", "HUB_LOOPS": "1", "HUB_LOG_MEMORY": "1048576"]))
    struct PolicyHistoryTests {
        let hub: RunningHub

        init() throws { hub = try RunningHub.current() }

        @Test(arguments: 0..<3)
        func `what a reader misses it was told of, and of all else it gets each event once`(
            round: Int
        ) throws {
            var random = TestSeed.random("policies", round)
            let type = Sample.type()
            let control = EventStreamReader(
                port: hub.port, token: hub.admin, target: "/events?types=\(type)")
            try control.connect()
            let readers = try ["disconnect", "skip", "disconnect", "skip"].map {
                try ToldReader(hub, policy: $0, type: type)
            }
            var all: [UInt64] = []
            for _ in 0..<Int.random(in: 8...14, using: &random) {
                let count = Int.random(in: 1...100, using: &random)
                try hub.flood(count, type: type)
                all += try control.collect(count).compactMap { ToldReader.position($0.id) }
                for reader in readers where Int.random(in: 0..<3, using: &random) == 0 {
                    for _ in 0..<Int.random(in: 1...150, using: &random) {
                        if try !reader.take(timeoutSeconds: 0.01) { break }
                    }
                }
            }
            // One that has stood for longer than it may.
            try waitUntil("somebody was slow", timeoutSeconds: 10) {
                let text = try hub.get("/metrics").text
                return !text.contains(#"hub_slow_readers_total{outcome="ended"} 0"#)
                    || !text.contains(#"hub_slow_readers_total{outcome="skipped"} 0"#)
                    || readers.allSatisfy { $0.isThrough(all.last ?? 0) }
            }
            try hub.flood(1, type: type)
            all += try control.collect(1).compactMap { ToldReader.position($0.id) }
            let last = try #require(all.last)
            for reader in readers {
                while !reader.isThrough(last), try reader.take(timeoutSeconds: 10) {}
                check(reader, all)
            }
        }

        private func check(_ reader: ToldReader, _ all: [UInt64]) {
            let got = Set(reader.positions)
            #expect(zip(reader.positions, reader.positions.dropFirst()).allSatisfy { $0 < $1 })
            let missing = all.filter { !got.contains($0) }
            let told = { (position: UInt64) in
                reader.gaps.contains { $0.from < position && position <= $0.to }
            }
            #expect(missing.allSatisfy(told), "missing and not told of: \(missing)")
            #expect(!reader.positions.contains(where: told), "got what it was told it missed")
            if reader.policy == "disconnect" { #expect(missing.isEmpty) }
            #expect(reader.isThrough(all.last ?? 0))
        }
    }
}
