// The actions that are decided between when a request names none: a set for each kind of subject.

/// A named set of candidate actions, the most careful last.
package struct ActionSet: Equatable, Sendable {
    package let name: String
    package let actions: [String]

    /// Every set, by name; the name is the kind of subject it is the default for.
    package static let all = [
        ActionSet(name: "deliveries", actions: ["proceed", "reschedule", "notify"]),
        ActionSet(name: "leads", actions: ["call", "email", "wait"]),
        ActionSet(name: "orders", actions: ["standard", "express", "hold"]),
    ]

    /// The set of a name; nil for a name that is none.
    package static func named(_ name: String) -> ActionSet? {
        all.first { $0.name == name }
    }

    /// The default for a subject such as `orders/<uuid>`; nil for a kind that has none.
    package static func forSubject(_ subject: String) -> ActionSet? {
        subject.split(separator: "/", maxSplits: 1).first.flatMap { named(String($0)) }
    }
}
