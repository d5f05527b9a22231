// What an event, a task, a decision or a piece of feedback is about: `<kind>/<id>`.

/// The kinds of things that have an id here.
package enum EntityKind: String, CaseIterable, Sendable {
    case leads, opportunities, orders, deliveries, tasks, decisions, events

    /// What one of them is called, as events' names begin.
    package var singular: String {
        switch self {
        case .leads: "lead"
        case .opportunities: "opportunity"
        case .orders: "order"
        case .deliveries: "delivery"
        case .tasks: "task"
        case .decisions: "decision"
        case .events: "event"
        }
    }

    /// The field that says where one of them stands; nil if they don't move.
    package var stateField: String? {
        switch self {
        case .opportunities: "stage"
        case .leads, .orders, .deliveries, .tasks: "status"
        case .decisions, .events: nil
        }
    }
}

/// One thing by kind and id.
package struct Subject: Hashable, Comparable, Sendable {
    package let kind: EntityKind
    package let id: UniqueID

    package init(_ kind: EntityKind, _ id: UniqueID) {
        self.kind = kind
        self.id = id
    }

    /// Reads `leads/<uuid>`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let kind = EntityKind(rawValue: String(parts[0])),
            let id = UniqueID(parts[1])
        else { return nil }
        self.init(kind, id)
    }

    /// Reads a field of a request; of another kind than those it is a refusal.
    package init(
        _ text: String, field: String, kinds: [EntityKind]
    ) throws(Refusal) {
        guard let subject = Subject(text), kinds.contains(subject.kind) else {
            let names = kinds.map { $0.rawValue + "/<id>" }.joined(separator: ", ")
            throw .invalidField(field, "must be one of \(names)")
        }
        self = subject
    }

    /// `leads/<uuid>`.
    package var text: String { kind.rawValue + "/" + id.text }

    package static func < (left: Subject, right: Subject) -> Bool {
        (left.kind.rawValue, left.id) < (right.kind.rawValue, right.id)
    }
}
