// The gateway as other threads see it: made with its mailboxes before the store opens, for the
// store posts to them; started when the store has said where the log stands; drained at the end.

import Domain
package import Reactor
package import Store
import Synchronization
package import TLS

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
    /// What the hub says of its interfaces.
    let documents: ContractDocuments
}

/// The mailboxes of one loop and what wakes it.
struct LoopMailboxes: Sendable {
    let wakeup: Wakeup
    let store: Mailbox<StoreMail>
    let control: Mailbox<LoopControl>
}

/// The ports that a gateway listens on; nil where it does not.
package struct ListeningPorts: Sendable {
    package let plain: UInt16?
    package let secure: UInt16?
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
    private let listening = Mutex(ListeningSockets())
    private let certificateExpiry = CertificateExpiry()
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
    package var listeners: ListeningSockets { listening.withLock { $0 } }

    /// Shows whoever comes from now on another certificate; what runs goes on by the old one.
    package func replaceCertificate(_ certificate: TLSCertificate) {
        certificateExpiry.set(certificate)
        for mailbox in mailboxes { mailbox.control.post(.certificate(certificate)) }
    }

    /// Listens on every loop and starts their threads; returns the ports.
    ///
    /// Inherited sockets are listened on instead of new ones, every one of them, for each has a
    /// queue of its own.
    package func start(
        store: Store, log: LogStart, models: ModelBoard, processors: ProcessorMeters,
        inheriting inherited: ListeningSockets = ListeningSockets(), observe: Observer
    ) throws(Errno) -> ListeningPorts {
        let counters = mailboxes.map { _ in LoopCounters(ratePolicies: settings.limits.rates.all) }
        settings.tls.map { certificateExpiry.set($0.certificate) }
        let metrics = Metrics(loops: counters, certificateExpiry: certificateExpiry)
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
            examiner: examiner, documents: ContractDocuments(version: settings.version))
        let plain = try sockets(settings.host, settings.port, inheriting: inherited.plain)
        let secure = try sockets(
            settings.tls?.host ?? "", settings.tls?.port, inheriting: inherited.secure)
        listening.withLock {
            $0 = ListeningSockets(plain: plain.flatMap { $0 }, secure: secure.flatMap { $0 })
        }
        for index in mailboxes.indices {
            let start = LoopStart(
                index: index, settings: settings, store: store, log: log, shared: shared,
                counters: counters[index], metrics: metrics, mailboxes: mailboxes[index],
                observe: observe)
            let own = ListeningSockets(plain: plain[index], secure: secure[index])
            let thread = try Thread(name: "loop-\(index)") { Gateway.run(start, listeners: own) }
            threads.withLock { $0.append(thread) }
        }
        return ListeningPorts(
            plain: plain[0].first.map(Listener.port(of:)),
            secure: secure[0].first.map(Listener.port(of:)))
    }

    /// The sockets of each loop: those that were inherited, or new ones; without a port there are
    /// none.
    private func sockets(
        _ host: String, _ port: UInt16?, inheriting inherited: [Int32]
    ) throws(Errno) -> [[Int32]] {
        guard let port else {
            for socket in inherited { Socket.close(socket) }
            return [[Int32]](repeating: [], count: mailboxes.count)
        }
        return inherited.isEmpty
            ? try listen(host, port) : try Gateway.share(inherited, mailboxes.count)
    }

    /// A new socket for each loop.
    private func listen(_ host: String, _ firstPort: UInt16) throws(Errno) -> [[Int32]] {
        var port = firstPort
        // The loops share their port, so the kernel would share it with another hub as well.
        if port != 0 { try Listener.checkFree(host: host, port: port) }
        var sockets: [[Int32]] = []
        for _ in mailboxes {
            let listener = try Listener(host: host, port: port)
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

    private static func run(_ start: LoopStart, listeners: ListeningSockets) {
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
