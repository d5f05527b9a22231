// Compares the rows of the audit trail with their seals, in order, a piece at a time. A row that is
// as it was sealed costs a hash and a comparison and is forgotten; what differs is kept, and told
// apart at the end: a sealed hash that is found under another number was moved, one that is found
// nowhere was edited or deleted, a row whose hash was never sealed was edited or inserted.
//
// The tree and the chain are made anew from the sealed hashes: together they show that the seals
// are of a piece, and the signed checkpoints that they are the ones that were made.

/// A checkpoint to compare with.
package struct CheckpointClaim: Equatable, Sendable {
    package let size: UInt64
    package let root: TreeHash
    package let chain: TreeHash
    /// Whether the hub's key signed it.
    package let isSigned: Bool

    package init(size: UInt64, root: TreeHash, chain: TreeHash, isSigned: Bool) {
        self.size = size
        self.root = root
        self.chain = chain
        self.isSigned = isSigned
    }

    /// What stands where a checkpoint should.
    package static func unreadable(size: UInt64) -> CheckpointClaim {
        CheckpointClaim(size: size, root: .zero, chain: .zero, isSigned: false)
    }
}

/// A verification on its way.
package struct AuditVerification {
    private let hasher: TreeHasher
    private var frontier = MerkleFrontier()
    private var chain = TreeHash.zero
    private var claims: [CheckpointClaim]
    private var nextClaim = 0
    /// The last size at which a checkpoint was right.
    private var claimedSize: UInt64 = 0
    private var oddSeals: [AuditLeaf] = []
    private var oddRows: [AuditLeaf] = []
    private var findings: [AuditFinding] = []
    private var hasBrokenClaim = false

    /// How many rows and hashes that differ are kept: the first break is among them.
    package static let oddMax = 1_000_000
    /// How many findings a report lists.
    package static let listedMax = 1_000

    /// Begins, with the checkpoints that there are.
    package init(claims: [CheckpointClaim], by hasher: TreeHasher) {
        self.claims = claims.sorted { $0.size < $1.size }
        self.hasher = hasher
    }

    /// How many sealed hashes were taken.
    package var size: UInt64 { frontier.size }

    /// Takes the sealed hashes that follow, and the rows that bear their numbers.
    ///
    /// The rows are in order; those before the first number count as of this piece.
    package mutating func take(seals: [TreeHash], rows: ArraySlice<AuditLeaf>) {
        let first = Int64(size) + 1
        var place = rows.startIndex
        while place < rows.endIndex, rows[place].number < first {
            note(rows[place])
            place += 1
        }
        for (index, seal) in seals.enumerated() {
            let number = first + Int64(index)
            var isFound = false
            while place < rows.endIndex, rows[place].number == number {
                if rows[place].hash == seal, !isFound { isFound = true } else { note(rows[place]) }
                place += 1
            }
            if !isFound, oddSeals.count < AuditVerification.oddMax {
                oddSeals.append(AuditLeaf(number: number, hash: seal))
            }
            add(seal)
        }
        for row in rows[place...] { note(row) }
    }

    /// Compares what the sealer kept as the end of the chain here.
    package mutating func check(chain kept: TreeHash) {
        guard kept != chain, size > 0 else { return }
        findings.append(
            AuditFinding(.seal, Int64(size - 1) / 256 * 256 + 1, through: Int64(size)))
    }

    private mutating func note(_ row: AuditLeaf) {
        guard oddRows.count < AuditVerification.oddMax else { return }
        oddRows.append(row)
    }

    private mutating func add(_ seal: TreeHash) {
        frontier.append(seal, by: hasher)
        chain = hasher.link(chain, seal)
        while nextClaim < claims.count, claims[nextClaim].size <= size { checkClaim() }
    }

    /// Compares the next checkpoint.
    ///
    /// Behind one that is broken all are, so the first one tells.
    private mutating func checkClaim() {
        let claim = claims[nextClaim]
        nextClaim += 1
        guard claim.isSigned else {
            findings.append(AuditFinding(.signature, Int64(clamping: claim.size)))
            return
        }
        if claim.size == 0
            ? claim.root == hasher.empty
            : claim.size == size
                && claim.root == frontier.root(by: hasher) && claim.chain == chain
        {
            claimedSize = claim.size
        } else if !hasBrokenClaim {
            hasBrokenClaim = true
            findings.append(
                AuditFinding(
                    .checkpoint, Int64(claimedSize) + 1, through: Int64(clamping: claim.size)))
        }
    }
}

// MARK: The end

extension AuditVerification {
    /// What the sealer kept of the whole: the sizes, the end of the chain, and the upper tiles.
    package struct Kept {
        package let size: UInt64
        package let root: TreeHash
        package let chain: TreeHash
        package let tiles: [AuditTileKey: [TreeHash]]

        package init(
            size: UInt64, root: TreeHash, chain: TreeHash, tiles: [AuditTileKey: [TreeHash]]
        ) {
            self.size = size
            self.root = root
            self.chain = chain
            self.tiles = tiles
        }
    }

