// The store thread: one poller, the connections to Postgres, and the parts that use them. One turn:
// sleep, hear the connections, take mail, let each part go on, then post to every loop at once, the
// log's new segments first and answers after them.

import Domain
import EventLog
import Reactor
import Synchronization

/// Everything that the store thread owns, made on it.
struct StoreLoop: ~Copyable {
    private enum Token {
        static let mail: UInt64 = 0
        static let commit: UInt64 = 1
        static let read: UInt64 = 2
        static let listen: UInt64 = 3
        static let housekeeping: UInt64 = 4
    }

    private let setup: StoreSetup
    private let configuration: StoreConfiguration
    private var poller: Poller
    private let commit: PostgresConnection
    private let read: PostgresConnection
    private let listen: PostgresConnection
    private let committer: Committer
    private let reader: Reader
    private let housekeeper: Housekeeper
    private var follower: HeadFollower
    private var presence: Presence
    private var outboxes: Outboxes
    private var mail: [Store.Request] = []
    private var headPollDueMilliseconds: Int64 = 0
    private var stopDeadlineMilliseconds: Int64?
    /// Names of connections that were there once: the next time is a reconnect.
    private var connectedOnce: Set<String> = []
    /// Postgres holds another log, or less of this one, than was read before.
    private var isForeign = false
    /// The number of the last revocation that the loops know.
    private var knownAccess: UInt64

    /// Makes everything that the thread owns but its poller.
    init(_ setup: StoreSetup, poller: consuming Poller) {
        self.setup = setup
        configuration = setup.configuration
        self.poller = poller
        let connectMilliseconds = configuration.connectMilliseconds
        commit = PostgresConnection(
            .commit(configuration), connectMilliseconds: connectMilliseconds)
        read = PostgresConnection(.read(configuration), connectMilliseconds: connectMilliseconds)
        listen = PostgresConnection(
            .listen(configuration), connectMilliseconds: connectMilliseconds)
        var limits = CommitLimits()
        limits.batchCommandsMax = configuration.batchCommandsMax
        limits.queuedCommandsMax = configuration.queuedCommandsMax
        limits.waitMillisecondsMax = Int64(configuration.commandWaitSecondsMax) * 1_000
        committer = Committer(connection: commit, limits: limits, epoch: setup.start.epoch)
        reader = Reader(
            connection: read, configuration: configuration, epoch: setup.start.epoch)
        housekeeper = Housekeeper(configuration, now: Clock.monotonicMilliseconds())
        follower = HeadFollower(head: setup.start.head)
        knownAccess = setup.start.access
        presence = Presence(instance: configuration.instance)
        outboxes = Outboxes(loopCount: setup.loops.count)
    }

    /// Runs the store thread until it is told to stop.
    static func run(_ setup: StoreSetup) throws(Errno) {
        let poller = try Poller(eventsMax: 16)
        try poller.add(setup.wakeup.descriptor, token: Token.mail, interest: .read)
        var loop = StoreLoop(setup, poller: poller)
        loop.run()
    }

    private mutating func run() {
        var timeoutMilliseconds: Int64 = 0
        while true {
            let count = poller.sleepUntilReady(timeoutMilliseconds: Int32(timeoutMilliseconds))
            let now = Clock.monotonicMilliseconds()
            for index in 0..<count { hear(poller.readiness(at: index).token, now: now) }
            takeMail(now: now)
            timeoutMilliseconds = turn(now: now)
            publish()
            if isFinished(now: now) { break }
        }
        for connection in [commit, read, listen] { connection.close() }
        housekeeper.close()
        setup.meters.isReady.store(false, ordering: .relaxed)
    }

    private func hear(_ token: UInt64, now: Int64) {
        switch token {
        case Token.mail: setup.wakeup.clear()
        case Token.commit: commit.handle(now: now)
        case Token.read: read.handle(now: now)
        case Token.listen: listen.handle(now: now)
        default: housekeeper.connection.handle(now: now)
        }
    }

    private mutating func takeMail(now: Int64) {
        setup.mailbox.takeAll(into: &mail)
        for request in mail {
            switch request {
            case .commands(let commands): enqueue(commands)
            case .reads(let reads): reader.enqueue(reads)
            case .stop:
                stopDeadlineMilliseconds =
                    stopDeadlineMilliseconds ?? now + configuration.stopWaitMilliseconds
            }
        }
        mail.removeAll(keepingCapacity: true)
    }

    /// What erases events has to find them first.
    private func enqueue(_ commands: [CommandRequest]) {
        guard commands.contains(where: { $0.command.erasedSubject != nil }) else {
            committer.enqueue(commands)
            return
        }
        for command in commands {
            if let subject = command.command.erasedSubject {
                reader.prepare(command, erasing: subject)
            } else {
                committer.enqueue([command])
            }
        }
    }

