// The rate limit's arithmetic: a fixed window, opened by the client's first request. Exactly the
// quota passes; what comes after is told the seconds to the window's end.

/// How many requests a client may make in a window.
package struct RateLimit: Hashable, Sendable {
    package let quota: Int
    package let windowSeconds: Int

    package init(quota: Int, windowSeconds: Int) {
        precondition(quota > 0 && windowSeconds > 0)
        self.quota = quota
        self.windowSeconds = windowSeconds
    }

    /// Reads `100/60`: the quota and the window in seconds; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.first != UInt8(ascii: "+") }),
            let quota = Int(parts[0]), let window = Int(parts[1]),
            (1...1_000_000_000).contains(quota), (1...86_400).contains(window)
        else { return nil }
        self.init(quota: quota, windowSeconds: window)
    }
}

/// One client's window.
package struct RateWindow: Sendable {
    /// Monotonic milliseconds of the request that opened it.
    package private(set) var openedMilliseconds: Int64
    /// Requests that passed in it.
    package var used: Int { Int(count) }
    private var count: UInt32 = 0

    /// A window that is opened by its first request.
    package init(openedMilliseconds: Int64) {
        self.openedMilliseconds = openedMilliseconds
    }

    /// What the limit says of a request.
    package struct Verdict: Equatable, Sendable {
        package let isAdmitted: Bool
        /// Requests left in this window.
        package let remaining: Int
        /// Whole seconds to the window's end, at least 1.
        package let resetSeconds: Int

        /// Whether it is the one of two for a request that a client has to heed: a refusal before
        /// an admission, then the longer wait, or else the fewer requests that are left.
        func isStricter(than other: Verdict) -> Bool {
            if isAdmitted != other.isAdmitted { return !isAdmitted }
            if !isAdmitted || remaining == other.remaining {
                return resetSeconds >= other.resetSeconds
            }
            return remaining < other.remaining
        }
    }

    /// Counts one request at a time in monotonic milliseconds.
    package mutating func admit(_ limit: RateLimit, atMilliseconds now: Int64) -> Verdict {
        let length = Int64(limit.windowSeconds) * 1000
        if now - openedMilliseconds >= length {
            openedMilliseconds = now
            count = 0
        }
        let reset = Int((openedMilliseconds + length - now + 999) / 1000)
        guard used < limit.quota else {
            return Verdict(isAdmitted: false, remaining: 0, resetSeconds: max(1, reset))
        }
        count += 1
        return Verdict(
            isAdmitted: true, remaining: limit.quota - used, resetSeconds: max(1, reset))
    }

    /// Gives one back that was counted.
    package mutating func takeBack() {
        count = count == 0 ? 0 : count - 1
    }

    /// Whether the window is over, so that it can be forgotten.
    package func isOver(_ limit: RateLimit, atMilliseconds now: Int64) -> Bool {
        now - openedMilliseconds >= Int64(limit.windowSeconds) * 1000
    }
}
