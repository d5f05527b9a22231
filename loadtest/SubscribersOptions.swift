// What a run of subscribers does, with its limits: a run always ends by itself.

/// How events come.
package enum StreamTransport: String, CaseIterable, Sendable {
    case serverSentEvents = "sse"
    case webSocket = "ws"

    /// Where the hub serves it.
    package var defaultPath: String { self == .serverSentEvents ? "/events" : "/ws" }
}

/// The settings of `SubscribersScenario`.
package struct SubscribersOptions: Sendable {
    package var target: LoadTestTarget
    /// The bearer token of streams and publisher; nil sends none.
    package var token: String?
    package var streamCount = 1_000
    package var transport = StreamTransport.serverSentEvents
    /// Path and query; nil means the transport's own path, unfiltered.
    package var path: String?
    /// Whether each stream must have every position; nil means: when the path has no query.
    package var isContiguous: Bool?
    /// Filters that streams have in turn, all different and each wanting all that is published; 0:
    /// the path's own.
    package var filterCount = 0
    /// The port at which streams are opened with TLS; nil: they are plain.
    ///
    /// What is published goes to the target in any case, and any certificate is taken.
    package var tlsPort: UInt16?
    /// How long is published, or held when nothing is.
    package var durationSeconds = 10.0
    package var pace = PublishPace.none
    /// Whether WebSockets ask for compression.
    ///
    /// Every hundredth stream then reads what it gets; the others count frames, for inflating would
    /// cost the load more than the server.
    package var isCompressed = false
    /// Whether the ids are another server's: they are not looked at.
    package var hasForeignIDs = false
    /// Bytes of the published payload.
    package var payloadBytes = 200
    package var publishPath = "/event/unified"
    package var publishConnections = 4
    /// Streams that are being opened at a time.
    package var openingMax = 64
    /// How long opening all may take.
    package var rampSecondsMax = 60.0
    /// What the kernel keeps of what a stream hasn't read; nil: as much as it likes.
    package var receiveBufferBytes: Int32?
    /// The server's process, whose time and memory are then reported.
    package var serverProcess: Int32?

    /// Settings for a target, the rest as a first try would want it.
    package init(target: LoadTestTarget) {
        self.target = target
    }

    /// The most a run may take of each.
    package static let streamCountMax = 100_000
    package static let durationSecondsMax = 3_600.0

    /// The path of the streams.
    var streamPath: String { path ?? transport.defaultPath }

    /// Whether positions may have no holes.
    var requiresContiguous: Bool {
        isContiguous ?? (filterCount == 0 && !streamPath.contains("?"))
    }

    /// The path of one stream.
    func path(ofStream index: Int) -> String {
        guard filterCount > 0 else { return streamPath }
        let separator = streamPath.contains("?") ? "&" : "?"
        return streamPath + separator + "types=loadtest_event,nothing_\(index % filterCount)"
    }

    /// Throws what makes no sense.
    func check() throws(LoadTestError) {
        try require(
            (1...SubscribersOptions.streamCountMax).contains(streamCount), "count",
            "1 to \(SubscribersOptions.streamCountMax) streams")
        try require(
            durationSeconds > 0 && durationSeconds <= SubscribersOptions.durationSecondsMax,
            "duration", "up to \(Int(SubscribersOptions.durationSecondsMax)) seconds")
        try require(
            (64...1_000_000).contains(payloadBytes), "payload-bytes", "64 to 1,000,000 bytes")
        try require(
            (1...256).contains(publishConnections), "publish-connections", "1 to 256 connections")
        try require((1...4_096).contains(openingMax), "opening", "1 to 4,096 streams")
        try require(
            streamPath.hasPrefix("/") && streamPath.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F },
            "path", "an absolute path without spaces")
        try require((0...10_000).contains(filterCount), "filters", "0 to 10,000 filters")
        try require(
            !isCompressed || transport == .webSocket, "compressed", "with --transport ws")
        switch pace {
        case .none: break
        case .rate(let perSecond):
            try require(perSecond > 0 && perSecond <= 1e6, "rate", "up to 1,000,000 a second")
        case .window(let events):
            try require((1...100_000).contains(events), "window", "1 to 100,000 events")
        }
    }

    /// What the server's process has used; nil when it is not watched.
    func readServer() throws(LoadTestError) -> ProcessUsage? {
        guard let serverProcess else { return nil }
        guard let usage = ProcessUsage.read(process: serverProcess) else {
            throw .optionInvalid(name: "server-pid", reason: "there is no such process")
        }
        return usage
    }

    private func require(
        _ isMet: Bool, _ name: String, _ reason: String
    ) throws(LoadTestError) {
        if !isMet { throw .optionInvalid(name: name, reason: reason) }
    }
}
