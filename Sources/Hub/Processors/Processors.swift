// The handle that other threads hold: made with its mailbox before the Store opens, for the Store
// posts to it; started when the Store has said where the log stands; stopped before the Store.

import EventLog
package import Reactor
package import Store
import Synchronization

/// The processors of one instance, on a thread of their own.
package final class Processors: Sendable {
    private let settings: ProcessorSettings
    private let board: ModelBoard
    private let meters: ProcessorMeters
    private let mailboxes: ProcessorMailboxes
    private let thread = Mutex<Thread?>(nil)

    /// Prepares the mailbox.
    ///
    /// The model goes to the board, what is counted to the meters.
    package init(
        settings: ProcessorSettings, board: ModelBoard, meters: ProcessorMeters
    ) throws(Errno) {
        self.settings = settings
        self.board = board
        self.meters = meters
        let wakeup = try Wakeup()
        mailboxes = ProcessorMailboxes(
            wakeup: wakeup, store: Mailbox(wakeup: wakeup), control: Mailbox(wakeup: wakeup))
    }

    /// Where the Store posts.
    package var storeMailbox: Mailbox<StoreMail> { mailboxes.store }

    /// Starts the thread.
    ///
    /// `loop` is the index of `storeMailbox` among those that the Store was
    /// opened with. `observe` is called on the thread and must not block.
    package func start(
        store: Store, log: LogStart, loop: Int,
        observe: @escaping @Sendable (ProcessorObservation) -> Void
    ) throws(Errno) {
        let start = ProcessorStart(
            settings: settings, store: store, log: log, loop: loop, board: board, meters: meters,
            mailboxes: mailboxes, observe: observe)
        let running = try Thread(name: "processors") {
            do throws(Errno) {
                try ProcessorLoop.run(start)
            } catch {
                preconditionFailure("the processors' thread has no poller: \(error)")
            }
        }
        thread.withLock { $0 = running }
    }

    /// Awaits the steps that are on their way, gives the leases back, and waits for the thread.
    ///
    /// Takes at most `stopMilliseconds`.
    package func stop() {
        mailboxes.control.post(.stop)
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }
}

/// The mailboxes of the thread and what wakes it.
struct ProcessorMailboxes: Sendable {
    let wakeup: Wakeup
    let store: Mailbox<StoreMail>
    let control: Mailbox<ProcessorControl>
}

/// What other threads tell this one.
enum ProcessorControl: Sendable {
    case stop
}

/// What the thread is made of.
struct ProcessorStart: Sendable {
    let settings: ProcessorSettings
    let store: Store
    let log: LogStart
    let loop: Int
    let board: ModelBoard
    let meters: ProcessorMeters
    let mailboxes: ProcessorMailboxes
    let observe: @Sendable (ProcessorObservation) -> Void
}
