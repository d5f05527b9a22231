// All that a subscriber owns of the log: how far it is. Plain values; subscribers whose cursors are
// equal are at the same place and are sent the same bytes.

/// How far one subscriber is.
package struct Cursor: Equatable, Hashable, Sendable {
    /// Every event up to here was sent, or was not wanted.
    package var position: UInt64
    /// How many bytes of the frame at `position + 1` were sent already.
    ///
    /// While it isn't 0, that frame has to be finished before anything else is sent, whatever the
    /// filter says by now.
    package var offset: UInt32

    /// A cursor behind this position.
    package init(position: UInt64, offset: UInt32 = 0) {
        self.position = position
        self.offset = offset
    }

    /// Whether it has had all that another has had.
    package func isAtOrBehind(_ other: Cursor) -> Bool {
        (position, offset) >= (other.position, other.offset)
    }
}

/// What a subscriber gets next.
package enum Next: Sendable {
    /// Bytes to send.
    case due(Run)
    /// Nothing is due. The cursor has moved past events that were not wanted; keep this one.
    case caughtUp(Cursor)
    /// This page has to be read from Postgres and inserted before the log can tell.
    case needsPage(Int)
    /// The next event is gone; the oldest that is left is at this position. A cursor in the middle
    /// of a frame (`offset` not 0) can't even finish that, so its connection has to be closed.
    case trimmed(oldest: UInt64)
}
