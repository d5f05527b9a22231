// A verification of the whole trail, read by pages over a connection of its own: what is there is
// read before what bounds it, so that rows and seals that are added meanwhile are no findings.

package import Domain

/// Verifies what is in Postgres by what is outside of it.
package struct AuditExamination {
    private let trail: AuditTrail
    private let tools: AuditTools
    private let file: CheckpointFile

    /// How many tiles of level 0 a page of rows covers.
    private static let pageTiles = AuditTrail.pageRows / AuditTiles.width

    /// Connects.
    package init(
        connection: String, name: String, tools: AuditTools, checkpointFile: String
    ) throws(PostgresError) {
        trail = try AuditTrail(connection: connection, name: name)
        self.tools = tools
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
            unsealed: unsealed, head: head, strays: strays.filter { $0.number > newest })
        report.checkpointCount = claims.count - outsideCount
        report.outsideCount = outsideCount
        return report
    }

    private func compare(
        _ verification: inout AuditVerification, upTo size: UInt64
    ) throws(PostgresError) {
        var below = try trail.rows(from: .min, through: 0)
        while verification.size < size {
            let first = verification.size
            let tiles = try trail.leafTiles(
                from: first / UInt64(AuditTiles.width), limit: AuditExamination.pageTiles)
            let last = min(size, first + UInt64(AuditTrail.pageRows))
            // More rows than numbers are there only when the key is gone.
            var rows = below
            below = []
            rows += try trail.rows(
                from: Int64(first) + 1, through: Int64(last), limit: 2 * AuditTrail.pageRows)
            var place = 0
            while verification.size < last {
                let index = verification.size / UInt64(AuditTiles.width)
                guard let tile = tiles[index] else { return }
                let end = min(size, (index + 1) * UInt64(AuditTiles.width))
                let seals = tile.hashes.prefix(Int(end - verification.size))
                let mine = rows[place...].prefix { $0.number <= Int64(end) }
                place += mine.count
                verification.take(seals: Array(seals), rows: Array(mine))
                guard verification.size == end else { return }
                if tile.hashes.count == seals.count, let chain = tile.chain {
                    verification.check(chain: chain)
                }
            }
        }
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
