// Tampering with a sealed trail: every edit, deletion, swap and insertion is found and located, and
// a trail that nobody touched raises no alarm.

import Domain
import Support
import Testing

/// A sealed trail in memory, and what somebody makes of its rows.
private struct Trail {
    let hasher = treeHasher()
    var rows: [AuditRow] = []
    var seals: [TreeHash] = []
    var claims: [CheckpointClaim] = []
    var tiles = AuditTiles()
    var chain = TreeHash.zero

    init(_ count: Int, _ random: inout SeededRandom) {
        for number in 1...count { rows.append(Trail.row(Int64(number), &random)) }
        for row in rows {
            let leaf = hasher.leaf(row)
            seals.append(leaf)
            tiles.append(leaf, by: hasher)
            chain = hasher.link(chain, leaf)
            if seals.count % 97 == 0 || seals.count == count { claims.append(claim) }
        }
    }

    var claim: CheckpointClaim {
        CheckpointClaim(
            size: tiles.size, root: tiles.root(by: hasher) ?? .zero, chain: chain, isSigned: true)
    }

    static func row(_ number: Int64, _ random: inout SeededRandom) -> AuditRow {
        let texts = ["sam", "hub/rl", "é", "a\"b\\c", "tab\tnew\nline\u{1}", "", "😀"]
        func text() -> String { texts.randomElement(using: &random) ?? "" }
        return AuditRow(
            number: number, id: UniqueID(high: random.next(), low: random.next()),
            userID: text(), action: text(), resource: text(),
            microseconds: Int64.random(in: 0...2_000_000_000_000_000, using: &random),
            success: Bool.random(using: &random), layer: text(),
            reason: Bool.random(using: &random) ? nil : text(), traceID: text(),
            count: Int64.random(in: 1...9, using: &random))
    }

    /// What the verifier says of rows, read a few tiles at a time.
    func report(
        _ rows: [AuditRow]? = nil, seals: [TreeHash]? = nil,
        upper: [AuditTileKey: [TreeHash]]? = nil
    ) -> AuditReport {
        let rows = (rows ?? self.rows).sorted { $0.number < $1.number }
            .map { AuditLeaf($0, by: hasher) }
        let seals = seals ?? self.seals
        var verification = AuditVerification(claims: claims, by: hasher)
        var start = rows.startIndex
        for first in stride(from: 0, to: seals.count, by: 256) {
            let end = min(first + 256, seals.count)
            let stop = rows[start...].firstIndex { $0.number > Int64(end) } ?? rows.endIndex
            verification.take(seals: Array(seals[first..<end]), rows: rows[start..<stop])
            start = stop
        }
        return verification.finish(
            kept: AuditVerification.Kept(
                size: tiles.size, root: tiles.root(by: hasher) ?? .zero, chain: chain,
                tiles: upper ?? tiles.tiles), unsealed: [], head: Int64(tiles.size),
            strays: Array(rows[start...]))
    }
}

extension AuditRow {
    /// Changes one bit of one member.
    fileprivate mutating func flipBit(_ random: inout SeededRandom) {
        let bit = Int64(1) << Int64.random(in: 0..<20, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
            id = UniqueID(high: id.high ^ 1 << (random.next() % 64), low: id.low)
        case 1: userID = AuditRow.flipped(userID, &random)
        case 2: action = AuditRow.flipped(action, &random)
        case 3: resource = AuditRow.flipped(resource, &random)
        case 4: microseconds ^= bit
        case 5: success.toggle()
        case 6: layer = AuditRow.flipped(layer, &random)
        case 7: reason = reason.map { AuditRow.flipped($0, &random) } ?? ""
        case 8: traceID = AuditRow.flipped(traceID, &random)
        default: count ^= bit
        }
    }

    /// One bit of one letter, below the bit that makes it part of a longer one.
    private static func flipped(_ text: String, _ random: inout SeededRandom) -> String {
        var bytes = Array(text.utf8)
        guard let place = bytes.indices.filter({ bytes[$0] < 0x80 }).randomElement(using: &random)
        else { return text + "\u{1}" }
        bytes[place] ^= 1 << UInt8.random(in: 0..<7, using: &random)
        return String(decoding: bytes, as: UTF8.self)
    }
}

