// The handle that other threads hold: it posts to the store thread's mailbox and reads its counters.
// Everything else of this target runs on that one thread.

package import Reactor
import Synchronization

/// The Store, for any thread.
///
/// Answers and segments come to the loops' mailboxes.
package final class Store: Sendable {
    /// What other threads ask of the store thread.
    enum Request: Sendable {
        case commands([CommandRequest])
        case reads([ReadRequest])
        case stop
    }

    private let mailbox: Mailbox<Request>
    private let thread: Thread
    private let ready: Atomic<Bool>
    private let meters: StoreMeters

    init(mailbox: Mailbox<Request>, thread: Thread, meters: StoreMeters) {
        self.mailbox = mailbox
        self.thread = thread
        self.meters = meters
        ready = Atomic(true)
    }

    /// Opens the Store: waits for Postgres, brings the schema up to date under a lock, reads the
    /// head, and starts the thread.
    ///
    /// Blocks, at most `openWaitMilliseconds` for Postgres.
    ///
    /// From then on each mailbox gets every segment after the start, once and in order.
    package static func open(
        _ configuration: StoreConfiguration, loops: [Mailbox<StoreMail>],
        observe: @escaping @Sendable (StoreObservation) -> Void
    ) throws(StoreFailure) -> (Store, LogStart) {
        throw .unreachable("")
    }

    /// Hands commands over; each with a ticket is answered once.
    package func submit(_ commands: [CommandRequest]) {
        mailbox.post(.commands(commands))
    }

    /// Hands reads over; each is answered once.
    package func read(_ reads: [ReadRequest]) {
        mailbox.post(.reads(reads))
    }

    /// Whether Postgres answers now.
    package var isReady: Bool { ready.load(ordering: .relaxed) }

    /// The counters now.
    package var counters: StoreCounters { meters.snapshot }

    /// Finishes what is in flight, answers the rest with 503, closes, and waits for the thread.
    package func stop() {
        mailbox.post(.stop)
        thread.join()
    }
}
