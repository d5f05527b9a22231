// The audit trail and its seals over a connection of their own, one call at a time: for the thread
// that seals and for those that verify, never for a loop. Everything goes by pages of numbers, so
// no snapshot is held for long.

package import Domain

/// What the sealer keeps of the whole.
package struct AuditSealState: Equatable, Sendable {
    /// How many rows are sealed.
    package let size: UInt64
    package let root: TreeHash
    /// The end of the chain.
    package let chain: TreeHash
}

/// A seal over more rows: all that one transaction writes.
package struct AuditSeal: Sendable {
    /// How many rows were sealed before.
    package var from: UInt64
    package var state: AuditSealState
    /// The tiles that changed, those of level 0 with the end of the chain at their end.
    package var tiles: [(key: AuditTileKey, hashes: [TreeHash], chain: TreeHash?)]
    /// A checkpoint, if it is time for one.
    package var note: String?

    package init(
        from: UInt64, size: UInt64, root: TreeHash, chain: TreeHash,
        tiles: [(key: AuditTileKey, hashes: [TreeHash], chain: TreeHash?)], note: String?
    ) {
        self.from = from
        state = AuditSealState(size: size, root: root, chain: chain)
        self.tiles = tiles
        self.note = note
    }
}

/// The audit trail, for the one thread that connected.
package final class AuditTrail {
    private let postgres: BlockingPostgres

    /// Connects; `name` says what for in `pg_stat_activity`.
    package init(connection: String, name: String) throws(PostgresError) {
        postgres = try BlockingPostgres(
            ConnectionSettings(
                name: "audit", connection: connection, applicationName: name,
                session: [
                    ("statement_timeout", "10s"), ("lock_timeout", "2s"),
                    ("tcp_user_timeout", "5000"), ("jit", "off"),
                ]))
    }

    // MARK: Reading

    /// How many rows one page has at most.
    package static let pageRows = 4_096

    /// The rows with numbers from one to another, both included, in order.
    package func rows(
        from first: Int64, through last: Int64, limit: Int = pageRows
    ) throws(PostgresError) -> [AuditRow] {
        let result = try postgres.run(
            """
            SELECT \(PostgresResult.auditColumns) FROM audit_logs AS r
            WHERE r.number BETWEEN $1 AND $2 ORDER BY r.number LIMIT $3
            """,
            [PostgresType.int8, PostgresType.int8, PostgresType.int8],
            [.int8(first), .int8(last), .int8(Int64(limit))])
        return (0..<result.rowCount).map { result.auditRow($0) }
    }

    /// The number of the last row that was committed.
    package func head() throws(PostgresError) -> Int64 {
        try postgres.run("SELECT audit FROM log_head").int64(0, 0)
    }

    /// How far the trail is sealed; nil if somebody has destroyed what was kept.
    package func state() throws(PostgresError) -> AuditSealState? {
        state(try postgres.run("SELECT size, root, chain FROM audit_seal"))
    }

    private func state(_ result: PostgresResult) -> AuditSealState? {
        guard result.rowCount == 1, let root = TreeHash(result.bytes(0, 1)),
            let chain = TreeHash(result.bytes(0, 2))
        else { return nil }
        return AuditSealState(size: result.position(0, 0), root: root, chain: chain)
    }

    /// Whole tiles of level 0 and what was the end of the chain at their end, from an index on.
    package func leafTiles(
        from first: UInt64, limit: Int
    ) throws(PostgresError) -> [UInt64: (hashes: [TreeHash], chain: TreeHash?)] {
        let result = try postgres.run(
            """
            SELECT t.level, t.index, t.hashes, t.chain FROM audit_tiles AS t
            WHERE t.level = 0 AND t.index >= $1 AND t.index < $2
            """,
            [PostgresType.int8, PostgresType.int8],
            [.int8(Int64(clamping: first)), .int8(Int64(clamping: first) + Int64(limit))])
        var tiles: [UInt64: (hashes: [TreeHash], chain: TreeHash?)] = [:]
        for row in 0..<result.rowCount {
            guard let tile = result.auditTile(row, from: 0) else { continue }
            let chain = result.isNull(row, 3) ? nil : TreeHash(result.bytes(row, 3))
            tiles[tile.key.index] = (tile.hashes, chain)
        }
        return tiles
    }

    /// The tiles of level 1 and above.
    package func upperTiles() throws(PostgresError) -> [AuditTileKey: [TreeHash]] {
        tiles(
            try postgres.run(
                "SELECT t.level, t.index, t.hashes FROM audit_tiles AS t WHERE t.level > 0"))
    }

    /// Some tiles.
    package func tiles(
        _ keys: [AuditTileKey]
    ) throws(PostgresError) -> [AuditTileKey: [TreeHash]] {
        tiles(
            try postgres.run(
                """
                SELECT t.level, t.index, t.hashes FROM unnest($1, $2) AS k (level, index)
                JOIN audit_tiles AS t ON t.level = k.level AND t.index = k.index
                """,
                [PostgresType.int2Array, PostgresType.int8Array],
                [
                    .int2s(keys.map { Int16($0.level) }),
                    .int8s(keys.map { Int64(clamping: $0.index) }),
                ]))
    }

    private func tiles(_ result: PostgresResult) -> [AuditTileKey: [TreeHash]] {
        var tiles: [AuditTileKey: [TreeHash]] = [:]
        for row in 0..<result.rowCount {
            if let tile = result.auditTile(row, from: 0) { tiles[tile.key] = tile.hashes }
        }
        return tiles
    }

    /// The notes of checkpoints of more than so many rows, in order.
    package func checkpoints(
        after size: Int64, limit: Int = pageRows
    ) throws(PostgresError) -> [(size: Int64, note: String)] {
        let result = try postgres.run(
            """
            SELECT size, note FROM audit_checkpoints WHERE size > $1 ORDER BY size LIMIT $2
            """,
            [PostgresType.int8, PostgresType.int8], [.int8(size), .int8(Int64(limit))])
        return (0..<result.rowCount).map { (result.int64($0, 0), result.text($0, 1)) }
    }

    /// The last checkpoint's note; nil before the first.
    package func lastCheckpoint() throws(PostgresError) -> String? {
        let result = try postgres.run(
            "SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1")
        return result.rowCount == 0 ? nil : result.text(0, 0)
    }
}

