// Writers and subscribers at once, and the promise that is checked at the end, whatever happened in
// between: every answered command has exactly one event, every subscriber saw each event once, all
// in one order without a hole, and no event is without a command.

import Foundation
import Support

/// The load of one test.
final class Load {
    let followers: [StreamFollower]
    let writers: [CommandWriter]
    private let token: String

    /// Starts subscribers on both transports, then the writers.
    ///
    /// Every list of ports is one client's; a writer that knows several tries the next one when
    /// it has no answer after `patienceSeconds`.
    init(
        token: String, followers followed: [[Int]], writers written: [[Int]],
        patienceSeconds: Double = 15, keylessCount: Int = 0
    ) {
        self.token = token
        followers = followed.enumerated().map { index, ports in
            StreamFollower(
                index.isMultiple(of: 2) ? .eventStream : .webSocket, ports: ports, token: token)
        }
        writers = written.enumerated().map { index, ports in
            CommandWriter(
                "writer\(index)", ports: ports, token: token,
                attemptSeconds: ports.count > 1 ? patienceSeconds : 15,
                hasKeys: index >= keylessCount)
        }
    }

    /// Two subscribers on each transport and six writers, all on one hub.
    ///
    /// So many of the writers send no idempotency keys.
    convenience init(on hub: HubProcess, keylessCount: Int = 0) throws {
        let ports = [hub.port]
        self.init(
            token: try hub.token(for: "admin"), followers: Array(repeating: ports, count: 4),
            writers: Array(repeating: ports, count: 6), keylessCount: keylessCount)
    }

    /// Commands that were answered so far.
    var answeredCount: Int { writers.reduce(0) { $0 + $1.seen.answered.count } }

    /// Waits until that many more commands were answered.
    func waitForAnswers(_ count: Int, timeoutSeconds: Double = 20) throws {
        let goal = answeredCount + count
        try waitUntil("\(count) more commands are answered", timeoutSeconds: timeoutSeconds) {
            answeredCount >= goal
        }
    }

    /// Lets the writers get their last answers and the subscribers their last events; says
    /// everything that broke the promise.
    func finish(on hub: HubProcess) throws -> LoadReport {
        for writer in writers { writer.askToStop(withinSeconds: 20) }
        for writer in writers { writer.join() }
        let count = answeredCount
        try? waitUntil("all have seen all", timeoutSeconds: 20) {
            let counts = followers.map(\.count)
            return counts.allSatisfy { $0 >= count && $0 == counts[0] }
        }
        // What must not come is not there a moment later either.
        usleep(200_000)
        for follower in followers { follower.stop() }
        var report = LoadReport(
            writers: writers.map(\.seen), followers: followers.map(\.seen))
        let client = hub.client(token)
        for lead in report.answered where lead.eventName == "lead_created" {
            guard report.leadsChecked < 20 else { break }
            report.leadsChecked += 1
            let response = try client.get("/crm/leads/\(lead.id)")
            if response.status != 200 || response.string("name") != lead.mark {
                report.violations.append("the lead \(lead.mark) is gone: \(response.status)")
            }
        }
        return report
    }
}

/// What a load came to.
struct LoadReport {
    let writers: [CommandWriter.Record]
    let followers: [StreamFollower.Record]
    let answered: [AnsweredCommand]
    /// Everything that broke the promise; the first of each kind tell enough.
    var violations: [String] = []
    var leadsChecked = 0

    init(writers: [CommandWriter.Record], followers: [StreamFollower.Record]) {
        self.writers = writers
        self.followers = followers
        answered = writers.flatMap(\.answered)
        violations += writers.flatMap { $0.faults.prefix(3) }
        for (index, follower) in followers.enumerated() {
            violations += follower.faults.prefix(3).map { "subscriber \(index): \($0)" }
            compare(index, follower.events)
        }
    }

    /// Attempts that got no answer.
    var lostCount: Int { writers.reduce(0) { $0 + $1.lostCount } }

    /// Attempts that were answered 503.
    var unavailableCount: Int { writers.reduce(0) { $0 + $1.unavailableCount } }

    /// The longest that an answer took.
    var slowestSeconds: Double { writers.map(\.slowestSeconds).max() ?? 0 }

    /// One line that says what the run was like.
    var summary: String {
        "\(answered.count) commands, \(answered.filter { $0.attempts > 1 }.count) repeated, "
            + "\(lostCount) answers lost, \(unavailableCount) unavailable, slowest "
            + "\(Double(Int(slowestSeconds * 1000)) / 1000) s, connections "
            + "\(followers.map(\.connectionCount))"
    }

    private mutating func compare(_ index: Int, _ events: [FollowedEvent]) {
        var found: [String] = []
        var seen: [String: FollowedEvent] = [:]
        for event in events {
            if let other = seen.updateValue(event, forKey: event.mark) {
                found.append("\(event.mark) at \(other.position) and again at \(event.position)")
            }
        }
        for command in answered {
            guard let event = seen.removeValue(forKey: command.mark) else {
                found.append("\(command.mark) was answered and never came")
                continue
            }
            let id = event.name == "lead_created" ? event.entityID : event.id
            if event.name != command.eventName || id != command.id {
                found.append("\(command.mark) is \(event), its answer said \(command.id)")
            }
        }
        let abandoned = writers.reduce(into: Set<String>()) { $0.formUnion($1.abandoned) }
        found += seen.values.filter { !abandoned.contains($0.mark) }
            .map { "\($0.mark) at \($0.position) belongs to no answered command" }
        if events.last?.position != events.count, !events.isEmpty {
            found.append("\(events.count) events up to position \(events.last?.position ?? 0)")
        }
        let first = followers[0].events
        if first.count != events.count {
            found.append("subscriber 0 saw \(first.count) events, this one \(events.count)")
        }
        if let place = zip(first, events).first(where: { $0 != $1 }) {
            found.append("subscriber 0 saw \(place.0), this one \(place.1)")
        }
        violations += found.prefix(3).map { "subscriber \(index): \($0)" }
    }
}