    /// Lets every part go on, and says how long to sleep.
    private mutating func turn(now: Int64) -> Int64 {
        var due: Int64 = StoreLoop.sleepMillisecondsMax
        func note(_ milliseconds: Int64?) {
            if let milliseconds { due = min(due, max(0, milliseconds)) }
        }
        takeEvents(now: now)
        if stopDeadlineMilliseconds != nil || isForeign { committer.refuseWaiting() }
        if stopDeadlineMilliseconds != nil { reader.refuseWaiting() }
        note(presence.step(on: listen, now: now))
        committer.isPresent = presence.isHeld
        note(committer.step(now: now))
        pollHead(now: now)
        takeCommitted(now: now)
        takeRead(now: now)
        if let position = startFetch(now: now) { reader.askGap(after: position) }
        note(reader.step(now: now))
        note(housekeeper.step(now: now))
        takeObservations()
        for connection in [commit, read, listen, housekeeper.connection] {
            note(connection.advance(now: now))
            if connection.hasEvents { note(0) }
        }
        register()
        note(headPollDueMilliseconds - now)
        if follower.behindSinceMilliseconds != nil, !follower.isFetching {
            note(HeadFollower.graceMilliseconds)
        }
        if let stopDeadlineMilliseconds { note(stopDeadlineMilliseconds - now) }
        return due
    }

    private static let sleepMillisecondsMax: Int64 = 1_000

    private func register() {
        commit.register(in: poller, token: Token.commit)
        read.register(in: poller, token: Token.read)
        listen.register(in: poller, token: Token.listen)
        housekeeper.connection.register(in: poller, token: Token.housekeeping)
    }

    private func isFinished(now: Int64) -> Bool {
        guard let stopDeadlineMilliseconds else { return false }
        if now >= stopDeadlineMilliseconds { return true }
        return !committer.isBusy && committer.queuedCount == 0 && reader.isIdle
    }
}

// MARK: What the connections say

extension StoreLoop {
    private mutating func takeEvents(now: Int64) {
        while let event = commit.next() {
            note(event, of: commit.name)
            committer.handle(event, now: now)
        }
        while let event = read.next() {
            note(event, of: read.name)
            if case .connected = event { headPollDueMilliseconds = now }
            reader.handle(event, now: now)
        }
        while let event = listen.next() {
            note(event, of: listen.name)
            heard(event, now: now)
        }
        while let event = housekeeper.connection.next() { housekeeper.handle(event, now: now) }
        setup.meters.isReady.store(
            commit.isReady && read.isReady && !isForeign, ordering: .relaxed)
    }

    private mutating func note(_ event: PostgresEvent, of name: String) {
        switch event {
        case .connected:
            if !connectedOnce.insert(name).inserted {
                StoreMeters.add(1, to: setup.meters.reconnects)
            }
            setup.observe(.connected(name: name))
        case .lost(let reason): setup.observe(.lost(name: name, reason: reason))
        case .result, .failed, .aborted, .synced, .notification: break
        }
    }

    /// What was committed before LISTEN took effect is found by asking once it has.
    private mutating func heard(_ event: PostgresEvent, now: Int64) {
        switch event {
        case .connected:
            listen.send(StoreLoop.listenStatement)
            listen.send(AccessStatements.listen)
            listen.sync()
        case .synced: headPollDueMilliseconds = now
        case .notification(AccessStatements.channel, let payload):
            heardOfAccess(payload, now: now)
        case .notification(_, let payload):
            if let head = UInt64(payload) { follower.heard(head, now: now) }
            // Own commits are heard of here, too.
            outboxes.noteCommitted()
        case .failed(let error):
            presence.answered(false, now: now)
            setup.observe(.readFailed(sqlState: error.sqlState, message: error.message))
        case .result(let result):
            // LISTEN gives no row.
            if result.rowCount == 1 { presence.answered(result.bool(0, 0), now: now) }
        case .lost: presence.lost()
        case .aborted: break
        }
    }

    /// Own renewals are with the loops already.
    private mutating func heardOfAccess(_ payload: String, now: Int64) {
        guard let notice = RenewalNotice(payload: payload) else {
            // Tokens were taken back: the head says up to which number.
            headPollDueMilliseconds = now
            return
        }
        guard notice.instance != configuration.instance else { return }
        outboxes.addForAll(.access(.renewed(notice.renewal), countdown(then: [])))
    }

    private static let listenStatement = Statement(name: "listen", sql: "LISTEN hub_head")

    private mutating func pollHead(now: Int64) {
        guard now >= headPollDueMilliseconds else { return }
        headPollDueMilliseconds = now + configuration.headPollMilliseconds
        if read.isReady { reader.askHead(known: follower.known) }
    }

    private mutating func startFetch(now: Int64) -> UInt64? {
        guard read.isReady, !isForeign else { return nil }
        return follower.startFetch(isCommitting: committer.isBusy, now: now)
    }
}

