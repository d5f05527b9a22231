// A line of the audit trail as a verification sees it.

/// Which number a row bears, and the hash that it has as it is.
package struct AuditLeaf: Equatable, Sendable {
    package let number: Int64
    package let hash: TreeHash

    /// What was hashed under a number.
    package init(number: Int64, hash: TreeHash) {
        self.number = number
        self.hash = hash
    }

    /// Hashes a row.
    package init(_ row: AuditRow, by hasher: TreeHasher) {
        self.init(number: row.number, hash: hasher.leaf(row))
    }
}
