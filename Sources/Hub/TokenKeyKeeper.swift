// The thread that looks after the keys that tokens are checked with: it reads the hub's own again,
// so that `hub keys rotate` needs no restart, and fetches those of trusted issuers. Loops only see
// what it puts up; nothing that an issuer does or leaves undone reaches a request.

import Gateway
import Glibc
import Links
import Reactor
import Synchronization
import Wire

/// Keeps a board up to date until it is stopped.
final class TokenKeyKeeper: Sendable {
    private let board: TokenKeyBoard
    private let keys: SigningKeys
    private let issuers: [IssuerSetting]
    private let outgoing: OutgoingGuard
    private let cooldownMilliseconds: Int64
    private let log: JSONLog
    private let wakeup: Wakeup
    private let hasAsked: Wakeup
    private let isStopped = Atomic<Bool>(false)
    private let thread = Mutex<Thread?>(nil)

    /// After a key was missed the hub's own are not read again for so long.
    private static let ownCooldownMilliseconds: Int64 = 1_000

    init(
        _ board: TokenKeyBoard, keys: SigningKeys, _ configuration: Configuration, log: JSONLog
    ) throws(Errno) {
        self.board = board
        self.keys = keys
        issuers = configuration.trustedIssuers
        outgoing = configuration.outgoing
        cooldownMilliseconds = configuration.issuerCooldownMilliseconds
        self.log = log
        wakeup = try Wakeup()
        hasAsked = try Wakeup()
    }

    /// Starts it.
    func start() throws(Errno) {
        if !issuers.isEmpty { OutgoingHTTP.prepare() }
        board.onMiss { [wakeup] in wakeup.wake() }
        let started = try Thread(name: "token-keys") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Waits until every issuer has answered or failed, at most so long: who serves before refuses
    /// good tokens.
    func waitForIssuers(milliseconds: Int32) {
        if !issuers.isEmpty { hasAsked.wait(milliseconds: milliseconds) }
    }

    /// Ends it, and waits for its end.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        wakeup.wake()
        thread.withLock { $0 }?.join()
    }

    private func run() {
        let start = Clock.monotonicMilliseconds()
        var fetches = IssuerFetches(
            issuers, OutgoingHTTP(outgoing), cooldownMilliseconds: cooldownMilliseconds,
            atMilliseconds: start)
        var readMilliseconds = start
        var isReadable = true
        var areAsked = false
        while !isStopped.load(ordering: .acquiring) {
            var now = Clock.monotonicMilliseconds()
            let rest =
                board.isMissed(.hub)
                ? TokenKeyKeeper.ownCooldownMilliseconds : keys.pollMilliseconds
            if now >= readMilliseconds + rest {
                board.forget(.hub)
                readMilliseconds = now
                isReadable = read(wasReadable: isReadable)
            }
            let due = min(readMilliseconds + rest, fetches.begin(board, atMilliseconds: now))
            now = Clock.monotonicMilliseconds()
            let ended = fetches.perform(
                waitingMilliseconds: Int32(clamping: max(0, due - now)), wakeup: wakeup)
            wakeup.clear()
            for fetch in ended { use(fetch) }
            for index in fetches.over(atMilliseconds: Clock.monotonicMilliseconds())
            where board.publish([], ofIssuer: index) {
                write(.error, "the keys of an issuer are too old to be used", "expired", index)
            }
            if !areAsked, fetches.areAllAsked {
                areAsked = true
                hasAsked.wake()
            }
        }
    }

    /// Puts up what an issuer answered; without an answer its keys stay in use.
    private func use(_ fetch: IssuerFetches.Ended) {
        switch fetch.outcome {
        case .success(let keys):
            if fetch.failuresBefore > 0 {
                write(.info, "the keys of an issuer can be fetched again", "reachable", fetch.index)
            }
            guard board.publish(keys, ofIssuer: fetch.index) else { return }
            write(
                .info, "the keys of an issuer have changed", "changed", fetch.index,
                [.number("keys.count", keys.count)])
        case .failure(let fault):
            // Each first failure, and no flood of those that follow it.
            write(
                fetch.failuresBefore == 0 ? .error : .debug,
                "the keys of an issuer can't be fetched; those at hand stay in use", "failed",
                fetch.index, [.text("error.message", fault.reason)])
        }
    }

