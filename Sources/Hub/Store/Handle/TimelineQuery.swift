// A page of what happened to a thing and to what hangs on it, read from the log itself, so that
// every path of change shows.

package import Domain

/// The newest events of a timeline, or those before a place of it.
package struct TimelineQuery: Sendable, Equatable {
    /// A lead, an opportunity or an order; for its moves anything that has a state.
    package let subject: Subject
    /// Whether only the events are asked for with which it moved from one state to another, and its
    /// first.
    package let isMoves: Bool
    /// Only positions before this one; nil for the newest.
    package var before: UInt64?
    /// How many at most, 1 to 100.
    package var limit: Int
    /// Who reads: what they see is what their roles reach.
    package let reader: Principal
    /// Whether they see only what is theirs of things of this kind.
    package let isLimited: Bool

    /// A page of a timeline.
    package init(
        _ subject: Subject, isMoves: Bool = false, before: UInt64? = nil, limit: Int,
        reader: Principal, isLimited: Bool
    ) {
        self.subject = subject
        self.isMoves = isMoves
        self.before = before
        self.limit = limit
        self.reader = reader
        self.isLimited = isLimited
    }
}
