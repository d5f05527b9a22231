// The whole log held against what was answered: each step has its event once, each event has what
// must follow from it once, and nothing is in the log that neither explains.

import Foundation
import Support

/// An event of the log with what the ledger needs of it.
struct LedgerEvent {
    let position: Int
    let id: String
    let name: String
    let traceID: String
    /// The id of the event that it follows from; nil for a client's command.
    let cause: String?
    let data: JSON

    init(_ event: JSON) {
        position = event["position"].string.flatMap { Int($0) } ?? -1
        id = event["id"].string ?? ""
        name = event["type"].string?.replacingOccurrences(of: "in.bhiv.", with: "") ?? ""
        traceID = String(event["traceparent"].string?.split(separator: "-").dropFirst().first ?? "")
        cause = event["causationid"].string
        data = event["data"]
    }
}

/// The log from its first event to its last.
struct PipelineLedger {
    let events: [LedgerEvent]

    /// Reads the whole log, page by page.
    init(_ client: TestClient) throws {
        var events: [LedgerEvent] = []
        var cursor: String? = "0"
        while let place = cursor {
            let page = try client.get(
                "/events?order=asc&limit=1000&cursor=\(place)",
                headers: [("Accept", "application/json")])
            guard page.status == 200 else {
                throw ProcessFailure("history: \(page.status) \(page.text)")
            }
            events += page.json["data"].array.map(LedgerEvent.init)
            cursor = page.json["next_cursor"].string
        }
        self.events = events
    }

    /// How many events have a name.
    func count(_ name: String) -> Int { events.filter { $0.name == name }.count }

    /// Everything that is wrong, in words.
    func violations(answered: [AnsweredStep]) -> [String] {
        var found: [String] = []
        for (index, event) in events.enumerated() where event.position != index + 1 {
            found.append("position \(event.position) stands where \(index + 1) should")
        }
        if Set(events.map(\.id)).count != events.count { found.append("an event's id came twice") }
        let own = Dictionary(grouping: events.filter { $0.cause == nil }) { event in
            event.name + " " + (PipelineLedger.namesEntity(event) ? entity(event) : event.id)
        }
        let effects = Dictionary(grouping: events.filter { $0.cause != nil }) { $0.cause ?? "" }
        var explained = 0
        for step in answered {
            let mine = own["\(step.eventName) \(step.id)"] ?? []
            guard mine.count == 1 else {
                found.append("\(step.eventName) \(step.id) is \(mine.count) times in the log")
                continue
            }
            let followed = effects[mine[0].id] ?? []
            explained += 1 + followed.count
            found += check(step, mine[0], followed)
        }
        if explained != events.count {
            found.append("\(events.count - explained) events follow from no answered command")
        }
        return found
    }

    private func check(
        _ step: AnsweredStep, _ event: LedgerEvent, _ followed: [LedgerEvent]
    ) -> [String] {
        var found: [String] = []
        let counts = Dictionary(followed.map { ($0.name, 1) }, uniquingKeysWith: +)
        if counts != step.effects {
            found.append("\(step.eventName) at \(event.position): \(counts), not \(step.effects)")
        }
        for effect in followed {
            if effect.position <= event.position {
                found.append("\(effect.name) at \(effect.position) is before its cause")
            }
            if effect.traceID != step.traceID {
                found.append("\(effect.name) at \(effect.position) left its trace")
            }
            if effect.name == "task_created", effect.data["origin"]["event"].string != event.id {
                found.append("the task at \(effect.position) says another origin")
            }
            if effect.name == "rl_updated",
                event.data["subject"].string?.hasPrefix("decisions/") == true,
                effect.data["learned"].bool != true
            {
                found.append("nothing was learned at \(effect.position) from a decision's reward")
            }
        }
        if event.traceID != step.traceID {
            found.append("\(event.name) at \(event.position) left its trace")
        }
        return found
    }

    private func entity(_ event: LedgerEvent) -> String { event.data["id"].string ?? "" }

    /// Reported events have no entity: the answer names the event itself.
    private static func namesEntity(_ event: LedgerEvent) -> Bool {
        event.name != "sla_warning" && event.name != "load.reported"
    }
}