// MARK: - Sealing

extension AuditTrail {
    /// Takes the sealer's lease, or makes it last longer; nil while another has it.
    ///
    /// As with the processors, whose holder is gone has lost it. Gives how far the trail is sealed.
    package func lease(
        _ token: UniqueID, holder: String, seconds: Int
    ) throws(PostgresError) -> AuditSealState? {
        state(
            try postgres.run(
                """
                UPDATE audit_seal AS s SET lease = $1, holder = $2,
                    leased_until = now() + make_interval(secs => $3)
                WHERE s.lease IS NULL OR s.lease = $1 OR s.leased_until < now()
                    OR CASE WHEN s.holder IS NULL THEN false ELSE
                        pg_try_advisory_xact_lock_shared(\(Presence.key("s.holder"))) END
                RETURNING size, root, chain
                """,
                [PostgresType.uuid, PostgresType.text, PostgresType.float8],
                [.uuid(token), .text(holder), .float8(Double(seconds))]))
    }

    /// Gives the lease back.
    package func release(_ token: UniqueID) throws(PostgresError) {
        try postgres.run(
            "UPDATE audit_seal SET lease = NULL, holder = NULL, leased_until = NULL "
                + "WHERE lease = $1",
            [PostgresType.uuid], [.uuid(token)])
    }

    /// Writes a seal, whole; false if the lease or the size is another, and then nothing.
    package func write(_ seal: AuditSeal, lease: UniqueID) throws(PostgresError) -> Bool {
        let result = try postgres.run(
            """
            WITH sealed AS (
                UPDATE audit_seal SET size = $1, root = $2, chain = $3
                WHERE lease = $4 AND size = $5 RETURNING size
            ), tiled AS (
                INSERT INTO audit_tiles (level, index, hashes, chain)
                SELECT k.level, k.index, k.hashes, k.chain
                FROM sealed, unnest($6, $7, $8, $9) AS k (level, index, hashes, chain)
                ON CONFLICT (level, index) DO UPDATE SET
                    hashes = EXCLUDED.hashes, chain = EXCLUDED.chain
            ), noted AS (
                INSERT INTO audit_checkpoints (size, note)
                SELECT sealed.size, $10 FROM sealed WHERE $10 IS NOT NULL
                ON CONFLICT DO NOTHING
            )
            SELECT size FROM sealed
            """,
            [
                PostgresType.int8, PostgresType.bytea, PostgresType.bytea, PostgresType.uuid,
                PostgresType.int8, PostgresType.int2Array, PostgresType.int8Array,
                PostgresType.byteaArray, PostgresType.byteaArray, PostgresType.text,
            ],
            [
                .int8(Int64(clamping: seal.state.size)), .bytea(seal.state.root.bytes),
                .bytea(seal.state.chain.bytes), .uuid(lease), .int8(Int64(clamping: seal.from)),
                .int2s(seal.tiles.map { Int16($0.key.level) }),
                .int8s(seal.tiles.map { Int64(clamping: $0.key.index) }),
                .byteas(seal.tiles.map { $0.hashes.flatMap(\.bytes) }),
                .byteas(seal.tiles.map { $0.chain?.bytes }), .text(seal.note),
            ])
        return result.rowCount == 1
    }

    /// Brings the index of ids up to date, which an INSERT does not.
    package func summarizeIDs() throws(PostgresError) {
        try postgres.run("SELECT brin_summarize_new_values('audit_logs_id')")
    }
}
