// Where the events about a subject are, found by steps over windows of positions before the command
// that erases them is decided: the transaction has only to look at what came since.

import Domain

/// The state of one search.
///
/// Pure.
struct ErasureScan {
    /// How many positions one statement looks at.
    static let windowPositionsMax: UInt64 = 20_000

    /// Positions to look at: those after the first, up to the second.
    struct Window: Equatable {
        let after: UInt64
        let through: UInt64
    }

    let subject: String
    private(set) var found = FoundEvents()
    /// Postgres' head when the search began; nil until it is known.
    private(set) var head: UInt64?

    /// A search that has not begun.
    init(subject: String) {
        self.subject = subject
    }

    /// Begins, now that the head is known.
    mutating func begin(head: UInt64) {
        self.head = head
    }

    /// The next window; nil when the search is over, or has not begun.
    var window: Window? {
        guard let head, found.through < head else { return nil }
        return Window(
            after: found.through,
            through: min(head, found.through + ErasureScan.windowPositionsMax))
    }

    /// Takes in what a window holds.
    mutating func take(_ positions: [UInt64], of window: Window) {
        found.positions += positions
        found.through = window.through
    }
}
