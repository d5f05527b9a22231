// SIGINT and SIGTERM as something to wait for. They are blocked in every thread, so this must be
// made before the first one starts; a peer that went away is an outcome of a send, not a signal.

import CLinux
import Glibc

/// The signals that end the program.
package struct Signals: ~Copyable {
    private let descriptor: Descriptor

    /// Blocks them in this thread and all that it will start.
    package init() throws(Errno) {
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe sigaddset(&mask, SIGINT)
        unsafe sigaddset(&mask, SIGTERM)
        unsafe pthread_sigmask(SIG_BLOCK, &mask, nil)
        signal(SIGPIPE, SIG_IGN)
        let number = unsafe lx_signalfd(&mask)
        descriptor = Descriptor(owning: try Errno.check(number))
    }

    /// Waits at most so long; true when one has come.
    package func wait(milliseconds: Int32) -> Bool {
        var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, milliseconds) > 0
    }
}