// MARK: What goes to the loops

extension StoreLoop {
    private mutating func takeCommitted(now: Int64) {
        let output = committer.takeOutput()
        for batch in output.committed {
            if batch.isAwaited { announce(batch) }
            append(follower.accept(batch.events, now: now))
        }
        if output.headMoved { headPollDueMilliseconds = now }
        for (ticket, answer) in output.answers { self.answer(ticket, answer) }
        for observation in output.observations { setup.observe(observation) }
        setup.meters.count(output.counts)
    }

    private mutating func takeRead(now: Int64) {
        let output = reader.takeOutput()
        for head in output.heads {
            check(head, now: now)
            outboxes.noteCommitted()
        }
        for (revocations, number) in output.revoked {
            knownAccess = max(knownAccess, number)
            outboxes.addForAll(.access(.revoked(revocations), countdown(then: [])))
        }
        for (ticket, renewal) in output.renewed {
            let answer = RenderedAnswer(status: 204)
            outboxes.addForAll(
                .access(.renewed(renewal), countdown(then: [(ticket, answer)])))
        }
        // They were read before what the gaps say was erased.
        for (ticket, outcome) in output.outcomes {
            outboxes.add(.read(ticket, outcome), for: ticket.loop)
        }
        for gap in output.gaps {
            if !gap.erased.isEmpty {
                let replacement = Replacement(gap.erased)
                outboxes.addForAll(.replace(replacement, countdown(then: [])))
            }
            append(follower.fetched(gap.events, now: now))
        }
        if output.isGapLost { follower.fetchFailed() }
        committer.enqueue(output.prepared)
        for request in output.refused { refuse(request) }
        StoreMeters.add(UInt64(output.outcomes.count), to: setup.meters.reads)
        for observation in output.observations { setup.observe(observation) }
    }

    private func takeObservations() {
        for observation in housekeeper.takeObservations() { setup.observe(observation) }
    }

    /// A command whose events could not be looked for.
    private mutating func refuse(_ request: CommandRequest) {
        guard let ticket = request.ticket else { return }
        let answer = RenderedAnswer(
            .unavailable(retryAfterSeconds: 1), traceID: request.context.trace.traceID)
        self.answer(ticket, answer)
    }

    private mutating func answer(_ ticket: Ticket, _ answer: RenderedAnswer) {
        setup.meters.queuedCommands.wrappingSubtract(1, ordering: .relaxed)
        outboxes.add(.answered(ticket, answer), for: ticket.loop)
    }

    /// Every loop puts the tombstones in place, and ends the streams of who lost access, before it
    /// goes on; then the answers are given.
    private mutating func announce(_ batch: CommitterOutput.Committed) {
        let countdown = countdown(then: batch.answers)
        guard !batch.erased.isEmpty else {
            return outboxes.addForAll(.access(.revoked(batch.revoked), countdown))
        }
        reader.readAgain()
        if !batch.revoked.isEmpty {
            outboxes.addForAll(
                .access(.revoked(batch.revoked), self.countdown(then: [])))
        }
        outboxes.addForAll(.replace(Replacement(batch.erased), countdown))
    }

    /// Gives answers when every loop has done its part.
    private func countdown(
        then answers: [(ticket: Ticket, answer: RenderedAnswer)]
    ) -> Countdown {
        setup.meters.queuedCommands.wrappingSubtract(answers.count, ordering: .relaxed)
        let mail = answers.map { ticket, answer in
            (loop: setup.loops[ticket.loop], mail: StoreMail.answered(ticket, answer))
        }
        return Countdown(setup.loops.count, then: mail)
    }

    private mutating func append(_ events: [LoggedEvent]) {
        guard !events.isEmpty, !isForeign else { return }
        let segment = Segment(
            epoch: setup.start.epoch, events: events, masks: .standard,
            committedNanoseconds: Clock.monotonicNanoseconds())
        outboxes.addForAll(.append(segment))
        setup.meters.head.store(segment.last, ordering: .relaxed)
    }

    /// A database that was replaced under the hub must not be mistaken for the log that the loops
    /// have: nothing of it is appended, and no command is taken, until it is the same again.
    private mutating func check(_ head: ReaderOutput.Head, now: Int64) {
        let isSame = head.epoch == setup.start.epoch.text && head.position >= head.known
        if isSame {
            isForeign = false
            follower.heard(head.position, now: now)
            if head.access > knownAccess { reader.askRevoked(after: knownAccess) }
        } else if !isForeign {
            isForeign = true
            setup.observe(
                head.epoch == setup.start.epoch.text
                    ? .headWentBack(from: head.known, to: head.position)
                    : .epochChanged(from: setup.start.epoch.text, to: head.epoch))
        }
    }

    private mutating func publish() {
        for (loop, mail) in outboxes.take() { setup.loops[loop].post(contentsOf: mail) }
    }
}
