// Tampering with the real table, by somebody who may do everything in Postgres: found by the hub,
// found by `hub audit verify`, and what is forged as a whole found by the file outside. And a
// sealer that is killed again and again.

import Foundation
import Support
import Testing

extension Upheaval {
    @Suite(.serialized) struct AuditTamperTests {}
}

/// A hub whose trail is sealed and which seals no more, with a copy of the trail in its database.
private final class SealedHub {
    let folder: HubFolder
    let hub: RunningHub
    /// How many rows are sealed.
    let size: Int
    private let process: HubProcess
    static let settings = [
        "HUB_JWT_SECRET": TokenSigner.shared.secret, "HUB_AUDIT_CHECKPOINT": "1/1",
    ]

    /// Seals some rows, calls `midway`, seals some more, and stops sealing.
    init(_ count: Int, more: Int = 0, midway: (RunningHub) throws -> Void = { _ in }) throws {
        folder = try HubFolder()
        let sealing = try HubProcess(
            folder, settings: SealedHub.settings.merging(["HUB_PROCESSORS": "sealer"]) { $1 })
        // Before the sealing hub goes, so that the cluster stays.
        process = try HubProcess(folder, settings: SealedHub.settings)
        hub = RunningHub(process)
        try SealedHub.seal(count, in: hub)
        try midway(hub)
        if more > 0 { try SealedHub.seal(more, in: hub) }
        sealing.terminate()
        _ = try sealing.waitForExit()
        size = try #require(Int(try hub.query("SELECT size FROM audit_seal")[0][0]))
        try hub.query("CREATE TABLE audit_copy AS SELECT * FROM audit_logs")
    }

    private static func seal(_ count: Int, in hub: RunningHub) throws {
        for _ in 0..<count { _ = try hub.makeLead() }
        try waitUntil("all rows are under a checkpoint") {
            try hub.query(
                "SELECT 1 FROM audit_checkpoints, log_head WHERE size = audit"
            ).count == 1
        }
    }

    /// Changes what nobody may, with the triggers off.
    func forge(_ statements: String) throws {
        try hub.query("SET session_replication_role = replica; BEGIN; \(statements); COMMIT")
    }

    /// The first break, as the hub sees it.
    func firstBreak() throws -> (kind: String, number: Int)? {
        let report = try hub.get("/audit/verify").json
        guard report["good"].bool == false else { return nil }
        let first = report["first_break"]
        return (try #require(first["kind"].string), try #require(first["number"].int))
    }

    /// `hub audit verify`, beside the running hub.
    func offline(_ arguments: [String] = []) throws -> (exitCode: Int32, output: String) {
        try ChildProcess.run(
            [HubProgram.path, "audit", "verify"] + arguments, environment: process.environment)
    }

    func close() throws {
        process.terminate()
        _ = try process.waitForExit()
        folder.close()
    }
}

extension Upheaval.AuditTamperTests {
    /// A change of one row: what it is called, how it is made and undone.
    private struct Forgery {
        let kind: String
        let number: Int
        let change: String
        var undo: String
    }

    private static func forgery(
        _ round: Int, size: Int, _ random: inout SeededRandom
    ) -> Forgery {
        let number = Int.random(in: 2..<size, using: &random)
        let restored =
            "DELETE FROM audit_logs WHERE number <= \(size); "
            + "INSERT INTO audit_logs SELECT * FROM audit_copy WHERE number <= \(size)"
        switch round % 4 {
        case 0:
            let edit =
                [
                    "user_id = 'x' || user_id", "action = 'lead.read'", "count = count | 64",
                    "timestamp = timestamp + interval '1 microsecond'", "success = NOT success",
                    "reason = ''", "trace_id = trace_id || ' '", "id = gen_random_uuid()",
                    "layer = 'consent'", "resource = upper(resource)",
                ].randomElement(using: &random) ?? ""
            return Forgery(
                kind: "edited", number: number,
                change: "UPDATE audit_logs SET \(edit) WHERE number = \(number)", undo: restored)
        case 1:
            return Forgery(
                kind: "deleted", number: number,
                change: "DELETE FROM audit_logs WHERE number = \(number)", undo: restored)
        case 2:
            let other = Int.random(in: 1..<number, using: &random)
            return Forgery(
                kind: "swapped", number: other,
                change: """
                    UPDATE audit_logs SET number = 1000000000 WHERE number = \(number);
                    UPDATE audit_logs SET number = \(number) WHERE number = \(other);
                    UPDATE audit_logs SET number = \(other) WHERE number = 1000000000
                    """, undo: restored)
        default:
            let shift = { (from: Int, by: Int) in
                """
                UPDATE log_head SET audit = audit + \(by);
                UPDATE audit_logs SET number = number + 1000000000 WHERE number >= \(from);
                UPDATE audit_logs SET number = number - 1000000000 + \(by)
                    WHERE number >= 1000000000
                """
            }
            return Forgery(
                kind: "inserted", number: number,
                change: """
                    \(shift(number, 1)); INSERT INTO audit_logs SELECT \(number),
                        gen_random_uuid(), user_id, action, resource, timestamp, success, layer,
                        reason, trace_id, count FROM audit_copy WHERE number = 1
                    """,
                undo: "DELETE FROM audit_logs WHERE number = \(number); \(shift(number + 1, -1))")
        }
    }

