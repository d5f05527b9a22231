// Once a second: how much came since the last time.

/// Says when a second of a run is over.
struct ProgressClock {
    private let startNanoseconds: Int64
    private var lastNanoseconds: Int64
    private var lastCount = 0

    init(nowNanoseconds: Int64) {
        startNanoseconds = nowNanoseconds
        lastNanoseconds = nowNanoseconds
    }

    /// What a second gave.
    struct Second: Equatable {
        /// Whole seconds since the start.
        let seconds: Int
        let perSecond: Int
    }

    /// The second that has passed since the last one; nil while it has not.
    mutating func tick(nowNanoseconds: Int64, count: Int) -> Second? {
        let passed = nowNanoseconds - lastNanoseconds
        guard passed >= 1_000_000_000 else { return nil }
        let second = Second(
            seconds: Int((nowNanoseconds - startNanoseconds) / 1_000_000_000),
            perSecond: FixedText.perSecond(count - lastCount, nanoseconds: passed))
        lastNanoseconds = nowNanoseconds
        lastCount = count
        return second
    }
}
