// One step of the schema: a number, its SQL, and a checksum that notices an edit.

/// A migration.
///
/// Once it is released it never changes; a change is a further migration.
package struct Migration: Sendable {
    /// 1, 2, 3 … without a hole.
    package let version: Int
    /// Statements that run in one transaction.
    package let sql: String

    /// A migration.
    package init(version: Int, sql: String) {
        self.version = version
        self.sql = sql
    }

    /// Recognises the SQL: FNV-1a of its bytes, 64 bits, as 16 hex digits.
    ///
    /// It guards against a
    /// mistake, not against an attacker.
    package var checksum: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in sql.utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
