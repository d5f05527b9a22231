// The one compliance function, pure: default deny, a forbidding rule wins, and the answer names the
// rules that decided. The checker and the scorer both call it with the same facts.

/// What is checked.
package struct CheckInput: Equatable, Sendable {
    /// The name of an event or of an action.
    package let type: String
    package let scope: RuleScope

    package init(type: String, scope: RuleScope) {
        self.type = type
        self.scope = scope
    }
}

/// What is known of the consent of whom it is about.
package struct ConsentStanding: Sendable {
    /// `leads/<id>` or `users/<id>`; nil when it is about nobody.
    package let person: String?
    /// What the request itself said.
    package let flag: Bool?
    /// What is on file.
    package let records: [ConsentKey: ConsentStatus]

    package init(person: String?, flag: Bool?, records: [ConsentKey: ConsentStatus]) {
        self.person = person
        self.flag = flag
        self.records = records
    }

    /// Whether a rule's condition holds for its purpose.
    func satisfies(_ condition: ConsentCondition, for purpose: Purpose) -> Bool {
        switch condition {
        case .any: true
        case .noPerson: person == nil
        case .notWithdrawn: record(for: purpose) != .withdrawn
        case .withdrawn: record(for: purpose) == .withdrawn
        case .flagOrGrant:
            switch record(for: purpose) {
            case .granted: flag != false
            case .withdrawn: false
            case nil: flag == true
            }
        }
    }

    private func record(for purpose: Purpose) -> ConsentStatus? {
        person.flatMap { records[ConsentKey(subject: $0, purpose: purpose)] }
    }
}

/// What a check says.
package enum CheckEffect: String, Sendable {
    case allow, deny
}

/// The answer of a check.
package struct CheckResult: Equatable, Sendable {
    package let effect: CheckEffect
    /// The rules that decided, in the order of the set; none when nothing permitted.
    package let rules: [String]
    package let policyID: String
    package let policyVersion: Int

    package init(effect: CheckEffect, rules: [String], policyID: String, policyVersion: Int) {
        self.effect = effect
        self.rules = rules
        self.policyID = policyID
        self.policyVersion = policyVersion
    }
}

/// A check that was made of an event.
package struct CheckRecord: Equatable, Sendable {
    package let eventID: UniqueID
    package let eventName: String
    package let result: CheckResult

    package init(eventID: UniqueID, eventName: String, result: CheckResult) {
        self.eventID = eventID
        self.eventName = eventName
        self.result = result
    }
}

/// The check.
package enum ComplianceCheck {
    /// Evaluates the rules that can apply.
    package static func evaluate(
        _ input: CheckInput, consent: ConsentStanding, by policy: PolicySet
    ) -> CheckResult {
        var permits: [String] = []
        var forbids: [String] = []
        for number in policy.candidates(input.type, scope: input.scope) {
            let rule = policy.rules[number]
            guard consent.satisfies(rule.requires, for: rule.purpose) else { continue }
            if rule.effect == .forbid { forbids.append(rule.id) } else { permits.append(rule.id) }
        }
        let isAllowed = forbids.isEmpty && !permits.isEmpty
        return CheckResult(
            effect: isAllowed ? .allow : .deny, rules: isAllowed ? permits : forbids,
            policyID: policy.id, policyVersion: policy.version)
    }
}
