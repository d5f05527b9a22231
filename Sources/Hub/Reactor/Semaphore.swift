// How threads that may block wait for each other: loops never do.

import CLinux
import Glibc

/// A counting semaphore: an eventfd that is read blocking, one count a time.
package final class Semaphore: Sendable {
    private let descriptor: Int32

    /// A semaphore that so many may pass at first.
    ///
    /// The C function is `eventfd`.
    package init(count: Int = 0) {
        descriptor = lx_semaphore()
        precondition(descriptor >= 0, "no eventfd")
        for _ in 0..<count { post() }
    }

    deinit {
        _ = Glibc.close(descriptor)
    }

    /// Lets one pass, from any thread.
    package func post() {
        var one: UInt64 = 1
        _ = unsafe Glibc.write(descriptor, &one, 8)
    }

    /// Waits until one may pass.
    package func wait() {
        var count: UInt64 = 0
        while unsafe Glibc.read(descriptor, &count, 8) < 0 && errno == EINTR {}
    }
}
