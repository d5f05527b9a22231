// The gateway as other threads see it: made with its mailboxes before the store opens, for the
// store posts to them; started when the store has said where the log stands; drained at the end.

import Domain
package import Reactor
package import Store
import Synchronization

/// What belongs to all loops: tables that are sharded, and nothing else.
struct SharedTables: Sendable {
    let tokens: VerifiedTokens
    let tickets = StreamTickets()
    let rateLimiter: RateLimiter?
    /// What slows down who guesses passwords; nil: nothing does.
    let signIns: SignInLimiter?
    let passwords: PasswordWorkers
    /// How many streams a principal and connections an address may have open; nil: any number.
    let streamQuota: OpenQuota?
    let addressQuota: OpenQuota?
    /// The mailboxes of all loops.
    let loops: [LoopMailboxes]
    /// What was learned: the processors put it up, decisions are made by it.
    let models: ModelBoard
    /// What the processors of this instance say of themselves.
    let processors: ProcessorMeters
    /// Verifies the audit trail; nil where nothing is known of its seals.
    let examiner: AuditExaminer?
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
    private let passwords: PasswordWorkers
    private let mailboxes: [LoopMailboxes]
    private let threads = Mutex<[Thread]>([])
    private let listening = Mutex<[Int32]>([])
    private let examiner = Mutex<AuditExaminer?>(nil)

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
        passwords = try PasswordWorkers(cost: settings.passwordCost)
    }

    /// Where the store posts, a mailbox a loop.
    package var storeMailboxes: [Mailbox<StoreMail>] { mailboxes.map(\.store) }

    /// The sockets that the loops accept from, for a successor; valid until `drain`.
    package var listeners: [Int32] { listening.withLock { $0 } }

    /// Listens on every loop and starts their threads; returns the port.
    ///
    /// Inherited sockets are listened on instead of new ones, every one of them, for each has a
    /// queue of its own.
    package func start(
        store: Store, log: LogStart, models: ModelBoard, processors: ProcessorMeters,
        inheriting inherited: [Int32] = [], observe: Observer
    ) throws(Errno) -> UInt16 {
        let counters = mailboxes.map { _ in LoopCounters(ratePolicies: settings.limits.rates.all) }
        let metrics = Metrics(loops: counters)
        let boxes = storeMailboxes
        let examiner = try settings.audit.map { access throws(Errno) in
            try AuditExaminer(access: access, loops: boxes)
        }
        self.examiner.withLock { $0 = examiner }
        let shared = SharedTables(
            tokens: VerifiedTokens(tokensMax: settings.limits.verifiedTokensMax),
            rateLimiter: settings.limits.rates.isEmpty
                ? nil
                : RateLimiter(
                    settings.limits.rates, byteCountMax: settings.limits.rateLimitBytesMax),
            signIns: settings.signInLimit.map { SignInLimiter(limit: $0) }, passwords: passwords,
            streamQuota: OpenQuota(countMax: settings.limits.principalStreamsMax),
            addressQuota: OpenQuota(countMax: settings.limits.addressConnectionsMax),
            loops: mailboxes, models: models, processors: processors,
            examiner: examiner)
        let sockets = try inherited.isEmpty ? listen() : Gateway.share(inherited, mailboxes.count)
        listening.withLock { $0 = sockets.flatMap { $0 } }
        for index in mailboxes.indices {
            let start = LoopStart(
                index: index, settings: settings, store: store, log: log, shared: shared,
                counters: counters[index], metrics: metrics, mailboxes: mailboxes[index],
                observe: observe)
            let own = sockets[index]
            let thread = try Thread(name: "loop-\(index)") { Gateway.run(start, listeners: own) }
            threads.withLock { $0.append(thread) }
        }
        return Listener.port(of: sockets[0][0])
    }

    /// A new socket for each loop.
    private func listen() throws(Errno) -> [[Int32]] {
        var port = settings.port
        // The loops share their port, so the kernel would share it with another hub as well.
        if port != 0 { try Listener.checkFree(host: settings.host, port: port) }
        var sockets: [[Int32]] = []
        for _ in mailboxes {
            let listener = try Listener(host: settings.host, port: port)
            port = listener.port
            sockets.append([listener.release()])
        }
        return sockets
    }

    /// Sockets for so many loops: each socket at one loop, and each loop at one at least.
    private static func share(_ sockets: [Int32], _ loopCount: Int) throws(Errno) -> [[Int32]] {
        var shares = [[Int32]](repeating: [], count: loopCount)
        for (index, socket) in sockets.enumerated() { shares[index % loopCount].append(socket) }
        for index in sockets.count..<max(sockets.count, loopCount) {
            shares[index].append(try Listener.duplicate(sockets[index % sockets.count]))
        }
        return shares
    }

    private static func run(_ start: LoopStart, listeners: [Int32]) {
        do throws(Errno) {
            let loop = try GatewayLoop(start)
            try loop.listen(listeners)
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
        passwords.pool.close()
        examiner.withLock { $0 }?.close()
    }
}
