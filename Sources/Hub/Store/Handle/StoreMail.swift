// What the Store posts to the loops.

package import Domain
package import EventLog
import Reactor
import Synchronization

/// One message to a loop.
///
/// Segments come before the answers of the batch they were made in.
package enum StoreMail: Sendable {
    /// Texts of events were erased: in every loop before anything that follows.
    case replace(Replacement, Countdown)
    /// The log goes on: in every loop once, contiguous from `LogStart.head + 1`.
    case append(Segment)
    /// Who may see what has changed: in every loop before anything that follows.
    case access(AccessChange, Countdown)
    /// A command's answer.
    case answered(Ticket, RenderedAnswer)
    /// Something was committed, here or elsewhere, perhaps to the unified log.
    case committed
    /// A read's outcome.
    case read(Ticket, ReadOutcome)
}

/// Gives answers when every loop has done what they promise.
package final class Countdown: Sendable {
    private let left: Atomic<Int>
    private let answers: [(loop: Mailbox<StoreMail>, mail: StoreMail)]

    /// Waits for so many loops.
    init(_ count: Int, then answers: [(loop: Mailbox<StoreMail>, mail: StoreMail)]) {
        left = Atomic(count)
        self.answers = answers
    }

    /// One loop is done; the last one sends the answers.
    package func done() {
        guard left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 else { return }
        for answer in answers { answer.loop.post(answer.mail) }
    }
}

/// Where the log stood when the Store opened, and who had lost access: what each loop starts from.
package struct LogStart: Sendable, Equatable {
    /// Which log it is.
    package let epoch: Epoch
    /// The position of its last event; 0 when there is none.
    package let head: UInt64
    /// Tokens that were taken back, up to the number `access`.
    package let revocations: [Revocation]
    let access: UInt64

    /// A place to start from.
    package init(
        epoch: Epoch, head: UInt64, revocations: [Revocation] = [], access: UInt64 = 0
    ) {
        self.epoch = epoch
        self.head = head
        self.revocations = revocations
        self.access = access
    }
}
