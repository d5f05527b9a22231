// Waiting for what must come true. A test never sleeps for a guessed time: it names a condition and
// how long it may take at most, and fails with the name when it does not come.

import Foundation

/// What was awaited did not come in time.
package struct WaitTimedOut: Error, CustomStringConvertible {
    /// What was awaited, and how long.
    package let description: String
}

/// Asks every few milliseconds until the condition holds; throws, naming it, when time is up.
package func waitUntil(
    _ what: @autoclosure () -> String, timeoutSeconds: Double = 10,
    _ condition: () throws -> Bool
) throws {
    let deadline = Deadline(seconds: timeoutSeconds)
    while try !condition() {
        guard !deadline.isOver else {
            throw WaitTimedOut(description: "not within \(timeoutSeconds) s: \(what())")
        }
        usleep(10_000)
    }
}

/// A moment by which something must have happened, on the monotonic clock.
package struct Deadline: Sendable {
    private let end: UInt64

    /// So many seconds from now.
    package init(seconds: Double) {
        end = DispatchTime.now().uptimeNanoseconds + UInt64(max(0, seconds) * 1e9)
    }

    /// Whether the moment has passed.
    package var isOver: Bool { secondsLeft <= 0 }

    /// The time until then; 0 afterwards.
    package var secondsLeft: Double {
        let now = DispatchTime.now().uptimeNanoseconds
        return now >= end ? 0 : Double(end - now) / 1e9
    }

    /// The same for `poll`, rounded up.
    var millisecondsLeft: Int32 { Int32(min(3_600_000, (secondsLeft * 1000).rounded(.up))) }
}

/// A thread that a test starts and joins.
package final class TestThread: Sendable {
    private let finished = DispatchSemaphore(value: 0)

    /// Starts it.
    package init(_ body: @escaping @Sendable () -> Void) {
        let finished = finished
        let thread = Thread {
            body()
            finished.signal()
        }
        thread.start()
    }

    /// Waits for its end.
    package func join() {
        finished.wait()
        finished.signal()
    }
}
