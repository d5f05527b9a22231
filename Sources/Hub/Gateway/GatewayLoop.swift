// One event loop: a thread with its own listener, connections, log and timers. Nothing here is
// shared but the mailboxes, the counters and the tables that are sharded for all loops.
//
//            ┌──────────────────────────── one turn ────────────────────────────┐
//   wait ──▶ mail ──▶ events ──▶ timers ──▶ before sleep: submit, send, sweep, close ──▶ wait
//  (sleeps)  (answers, (read,     (time-outs,  (all that was marked, in batches)
//             segments) parse,     heartbeats)
//                       gates)
//
// Nothing is sent or freed in reaction to an event: it is marked, and done before the loop sleeps.

import Domain
import EventLog
import Reactor
import Store
import TLS
import Wire

/// What other threads tell a loop.
enum LoopControl: Sendable {
    /// Stop accepting, end the streams, answer what waits, and return.
    case drain
    /// Tell what streams there are.
    case census(Census)
    /// A worker has compared a password, or hashed one.
    case worked(Ticket, PasswordResult)
    /// Whoever comes from now on is shown another certificate.
    case certificate(TLSCertificate)
}

/// The state of one loop; made and used on its own thread.
final class GatewayLoop {
    let index: Int
    let settings: GatewaySettings
    let store: Store
    let shared: SharedTables
    let counters: LoopCounters
    let metrics: Metrics
    let observe: Observer
    let parser: HTTPRequestParser
    var poller: Poller
    var newcomers: Newcomers
    let wakeup: Wakeup
    let storeMail: Mailbox<StoreMail>
    let control: Mailbox<LoopControl>

    var connections = ConnectionTable()
    var principals = PrincipalTable()
    var revocations = RevocationTable()
    var audiences = AudienceTable()
    var log: EventLog
    var wheel: DeadlineWheel
    /// What TLS connections are made of; nil where none are.
    var tlsContext: TLSContext?
    let strictTransport: [HTTPHeader]
    var authority: TokenAuthority
    var refreshTokens: RefreshTokens
    /// Requests that wait for what must be known before their command.
    var preparations: [Ticket: Preparation] = [:]
    var ids = FreshIDs()
    var denials = Denials()

    // The clocks, read once a turn.
    var nowNanoseconds: Int64 = 0
    var nowMilliseconds: Int64 { nowNanoseconds / 1_000_000 }
    var nowSeconds: Int64 { ids.milliseconds / 1000 }
    /// The `Date` header's text, made once a second.
    var date: [UInt8] = []
    private var dateSeconds: Int64 = -1
    /// What `GET /healthz` is answered with this second.
    var healthResponse: [UInt8] = []

    // What a turn collects.
    var inbound = [UInt8](repeating: 0, count: 65_536)
    var outgoingCommands: [CommandRequest] = []
    var outgoingReads: [ReadRequest] = []
    private var dirty: [ConnectionToken] = []
    private var dueStreams = Queue<ConnectionToken>()
    var catchUp = CatchUp()
    /// When the last commit was heard of, and how many streams have got it since they were counted.
    var committedNanoseconds: Int64 = 0
    var deliveredCount = 0
    private var mail: [StoreMail] = []
    private var orders: [LoopControl] = []
    private var reminders: [UInt64] = []

    // Streams.
    var streamNames = StreamNames()
    var recentEnds = RecentEnds()
    var sweeping: [Int] = []
    var cache = NextCache()
    var runs = RunCache()
    var awaitingPage: [Int: [ConnectionToken]] = [:]
    /// Streams that need a page which may not be asked for yet.
    var awaitingAnyPage: [ConnectionToken] = []
    var awaitingHead: [ConnectionToken: AwaitedHead] = [:]
    /// Where streams go on when the frame that was begun has ended.
    var awaitingRestart: [ConnectionToken: ResumePoint] = [:]
    var retryReads: [ReadRequest] = []
    /// Rate caps of streams that have one, those of them that wait, and until when.
    var paces: [ConnectionToken: Pace] = [:]
    var waitingForPace: [ConnectionToken] = []
    var nextPaceMilliseconds = Int64.max
    /// Compressors by the bits of their window, made when they are needed, and what undoes them.
    var deflaters: [Int: RawDeflater] = [:]
    lazy var inflater = RawInflater()
    /// Windows of echoes that are smaller than usual.
    var echoWindowBits: [ConnectionToken: Int] = [:]
    /// Tails of the unified log, and when they may be read for again.
    var logTails: [ConnectionToken: LogTail] = [:]
    var logTailsAreDue = false
    var nextLogTailMilliseconds: Int64 = 0
    var pagesToRetry = false

