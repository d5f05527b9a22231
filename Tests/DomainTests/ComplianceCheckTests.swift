// The compliance check: default deny, forbid wins, the rules named, and an index that never changes
// an answer.

import Domain
import Support
import Testing

@Suite struct `Compliance checks` {
    private func standing(
        _ status: ConsentStatus?, person: String? = "users/u1", flag: Bool? = nil,
        purpose: Purpose = .eventProcessing
    ) -> ConsentStanding {
        var records: [ConsentKey: ConsentStatus] = [:]
        if let status {
            records[ConsentKey(subject: "users/u1", purpose: purpose)] = status
        }
        return ConsentStanding(person: person, flag: flag, records: records)
    }

    private func standard(
        _ scope: RuleScope, _ type: String, _ consent: ConsentStanding
    )
        -> CheckResult
    {
        ComplianceCheck.evaluate(
            CheckInput(type: type, scope: scope), consent: consent, by: .standard)
    }

    @Test(arguments: [
        (ConsentStatus?.none, Bool?.none, CheckEffect.deny, [String]()),
        (nil, true, .allow, ["consent_permits"]),
        (.granted, nil, .allow, ["consent_permits"]),
        (.granted, true, .allow, ["consent_permits"]),
        (.granted, false, .deny, []),
        (.withdrawn, nil, .deny, ["processing_withdrawn"]),
        (.withdrawn, true, .deny, ["processing_withdrawn"]),
    ])
    func `a reported event about a person needs a yes, and a withdrawal beats it`(
        status: ConsentStatus?, flag: Bool?, effect: CheckEffect, rules: [String]
    ) {
        let result = standard(.reported, "sla_warning", standing(status, flag: flag))
        #expect(result.effect == effect && result.rules == rules)
        #expect(result.policyID == "standard" && result.policyVersion == 1)
    }

    @Test func `a reported event about nobody is allowed`() {
        let result = standard(.reported, "sla_warning", standing(nil, person: nil))
        #expect(result.effect == .allow && result.rules == ["nobody_concerned"])
    }

    @Test(arguments: PolicySet.ownTypes)
    func `own events are allowed under the contract until it is withdrawn`(type: String) {
        for status in [nil, ConsentStatus.granted] {
            let result = standard(.own, type, standing(status, purpose: .contract))
            #expect(result.effect == .allow && result.rules == ["contract_permits"])
        }
        let result = standard(.own, type, standing(.withdrawn, purpose: .contract))
        #expect(result.effect == .deny && result.rules == ["contract_withdrawn"])
        let other = standard(.own, type, standing(.withdrawn))
        #expect(other.effect == .allow)
        #expect(standard(.own, "order_updated", standing(nil)).effect == .deny)
    }

    @Test func `an action that contacts is ruled out by a withdrawal from being contacted`() {
        let consent = standing(.withdrawn, purpose: .contact)
        for action in ["call", "email", "notify"] {
            #expect(standard(.actions, action, consent).rules == ["contact_withdrawn"])
        }
        #expect(standard(.actions, "wait", consent).effect == .allow)
        let all = standard(.actions, "wait", standing(.withdrawn, purpose: .contract))
        #expect(all.effect == .deny && all.rules == ["actions_withdrawn"])
    }

    @Test func `with no rule that permits, the answer is no and names none`() {
        let policy = PolicySet(id: "none", version: 7, rules: [])
        let result = ComplianceCheck.evaluate(
            CheckInput(type: "a", scope: .own), consent: standing(.granted), by: policy)
        #expect(result.effect == .deny && result.rules.isEmpty && result.policyVersion == 7)
    }

    @Test(arguments: ConsentCondition.allCases)
    func `each condition holds exactly when it should`(condition: ConsentCondition) {
        for person in [nil, "users/u1"] as [String?] {
            for flag in [nil, true, false] as [Bool?] {
                for status in [nil, .granted, .withdrawn] as [ConsentStatus?] {
                    let record = person == nil ? nil : status
                    let expected =
                        switch condition {
                        case .any: true
                        case .noPerson: person == nil
                        case .notWithdrawn: record != .withdrawn
                        case .withdrawn: record == .withdrawn
                        case .flagOrGrant:
                            record != .withdrawn && flag != false
                                && (flag == true || record == .granted)
                        }
                    let policy = PolicySet(
                        id: "p", version: 1,
                        rules: [
                            PolicyRule(
                                id: "r", effect: .permit, scope: .own, eventTypes: ["x"],
                                purpose: .eventProcessing, requires: condition)
                        ])
                    let result = ComplianceCheck.evaluate(
                        CheckInput(type: "x", scope: .own),
                        consent: standing(status, person: person, flag: flag), by: policy)
                    #expect((result.effect == .allow) == expected)
                }
            }
        }
    }

    @Test func `500 rules answer as a walk over all of them would`() {
        var random = TestSeed.random("500 rules")
        let purposes = [Purpose.contract, .eventProcessing, .contact]
        func name() -> String {
            (0..<Int.random(in: 0...5, using: &random)).map { _ in random.pick(["a", "b", "_"]) }
                .joined()
        }
        for _ in 0..<10 {
            let rules = (0..<500).map { number in
                PolicyRule(
                    id: "r\(number)", effect: random.oneIn(4) ? .forbid : .permit,
                    scope: random.pick(RuleScope.allCases),
                    eventTypes: (0..<Int.random(in: 1...3, using: &random)).map { _ in
                        name() + (random.oneIn(2) ? "*" : "")
                    },
                    purpose: random.pick(purposes), requires: random.pick(ConsentCondition.allCases)
                )
            }
            let policy = PolicySet(id: "p", version: 1, rules: rules)
            for _ in 0..<50 {
                let input = CheckInput(type: name(), scope: random.pick(RuleScope.allCases))
                let consent = standing(
                    random.pick([nil, .granted, .withdrawn]),
                    person: random.pick([nil, "users/u1"]), flag: random.pick([nil, true, false]),
                    purpose: random.pick(purposes))
                let fitting = rules.filter { rule in
                    rule.scope == input.scope
                        && rule.eventTypes.contains { NamePattern.matches(input.type, $0) }
                        && ComplianceCheck.evaluate(
                            CheckInput(type: "x", scope: .own), consent: consent,
                            by: PolicySet(
                                id: "", version: 1,
                                rules: [
                                    PolicyRule(
                                        id: "x", effect: .permit, scope: .own, eventTypes: ["x"],
                                        purpose: rule.purpose, requires: rule.requires)
                                ])
                        ).effect == .allow
                }
                let forbids = fitting.filter { $0.effect == .forbid }.map(\.id)
                let permits = fitting.filter { $0.effect == .permit }.map(\.id)
                let result = ComplianceCheck.evaluate(input, consent: consent, by: policy)
                #expect(
                    result.effect == (forbids.isEmpty && !permits.isEmpty ? .allow : .deny))
                #expect(result.rules == (result.effect == .allow ? permits : forbids))
            }
        }
    }

    @Test func `every purpose that a rule asks for has a notice`() {
        for rule in PolicySet.standard.rules {
            #expect(PurposeNotice.named(rule.purpose.code)?.purpose == rule.purpose)
        }
        #expect(PurposeNotice.named("marketing") == nil)
    }
}
