// A version of the compliance policy, indexed by name when it is made: a check looks up the exact
// name and each length of prefix that any rule has, and never walks the rules that can't apply.

/// An immutable set of rules.
package struct PolicySet: Sendable {
    package let id: String
    package let version: Int
    package let rules: [PolicyRule]

    /// For each scope the rules by exact name, by number, ascending.
    private var exact: [RuleScope: [String: [Int]]] = [:]
    /// For each scope the rules by prefix, the `*` left out.
    private var prefixes: [RuleScope: [Substring: [Int]]] = [:]
    /// For each scope the lengths of its prefixes in bytes, ascending.
    private var lengths: [RuleScope: [Int]] = [:]

    /// For each scope the purposes whose consent its rules ask for.
    private var purposes: [RuleScope: Set<Purpose>] = [:]

    package init(id: String, version: Int, rules: [PolicyRule]) {
        self.id = id
        self.version = version
        self.rules = rules
        for (number, rule) in rules.enumerated() {
            purposes[rule.scope, default: []].insert(rule.purpose)
            for type in rule.eventTypes {
                if type.hasSuffix("*") {
                    prefixes[rule.scope, default: [:]][type.dropLast(), default: []].append(number)
                } else {
                    exact[rule.scope, default: [:]][type, default: []].append(number)
                }
            }
        }
        lengths = prefixes.mapValues { Set($0.keys.map(\.utf8.count)).sorted() }
    }

    /// The purposes whose records a check in a scope looks at.
    package func purposes(in scope: RuleScope) -> Set<Purpose> { purposes[scope] ?? [] }

    /// The numbers of the rules whose names fit, ascending, each once.
    func candidates(_ type: String, scope: RuleScope) -> [Int] {
        var numbers = exact[scope]?[type] ?? []
        let bytes = type.utf8
        for length in lengths[scope] ?? [] {
            guard length <= bytes.count else { break }
            let end = bytes.index(bytes.startIndex, offsetBy: length)
            numbers += prefixes[scope]?[Substring(bytes[..<end])] ?? []
        }
        guard numbers.count > 1 else { return numbers }
        numbers.sort()
        var unique: [Int] = []
        unique.reserveCapacity(numbers.count)
        for number in numbers where unique.last != number { unique.append(number) }
        return unique
    }

    /// The policy that the program ships with.
    package static let standard = PolicySet(
        id: "standard", version: 1,
        rules: [
            PolicyRule(
                id: "contract_permits", effect: .permit, scope: .own, eventTypes: ownTypes,
                purpose: .contract, requires: .notWithdrawn),
            PolicyRule(
                id: "contract_withdrawn", effect: .forbid, scope: .own, eventTypes: ["*"],
                purpose: .contract, requires: .withdrawn),
            PolicyRule(
                id: "consent_permits", effect: .permit, scope: .reported, eventTypes: ["*"],
                purpose: .eventProcessing, requires: .flagOrGrant),
            PolicyRule(
                id: "nobody_concerned", effect: .permit, scope: .reported, eventTypes: ["*"],
                purpose: .eventProcessing, requires: .noPerson),
            PolicyRule(
                id: "processing_withdrawn", effect: .forbid, scope: .reported, eventTypes: ["*"],
                purpose: .eventProcessing, requires: .withdrawn),
            PolicyRule(
                id: "actions_permitted", effect: .permit, scope: .actions, eventTypes: ["*"],
                purpose: .contract, requires: .notWithdrawn),
            PolicyRule(
                id: "actions_withdrawn", effect: .forbid, scope: .actions, eventTypes: ["*"],
                purpose: .contract, requires: .withdrawn),
            PolicyRule(
                id: "contact_withdrawn", effect: .forbid, scope: .actions,
                eventTypes: ["call", "email", "notify"], purpose: .contact, requires: .withdrawn),
        ])

    /// The own events that are checked and scored.
    package static let ownTypes = [
        "lead_created", "opportunity_created", "order_created", "feedback_received",
    ]
}