    var isDraining = false
    var drainUntilMilliseconds = Int64.max
    /// Streams that a stopping hub has still to end, the next one last, and since when it stops.
    var streamsToEnd: [ConnectionToken] = []
    var drainStartMilliseconds: Int64 = 0
    var drainWindowMilliseconds: Int64 = 0
    var drainCount = 0
    var endIdleMilliseconds = Int64.max
    private var nextSecondMilliseconds: Int64 = 0

    /// Names tokens in the verified cache.
    let tokenHasher = SHA256Hasher()
    var recentBearers = RecentBearers()
    var tokens: VerifiedTokens { shared.tokens }
    var rateLimiter: RateLimiter? { shared.rateLimiter }
    var models: ModelBoard { shared.models }

    private static let wakeupToken = UInt64.max
    private static let newcomersToken = UInt64.max - 1

    init(_ start: LoopStart) throws(Errno) {
        index = start.index
        settings = start.settings
        store = start.store
        shared = start.shared
        counters = start.counters
        metrics = start.metrics
        observe = start.observe
        wakeup = start.mailboxes.wakeup
        storeMail = start.mailboxes.store
        control = start.mailboxes.control
        parser = HTTPRequestParser(limits: start.settings.limits.http)
        poller = try Poller()
        newcomers = Newcomers(poller: try Poller(eventsMax: start.settings.limits.newcomersPerTurn))
        let now = Clock.monotonicMilliseconds()
        wheel = DeadlineWheel(tickMilliseconds: 250, bucketCount: 512, nowMilliseconds: now)
        authority = TokenAuthority(
            secret: start.settings.secret, issuer: start.settings.issuer,
            audience: start.settings.audience, keys: start.settings.tokenKeys,
            board: start.settings.keyBoard)
        refreshTokens = RefreshTokens(secret: start.settings.secret)
        tlsContext = start.settings.tls.flatMap { try? TLSContext($0.certificate) }
        strictTransport = SecurityHeaders.strictTransport(
            seconds: start.settings.strictTransportSeconds)
        log = EventLog(
            epoch: start.log.epoch, head: start.log.head,
            memoryBytesMax: start.settings.limits.logBytesMax,
            pageBytesMax: start.settings.limits.pageBytesMax)
        for revocation in start.log.revocations { revocations.add(revocation) }
        try poller.add(wakeup.descriptor, token: GatewayLoop.wakeupToken, interest: .read)
        try poller.add(
            newcomers.poller.descriptor, token: GatewayLoop.newcomersToken,
            interest: [.read, .edge])
        readClocks()
        counters.head.add(Int(log.head) - counters.head.current)
    }

    /// Turns until it is told to drain and all is answered.
    func run() {
        while !(isDraining && (connections.count == 0 || nowMilliseconds >= drainUntilMilliseconds))
        {
            turn()
        }
        for slot in connections.slots.indices where connections[slot].phase != .free {
            connections[slot].endReason = .restart
            close(slot)
        }
        flushDenials()
        submitOutgoing()
    }

    private func turn() {
        let timeout = sleepMilliseconds()
        // In a storm, a command that is under way goes before what the loop has still to send.
        if !catchUp.isEmpty, store.hasCommandsUnderway { Thread.yield() }
        let ready = poller.sleepUntilReady(timeoutMilliseconds: timeout)
        readClocks()
        authority.follow()
        // Mail before requests: what another loop has answered is known before it is asked for.
        // The wake-up is cleared first, so that mail which comes meanwhile wakes again.
        for event in 0..<ready
        where poller.readiness(at: event).token == GatewayLoop.wakeupToken {
            wakeup.clear()
        }
        takeMail()
        for event in 0..<ready { handle(poller.readiness(at: event)) }
        let isResting = hasToRest(at: nowNanoseconds)
        if newcomers.areReady, !isResting { welcome() }
        takeReminders()
        beforeSleep(isResting: isResting)
        if !isResting { restAfterTurn() }
    }

    private func readClocks() {
        nowNanoseconds = Clock.monotonicNanoseconds()
        ids.milliseconds = Clock.realtimeMilliseconds()
        guard nowSeconds != dateSeconds else { return }
        dateSeconds = nowSeconds
        date.removeAll(keepingCapacity: true)
        HTTPDate.append(secondsSinceEpoch: nowSeconds, to: &date)
        healthResponse = GatewayLoop.healthResponse(date: date)
    }

