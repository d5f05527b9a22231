// A place in the hub's log as the load tester needs it: what it resumes behind.

/// `<epoch>-<position>`.
struct LogPlace: Equatable {
    let epoch: String
    let position: UInt64

    init(epoch: String, position: UInt64) {
        self.epoch = epoch
        self.position = position
    }

    /// Reads an id; nil when it is none.
    init?(_ text: String) {
        let parts = text.split(separator: "-", maxSplits: 1)
        guard parts.count == 2, parts[0].utf8.count == 8, let position = UInt64(parts[1]) else {
            return nil
        }
        epoch = String(parts[0])
        self.position = position
    }

    /// The id.
    var text: String { "\(epoch)-\(position)" }

    /// The end of a server's log, asked for over a connection of its own: one that is kept would be
    /// closed while nothing is asked.
    static func head(
        of target: LoadTestTarget, token: String?
    ) throws(LoadTestError) -> LogPlace {
        var query = try QueryConnection(target: target, token: token)
        defer { query.close() }
        let answer = try query.get("/events?limit=1")
        guard answer.status == 200, let place = answer.text("head").flatMap(LogPlace.init) else {
            throw .unreachable("/events answered \(answer.status)")
        }
        return place
    }
}
