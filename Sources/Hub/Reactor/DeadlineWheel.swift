// Deadlines of many connections in whole ticks: a ring of buckets, each a list of tokens. An
// entry is only a reminder to look: the owner checks the true deadline and, when it has moved,
// schedules again. So moving a deadline further away costs nothing.

/// A hashed timing wheel (Varghese, Lauck 1987).
package struct DeadlineWheel {
    private var buckets: [[UInt64]]
    private var nextTick: Int64
    /// The length of a tick.
    package let tickMilliseconds: Int64

    /// A wheel that begins at a time in monotonic milliseconds.
    package init(tickMilliseconds: Int64, bucketCount: Int, nowMilliseconds: Int64) {
        precondition(tickMilliseconds > 0 && bucketCount > 1)
        self.tickMilliseconds = tickMilliseconds
        buckets = [[UInt64]](repeating: [], count: bucketCount)
        nextTick = nowMilliseconds / tickMilliseconds + 1
    }

    /// Reminds of a token at the first tick at or after a time; a time beyond the ring's length
    /// is reminded of early, and the owner schedules again.
    package mutating func schedule(_ token: UInt64, atMilliseconds time: Int64) {
        let isBetween = time % tickMilliseconds > 0
        let wanted = max(nextTick, time / tickMilliseconds + (isBetween ? 1 : 0))
        let tick = min(wanted, nextTick + Int64(buckets.count) - 1)
        buckets[Int(tick % Int64(buckets.count))].append(token)
    }

    /// Moves all tokens whose tick has come to the end of `due`.
    package mutating func advance(toMilliseconds now: Int64, into due: inout [UInt64]) {
        let last = now / tickMilliseconds
        while nextTick <= last {
            let bucket = Int(nextTick % Int64(buckets.count))
            due.append(contentsOf: buckets[bucket])
            buckets[bucket].removeAll(keepingCapacity: buckets[bucket].count < 1024)
            nextTick += 1
        }
    }

    /// Milliseconds until the next tick.
    package func millisecondsToNextTick(nowMilliseconds now: Int64) -> Int64 {
        max(0, nextTick * tickMilliseconds - now)
    }
}
