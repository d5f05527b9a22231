// Blocking work away from the loops: done, bounded, and finished before the end.

import Foundation
import Reactor
import Synchronization
import Testing

@Suite struct `Worker pools` {
    private final class Tally: Sendable {
        let count = Atomic<Int>(0)
    }

    @Test func `work that was taken is done, once`() throws {
        let pool = try WorkerPool(threadCount: 3, queuedMax: 10_000)
        let tally = Tally()
        for _ in 0..<5000 {
            #expect(pool.submit { tally.count.add(1, ordering: .relaxed) })
        }
        pool.close()
        #expect(tally.count.load(ordering: .relaxed) == 5000)
    }

    @Test func `a full queue refuses, and takes again when there is room`() throws {
        let pool = try WorkerPool(threadCount: 1, queuedMax: 3)
        let started = DispatchSemaphore(value: 0)
        let hold = DispatchSemaphore(value: 0)
        let tally = Tally()
        #expect(
            pool.submit {
                started.signal()
                hold.wait()
            })
        #expect(started.wait(timeout: .now() + 10) == .success)
        for _ in 0..<3 {
            #expect(pool.submit { tally.count.add(1, ordering: .relaxed) })
        }
        for _ in 0..<100 {
            #expect(!pool.submit { tally.count.add(1000, ordering: .relaxed) })
        }
        hold.signal()
        let last = DispatchSemaphore(value: 0)
        let deadline = Clock.monotonicMilliseconds() + 10_000
        while !pool.submit({ last.signal() }), Clock.monotonicMilliseconds() < deadline {}
        #expect(last.wait(timeout: .now() + 10) == .success)
        pool.close()
        // What was refused was not done.
        #expect(tally.count.load(ordering: .relaxed) == 3)
    }

    @Test func `places that are kept are there for other work`() throws {
        let pool = try WorkerPool(threadCount: 1, queuedMax: 4)
        let started = DispatchSemaphore(value: 0)
        let hold = DispatchSemaphore(value: 0)
        #expect(
            pool.submit {
                started.signal()
                hold.wait()
            })
        #expect(started.wait(timeout: .now() + 10) == .success)
        let taken = (0..<10).filter { _ in pool.submit(keeping: 3) {} }
        #expect(taken == [0])
        #expect((0..<10).filter { _ in pool.submit {} } == [0, 1, 2])
        hold.signal()
        pool.close()
    }

    @Test func `as many run at once as there are threads`() throws {
        let pool = try WorkerPool(threadCount: 3, queuedMax: 10)
        let together = DispatchSemaphore(value: 0)
        let hold = DispatchSemaphore(value: 0)
        for _ in 0..<3 {
            #expect(
                pool.submit {
                    together.signal()
                    hold.wait()
                })
        }
        for _ in 0..<3 { #expect(together.wait(timeout: .now() + 10) == .success) }
        for _ in 0..<3 { hold.signal() }
        pool.close()
    }

    @Test func `closing lets the queued work finish, and takes no more`() throws {
        let pool = try WorkerPool(threadCount: 2, queuedMax: 100)
        let tally = Tally()
        for _ in 0..<50 {
            #expect(
                pool.submit {
                    usleep(100)
                    tally.count.add(1, ordering: .relaxed)
                })
        }
        pool.close()
        #expect(tally.count.load(ordering: .relaxed) == 50)
        #expect(!pool.submit { tally.count.add(1, ordering: .relaxed) })
        // Closing again waits for nothing.
        pool.close()
        #expect(tally.count.load(ordering: .relaxed) == 50)
    }

    @Test func `a pool without threads or queue is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            _ = try WorkerPool(threadCount: 0, queuedMax: 1)
        }
        await #expect(processExitsWith: .failure) {
            _ = try WorkerPool(threadCount: 1, queuedMax: 0)
        }
    }
}