    private func sleepMilliseconds() -> Int32 {
        if !catchUp.isEmpty, let milliseconds = stormSleepMilliseconds { return milliseconds }
        if newcomers.areReady { return 0 }
        if !sweeping.isEmpty || !dirty.isEmpty || !dueStreams.isEmpty { return 0 }
        let now = Clock.monotonicMilliseconds()
        var rest = min(1000, wheel.millisecondsToNextTick(nowMilliseconds: now) + 1)
        if logTailsAreDue { rest = min(rest, max(0, nextLogTailMilliseconds - now)) }
        return Int32(rest)
    }

    /// What a socket is ready for, its own or that of whoever waits to be accepted.
    func handle(_ readiness: Readiness) {
        switch readiness.token {
        case GatewayLoop.newcomersToken: newcomers.areReady = true
        case GatewayLoop.wakeupToken: break
        default:
            let token = ConnectionToken(rawValue: readiness.token)
            guard let slot = connections.slot(token) else { return }
            if readiness.isHungUp {
                close(slot)
                return
            }
            if readiness.isWritable { unblock(slot) }
            if readiness.isReadable, connections.slot(token) != nil { readable(slot) }
        }
    }

    private func takeMail() {
        storeMail.takeAll(into: &mail)
        for message in mail {
            switch message {
            case .replace(let replacement, let countdown): replace(replacement, countdown)
            case .append(let segment): append(segment)
            case .access(let change, let countdown):
                accessChanged(change)
                countdown.done()
            case .answered(let ticket, let answer): answered(ticket, answer)
            case .read(let ticket, let outcome): wasRead(ticket, outcome)
            case .committed: wakeLogTails()
            }
        }
        mail.removeAll(keepingCapacity: true)
        control.takeAll(into: &orders)
        for order in orders {
            switch order {
            case .drain: beginDrain()
            case .worked(let ticket, let result): worked(ticket, result)
            case .census(let census): census.add(count(for: census.query))
            case .certificate(let certificate):
                // It was read before, so only a want of memory can keep it from being used.
                if let context = try? TLSContext(certificate) { tlsContext = context }
            }
        }
        orders.removeAll()
    }

    private func takeReminders() {
        let now = nowMilliseconds
        wheel.advance(toMilliseconds: now, into: &reminders)
        for reminder in reminders { remind(ConnectionToken(rawValue: reminder)) }
        reminders.removeAll(keepingCapacity: true)
        resumePaced()
        endStreams()
        guard now >= nextSecondMilliseconds else { return }
        nextSecondMilliseconds = now + 1000
        flushDenials()
        retryPages()
        watchOutbound()
        acceptAgain()
    }

    private func beforeSleep(isResting: Bool) {
        readLogTails()
        submitOutgoing()
        let marked = dirty
        dirty.removeAll(keepingCapacity: true)
        for token in marked {
            guard let slot = connections.slot(token) else { continue }
            connections[slot].flags.remove(.isDirty)
            settle(slot)
        }
        deliveredCount = 0
        if !isResting {
            sweep()
            serveCatchUp()
        }
        settleStreams()
        submitOutgoing()
    }

    /// Serves streams that were marked, in turn, as many as a turn has time for.
    private func settleStreams() {
        let end = sliceEndNanoseconds(settings.limits.sliceMicroseconds)
        for _ in 0..<dueStreams.count {
            guard let token = dueStreams.popFirst(), let slot = connections.slot(token) else {
                continue
            }
            connections[slot].flags.remove(.isDirty)
            settle(slot)
            if Clock.monotonicNanoseconds() >= end { return }
        }
    }

    private func submitOutgoing() {
        if !outgoingCommands.isEmpty {
            store.submit(outgoingCommands)
            outgoingCommands.removeAll()
        }
        if !outgoingReads.isEmpty {
            store.read(outgoingReads)
            outgoingReads.removeAll()
        }
    }

    private func flushDenials() {
        guard !denials.isEmpty else { return }
        let entries = denials.take(ids: &ids)
        let context = CommandContext(
            principal: Principal(subject: "hub", roles: []),
            trace: TraceContext(traceparent: ""), auditID: ids.next(), idempotency: nil)
        outgoingCommands.append(
            CommandRequest(
                ticket: nil, command: .recordDenials(entries), context: context,
                receivedMilliseconds: nowMilliseconds))
    }

    /// Puts a connection on the list of those to be settled before the loop sleeps.
    func markDirty(_ slot: Int) {
        guard !connections[slot].flags.contains(.isDirty) else { return }
        if isCatchingUp(slot), connections[slot].output.isEmpty {
            queueForCatchUp(slot)
            return
        }
        connections[slot].flags.insert(.isDirty)
        switch connections[slot].phase {
        case .eventStream, .webSocket, .logTail: dueStreams.append(connections.token(slot))
        case .free, .http, .echo, .lingering: dirty.append(connections.token(slot))
        }
    }
}
