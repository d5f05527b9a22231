// What the Store posts to the loops.

package import EventLog

/// One message to a loop.
///
/// Segments come before the answers of the batch they were made in.
package enum StoreMail: Sendable {
    /// The log goes on: in every loop once, contiguous from `LogStart.head + 1`.
    case append(Segment)
    /// A command's answer.
    case answered(Ticket, RenderedAnswer)
    /// Something was committed, here or elsewhere, perhaps to the unified log.
    case committed
    /// A read's outcome.
    case read(Ticket, ReadOutcome)
}

/// Where the log stood when the Store opened: what each loop's `EventLog` starts from.
package struct LogStart: Sendable, Equatable {
    /// Which log it is.
    package let epoch: Epoch
    /// The position of its last event; 0 when there is none.
    package let head: UInt64

    /// A place to start from.
    package init(epoch: Epoch, head: UInt64) {
        self.epoch = epoch
        self.head = head
    }
}