@Suite struct `Tampering` {
    @Test func `the bytes of a row are the JSON text that is documented`() {
        let row = AuditRow(
            number: 7, id: UniqueID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0001),
            userID: "é\"\\/\u{7f}", action: "lead.create", resource: "leads/1",
            microseconds: 1_795_824_000_000_001, success: true, layer: "business", reason: nil,
            traceID: "\u{8}\t\n\u{c}\r\u{1f}", count: 1)
        let text =
            #"{"action":"lead.create","count":1,"id":"01900000-0000-7000-8000-000000000001","#
            + #""layer":"business","reason":null,"resource":"leads/1","success":true,"#
            + #""timestamp":1795824000000001,"trace_id":"\b\t\n\f\r\u001f","#
            + "\"user_id\":\"é\\\"\\\\/\u{7f}\"}"
        #expect(String(decoding: row.canonical, as: UTF8.self) == text)
        var refused = row
        refused.reason = ""
        refused.success = false
        #expect(
            String(decoding: refused.canonical, as: UTF8.self).contains(
                #""reason":"","resource":"leads/1","success":false"#))
    }

    @Test func `a trail that nobody touched is whole, of any size`() {
        var random = TestSeed.random("whole")
        for count in [1, 2, 96, 97, 255, 256, 257, 512, 700, 66_000] {
            let report = Trail(count, &random).report()
            #expect(report.isGood, "\(count): \(report.findings)")
            #expect(report.size == UInt64(count) && report.checkpointSize == UInt64(count))
        }
    }

    @Test func `ten thousand edits of one bit, each is found where it is`() {
        var random = TestSeed.random("edits")
        let trail = Trail(600, &random)
        for _ in 0..<40 {
            var rows = trail.rows
            let places = (0..<250).map { _ in Int.random(in: 0..<600, using: &random) }
            var edited: Set<Int> = []
            for place in places {
                guard edited.insert(place).inserted else { continue }
                rows[place].flipBit(&random)
            }
            let report = trail.report(rows)
            let found = report.findings.map(\.number)
            #expect(found == edited.sorted().map { Int64($0 + 1) })
            #expect(report.findings.allSatisfy { $0.kind == .edited })
        }
    }

    @Test func `each single edit, deletion, swap and insertion is found and named`() {
        var random = TestSeed.random("single")
        let trail = Trail(300, &random)
        for round in 0..<400 {
            var rows = trail.rows
            let place = Int.random(in: 0..<300, using: &random)
            let number = Int64(place + 1)
            let expected: AuditFinding
            switch round % 4 {
            case 0:
                rows[place].flipBit(&random)
                expected = AuditFinding(.edited, number)
            case 1:
                rows.remove(at: place)
                expected = AuditFinding(.deleted, number)
            case 2:
                let other = (place + Int.random(in: 1..<300, using: &random)) % 300
                (rows[place].number, rows[other].number) = (Int64(other + 1), number)
                expected = AuditFinding(
                    .swapped, min(number, Int64(other + 1)), other: max(number, Int64(other + 1)))
            default:
                rows.append(Trail.row(number, &random))
                expected = AuditFinding(.inserted, number)
            }
            let report = trail.report(rows)
            #expect(report.findings == [expected], "\(round)")
        }
    }

    @Test func `who closes the hole of a deletion, or makes room, is found at the place`() {
        var random = TestSeed.random("closed")
        let trail = Trail(600, &random)
        for _ in 0..<50 {
            let place = Int.random(in: 1..<599, using: &random)
            let number = Int64(place + 1)
            var rows = trail.rows
            rows.remove(at: place)
            for index in place..<rows.count { rows[index].number -= 1 }
            #expect(
                trail.report(rows).findings == [
                    AuditFinding(.deleted, number),
                    AuditFinding(.moved, number + 1, through: 600, other: number),
                ])
            rows = trail.rows
            for index in place..<rows.count { rows[index].number += 1 }
            rows.insert(Trail.row(number, &random), at: place)
            #expect(
                trail.report(rows).findings == [
                    AuditFinding(.inserted, number),
                    AuditFinding(.moved, number, through: 600, other: number + 1),
                ])
        }
    }

    @Test func `a row that bears a number it never had is found where it was`() {
        var random = TestSeed.random("moved")
        let trail = Trail(300, &random)
        for number in [Int64.min, -1, 0, 301, 5_000, .max] {
            var rows = trail.rows
            rows[41].number = number
            let report = trail.report(rows)
            #expect(
                report.findings == [AuditFinding(.moved, 42, other: number)], "\(report.findings)")
        }
    }
}

