// How many commands a second the committer takes on this machine, for whoever asks with
// HUB_MEASURE=1 (in a release build); and, always, that its statements find their rows by primary
// keys.

import Domain
import Foundation
import Reactor
import Testing

@testable import Store

@Suite struct CommitterMeasurement {
    private static let isAsked = ProcessInfo.processInfo.environment["HUB_MEASURE"] != nil

    @Test(.enabled(if: isAsked), arguments: [64, 128, 256])
    func `commands a second`(batch: Int) throws {
        let database = try TestDatabase()
        var limits = CommitLimits()
        limits.batchCommandsMax = batch
        let rig = try CommitterRig(database, limits: limits)
        var samples = CommandSamples(seed: 1)
        let count = 30_000
        let requests = (0..<count).map { number in
            var command = samples.createLead(
                email: "p\(number)@example.test", phone: "+91 22 \(1_000_000 + number)")
            command.company = "Rao & Company"
            return samples.now(.createLead(command), key: "key-\(number)")
        }
        _ = try rig.submit([samples.now(.publishEvents(samples.publish()))])
        let start = Clock.monotonicNanoseconds()
        let startClock = clock()
        let backend = try database.backendTicks("rig")
        var next = 0
        // Twice a batch waits, as it does under load.
        while rig.answers.count < count {
            while next < count, rig.committer.queuedCount < 2 * batch {
                let end = min(next + batch, count)
                rig.committer.enqueue(requests[next..<end].map { $0.receivedNow })
                next = end
            }
            rig.turn()
        }
        let seconds = Double(Clock.monotonicNanoseconds() - start) / 1e9
        let cpu = Double(clock() - startClock) / Double(CLOCKS_PER_SEC)
        let backendCPU = Double(try database.backendTicks("rig") - backend) / 100
        print(
            "\(batch) a batch: \(Int(Double(count) / seconds)) commands/s,",
            "\(rig.counts.batches) batches, \(Int(seconds * 1e6) / rig.counts.batches) us each;",
            "us of cpu a command: hub \(cpu * 1e6 / Double(count)),",
            "Postgres \(backendCPU * 1e6 / Double(count))")
        #expect(try database.isDense())
    }

    @Test func `statements find rows by their keys`() throws {
        let database = try TestDatabase()
        let rig = try CommitterRig(database)
        var samples = CommandSamples(seed: 1)
        let requests = (0..<50).map { _ in samples.any().receivedNow }
        rig.committer.enqueue(requests)
        #expect(rig.run { rig.counts.batches > 0 })
        let plan = BatchPlan(requests.map { BatchItem($0) })
        let decision = BatchDecision(plan, loaded: LoadedFacts(), at: Timestamp(milliseconds: 0))
        let postgres = try BlockingPostgres(
            ConnectionSettings.commit(database.configuration))
        // The worst for a plan: tables that are known to be tiny.
        try postgres.script("ANALYZE")
        var statements = decision.writes.steps.map { decision.writes.statement($0) }
        statements += plan.loadSteps.map { plan.statement($0) }
        statements += plan.probeSteps.map { plan.statement($0) }
        for (statement, _) in statements where !statement.parameterTypes.isEmpty {
            let nulls = statement.parameterTypes.map { _ in "NULL" }.joined(separator: ", ")
            let types = try statement.parameterTypes.map {
                try postgres.run("SELECT format_type(\($0)::oid, NULL)").text(0, 0)
            }.joined(separator: ", ")
            try postgres.script("PREPARE explained (\(types)) AS \(statement.sql)")
            let result = try postgres.run("EXPLAIN EXECUTE explained(\(nulls))")
            let text = (0..<result.rowCount).map { result.text($0, 0) }.joined(separator: "\n")
            #expect(unguided(text) == [], "\(statement.name)\n\(text)")
            try postgres.script("DEALLOCATE explained")
        }
    }

    /// The lines of a plan that read a table without being led by a key.
    private func unguided(_ plan: String) -> [Substring] {
        let lines = plan.split(separator: "\n")
        return lines.indices.filter { index in
            let line = lines[index]
            if line.contains("Seq Scan") { return !line.contains("log_head") }
            guard line.contains("Scan using") else { return false }
            return index + 1 >= lines.count || !lines[index + 1].contains("Index Cond")
        }.map { lines[$0] }
    }
}

extension TestDatabase {
    /// The hundredths of a second that a backend has worked, by its connection's name.
    fileprivate func backendTicks(_ name: String) throws -> Int {
        let pid = try open().run(
            """
            SELECT pid FROM pg_stat_activity
            WHERE application_name = $1 AND datname = current_database()
            """, [PostgresType.text], [.text(name)]
        ).int64(0, 0)
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        let fields = stat.split(separator: " ")
        return (Int(fields[13]) ?? 0) + (Int(fields[14]) ?? 0)
    }
}
