// Strong entity tags (RFC 9110 §8.8.3) and the places of entities, both made of what an entity is.

package import Domain

/// Entity tags of entities that count their versions.
package enum EntityTag {
    /// The version in quotes.
    package static func text(_ version: Int) -> String { "\"\(version)\"" }
}

/// Where things are found.
package enum EntityPath {
    /// The path of what an event or a task can be about.
    package static func of(_ subject: Subject) -> String {
        collection(subject.kind) + subject.id.text
    }

    /// Where a piece of feedback is found.
    package static func feedback(_ id: UniqueID) -> String { "/task/feedback/" + id.text }

    private static func collection(_ kind: EntityKind) -> String {
        switch kind {
        case .leads: "/crm/leads/"
        case .opportunities: "/crm/opportunities/"
        case .orders: "/logistics/orders/"
        case .deliveries: "/logistics/deliveries/"
        case .tasks: "/task/tasks/"
        case .decisions: "/bhiv/agent/decisions/"
        case .events: "/event/"
        }
    }
}