    /// Ends it: the report.
    ///
    /// `unsealed` are the numbers of the rows behind the sealed ones, and those up to `head` must
    /// be there; `strays` are rows beyond all numbers that were given.
    package mutating func finish(
        kept: Kept, unsealed: [ClosedRange<Int64>], head: Int64, strays: [AuditLeaf] = []
    ) -> AuditReport {
        checkKept(kept)
        checkUnsealed(unsealed, from: Int64(clamping: kept.size) + 1, through: head)
        for row in strays { note(row) }
        while nextClaim < claims.count {
            let claim = claims[nextClaim]
            guard claim.isSigned else {
                checkClaim()
                continue
            }
            nextClaim = claims.count
            let last = claims.last { $0.isSigned }?.size ?? claim.size
            findings.append(
                AuditFinding(.truncated, Int64(size) + 1, through: Int64(clamping: last)))
        }
        findings += differences()
        var report = AuditReport()
        report.size = size
        report.unsealed = UInt64(unsealed.reduce(0) { $0 + $1.count })
        report.root = frontier.root(by: hasher)
        report.chain = chain
        report.checkpointSize = claims.last { $0.isSigned }?.size ?? 0
        report.findingCount = findings.count
        findings.sort { ($0.number, $0.last) < ($1.number, $1.last) }
        report.findings = Array(findings.prefix(AuditVerification.listedMax))
        return report
    }

    private mutating func checkKept(_ kept: Kept) {
        if kept.size != size {
            let sizes = [kept.size, size].map { Int64(clamping: $0) }.sorted()
            findings.append(AuditFinding(.seal, sizes[0] + 1, through: sizes[1]))
        } else if kept.chain != chain || kept.root != frontier.root(by: hasher) {
            findings.append(AuditFinding(.seal, 1, through: Int64(size)))
        }
        for (key, hashes) in frontier.upperTiles {
            let stored = kept.tiles[key] ?? []
            let width = Int64(1) << (8 * Int64(key.level))
            for (index, hash) in hashes.enumerated()
            where index >= stored.count || stored[index] != hash {
                let first = (Int64(key.index) * 256 + Int64(index)) * width
                findings.append(AuditFinding(.seal, first + 1, through: first + width))
            }
        }
    }

    /// The numbers behind the sealed rows have no hole either.
    private mutating func checkUnsealed(
        _ runs: [ClosedRange<Int64>], from first: Int64, through head: Int64
    ) {
        var next = first
        for run in runs {
            if run.lowerBound > next {
                findings.append(AuditFinding(.deleted, next, through: run.lowerBound - 1))
            }
            next = run.upperBound + 1
        }
        if next <= head { findings.append(AuditFinding(.deleted, next, through: head)) }
    }

    private func differences() -> [AuditFinding] {
        var places: [TreeHash: [Int64]] = [:]
        for row in oddRows { places[row.hash, default: []].append(row.number) }
        var moves: [Int64: Int64] = [:]
        var lost: [Int64] = []
        for seal in oddSeals {
            if var numbers = places[seal.hash], !numbers.isEmpty {
                moves[seal.number] = numbers.removeFirst()
                places[seal.hash] = numbers
            } else {
                lost.append(seal.number)
            }
        }
        // What is left bears hashes that nobody sealed, or sealed ones a second time.
        var strange: [Int64: Int] = [:]
        for numbers in places.values { for number in numbers { strange[number, default: 0] += 1 } }
        var findings: [AuditFinding] = []
        for number in lost {
            if let count = strange[number], count > 0 {
                strange[number] = count - 1
                findings.append(AuditFinding(.edited, number))
            } else {
                findings.append(AuditFinding(.deleted, number))
            }
        }
        for (number, count) in strange where count > 0 {
            findings += Array(repeating: AuditFinding(.inserted, number), count: count)
        }
        return findings + AuditVerification.told(moves)
    }

    /// Moves, swaps told as such and rows that moved together told together.
    private static func told(_ moves: [Int64: Int64]) -> [AuditFinding] {
        var findings: [AuditFinding] = []
        var run: (first: Int64, last: Int64, by: Int64)?
        func end() {
            guard let run else { return }
            findings.append(
                AuditFinding(.moved, run.first, through: run.last, other: run.first &+ run.by))
        }
        for (from, to) in moves.sorted(by: { $0.key < $1.key }) {
            if moves[to] == from {
                if from < to { findings.append(AuditFinding(.swapped, from, other: to)) }
            } else if let last = run, last.last + 1 == from, last.by == to &- from {
                run = (last.first, from, last.by)
            } else {
                end()
                run = (from, from, to &- from)
            }
        }
        end()
        return findings
    }
}
