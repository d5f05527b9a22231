// A verification of the whole trail, read by pages over a connection of its own: what is there is
// read before what bounds it, so that rows and seals that are added meanwhile are no findings.

package import Domain

/// Verifies what is in Postgres by what is outside of it.
package struct AuditExamination {
    private let trail: AuditTrail
    private let tools: AuditTools
    private let file: CheckpointFile

    private let connect: @Sendable () throws(PostgresError) -> AuditTrail
    private let readerCount: Int

    /// Connects; the sealed rows are read by so many threads, with a connection each.
    package init(
        connection: String, name: String, tools: AuditTools, checkpointFile: String,
        readerCount: Int = 1
    ) throws(PostgresError) {
        precondition(readerCount > 0, "somebody reads")
        connect = { () throws(PostgresError) in
            try AuditTrail(connection: connection, name: name)
        }
        trail = try connect()
        self.tools = tools
        self.readerCount = readerCount
        file = CheckpointFile(path: checkpointFile)
    }

    /// Reads everything; takes about two seconds a million rows.
    package func run() throws(PostgresError) -> AuditReport {
        let outside = file.read()
        var claims = (outside?.notes ?? []).map { tools.claim($0) ?? .unreadable(size: 0) }
        let outsideCount = claims.count
        var last: Int64 = -1
        while true {
            let page = try trail.checkpoints(after: last)
            for (size, note) in page {
                let unreadable = CheckpointClaim.unreadable(size: UInt64(clamping: size))
                let claim = tools.claim(note) ?? unreadable
                claims.append(claim.size == unreadable.size ? claim : unreadable)
            }
            guard page.count == AuditTrail.pageRows, let end = page.last else { break }
            last = end.size
        }
        let hasher = tools.makeHasher()
        var verification = AuditVerification(claims: claims, by: hasher)
        let head = try trail.head()
        let state =
            try trail.state() ?? AuditSealState(size: 0, root: hasher.empty, chain: .zero)
        try compare(&verification, upTo: state.size)
        let upper = try trail.upperTiles()
        let unsealed = try numbers(from: Int64(clamping: state.size) + 1, through: head)
        let strays = try trail.rows(from: try trail.head() + 1, through: .max, limit: 1_000)
        let newest = try trail.head()
        var report = verification.finish(
            kept: AuditVerification.Kept(
                size: state.size, root: state.root, chain: state.chain, tiles: upper),
            unsealed: unsealed, head: head,
            strays: strays.filter { $0.number > newest }.map { AuditLeaf($0, by: hasher) })
        report.checkpointCount = claims.count - outsideCount
        report.outsideCount = outsideCount
        return report
    }

    /// Compares what is sealed, page by page.
    private func compare(
        _ verification: inout AuditVerification, upTo size: UInt64
    ) throws(PostgresError) {
        var readers: [AuditReader] = []
        defer { for reader in readers { reader.close() } }
        for first in 0..<readerCount {
            readers.append(
                try AuditReader(
                    AuditPages(size: size, first: first, readerCount: readerCount),
                    makeHasher: tools.makeHasher, connect: connect))
        }
        let hasher = tools.makeHasher()
        var below = try trail.rows(from: .min, through: 0).map { AuditLeaf($0, by: hasher) }
        var turn = 0
        while verification.size < size {
            let page = try readers[turn % readerCount].next()
            turn += 1
            guard compare(&verification, below + page.rows, page.tiles, size) else { return }
            below = []
        }
    }

    /// Compares a page; false when what was sealed of it is not there.
    private func compare(
        _ verification: inout AuditVerification, _ rows: [AuditLeaf],
        _ tiles: [UInt64: (hashes: [TreeHash], chain: TreeHash?)], _ size: UInt64
    ) -> Bool {
        let last = min(size, verification.size + UInt64(AuditTrail.pageRows))
        var place = 0
        while verification.size < last {
            let index = verification.size / UInt64(AuditTiles.width)
            guard let tile = tiles[index] else { return false }
            let end = min(size, (index + 1) * UInt64(AuditTiles.width))
            let seals = tile.hashes.prefix(Int(end - verification.size))
            let mine = rows[place...].prefix { $0.number <= Int64(end) }
            place += mine.count
            verification.take(seals: Array(seals), rows: mine)
            guard verification.size == end else { return false }
            if tile.hashes.count == seals.count, let chain = tile.chain {
                verification.check(chain: chain)
            }
        }
        return true
    }

    /// The numbers that rows bear, as runs without a hole.
    private func numbers(
        from first: Int64, through last: Int64
    ) throws(PostgresError) -> [ClosedRange<Int64>] {
        var runs: [ClosedRange<Int64>] = []
        var next = first
        while next <= last {
            let page = try trail.rows(from: next, through: last)
            guard let end = page.last?.number else { break }
            for row in page {
                if let run = runs.last, run.upperBound + 1 >= row.number {
                    runs[runs.count - 1] = run.lowerBound...max(run.upperBound, row.number)
                } else {
                    runs.append(row.number...row.number)
                }
            }
            next = end + 1
        }
        return runs
    }
}
