// What is wrong with a sealed trail, and where.

/// One difference between the trail and its seals.
package struct AuditFinding: Hashable, Sendable {
    /// What was done.
    package enum Kind: String, CaseIterable, Sendable {
        /// The row of this number is not the one that was sealed.
        case edited
        /// A row was sealed under this number, and is nowhere.
        case deleted
        /// A row that was never sealed is among those that were.
        case inserted
        /// The row of this number has another one now.
        case moved
        /// This row and the other one have changed places.
        case swapped
        /// What the sealer kept of these rows is not of a piece.
        case seal
        /// A checkpoint was signed over other rows than are sealed up to here.
        case checkpoint
        /// A checkpoint is not signed by the hub's key.
        case signature
        /// A checkpoint was signed over more rows than are sealed.
        case truncated
    }

    package let kind: Kind
    /// The first number at which it shows.
    package let number: Int64
    /// The last one.
    package let last: Int64
    /// The number that a row has now, or that it changed places with.
    package let other: Int64?

    package init(_ kind: Kind, _ number: Int64, through last: Int64? = nil, other: Int64? = nil) {
        self.kind = kind
        self.number = number
        self.last = last ?? number
        self.other = other
    }
}

/// What came of a verification.
package struct AuditReport: Equatable, Sendable {
    /// How many rows are sealed.
    package var size: UInt64 = 0
    /// How many rows wait for their seal.
    package var unsealed: UInt64 = 0
    /// The root and the end of the chain, of what is sealed.
    package var root = TreeHash.zero
    package var chain = TreeHash.zero
    /// How many checkpoints were compared, in Postgres and outside of it.
    package var checkpointCount = 0
    package var outsideCount = 0
    /// The size of the last checkpoint.
    package var checkpointSize: UInt64 = 0
    /// What is wrong, by number; the first ones of many.
    package var findings: [AuditFinding] = []
    /// How many findings there are.
    package var findingCount = 0

    package init() {}

    /// Whether nothing is wrong.
    package var isGood: Bool { findingCount == 0 }
}
