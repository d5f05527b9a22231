// The moves of a lead, every pair of them.

import Testing

@testable import Domain

@Suite struct `Lead transitions` {
    /// What may follow what, written out.
    private static let moves: [LeadStatus: Set<LeadStatus>] = [
        .new: [.contacted, .qualified, .disqualified, .recycled],
        .contacted: [.qualified, .disqualified, .recycled],
        .qualified: [.contacted, .disqualified, .recycled],
        .converted: [],
        .disqualified: [.recycled],
        .recycled: [.new, .contacted, .disqualified],
    ]

    @Test(arguments: LeadStatus.allCases, LeadStatus.allCases)
    func `each pair is allowed or refused with what is allowed`(from: LeadStatus, to: LeadStatus) {
        let refused = refusal { () throws(Refusal) in
            try LeadTransitions.check(from: from, to: to)
        }
        if Self.moves[from]?.contains(to) == true {
            #expect(refused == nil)
            return
        }
        guard case .illegalTransition("status", from.rawValue, to.rawValue, let allowed)? = refused
        else {
            Issue.record("\(from) → \(to) gave \(String(describing: refused))")
            return
        }
        #expect(refused?.status == 409)
        #expect(Set(allowed) == Set(Self.moves[from]?.map(\.rawValue) ?? []))
    }

    @Test(arguments: LeadStatus.allCases, LeadStatus.allCases)
    func `a patch of the status makes exactly the allowed moves`(
        from: LeadStatus, to: LeadStatus
    ) throws {
        var facts = try facts(newLead(1))
        facts.leads[id(1)]?.status = from
        let patch = change(1) { $0.status = to }
        let decision = try? patch.decide(given: facts, by: caller(), at: time(5))
        if from == to {
            #expect(decision?.events.isEmpty == true)
        } else if Self.moves[from]?.contains(to) == true {
            #expect(decision.flatMap { lead(of: $0) }?.status == to)
        } else {
            #expect(decision == nil)
        }
    }

    @Test func `a converted lead is never left, and no patch converts one`() {
        #expect(LeadTransitions.allowed(from: .converted) == [])
        for status in LeadStatus.allCases {
            #expect(!LeadTransitions.allowed(from: status).contains(.converted))
        }
    }
}
