// What a run of commands does, with its limits: a run always ends by itself.

/// Which command is sent.
package enum LoadCommand: Equatable, Sendable {
    /// `POST /crm/leads`, each with an email and an idempotency key of its own.
    case lead
    /// `POST /bhiv/agent/decide` about one lead, after the model was taught so often.
    case decision(lessons: Int)

    /// Where it is sent.
    var path: String {
        switch self {
        case .lead: "/crm/leads"
        case .decision: "/bhiv/agent/decide"
        }
    }

    /// What the report calls the run.
    var scenario: String {
        switch self {
        case .lead: "commands"
        case .decision: "decisions"
        }
    }
}

/// The settings of `CommandsScenario`.
package struct CommandsOptions: Sendable {
    package var target: LoadTestTarget
    /// The bearer token; nil sends none.
    package var token: String?
    package var command = LoadCommand.lead
    /// Another path than the command's own, as for a server that stores nothing.
    package var path: String?
    /// Commands without an answer, over all connections.
    package var inFlight = 256
    package var connections = 32
    /// How long commands are sent.
    package var durationSeconds = 10.0
    /// How many commands are sent at most; nil means as many as the time allows.
    package var count: Int?
    /// Begins each email and idempotency key; nil takes a random one, so that runs don't collide.
    package var runName: String?
    /// The server's process, whose time is then reported.
    package var serverProcess: Int32?

    /// Settings for a target, the rest as a first try would want it.
    package init(target: LoadTestTarget) {
        self.target = target
    }

    /// Where commands go.
    var requestPath: String { path ?? command.path }

    /// The most a run may take of each.
    package static let lessonsMax = 100_000
    package static let inFlightMax = 65_536
    package static let connectionsMax = 4_096
    package static let durationSecondsMax = 3_600.0

    /// Throws what makes no sense.
    func check() throws(LoadTestError) {
        try require(
            (1...CommandsOptions.connectionsMax).contains(connections), "connections",
            "1 to \(CommandsOptions.connectionsMax)")
        try require(
            (connections...CommandsOptions.inFlightMax).contains(inFlight), "in-flight",
            "as many as connections, up to \(CommandsOptions.inFlightMax)")
        try require(
            durationSeconds > 0 && durationSeconds <= CommandsOptions.durationSecondsMax,
            "duration", "up to \(Int(CommandsOptions.durationSecondsMax)) seconds")
        try require(count.map { $0 > 0 } ?? true, "count", "at least 1")
        let path = requestPath
        try require(
            path.hasPrefix("/") && path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "path",
            "an absolute path without spaces")
        try require(
            runName.map(CommandsOptions.isName) ?? true, "run",
            "1 to 32 lower-case letters, digits and hyphens")
        if case .decision(let lessons) = command {
            try require(
                (0...CommandsOptions.lessonsMax).contains(lessons), "lessons",
                "up to \(CommandsOptions.lessonsMax)")
        }
    }

    private static func isName(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x2D
            }
    }

    private func require(
        _ isMet: Bool, _ name: String, _ reason: String
    ) throws(LoadTestError) {
        if !isMet { throw .optionInvalid(name: name, reason: reason) }
    }
}
