// The sealer against a real Postgres: turn by turn, with rivals, crashes and writes that were lost,
// it leaves one dense trail that verifies.

import Domain
import Foundation
import Reactor
import Support
import TLS
import Testing

@testable import Processors
@testable import Store

/// A database with audit rows, and sealers on it.
private final class SealingRig {
    let connection: String
    let postgres: BlockingPostgres
    let file: String
    var observations: [SealerObservation] = []
    var now: Int64 = 1_000_000

    init() throws {
        connection = TestPostgres.shared.database()
        postgres = try BlockingPostgres(connection: connection)
        _ = try Schema.migrate(postgres)
        file = NSTemporaryDirectory() + "audit-" + UUID().uuidString
    }

    deinit { try? FileManager.default.removeItem(atPath: file) }

    static let tools: AuditTools = {
        let secret = [UInt8](repeating: 7, count: 32)
        let key = Ed25519.publicKey(ofSecret: secret)
        return AuditTools(
            makeHasher: {
                let sha256 = SHA256Hasher()
                return TreeHasher { message in
                    let words = sha256.hash(message)
                    return TreeHash(words.0, words.1, words.2, words.3)
                }
            },
            publicKey: key, sign: { Ed25519.sign($0, withSecret: secret) },
            verifies: { PublicKey(.ed25519(key))?.verifies($0, of: $1[...]) ?? false },
            sha256: { Digest.sha256($0) })
    }()

    /// A sealer, called by a name.
    func sealer(_ name: String = "a", rows: UInt64 = 10_000, seconds: Int64 = 10) -> Sealing {
        var settings = SealerSettings(connection: connection, holder: name, checkpointFile: file)
        settings.checkpointRows = rows
        settings.checkpointSeconds = seconds
        return Sealing(settings, tools: SealingRig.tools) { self.observations.append($0) }
    }

    /// Commits so many rows.
    func write(_ count: Int) throws {
        try postgres.script(
            """
            WITH head AS (
                UPDATE log_head SET audit = audit + \(count) RETURNING audit - \(count) AS audit)
            INSERT INTO audit_logs SELECT head.audit + n, gen_random_uuid(), 'u', 'a', 'r', now(),
                true, 'business', NULL, 't', 1 FROM head, generate_series(1, \(count)) AS n
            """)
    }

    /// Lets a sealer have turns until it rests.
    func seal(_ sealing: inout Sealing, after milliseconds: Int64 = 0) {
        now += milliseconds
        while sealing.turn(now: now, realtime: now) == 0 {}
    }

    func number(_ sql: String) throws -> Int64 { try postgres.run(sql).int64(0, 0) }

    var sealed: Int64 { get throws { try number("SELECT size FROM audit_seal") } }

    func report() throws -> AuditReport {
        try AuditExamination(
            connection: connection, name: "test", tools: SealingRig.tools, checkpointFile: file
        ).run()
    }
}

@Suite struct `Sealed rows` {
    @Test func `what was committed is sealed, however much at once, and verifies`() throws {
        let rig = try SealingRig()
        var sealing = rig.sealer()
        var random = TestSeed.random("sealing")
        rig.seal(&sealing)
        #expect(try rig.sealed == 0)
        var count = 0
        for size in [1, 255, 1, 5_000, 256, 10_001] + [Int.random(in: 1...3_000, using: &random)] {
            try rig.write(size)
            count += size
            rig.seal(&sealing)
            #expect(try rig.sealed == Int64(count))
        }
        let report = try rig.report()
        #expect(report.isGood && report.size == UInt64(count), "\(report.findings)")
        #expect(rig.observations == [.leased(size: 0)])
    }

    @Test func `there is a checkpoint after so many rows, or after so long with new ones`() throws {
        let rig = try SealingRig()
        var sealing = rig.sealer(rows: 100, seconds: 10)
        func sizes() throws -> [Int64] {
            let rows = try rig.postgres.run("SELECT size FROM audit_checkpoints ORDER BY size")
            return (0..<rows.rowCount).map { rows.int64($0, 0) }
        }
        try rig.write(99)
        rig.seal(&sealing)
        #expect(try sizes() == [])
        try rig.write(1)
        rig.seal(&sealing)
        #expect(try sizes() == [100])
        // Nothing new is nothing to sign.
        rig.seal(&sealing, after: 60_000)
        #expect(try sizes() == [100])
        try rig.write(5)
        rig.seal(&sealing)
        rig.seal(&sealing, after: 9_000)
        #expect(try sizes() == [100])
        rig.seal(&sealing, after: 1_000)
        #expect(try sizes() == [100, 105])
        let report = try rig.report()
        #expect(report.isGood && report.checkpointCount == 2 && report.outsideCount == 2)
    }

