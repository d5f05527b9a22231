// The sealer: numbers were given to the rows of the audit trail when they were committed; here they
// are sealed in that order. A leased thread of its own, over a connection of its own, so a seal is
// never a part of a command's transaction and holds no lock that a command needs.
//
// The head's row gives numbers in the order of the commits, so the rows that can be seen are all of
// them up to some number. What is written names the lease and the size that it goes on from: a
// sealer that was held up finds nothing to write to, and one that was killed leaves a whole seal or
// none.

package import Reactor
package import Store
import Synchronization

/// How the sealer seals.
package struct SealerSettings: Sendable {
    /// A libpq connection string.
    package var connection: String
    /// What this instance calls itself.
    package var holder: String
    /// How long its lease outlives an instance that is cut off.
    package var leaseSeconds = 15
    /// After how many rows there is a checkpoint.
    package var checkpointRows: UInt64 = 10_000
    /// After how many seconds with new rows there is one.
    package var checkpointSeconds: Int64 = 10
    /// Where checkpoints are kept outside of Postgres.
    package var checkpointFile: String
    /// How often it looks for new rows.
    package var pollMilliseconds: Int64 = 200

    /// The usual limits.
    package init(connection: String, holder: String, checkpointFile: String) {
        self.connection = connection
        self.holder = holder
        self.checkpointFile = checkpointFile
    }
}

/// What an operator may want to know of the sealer; the hub logs it.
package enum SealerObservation: Sendable, Equatable {
    /// This instance seals now, from so many rows on.
    case leased(size: UInt64)
    /// Another instance seals.
    case lost
    /// Postgres could not be asked; it is tried again.
    case failed(String)
    /// A row that was committed is not there: nothing is sealed beyond it.
    case missing(number: UInt64)
    /// A checkpoint is in Postgres but can't be kept outside of it; it is tried again.
    case fileFailed(String)
}

/// The sealer of one instance, on a thread of its own.
package final class Sealer: Sendable {
    private let settings: SealerSettings
    private let tools: AuditTools
    private let wakeup: Wakeup
    private let control: Mailbox<ProcessorControl>
    private let thread = Mutex<Thread?>(nil)

    /// Prepares it.
    package init(settings: SealerSettings, tools: AuditTools) throws(Errno) {
        self.settings = settings
        self.tools = tools
        wakeup = try Wakeup()
        control = Mailbox(wakeup: wakeup)
    }

    /// Starts the thread; `observe` is called on it and must not block.
    package func start(
        observe: @escaping @Sendable (SealerObservation) -> Void
    ) throws(Errno) {
        let running = try Thread(name: "sealer") { [self] in run(observe) }
        thread.withLock { $0 = running }
    }

    /// Lets it finish a seal that is on its way, and gives the lease back.
    package func stop() {
        control.post(.stop)
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        running?.join()
    }

    private func run(_ observe: @escaping @Sendable (SealerObservation) -> Void) {
        do throws(Errno) {
            var poller = try Poller(eventsMax: 2)
            try poller.add(wakeup.descriptor, token: 0, interest: .read)
            var sealing = Sealing(settings, tools: tools, observe: observe)
            var orders: [ProcessorControl] = []
            while orders.isEmpty {
                let now = Clock.monotonicMilliseconds()
                let pause = sealing.turn(now: now, realtime: Clock.realtimeMilliseconds())
                if poller.sleepUntilReady(timeoutMilliseconds: Int32(pause)) > 0 { wakeup.clear() }
                control.takeAll(into: &orders)
            }
            sealing.stop()
        } catch {
            preconditionFailure("the sealer has no poller: \(error)")
        }
    }
}
