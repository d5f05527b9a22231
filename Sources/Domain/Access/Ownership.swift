// Whose a thing is, and who sees only what is theirs. One rule: who sells sees leads of their own,
// of their teams, and of nobody; who oversees sees all.

/// Whom a thing belongs to; what belongs to nobody is everybody's.
package struct Ownership: Hashable, Sendable {
    package var owner: String?
    package var team: String?

    package init(owner: String? = nil, team: String? = nil) {
        self.owner = owner
        self.team = team
    }
}

extension RoleSet {
    /// Whether somebody with these roles sees only what is theirs: sales, without a role that
    /// sees everything of everybody.
    package var isScoped: Bool {
        contains(.sales) && isDisjoint(with: RoleSet([.admin, .compliance, .service]))
    }
}

extension Principal {
    /// Whether what belongs to somebody is there for them: to be seen, and to be changed.
    package func reaches(_ ownership: Ownership) -> Bool {
        guard roles.isScoped, ownership != Ownership() else { return true }
        return ownership.owner.map { ExactText($0) == exactSubject } == true
            || ownership.team.map { team in
                teams.contains { ExactText($0) == ExactText(team) }
            } == true
    }
}
