// When a session goes on, and when it is over: decided by its row, its user and the clock alone.

import Domain
import Testing

@Suite struct `Sessions of users` {
    private static let start = Timestamp(milliseconds: 1_000_000)
    private static let userID = UniqueID(high: 1, low: 1)
    private static let sessionID = UniqueID(high: 2, low: 2)
    private let rules: SessionRules = {
        var rules = SessionRules()
        rules.lifetimeSeconds = 1_000
        rules.idleSeconds = 300
        rules.graceSeconds = 10
        return rules
    }()
    private let context = CommandContext(
        principal: Principal(subject: "nora", roles: []), trace: TraceContext(traceparent: ""),
        auditID: UniqueID(high: 9, low: 9), idempotency: nil)

    private func later(_ seconds: Int64) -> Timestamp {
        Timestamp(milliseconds: Self.start.milliseconds + seconds * 1000)
    }

    /// Facts with a user who has just signed in.
    private func facts() throws -> Facts {
        var facts = Facts()
        facts.users[Self.userID] = User(
            id: Self.userID, name: "nora", roles: RoleSet([.sales]), teams: [], isActive: true,
            passwordHash: "hash", sessionsSince: Self.start, version: 1, createdAt: Self.start,
            updatedAt: Self.start)
        let opened = try decide(
            .openSession(
                OpenSession(
                    id: Self.sessionID, userID: Self.userID, passwordHash: "hash",
                    address: "::1", agent: nil, rules: rules)), given: facts, by: context,
            at: Self.start)
        facts.apply(opened)
        return facts
    }

    @Test func `a password's hash is kept anew, and nothing else of its user changes`() throws {
        var facts = try facts()
        let open = OpenSession(
            id: UniqueID(high: 3, low: 3), userID: Self.userID, passwordHash: "hash",
            rehash: "dearer", address: "::1", agent: nil, rules: rules)
        let decision = try decide(.openSession(open), given: facts, by: context, at: later(1))
        facts.apply(decision)
        let user = try #require(facts.users[Self.userID])
        #expect(user.passwordHash == "dearer" && user.version == 1)
        #expect(user.updatedAt == Self.start && user.sessionsSince == Self.start)
        // Who was compared with the hash before has to compare again.
        #expect(throws: Refusal.unauthenticated(reason: .credentials)) {
            try decide(.openSession(open), given: facts, by: context, at: later(2))
        }
        #expect(generation(try refresh(&facts, 1, at: later(3))) == 2)
    }

    private func refresh(
        _ facts: inout Facts, _ generation: Int, at time: Timestamp
    ) throws -> Decision {
        let decision = try decide(
            .refreshSession(
                RefreshSession(
                    userID: Self.userID, sessionID: Self.sessionID, generation: generation,
                    rules: rules)), given: facts, by: context, at: time)
        facts.apply(decision)
        return decision
    }

    private func generation(_ decision: Decision) -> Int? {
        guard case .session(let grant) = decision.answer else { return nil }
        return grant.session.generation
    }

    @Test func `each refresh makes the next generation`() throws {
        var facts = try facts()
        for step in 1...4 {
            let decision = try refresh(&facts, step, at: later(Int64(step) * 200))
            #expect(generation(decision) == step + 1)
        }
    }

    @Test func `it is over after its lifetime, or after too long a pause`() throws {
        var facts = try facts()
        #expect(throws: Refusal.unauthenticated(reason: .session)) {
            try refresh(&facts, 1, at: later(300))
        }
        for step in 1...4 { _ = try refresh(&facts, step, at: later(Int64(step) * 240)) }
        #expect(throws: Refusal.unauthenticated(reason: .session)) {
            try refresh(&facts, 5, at: later(1_000))
        }
    }

    @Test func `a lost answer is given again for a while, and then the token was stolen`() throws {
        var facts = try facts()
        _ = try refresh(&facts, 1, at: later(100))
        #expect(generation(try refresh(&facts, 1, at: later(110))) == 2)
        let reused = try refresh(&facts, 1, at: later(111))
        #expect(reused.refusal == .unauthenticated(reason: .reused))
        #expect(facts.sessions[Self.sessionID]?.end == .reused)
        #expect(throws: Refusal.unauthenticated(reason: .session)) {
            try refresh(&facts, 2, at: later(112))
        }
    }

    @Test func `a token of two generations ago was stolen, however soon it comes`() throws {
        var facts = try facts()
        _ = try refresh(&facts, 1, at: later(1))
        _ = try refresh(&facts, 2, at: later(1))
        #expect(try refresh(&facts, 1, at: later(1)).refusal == .unauthenticated(reason: .reused))
    }

    @Test func `a password that was changed while it was compared opens nothing`() throws {
        let facts = try facts()
        #expect(throws: Refusal.unauthenticated(reason: .credentials)) {
            try decide(
                .openSession(
                    OpenSession(
                        id: UniqueID(high: 3, low: 3), userID: Self.userID,
                        passwordHash: "the old hash", address: "::1", agent: nil, rules: rules)),
                given: facts, by: context, at: later(1))
        }
    }

    @Test func `a change that changes nothing signs nobody out`() throws {
        let facts = try facts()
        var command = UpdateUser(id: Self.userID)
        command.roles = RoleSet([.sales])
        let decision = try decide(.updateUser(command), given: facts, by: context, at: later(1))
        #expect(decision.changes.isEmpty)
    }
}
