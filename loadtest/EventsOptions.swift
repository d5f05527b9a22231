// What a run of reported events does, with its limits: a run always ends by itself.

/// The settings of `EventsScenario`.
package struct EventsOptions: Sendable {
    package var target: LoadTestTarget
    /// The bearer token; it must be allowed to publish and to look at the processors.
    package var token: String?
    package var path = "/event/unified"
    /// The type of the events: one that no rule acts on, unless rules are to be measured.
    package var eventType = "loadtest_event"
    /// Events a second.
    package var rate = 2_000.0
    /// How long is published.
    package var durationSeconds = 60.0
    /// Events of one request; 1 sends each by itself.
    package var batch = 1
    package var connections = 4
    /// Bytes of each payload.
    package var payloadBytes = 200
    /// How many events are looked at one by one afterwards.
    package var sampleCount = 200
    /// How long the processors may take after the last event.
    package var drainSecondsMax = 120.0
    /// The server's process, whose time and memory are then reported.
    package var serverProcess: Int32?

    /// Settings for a target, the rest as the bar of the pipeline has it.
    package init(target: LoadTestTarget) {
        self.target = target
    }

    /// The most a run may take of each.
    package static let batchMax = 1_000
    package static let durationSecondsMax = 3_600.0

    /// Throws what makes no sense.
    func check() throws(LoadTestError) {
        try require(rate > 0 && rate <= 1_000_000, "rate", "up to 1,000,000 events a second")
        try require(
            durationSeconds > 0 && durationSeconds <= EventsOptions.durationSecondsMax,
            "duration", "up to \(Int(EventsOptions.durationSecondsMax)) seconds")
        try require(
            (1...EventsOptions.batchMax).contains(batch), "batch",
            "1 to \(EventsOptions.batchMax) events")
        try require((1...256).contains(connections), "connections", "1 to 256 connections")
        try require(
            (64...1_000_000).contains(payloadBytes), "payload-bytes", "64 to 1,000,000 bytes")
        try require((0...100_000).contains(sampleCount), "sample", "up to 100,000 events")
        try require(
            drainSecondsMax > 0 && drainSecondsMax <= EventsOptions.durationSecondsMax,
            "drain", "up to \(Int(EventsOptions.durationSecondsMax)) seconds")
        let isType =
            !eventType.isEmpty
            && eventType.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F
            }
        try require(isType, "type", "lower-case letters, digits and underscores")
    }

    private func require(
        _ isMet: Bool, _ name: String, _ reason: String
    ) throws(LoadTestError) {
        if !isMet { throw .optionInvalid(name: name, reason: reason) }
    }
}
