// Positions are dense and in the order of commits, across committers: a reader that polls during
// the load never sees n + 1 before n, and so never has to wait for a hole to be filled.

import Domain
import Foundation
import Reactor
import Testing

@testable import Store

@Suite struct CommitOrderTests {
    @Test func `no reader ever sees a position before the one in front of it`() throws {
        let seed = SeededGenerator.testSeed("order")
        let database = try TestDatabase()
        let isDone = SharedCount()
        var eventsSeen: Int64 = 0
        var auditsSeen: Int64 = 0
        var holes = 0
        let counts = try Parallel.run(3) { worker in
            defer { isDone.increment() }
            return try CommitOrderTests.work(database, worker, seed: seed)
        } meanwhile: {
            let postgres = try database.open()
            var isLast = false
            while true {
                let events = try postgres.run(
                    "SELECT position FROM events WHERE position > $1 ORDER BY position",
                    [PostgresType.int8], [.int8(eventsSeen)])
                let audits = try postgres.run(
                    "SELECT number FROM audit_logs WHERE number > $1 ORDER BY number",
                    [PostgresType.int8], [.int8(auditsSeen)])
                for (result, seen) in [(events, eventsSeen), (audits, auditsSeen)] {
                    for row in 0..<result.rowCount
                    where result.int64(row, 0) != seen + Int64(row) + 1 { holes += 1 }
                }
                eventsSeen += Int64(events.rowCount)
                auditsSeen += Int64(audits.rowCount)
                if isLast { break }
                isLast = isDone.value == 3
            }
        }
        #expect(holes == 0)
        #expect(eventsSeen == Int64(counts.reduce(0, +)))
        #expect(try database.number("SELECT position FROM log_head") == eventsSeen)
        #expect(try database.number("SELECT audit FROM log_head") == auditsSeen)
        #expect(try database.isDense())
    }

    /// Publishes in batches, some of which are rolled back; gives how many events were appended.
    private static func work(
        _ database: TestDatabase, _ worker: Int, seed: UInt64
    ) throws -> Int {
        var samples = CommandSamples(seed: seed &+ UInt64(worker))
        let rig = try CommitterRig(database, name: "worker \(worker)", lockTimeout: "5s")
        for _ in 0..<60 {
            let requests = (0..<(1 + samples.number(below: 12))).map { _ -> CommandRequest in
                // Races on a few addresses make batches fail and be halved.
                samples.chance(20)
                    ? samples.now(
                        .createLead(
                            samples.createLead(
                                email: "p\(samples.number(below: 200))@x.test")))
                    : samples.now(.publishEvents(samples.publish(1 + samples.number(below: 3))))
            }
            _ = try rig.submit(requests, milliseconds: 60_000)
        }
        return rig.committed.reduce(0) { $0 + $1.events.count }
    }
}
