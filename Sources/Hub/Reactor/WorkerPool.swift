// A few threads for what blocks: files, names, password hashes. The queue is bounded; when it is
// full the work is refused, so that a stuck disk can't eat the memory.

import Synchronization

/// Runs blocking work away from the loops.
package final class WorkerPool: Sendable {
    private struct State {
        var work = Queue<@Sendable () -> Void>()
        var isClosed = false
    }

    private let queue = Mutex(State())
    private let signal: Semaphore
    private let threads: Mutex<[Thread]>
    private let queuedMax: Int

    /// Starts so many threads.
    package init(threadCount: Int, queuedMax: Int) throws(Errno) {
        precondition(threadCount > 0 && queuedMax > 0)
        self.queuedMax = queuedMax
        signal = Semaphore()
        threads = Mutex([])
        for index in 0..<threadCount {
            let thread = try Thread(name: "worker-\(index)") { [self] in run() }
            threads.withLock { $0.append(thread) }
        }
    }

    /// Queues work; false when the queue is full or closed, and the work will not be done.
    ///
    /// It is full for this work when only so many places are left, which are kept for other work.
    package func submit(
        keeping reserved: Int = 0, _ work: @escaping @Sendable () -> Void
    ) -> Bool {
        let isQueued = queue.withLock { queue in
            guard !queue.isClosed, queue.work.count < queuedMax - reserved else { return false }
            queue.work.append(work)
            return true
        }
        if isQueued { signal.post() }
        return isQueued
    }

    /// Lets the queued work finish and waits for it.
    package func close() {
        queue.withLock { $0.isClosed = true }
        let running = threads.withLock { threads in
            let running = threads
            threads = []
            return running
        }
        for _ in running { signal.post() }
        for thread in running { thread.join() }
    }

    private func run() {
        while true {
            signal.wait()
            let next = queue.withLock { queue in
                queue.work.popFirst()
            }
            if let next {
                next()
            } else if queue.withLock({ $0.isClosed }) {
                return
            }
        }
    }
}
