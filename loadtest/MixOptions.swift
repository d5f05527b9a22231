// What a run of everything at once does, with its limits, and the kinds of readers in it.

/// The settings of `MixScenario`.
package struct MixOptions: Sendable {
    package var target: LoadTestTarget
    /// The bearer token of readers and writers.
    package var token: String?
    /// Readers, of each kind in turn.
    package var streamCount = 120
    /// Readers that never read, replaced by new ones again and again.
    package var slowCount = 40
    /// Readers whose connection is cut each second.
    package var cutsPerSecond = 2.0
    /// Events to publish a second.
    package var rate = 200.0
    package var durationSeconds = 60.0
    /// Bytes of the published payload.
    package var payloadBytes = 200
    /// Whether a connection that is refused, or ends before its answer, spoils the run.
    package var isStrict = false

    /// Settings for a target.
    package init(target: LoadTestTarget) {
        self.target = target
    }

    /// Types of events, published in turn; a filtered reader wants one of them.
    static let typeCount = 8

    func check() throws(LoadTestError) {
        guard (1...10_000).contains(streamCount) else {
            throw .optionInvalid(name: "count", reason: "1 to 10,000 readers")
        }
        guard (0...10_000).contains(slowCount) else {
            throw .optionInvalid(name: "slow", reason: "0 to 10,000 readers")
        }
        guard (0...1_000).contains(cutsPerSecond) else {
            throw .optionInvalid(name: "cuts", reason: "0 to 1,000 a second")
        }
        guard rate > 0, rate <= 5_000 else {
            throw .optionInvalid(name: "rate", reason: "up to 5,000 a second")
        }
        guard durationSeconds > 0, durationSeconds <= SubscribersOptions.durationSecondsMax else {
            throw .optionInvalid(
                name: "duration",
                reason: "up to \(Int(SubscribersOptions.durationSecondsMax)) seconds")
        }
        guard (64...100_000).contains(payloadBytes) else {
            throw .optionInvalid(name: "payload-bytes", reason: "64 to 100,000 bytes")
        }
    }
}

/// What a reader asks for.
enum MixKind: Int, CaseIterable, Sendable {
    case everythingBySSE, everythingByWebSocket, everythingCompressed
    case filteredBySSE, filteredByWebSocket
    /// The newest of each subject, so many a second.
    case latestBySSE, latestByWebSocket

    var transport: StreamTransport {
        switch self {
        case .everythingBySSE, .filteredBySSE, .latestBySSE: .serverSentEvents
        case .everythingByWebSocket, .everythingCompressed, .filteredByWebSocket,
            .latestByWebSocket:
            .webSocket
        }
    }

    /// What it must have got in the end.
    enum Promise: Equatable {
        /// Every position.
        case everything
        /// Every event of a type, and no other.
        case type(String)
        /// The last event.
        case newest
    }

    /// What the reader of a number is promised.
    func promise(_ number: Int) -> Promise {
        switch self {
        case .everythingBySSE, .everythingByWebSocket, .everythingCompressed: .everything
        case .filteredBySSE, .filteredByWebSocket:
            .type(MixKind.type(number / MixKind.allCases.count))
        case .latestBySSE, .latestByWebSocket: .newest
        }
    }

    /// The path and query of a reader that goes on behind a place; `rate` is what is published.
    func path(_ number: Int, after place: LogPlace, rate: Double) -> String {
        var path = transport.defaultPath + "?after=" + place.text
        switch promise(number) {
        case .everything: break
        case .type(let type): path += "&types=" + type
        case .newest:
            // Each reported event is a subject of its own, so they have to keep up.
            path += "&types=mix_*&policy=latest&max_rate=\(Int(rate * 2) + 20)"
        }
        return path
    }

    /// The type of a number; there are `MixOptions.typeCount`.
    static func type(_ number: Int) -> String { "mix_\(number % MixOptions.typeCount)" }
}
