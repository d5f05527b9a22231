// What can be asked of the audit trail, and what is given.

package import Domain

/// A page of the audit trail.
package struct AuditQuery: Sendable, Equatable {
    /// How many at most.
    package var limit: Int
    /// The number of the last row of the page before; nil for the first page.
    package var after: Int64?
    /// Newest first, or oldest first.
    package var newestFirst = true
    package var userID: String?
    package var action: String?
    package var resource: String?
    package var layer: String?
    package var traceID: String?
    package var success: Bool?

    /// A page of so many rows.
    package init(limit: Int) {
        self.limit = limit
    }
}

/// What proves that a row is in the trail, or that one checkpoint follows from another: the last
/// checkpoint, and the tiles around a leaf and on the right edge of its tree.
package struct AuditEvidence: Sendable {
    /// The row that was asked for; nil if there is none, or none was.
    package let row: AuditRow?
    /// How many leaves the tree has that was asked about.
    package let from: UInt64?
    /// The last checkpoint's note; nil before the first.
    package let note: String?
    /// The tiles.
    package let tiles: [AuditTileKey: [TreeHash]]
    /// The chain's end before the tile of level 0 that the leaf is in; nil if it is not known.
    package let chainBefore: TreeHash?
}
