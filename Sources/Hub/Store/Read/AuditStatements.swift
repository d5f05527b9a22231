// The SQL of reads of the audit trail, and how its rows become values.

import Domain

/// Statements about the audit trail.
enum AuditStatements {
    /// A page; `$2` is the place, the rest are filters that hold when they are NULL.
    static func page(newestFirst: Bool) -> Statement {
        Statement(
            name: "audit_" + (newestFirst ? "desc" : "asc"),
            sql: """
                SELECT \(PostgresResult.auditColumns) FROM audit_logs AS r
                WHERE r.number \(newestFirst ? "<" : ">") $2 AND ($3 IS NULL OR r.user_id = $3)
                    AND ($4 IS NULL OR r.action = $4) AND ($5 IS NULL OR r.resource = $5)
                    AND ($6 IS NULL OR r.layer = $6) AND ($7 IS NULL OR r.trace_id = $7)
                    AND ($8 IS NULL OR r.success = $8)
                ORDER BY r.number \(newestFirst ? "DESC" : "ASC") LIMIT $1
                """,
            parameterTypes: [
                PostgresType.int8, PostgresType.int8, PostgresType.text, PostgresType.text,
                PostgresType.text, PostgresType.text, PostgresType.text, PostgresType.bool,
            ])
    }

    /// The parameters of `page`: one row more than it shows tells whether another page follows.
    static func parameters(_ query: AuditQuery) -> [Parameter] {
        [
            .int8(Int64(query.limit) + 1), .int8(query.after ?? (query.newestFirst ? .max : 0)),
            .text(query.userID), .text(query.action), .text(query.resource), .text(query.layer),
            .text(query.traceID), .bool(query.success),
        ]
    }

    /// The rows, and whether another page follows.
    static func page(_ result: PostgresResult, of query: AuditQuery) -> ReadOutcome {
        let rows = (0..<min(result.rowCount, query.limit)).map { result.auditRow($0) }
        return .auditRows(rows, hasMore: result.rowCount > query.limit)
    }

    /// The last checkpoint, the row with the id `$1`, and the tiles for a proof about that row, or
    /// about the tree of `$2` leaves.
    ///
    /// A tile a row; the levels are those that a number of 64 bits needs.
    static let evidence = Statement(
        name: "audit_evidence",
        sql: """
            WITH c AS (
                SELECT c.size, c.note FROM audit_checkpoints AS c ORDER BY c.size DESC LIMIT 1
            ), r AS (
                SELECT * FROM audit_logs AS r WHERE r.id = $1 ORDER BY r.number LIMIT 1
            ), p AS (
                SELECT c.note, coalesce(c.size, 0) AS size,
                    greatest(coalesce(r.number, $2, 1) - 1, 0) AS leaf
                FROM audit_seal LEFT JOIN c ON true LEFT JOIN r ON true
            )
            SELECT p.note, r.number IS NOT NULL, b.chain, t.level, t.index, t.hashes,
                \(PostgresResult.auditColumns)
            FROM p LEFT JOIN r ON true
            LEFT JOIN LATERAL (
                SELECT b.chain FROM audit_tiles AS b
                WHERE b.level = 0 AND b.index = (p.leaf >> 8) - 1) AS b ON true
            LEFT JOIN LATERAL (
                SELECT t.level, t.index, t.hashes
                FROM generate_series(0, 6) AS l (level)
                CROSS JOIN LATERAL (
                    SELECT t.level, t.index, t.hashes FROM audit_tiles AS t
                    WHERE t.level = l.level::smallint AND t.index IN (
                        p.leaf >> (8 * (l.level + 1)),
                        (greatest(p.size >> (8 * l.level), 1) - 1) >> 8)
                    OFFSET 0) AS t
            ) AS t ON true
            """,
        parameterTypes: [PostgresType.uuid, PostgresType.int8])

    /// What came of `evidence`.
    static func evidence(_ result: PostgresResult, from: UInt64?) -> AuditEvidence {
        guard result.rowCount > 0 else {
            return AuditEvidence(
                row: nil, from: from, note: nil, tiles: [:], chainBefore: nil)
        }
        var tiles: [AuditTileKey: [TreeHash]] = [:]
        for row in 0..<result.rowCount {
            if let tile = result.auditTile(row, from: 3) { tiles[tile.key] = tile.hashes }
        }
        return AuditEvidence(
            row: result.bool(0, 1) ? result.auditRow(0, from: 6) : nil, from: from,
            note: result.optionalText(0, 0), tiles: tiles,
            chainBefore: result.isNull(0, 2) ? nil : TreeHash(result.bytes(0, 2)))
    }
}
