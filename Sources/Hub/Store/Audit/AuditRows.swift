// Rows of the audit trail as they are read back, whatever somebody has made of them.

import Domain

extension PostgresResult {
    /// The columns in the order that `auditRow` reads, of a table named `r`.
    ///
    /// None of them can be NULL, unless somebody who may has let them.
    static var auditColumns: String {
        """
        coalesce(r.number, 0), coalesce(r.id, '00000000-0000-0000-0000-000000000000'), \
        coalesce(r.user_id, '(null)'), coalesce(r.action, '(null)'), \
        coalesce(r.resource, '(null)'), coalesce(r.timestamp, '-infinity'), \
        coalesce(r.success, false), coalesce(r.layer, '(null)'), r.reason, \
        coalesce(r.trace_id, '(null)'), coalesce(r.count, 0)
        """
    }

    /// The line of a row whose columns from `column` on are `auditColumns`.
    func auditRow(_ row: Int, from column: Int = 0) -> AuditRow {
        AuditRow(
            number: int64(row, column), id: uuid(row, column + 1),
            userID: text(row, column + 2), action: text(row, column + 3),
            resource: text(row, column + 4),
            microseconds: int64(row, column + 5) &+ PostgresTime.zeroMicroseconds,
            success: bool(row, column + 6), layer: text(row, column + 7),
            reason: optionalText(row, column + 8), traceID: text(row, column + 9),
            count: int64(row, column + 10))
    }

    /// The tile of a row whose columns from `column` on are level, index and hashes; nil if it
    /// is none.
    func auditTile(_ row: Int, from column: Int) -> (key: AuditTileKey, hashes: [TreeHash])? {
        guard !isNull(row, column), let hashes = TreeHash.list(bytes(row, column + 2)) else {
            return nil
        }
        let key = AuditTileKey(level: Int(int64(row, column)), index: position(row, column + 1))
        return (key, hashes)
    }
}
