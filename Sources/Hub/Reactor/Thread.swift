// Threads: one for each loop. What a loop owns is made inside its body, on its own thread, so the
// compiler proves that nothing of it is shared.

import CLinux
import Glibc

/// A running thread.
package struct Thread: Sendable {
    private let handle: pthread_t

    /// Starts a thread with a name of at most 15 bytes.
    ///
    /// The C function is `pthread_create`.
    package init(name: String, _ body: @escaping @Sendable () -> Void) throws(Errno) {
        let start = unsafe Unmanaged.passRetained(ThreadStart(name: name, body: body))
        var handle = pthread_t()
        let result = unsafe pthread_create(&handle, nil, runThread, start.toOpaque())
        guard result == 0 else {
            unsafe start.release()
            throw Errno(code: result)
        }
        self.handle = handle
    }

    /// Waits for its end.
    package func join() {
        _ = pthread_join(handle, nil)
    }

    /// Lets threads go first that wait for the processor of the calling one.
    package static func yield() {
        _ = sched_yield()
    }

    /// Lets the calling thread run only when nobody else wants its processor.
    ///
    /// The policy is `SCHED_IDLE`; threads that it starts later inherit it.
    package static func runWhenIdle() {
        _ = lx_run_when_idle()
    }
}

private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

@c
private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    let start = unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
    unsafe lx_set_thread_name(start.name)
    start.body()
    return nil
}
