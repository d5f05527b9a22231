// The gateway as other threads see it: made with its mailboxes before the store opens, for the
// store posts to them; started when the store has said where the log stands; drained at the end.

import Domain
package import Reactor
package import Store
import Synchronization

/// What belongs to all loops: tables that are sharded, and nothing else.
struct SharedTables: Sendable {
    let tokens: VerifiedTokens
    let rateLimiter: RateLimiter?
    /// What was learned: the processors put it up, decisions are made by it.
    let models: ModelBoard
    /// What the processors of this instance say of themselves.
    let processors: ProcessorMeters
}

/// The mailboxes of one loop and what wakes it.
struct LoopMailboxes: Sendable {
    let wakeup: Wakeup
    let store: Mailbox<StoreMail>
    let control: Mailbox<LoopControl>
}

/// What a loop is made of, on its way to its thread.
struct LoopStart: Sendable {
    let index: Int
    let settings: GatewaySettings
    let store: Store
    let log: LogStart
    let shared: SharedTables
    let counters: LoopCounters
    let metrics: Metrics
    let mailboxes: LoopMailboxes
    let observe: Observer
}

/// Accepts connections on all loops.
package final class Gateway: Sendable {
    private let settings: GatewaySettings
    private let mailboxes: [LoopMailboxes]
    private let threads = Mutex<[Thread]>([])

    /// Prepares the mailboxes of so many loops.
    package init(settings: GatewaySettings) throws(Errno) {
        self.settings = settings
        var mailboxes: [LoopMailboxes] = []
        for _ in 0..<settings.loopCount {
            let wakeup = try Wakeup()
            mailboxes.append(
                LoopMailboxes(
                    wakeup: wakeup, store: Mailbox(wakeup: wakeup),
                    control: Mailbox(wakeup: wakeup)))
        }
        self.mailboxes = mailboxes
    }

    /// Where the store posts, a mailbox a loop.
    package var storeMailboxes: [Mailbox<StoreMail>] { mailboxes.map(\.store) }

    /// Listens on every loop and starts their threads; returns the port.
    package func start(
        store: Store, log: LogStart, models: ModelBoard, processors: ProcessorMeters,
        observe: Observer
    ) throws(Errno) -> UInt16 {
        let counters = mailboxes.map { _ in LoopCounters() }
        let metrics = Metrics(loops: counters)
        let shared = SharedTables(
            tokens: VerifiedTokens(tokensMax: settings.limits.verifiedTokensMax),
            rateLimiter: settings.limits.rateLimit.map {
                RateLimiter(limit: $0, clientsMax: settings.limits.rateLimitedClientsMax)
            }, models: models, processors: processors)
        var port = settings.port
        // The loops share their port, so the kernel would share it with another hub as well.
        if port != 0 { try Listener.checkFree(host: settings.host, port: port) }
        for index in mailboxes.indices {
            let listener = try Listener(host: settings.host, port: port)
            port = listener.port
            let number = listener.release()
            let start = LoopStart(
                index: index, settings: settings, store: store, log: log, shared: shared,
                counters: counters[index], metrics: metrics, mailboxes: mailboxes[index],
                observe: observe)
            let thread = try Thread(name: "loop-\(index)") { Gateway.run(start, listener: number) }
            threads.withLock { $0.append(thread) }
        }
        return port
    }

    private static func run(_ start: LoopStart, listener: Int32) {
        do throws(Errno) {
            let loop = try GatewayLoop(start)
            try loop.listen(Listener(owning: listener))
            loop.run()
        } catch {
            preconditionFailure("the kernel refused a loop: \(error)")
        }
    }

    /// Ends the streams, answers what waits, and returns when all loops have ended.
    package func drain() {
        for mailbox in mailboxes { mailbox.control.post(.drain) }
        let running = threads.withLock { threads in
            let running = threads
            threads = []
            return running
        }
        for thread in running { thread.join() }
    }
}