    @Test func `one seals at a time, and the next goes on where it stood`() throws {
        let rig = try SealingRig()
        // As the instances show that they live.
        let alive = try BlockingPostgres(connection: rig.connection)
        try alive.run("SELECT pg_advisory_lock(\(Presence.key("'a'")))")
        var first = rig.sealer("a", rows: 1)
        var second = rig.sealer("b", rows: 1)
        try rig.write(300)
        rig.seal(&first)
        try rig.write(300)
        rig.seal(&second)
        #expect(try rig.sealed == 300)
        rig.seal(&first)
        #expect(try rig.sealed == 600)
        // The first is gone without a word: its lock is free.
        try alive.run("SELECT pg_advisory_unlock_all()")
        try rig.write(10)
        rig.seal(&second)
        #expect(try rig.sealed == 610)
        // It was only held up: what it still believes is worth nothing.
        try rig.postgres.script("UPDATE audit_seal SET holder = NULL")
        try rig.write(10)
        rig.seal(&first)
        rig.seal(&second)
        #expect(try rig.sealed == 620)
        second.stop()
        try rig.write(10)
        rig.seal(&first, after: 1_000)
        #expect(try rig.sealed == 630)
        let report = try rig.report()
        #expect(report.isGood && report.outsideCount == report.checkpointCount)
    }

    @Test func `a row that is missing stops the seals before it, and is said once`() throws {
        let rig = try SealingRig()
        var sealing = rig.sealer()
        try rig.write(20)
        try rig.postgres.script(
            "SET session_replication_role = replica; DELETE FROM audit_logs WHERE number = 8")
        for _ in 0..<3 { rig.seal(&sealing) }
        #expect(try rig.sealed == 7)
        #expect(rig.observations == [.leased(size: 0), .missing(number: 8)])
        #expect(try rig.report().findings == [AuditFinding(.deleted, 8)])
    }

    @Test(arguments: ["lease = gen_random_uuid()", "size = 299"])
    func `who is held up writes nothing over what was changed meanwhile`(_ change: String) throws {
        let rig = try SealingRig()
        let alive = try BlockingPostgres(connection: rig.connection)
        try alive.run("SELECT pg_advisory_lock(\(Presence.key("'a'")))")
        var sealing = rig.sealer("a")
        try rig.write(300)
        rig.seal(&sealing)
        try rig.postgres.script("UPDATE audit_seal SET \(change)")
        let before = try rig.sealed
        try rig.write(10)
        rig.seal(&sealing)
        #expect(try rig.sealed == before)
    }

    @Test func `a checkpoint that stands under another size is none`() throws {
        let rig = try SealingRig()
        var sealing = rig.sealer(rows: 100)
        try rig.write(100)
        rig.seal(&sealing)
        try rig.postgres.script(
            "SET session_replication_role = replica; UPDATE audit_checkpoints SET size = 90")
        #expect(try rig.report().findings == [AuditFinding(.signature, 90)])
    }

    @Test func `nothing is added to a tree that somebody has changed`() throws {
        let rig = try SealingRig()
        var sealing = rig.sealer()
        try rig.write(300)
        rig.seal(&sealing)
        sealing.stop()
        try rig.postgres.script(
            """
            SET session_replication_role = replica; UPDATE audit_tiles
            SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE level = 0 AND index = 1
            """)
        try rig.write(10)
        var next = rig.sealer("next")
        for _ in 0..<3 { rig.seal(&next) }
        #expect(try rig.sealed == 300)
        #expect(
            rig.observations == [
                .leased(size: 0), .failed("the seals of the audit trail are not whole"),
            ])
    }

    @Test func `what the file could not take is added as soon as it can`() throws {
        let rig = try SealingRig()
        try FileManager.default.createDirectory(
            atPath: rig.file, withIntermediateDirectories: false)
        var sealing = rig.sealer(rows: 1)
        for _ in 0..<3 {
            try rig.write(3)
            rig.seal(&sealing)
        }
        #expect(try rig.sealed == 9)
        // It is said once.
        #expect(rig.observations.count == 2)
        try FileManager.default.removeItem(atPath: rig.file)
        rig.seal(&sealing)
        let report = try rig.report()
        #expect(report.isGood && report.checkpointCount == 3 && report.outsideCount == 3)
    }

    @Test func `what the file lacks after a crash is added, and what was cut off is cut away`()
        throws
    {
        let rig = try SealingRig()
        var sealing = rig.sealer(rows: 1)
        for _ in 0..<5 {
            try rig.write(3)
            rig.seal(&sealing)
        }
        sealing.stop()
        let whole = try String(contentsOfFile: rig.file, encoding: .utf8)
        for cut in [0, 1, whole.utf8.count / 2, whole.utf8.count - 1] {
            try Data(whole.utf8.prefix(cut)).write(to: URL(fileURLWithPath: rig.file))
            var next = rig.sealer("next", rows: 1)
            rig.seal(&next)
            next.stop()
            #expect(try String(contentsOfFile: rig.file, encoding: .utf8) == whole, "\(cut)")
        }
    }

    @Test func `a note that nobody would write is no checkpoint`() {
        let checkpoint = AuditCheckpoint(
            size: 42, root: TreeHash(1, 2, 3, 4), chain: .zero, time: Timestamp(milliseconds: 5))
        let note = SealingRig.tools.signed(checkpoint).note
        #expect(SignedCheckpoint(note: note)?.checkpoint == checkpoint)
        #expect(SealingRig.tools.claim(note)?.isSigned == true)
        var random = TestSeed.random("notes")
        for _ in 0..<2_000 {
            var bytes = Array(note.utf8)
            let place = Int.random(in: 0..<bytes.count, using: &random)
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            let claim = SealingRig.tools.claim(String(decoding: bytes, as: UTF8.self))
            #expect(claim?.isSigned != true, "\(place)")
        }
    }
}
