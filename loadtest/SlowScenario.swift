// Readers that never read, beside some that do. First the others alone, to know what they get and
// what the server needs; then the same with the slow ones. What differs is what they cost.

import Glibc
import Reactor

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
        let idle = try SlowReaders(options)
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

/// Streams that were asked for and are never read.
private struct SlowReaders {
    private let descriptors: [Int32]

    /// Opens them, each with the smallest receive buffer that the kernel gives.
    init(_ options: SlowOptions) throws(LoadTestError) {
        let streams = options.subscribers
        let needed = options.slowCount + streams.streamCount + streams.publishConnections + 32
        let allowed = Dialer.raiseDescriptorLimit()
        guard needed <= allowed else {
            throw .descriptorsTooFew(needed: needed, allowed: allowed)
        }
        let request = SubscribersRequest.bytes(
            target: streams.target, path: streams.streamPath, transport: streams.transport,
            token: streams.token)
        var opened: [Int32] = []
        for _ in 0..<options.slowCount {
            guard let descriptor = SlowReaders.open(streams.target, request) else {
                for descriptor in opened { Socket.close(descriptor) }
                throw .unreachable("a slow reader was not accepted")
            }
            opened.append(descriptor)
        }
        descriptors = opened
    }

    private static func open(_ target: LoadTestTarget, _ request: [UInt8]) -> Int32? {
        guard let descriptor = try? Dialer.connect(to: target, sourceIndex: nil) else { return nil }
        var bytes: Int32 = 2_048
        _ = unsafe setsockopt(
            descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&entry, 1, 5_000)
        guard Socket.send(descriptor, request, 0..<request.count) == .sent(request.count) else {
            Socket.close(descriptor)
            return nil
        }
        return descriptor
    }

    func close() {
        for descriptor in descriptors { Socket.close(descriptor) }
    }
}
