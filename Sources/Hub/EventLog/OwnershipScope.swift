// Who sees only what is theirs: a part of their filters, so that equal readers still share one
// class.

/// Limits a filter to what belongs to somebody, to their teams, or to nobody.
package struct OwnershipScope: Hashable, Sendable {
    /// The somebody.
    package let subject: String
    /// Their teams: sorted, each once.
    package let teams: [String]

    /// What is seen by somebody in some teams.
    package init(subject: String, teams: [String]) {
        self.subject = subject
        self.teams = ExactWords.canonical(teams)
    }

    /// Whether what belongs to an owner and a team, either of which may be nobody, is seen.
    package func includes(owner: String?, team: String?) -> Bool {
        if owner == nil, team == nil { return true }
        return owner.map { ExactWords.isSame($0, subject) } == true
            || team.map { ExactWords.contains(teams, $0) } == true
    }

    package static func == (left: OwnershipScope, right: OwnershipScope) -> Bool {
        ExactWords.isSame(left.subject, right.subject)
            && ExactWords.areSame(left.teams, right.teams)
    }
}