    private func write(
        _ level: LogLevel, _ message: String, _ action: String, _ index: Int,
        _ more: [LogField] = []
    ) {
        log.write(
            level, message,
            [
                .text("event.action", "issuer_keys." + action),
                .text("issuer.name", issuers[index].name),
                .text("url.full", issuers[index].keys.textWithoutQuery),
            ] + more)
    }

    /// Reads the hub's own keys; what can't be read leaves those that are up.
    private func read(wasReadable: Bool) -> Bool {
        do {
            let own = try keys.read()
            if board.publish(own) {
                log.write(
                    .info, "the token keys have changed",
                    [
                        .text("event.action", "token_keys.changed"),
                        .number("keys.count", own.keys.count),
                    ])
            }
            return true
        } catch {
            guard wasReadable, let failure = error as? Failure else { return false }
            log.write(
                .error, "the token keys can't be read; those at hand stay in use",
                [
                    .text("event.action", "token_keys.unreadable"),
                    .text("error.message", failure.message),
                ])
            return false
        }
    }
}

/// The fetches of all issuers' keys; one thread's.
private struct IssuerFetches {
    /// Why a fetch brought nothing.
    struct Fault: Error {
        let reason: String
    }

    /// A fetch that has ended.
    struct Ended {
        let index: Int
        let outcome: Result<[TokenKey], Fault>
        /// How many failed one after another just before.
        let failuresBefore: Int
    }

    private let issuers: [IssuerSetting]
    private let http: OutgoingHTTP
    private var schedules: [IssuerSchedule]
    private var unasked: Set<Int>

    init(
        _ issuers: [IssuerSetting], _ http: OutgoingHTTP, cooldownMilliseconds: Int64,
        atMilliseconds now: Int64
    ) {
        self.issuers = issuers
        self.http = http
        unasked = Set(issuers.indices)
        schedules = issuers.map { _ in
            IssuerSchedule(cooldownMilliseconds: cooldownMilliseconds, atMilliseconds: now)
        }
    }

    /// Whether each issuer has answered or failed once.
    var areAllAsked: Bool { unasked.isEmpty }

    /// Begins what is due; says when something is next.
    mutating func begin(_ board: TokenKeyBoard, atMilliseconds now: Int64) -> Int64 {
        var next = Int64.max
        for index in schedules.indices {
            let isMissed = board.isMissed(.issuer(index))
            guard let due = schedules[index].nextMilliseconds(isMissed: isMissed) else { continue }
            guard now >= due else {
                next = min(next, due)
                continue
            }
            board.forget(.issuer(index))
            schedules[index].started(atMilliseconds: now)
            http.get(issuers[index].keys, accept: "application/json", number: index)
        }
        return next
    }

    /// Lets the fetches go on; waits for one to end, or for a wake, at most so long.
    mutating func perform(waitingMilliseconds: Int32, wakeup: Wakeup) -> [Ended] {
        http.perform(waitingMilliseconds: waitingMilliseconds, wakeup: wakeup).map { answer in
            let index = answer.number
            let failures = schedules[index].failureCount
            let now = Clock.monotonicMilliseconds()
            unasked.remove(index)
            let outcome = IssuerFetches.keys(answer.result)
            switch (outcome, answer.result) {
            case (.success, .success(let response)):
                schedules[index].succeeded(
                    atMilliseconds: now,
                    maxAgeSeconds: response.cacheControl.flatMap { CacheControl.maxAgeSeconds($0) })
            default: schedules[index].failed(atMilliseconds: now)
            }
            return Ended(index: index, outcome: outcome, failuresBefore: failures)
        }
    }

    /// Issuers whose keys are too old.
    func over(atMilliseconds now: Int64) -> [Int] {
        schedules.indices.filter { schedules[$0].areOver(atMilliseconds: now) }
    }

    private static func keys(
        _ result: Result<OutgoingResponse, OutgoingFault>
    ) -> Result<[TokenKey], Fault> {
        switch result {
        case .failure(let fault): return .failure(Fault(reason: fault.description))
        case .success(let response):
            guard response.status == 200 else {
                return .failure(Fault(reason: "the answer has the status \(response.status)"))
            }
            do throws(TokenKeysFault) {
                return .success(try TokenKey.usable(inSet: response.body))
            } catch {
                return .failure(Fault(reason: "the answer \(error)"))
            }
        }
    }
}