// MARK: - Seals and checkpoints

extension `Tampering` {
    @Test func `who changes a row and its seal is found by the tree and the checkpoints`() {
        var random = TestSeed.random("seals")
        let trail = Trail(600, &random)
        for _ in 0..<100 {
            var rows = trail.rows
            var seals = trail.seals
            let place = Int.random(in: 0..<600, using: &random)
            rows[place].flipBit(&random)
            seals[place] = trail.hasher.leaf(rows[place])
            let report = trail.report(rows, seals: seals)
            let broken = report.findings.filter { $0.kind == .checkpoint }
            #expect(broken.count == 1)
            #expect(broken.allSatisfy { ($0.number...$0.last).contains(Int64(place + 1)) })
            #expect(broken.allSatisfy { $0.last - $0.number < 97 })
            #expect(report.findings.contains { $0.kind == .seal })
        }
    }

    @Test func `who changes the upper part of the tree is found, and where`() {
        var random = TestSeed.random("upper")
        let trail = Trail(66_000, &random)
        for (level, index, place) in [(1, 0, 0), (1, 0, 255), (1, 1, 0), (2, 0, 0)] {
            let key = AuditTileKey(level: level, index: UInt64(index))
            var upper = trail.tiles.tiles
            upper[key]?[place] = .zero
            let width = 1 << (8 * level)
            let first = (index * 256 + place) * width + 1
            #expect(
                trail.report(upper: upper).findings == [
                    AuditFinding(.seal, Int64(first), through: Int64(first + width - 1))
                ])
            upper[key] = nil
            #expect(!trail.report(upper: upper).isGood)
        }
    }

    @Test func `who seals a shorter trail anew is found by a checkpoint that is out of reach`() {
        var random = TestSeed.random("truncated")
        for _ in 0..<50 {
            let size = Int.random(in: 1..<600, using: &random)
            let outside = Trail(600, &random)
            var trail = outside
            trail.rows = Array(outside.rows.prefix(size))
            trail.seals = []
            trail.tiles = AuditTiles()
            trail.chain = .zero
            for row in trail.rows {
                let leaf = trail.hasher.leaf(row)
                trail.seals.append(leaf)
                trail.tiles.append(leaf, by: trail.hasher)
                trail.chain = trail.hasher.link(trail.chain, leaf)
            }
            trail.claims.removeAll { $0.size > UInt64(size) }
            #expect(trail.report().isGood)
            trail.claims = outside.claims
            #expect(
                trail.report().findings == [
                    AuditFinding(.truncated, Int64(size) + 1, through: 600)
                ])
        }
    }

    @Test func `a checkpoint that the key did not sign is found, and proves nothing`() {
        var random = TestSeed.random("unsigned")
        var trail = Trail(300, &random)
        trail.claims.append(
            CheckpointClaim(size: 150, root: .zero, chain: .zero, isSigned: false))
        #expect(trail.report().findings == [AuditFinding(.signature, 150)])
    }

    @Test func `rows that wait for their seal have no hole either`() {
        var random = TestSeed.random("unsealed")
        let trail = Trail(10, &random)
        func report(_ runs: [ClosedRange<Int64>], _ head: Int64) -> AuditReport {
            var verification = AuditVerification(claims: trail.claims, by: trail.hasher)
            verification.take(
                seals: trail.seals, rows: trail.rows.map { AuditLeaf($0, by: trail.hasher) }[...])
            return verification.finish(
                kept: AuditVerification.Kept(
                    size: 10, root: trail.claim.root, chain: trail.chain, tiles: [:]),
                unsealed: runs, head: head)
        }
        #expect(report([11...20], 20).isGood && report([11...20], 20).unsealed == 10)
        #expect(report([], 10).isGood)
        #expect(
            report([11...14, 17...20], 20).findings == [AuditFinding(.deleted, 15, through: 16)])
        #expect(report([11...18], 20).findings == [AuditFinding(.deleted, 19, through: 20)])
        #expect(report([], 11).findings == [AuditFinding(.deleted, 11)])
    }
}
