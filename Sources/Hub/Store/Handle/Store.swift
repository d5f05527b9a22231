// The handle that other threads hold: it posts to the store thread's mailbox and reads its
// counters. Everything else of this target runs on that one thread.

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
    private let meters: StoreMeters

    private init(mailbox: Mailbox<Request>, thread: Thread, meters: StoreMeters) {
        self.mailbox = mailbox
        self.thread = thread
        self.meters = meters
    }

    /// Opens the Store.
    ///
    /// Waits for Postgres (blocking, at most `openWaitMilliseconds`), brings the schema up to date
    /// under a lock, reads the head, and starts the thread.
    /// From then on each mailbox gets every segment after the start, once and in order.
    /// `observe` is called on the store thread and must not block.
    package static func open(
        _ configuration: StoreConfiguration, loops: [Mailbox<StoreMail>],
        observe: @escaping @Sendable (StoreObservation) -> Void
    ) throws(StoreFailure) -> (Store, LogStart) {
        let start = try StoreOpening.prepare(configuration, observe: observe)
        do throws(Errno) {
            let wakeup = try Wakeup()
            let mailbox = Mailbox<Request>(wakeup: wakeup)
            let meters = StoreMeters()
            meters.head.store(start.head, ordering: .relaxed)
            let setup = StoreSetup(
                configuration: configuration, start: start, loops: loops, wakeup: wakeup,
                mailbox: mailbox, meters: meters, observe: observe)
            let thread = try Thread(name: "store") {
                do throws(Errno) {
                    try StoreLoop.run(setup)
                } catch {
                    preconditionFailure("the store thread has no poller: \(error)")
                }
            }
            return (Store(mailbox: mailbox, thread: thread, meters: meters), start)
        } catch {
            throw .system(error.description)
        }
    }

    /// Does what `open` does first: waits for Postgres and brings the schema up to date.
    package static func prepare(
        _ configuration: StoreConfiguration, observe: (StoreObservation) -> Void
    ) throws(StoreFailure) {
        _ = try StoreOpening.prepare(configuration, observe: observe)
    }

    /// Hands commands over; each with a ticket is answered once, unless the Store was stopped.
    package func submit(_ commands: [CommandRequest]) {
        let awaited = commands.count { $0.ticket != nil }
        meters.queuedCommands.wrappingAdd(awaited, ordering: .relaxed)
        mailbox.post(.commands(commands))
    }

    /// Whether somebody waits for the answer to a command.
    package var hasCommandsUnderway: Bool {
        meters.queuedCommands.load(ordering: .relaxed) > 0
    }

    /// Hands reads over; each is answered once, unless the Store was stopped.
    package func read(_ reads: [ReadRequest]) {
        mailbox.post(.reads(reads))
    }

    /// Whether Postgres answers now, with the log that the loops have.
    package var isReady: Bool { meters.isReady.load(ordering: .relaxed) }

    /// The counters now.
    package var counters: StoreCounters { meters.snapshot }

    /// Finishes what is in flight, answers the rest with 503, closes, and waits for the thread.
    ///
    /// Call it once. Takes at most `stopWaitMilliseconds`.
    package func stop() {
        mailbox.post(.stop)
        thread.join()
    }
}