    @Test func `every edit, deletion, swap and insertion in Postgres is found, and no other`()
        throws
    {
        let sealed = try SealedHub(60)
        #expect(try sealed.firstBreak() == nil)
        var random = TestSeed.random("forgeries")
        for round in 0..<16 {
            let forgery = Self.forgery(round, size: sealed.size, &random)
            try sealed.forge(forgery.change)
            let found = try sealed.firstBreak()
            #expect(found?.kind == forgery.kind, "\(forgery.change)")
            #expect(found?.number == forgery.number, "\(forgery.change)")
            if round < 4 {
                let (code, output) = try sealed.offline()
                #expect(
                    code == 1 && output.contains("\(forgery.kind): \(forgery.number)"), "\(output)")
            }
            try sealed.forge(forgery.undo)
            #expect(try sealed.firstBreak() == nil, "undone: \(forgery.change)")
        }
        let (code, output) = try sealed.offline()
        #expect(code == 0 && output.contains("the trail is whole"), "\(output)")
        try sealed.close()
    }

    @Test func `a trail that was cut off with its seals is found by the file outside alone`() throws
    {
        var short = 0
        let sealed = try SealedHub(20, more: 20) { hub in
            short = try #require(Int(try hub.query("SELECT size FROM audit_seal")[0][0]))
            for table in ["seal", "tiles", "checkpoints"] {
                try hub.query("CREATE TABLE old_\(table) AS SELECT * FROM audit_\(table)")
            }
        }
        #expect(try sealed.offline().exitCode == 0)
        try sealed.forge(
            """
            DELETE FROM audit_logs WHERE number > \(short); UPDATE log_head SET audit = \(short);
            DELETE FROM audit_seal; INSERT INTO audit_seal SELECT * FROM old_seal;
            DELETE FROM audit_tiles; INSERT INTO audit_tiles SELECT * FROM old_tiles;
            DELETE FROM audit_checkpoints;
            INSERT INTO audit_checkpoints SELECT * FROM old_checkpoints
            """)
        let (code, output) = try sealed.offline()
        #expect(code == 1, "\(output)")
        #expect(output.contains("truncated: \(short + 1)–\(sealed.size)"), "\(output)")
        #expect(try sealed.firstBreak()?.kind == "truncated")
        // Without the file there is nothing that remembers.
        #expect(try sealed.offline(["--audit-file", sealed.folder.path + "/none"]).exitCode == 0)
        let key = try #require(
            sealed.hub.get("/audit/checkpoint").json["checkpoint"]["verifier_key"].string)
        #expect(try sealed.offline(["--verifier-key", key]).exitCode == 1)
        #expect(try sealed.offline(["--verifier-key", "x"]).exitCode == 64)
        try sealed.close()
    }

    @Test func `a checkpoint of another key, or over other rows, is found`() throws {
        let sealed = try SealedHub(10)
        let note = try sealed.hub.query(
            "SELECT replace(note, E'\\n', '|') FROM audit_checkpoints ORDER BY size DESC LIMIT 1")
        let size = try #require(Int(note[0][0].split(separator: "|")[1]))
        try sealed.forge("UPDATE audit_checkpoints SET note = replace(note, 'time 2', 'time 3')")
        #expect(try sealed.firstBreak()?.kind == "signature")
        try sealed.forge(
            """
            UPDATE audit_checkpoints SET note = replace(note, 'time 3', 'time 2');
            UPDATE audit_tiles SET hashes = set_byte(hashes, 40, get_byte(hashes, 40) # 1)
                WHERE level = 0 AND index = 0
            """)
        let report = try sealed.hub.get("/audit/verify").json
        let kinds = Set(report["findings"].array.compactMap { $0["kind"].string })
        #expect(kinds == ["edited", "seal", "checkpoint"], "\(report)")
        #expect(size > 0)
        try sealed.close()
    }

    @Test func `a sealer that is killed leaves no hole and no double`() throws {
        let folder = try HubFolder()
        let settings = SealedHub.settings.merging(["HUB_PROCESSORS": "sealer"]) { $1 }
        let keeper = try HubProcess(folder, settings: SealedHub.settings)
        let hub = RunningHub(keeper)
        var sealed = 0
        for _ in 0..<5 {
            let sealer = try HubProcess(folder, settings: settings)
            var isDone = false
            while !isDone {
                for _ in 0..<20 { _ = try hub.makeLead() }
                let size = try #require(Int(try hub.query("SELECT size FROM audit_seal")[0][0]))
                isDone = size > sealed
                sealed = size
            }
            // Rows keep coming, so it is likely at work.
            for _ in 0..<5 { _ = try hub.makeLead() }
            sealer.kill()
        }
        let last = try HubProcess(folder, settings: settings)
        try waitUntil("all is under a checkpoint") {
            try hub.query(
                "SELECT 1 FROM audit_checkpoints, log_head WHERE size = audit"
            ).count == 1
        }
        try waitUntil("every checkpoint is in the file, too") {
            let report = try hub.get("/audit/verify").json
            #expect(report["good"].bool == true, "\(report)")
            #expect(report["sealed"].int ?? 0 >= 125)
            let counts = report["checkpoints"]
            return counts["outside"].int == counts["postgres"].int
        }
        for process in [last, keeper] {
            process.terminate()
            _ = try process.waitForExit()
        }
        folder.close()
    }
}
