// Rows of the audit trail as they are read back, whatever somebody has made of them.

import Domain

extension PostgresResult {
    /// The columns in the order that `auditRow` reads, of a table named `r`.
    static var auditColumns: String {
        """
        r.number, r.id, r.user_id, r.action, r.resource, r.timestamp, r.success, r.layer, \
        r.reason, r.trace_id, r.count
        """
    }

    /// The line of a row whose columns from `column` on are `auditColumns`.
    ///
    /// None of them but the reason can be NULL, unless somebody who may has let them.
    func auditRow(_ row: Int, from column: Int = 0) -> AuditRow {
        AuditRow(
            number: auditNumber(row, column),
            id: isNull(row, column + 1) ? UniqueID(high: 0, low: 0) : uuid(row, column + 1),
            userID: auditText(row, column + 2), action: auditText(row, column + 3),
            resource: auditText(row, column + 4),
            microseconds: auditNumber(row, column + 5, orElse: .min)
                &+ PostgresTime.zeroMicroseconds,
            success: !isNull(row, column + 6) && bool(row, column + 6),
            layer: auditText(row, column + 7), reason: optionalText(row, column + 8),
            traceID: auditText(row, column + 9), count: auditNumber(row, column + 10))
    }

    private func auditText(_ row: Int, _ column: Int) -> String {
        optionalText(row, column) ?? "(null)"
    }

    private func auditNumber(_ row: Int, _ column: Int, orElse other: Int64 = 0) -> Int64 {
        isNull(row, column) ? other : int64(row, column)
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
