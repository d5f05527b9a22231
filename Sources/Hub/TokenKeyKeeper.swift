// The thread that looks after the keys that tokens are checked with: it reads the hub's own again,
// so that `hub keys rotate` needs no restart. Loops only see what it puts up.

import Gateway
import Glibc
import Reactor
import Synchronization

/// Keeps a board up to date until it is stopped.
final class TokenKeyKeeper: Sendable {
    private let board: TokenKeyBoard
    private let keys: SigningKeys
    private let log: JSONLog
    private let wakeup: Wakeup
    private let isStopped = Atomic<Bool>(false)
    private let thread = Mutex<Thread?>(nil)

    /// After a key was missed they are not read again for so long.
    private static let cooldownMilliseconds: Int64 = 1_000

    init(_ board: TokenKeyBoard, keys: SigningKeys, log: JSONLog) throws(Errno) {
        self.board = board
        self.keys = keys
        self.log = log
        wakeup = try Wakeup()
    }

    /// Starts it.
    func start() throws(Errno) {
        board.onMiss { [wakeup] in wakeup.wake() }
        let started = try Thread(name: "token-keys") { [self] in run() }
        thread.withLock { $0 = started }
    }

    /// Ends it, and waits for its end.
    func stop() {
        isStopped.store(true, ordering: .releasing)
        wakeup.wake()
        thread.withLock { $0 }?.join()
    }

    private func run() {
        var readMilliseconds = Clock.monotonicMilliseconds()
        var isReadable = true
        while !isStopped.load(ordering: .acquiring) {
            let now = Clock.monotonicMilliseconds()
            let rest =
                board.isMissed(.hub) ? TokenKeyKeeper.cooldownMilliseconds : keys.pollMilliseconds
            let due = readMilliseconds + rest
            guard now >= due else {
                wait(milliseconds: due - now)
                continue
            }
            board.forget(.hub)
            readMilliseconds = now
            isReadable = read(wasReadable: isReadable)
        }
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

    private func wait(milliseconds: Int64) {
        wakeup.wait(milliseconds: Int32(clamping: milliseconds))
        wakeup.clear()
    }
}
