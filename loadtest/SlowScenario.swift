// Readers that never read, beside some that do. First the others alone, to know what they get and
// what the server needs; then the same with the slow ones. What differs is what they cost.

/// The settings of `SlowScenario`.
package struct SlowOptions: Sendable {
    /// The streams that read, and at which rate is written.
    package var subscribers: SubscribersOptions
    /// The readers that never read.
    package var slowCount = 1_000

    /// Settings for a target, the rest as the bar of slow readers has it.
    package init(target: LoadTestTarget) {
        subscribers = SubscribersOptions(target: target)
        subscribers.streamCount = 100
        subscribers.pace = .rate(perSecond: 200)
        subscribers.durationSeconds = 60
    }

    func check() throws(LoadTestError) {
        try subscribers.check()
        guard (1...50_000).contains(slowCount) else {
            throw .optionInvalid(name: "slow", reason: "1 to 50,000 readers")
        }
    }
}

/// The run of readers that never read.
package enum SlowScenario {
    /// Runs it to its end; `report` hears the state once a second.
    package static func run(
        _ options: SlowOptions, report: (SubscribersProgress) -> Void = { _ in }
    ) throws -> SlowReport {
        try options.check()
        var result = SlowReport()
        result.slowCount = options.slowCount
        let before = try options.subscribers.readServer()
        result.alone = try SubscribersScenario.run(options.subscribers, report: report)
        let middle = try options.subscribers.readServer()
        let idle = try SlowReaders(options.subscribers, count: options.slowCount)
        result.beside = try SubscribersScenario.run(options.subscribers, report: report)
        let after = try options.subscribers.readServer()
        idle.close()
        if let before, let middle, let after {
            result.growthAloneBytes = middle.anonymousBytes - before.anonymousBytes
            result.growthBesideBytes = after.anonymousBytes - middle.anonymousBytes
        }
        return result
    }
}
