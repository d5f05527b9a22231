// Two hubs on one database: one log in one order for both, and neither waits for the other longer
// than the database's time-outs.

import Foundation
import Support
import Testing

extension Upheaval {
    @Suite(.serialized) struct `Two hubs` {
        /// Two hubs on one private cluster.
        private func start(_ folder: HubFolder) throws -> (HubProcess, HubProcess) {
            (try HubProcess(folder), try HubProcess(folder))
        }

        @Test func `two hubs write one log, and killing either loses nothing`() throws {
            let folder = try HubFolder()
            defer { folder.close() }
            let (one, other) = try start(folder)
            let (first, second) = (one.port, other.port)
            let load = Load(
                token: try one.token(for: "admin"),
                followers: [[first], [second], [second, first], [first, second]],
                writers: [[first], [second], [first, second], [second, first], [first], [second]])
            var random = TestSeed.random("one of two killed")
            for round in 0..<8 {
                try load.waitForAnswers(40)
                usleep(UInt32.random(in: 0...300_000, using: &random))
                let victim = round.isMultiple(of: 2) ? one : other
                victim.kill()
                try load.waitForAnswers(10)
                try victim.start()
            }
            try load.waitForAnswers(40)
            let report = try load.finish(on: other)
            print("one of two killed: \(report.summary)")
            #expect(report.violations == [])
            #expect(report.lostCount > 0)
        }

        @Test
        func `a hub that is held up in mid-load holds up the other for eight seconds at most`()
            throws
        {
            let folder = try HubFolder()
            defer { folder.close() }
            let (one, other) = try start(folder)
            let (first, second) = (one.port, other.port)
            // Who is left without an answer asks the other hub, with the same key.
            let moving = Load(
                token: try one.token(for: "admin"),
                followers: [[first], [second], [second], [first]],
                writers: [
                    [second], [second], [first, second], [first, second], [first, second],
                ],
                patienceSeconds: 2)
            for seconds in [3, 7, 7] as [UInt32] {
                try moving.waitForAnswers(60)
                try one.pause()
                // The moment itself is what is tested: how long a machine stands still.
                sleep(seconds)
                try moving.waitForAnswers(1, timeoutSeconds: 8)
                one.resume()
            }
            try moving.waitForAnswers(60)
            let report = try moving.finish(on: one)
            print("one of two held up: \(report.summary)")
            #expect(report.violations == [])
            let neighbours = report.writers[..<2]
            #expect(neighbours.allSatisfy { $0.lostCount == 0 && $0.slowestSeconds < 8 })
            #expect(report.lostCount > 0, "somebody had to ask the other hub")
            #expect(report.followers[1].connectionCount == 1)
        }
    }
}
