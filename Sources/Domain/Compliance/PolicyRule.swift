// A compliance rule as data: what it is about, whose consent it asks for, and what follows.

/// What a rule says if it applies.
package enum RuleEffect: String, Sendable {
    case permit, forbid
}

/// What a rule is about.
package enum RuleScope: String, CaseIterable, Sendable {
    /// The hub's own events.
    case own
    /// Events that others report.
    case reported
    /// What the agent may choose.
    case actions
}

/// When a rule applies, by what is known of the person's consent for its purpose.
package enum ConsentCondition: String, CaseIterable, Sendable {
    case any
    /// The request says yes, or the record does, and the record does not say no.
    case flagOrGrant = "flag_or_grant"
    case notWithdrawn = "not_withdrawn"
    /// It is about nobody.
    case noPerson = "no_person"
    case withdrawn
}

/// One rule.
package struct PolicyRule: Equatable, Sendable {
    package let id: String
    package let effect: RuleEffect
    package let scope: RuleScope
    /// Names of events or actions; a `*` at the end stands for anything.
    package let eventTypes: [String]
    package let purpose: Purpose
    package let requires: ConsentCondition

    package init(
        id: String, effect: RuleEffect, scope: RuleScope, eventTypes: [String], purpose: Purpose,
        requires: ConsentCondition
    ) {
        self.id = id
        self.effect = effect
        self.scope = scope
        self.eventTypes = eventTypes
        self.purpose = purpose
        self.requires = requires
    }
}

/// Patterns of names: exact, or anything after a beginning.
package enum NamePattern {
    /// Whether a name fits a pattern.
    package static func matches(_ name: String, _ pattern: String) -> Bool {
        pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }
}
