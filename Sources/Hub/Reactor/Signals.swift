// SIGINT and SIGTERM as something to wait for, and SIGHUP for a program that reads its files again
// by it. They are blocked in every thread, so this must be
// made before the first one starts; a thread of its own hears them, so that a program that is busy
// starting or stopping can still be ended. A peer that went away is an outcome of a send, not a
// signal.

import CLinux
import Glibc
import Synchronization

/// The signals that end the program.
///
/// The first one is waited for; while the program starts, and once it is stopping, one ends it at
/// once.
package final class Signals: Sendable {
    private let heard: Descriptor
    private let isStarting = Atomic<Bool>(true)
    private let hasHungUp = Atomic<Bool>(false)

    /// The exit code of a program that a signal ended (bash: 128 and SIGTERM).
    private static let exitCode: Int32 = 143

    /// Blocks them in this thread and all that it will start.
    ///
    /// Unless it hears SIGHUP, that ends the program as it does any other.
    package init(hearsHangUp: Bool = false) throws(Errno) {
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe sigaddset(&mask, SIGINT)
        unsafe sigaddset(&mask, SIGTERM)
        if hearsHangUp { unsafe sigaddset(&mask, SIGHUP) }
        unsafe pthread_sigmask(SIG_BLOCK, &mask, nil)
        signal(SIGPIPE, SIG_IGN)
        let signals = try Errno.check(unsafe lx_signalfd(&mask))
        heard = Descriptor(owning: try Errno.check(lx_eventfd()))
        _ = try Thread(name: "signals") { [self] in listen(signals) }
    }

    /// Says that from now on somebody waits for the first signal.
    package func started() {
        isStarting.store(false, ordering: .releasing)
    }

    /// Waits at most so long; true when one has come.
    package func wait(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: heard.number, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, milliseconds) > 0
    }

    /// Whether SIGHUP has come since this was last asked.
    package func takeHangUp() -> Bool {
        hasHungUp.exchange(false, ordering: .acquiringAndReleasing)
    }

    /// Hears signals, until the program ends.
    private func listen(_ signals: Int32) {
        var count = 0
        while true {
            var entry = pollfd(fd: signals, events: Int16(POLLIN), revents: 0)
            _ = unsafe poll(&entry, 1, -1)
            let signal = lx_take_signal(signals)
            guard signal > 0 else { continue }
            if signal == SIGHUP {
                hasHungUp.store(true, ordering: .releasing)
                continue
            }
            count += 1
            if count > 1 || isStarting.load(ordering: .acquiring) { _exit(Signals.exitCode) }
            lx_eventfd_add(heard.number)
        }
    }
}
