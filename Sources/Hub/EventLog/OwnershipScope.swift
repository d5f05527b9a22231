// Who sees only some of what happens: a part of their filters, so that equal readers still share
// one class.

/// Whose what an event is about is; any of them may be nobody.
package struct EventOwners: Equatable, Sendable {
    package let owner: String?
    package let team: String?
    /// Who works on it.
    package let holder: String?

    package init(owner: String? = nil, team: String? = nil, holder: String? = nil) {
        self.owner = owner
        self.team = team
        self.holder = holder
    }
}

/// Limits a filter: of some kinds of things to what belongs to somebody, to their teams, or to
/// nobody; of others to nothing.
package struct OwnershipScope: Hashable, Sendable {
    /// The somebody; empty where nothing depends on it.
    package let subject: String
    /// Their teams: sorted, each once.
    package let teams: [String]
    /// The kinds, in the singular, of which only what is theirs is seen.
    package let ownEntities: [String]
    /// Those of which nothing is.
    package let hiddenEntities: [String]
    /// The names of events that are seen whatever they are about.
    package let names: [String]

    /// What is seen by somebody in some teams; kinds are given as subjects begin.
    package init(
        subject: String, teams: [String], own: [String], hidden: [String] = [],
        names: [String] = []
    ) {
        self.subject = own.isEmpty ? "" : subject
        self.teams = own.isEmpty ? [] : ExactWords.canonical(teams)
        ownEntities = own.map { LoggedEvent.entity(ofSubject: $0) }
        hiddenEntities = hidden.map { LoggedEvent.entity(ofSubject: $0) }
        self.names = names
    }

    /// Whether an event of this name, about a thing of this kind and of these owners, is seen.
    package func includes(name: String, entity: String, of owners: EventOwners) -> Bool {
        if names.contains(name) { return true }
        if hiddenEntities.contains(entity) { return false }
        return !ownEntities.contains(entity) || isTheirs(owners)
    }

    private func isTheirs(_ owners: EventOwners) -> Bool {
        if owners.owner == nil, owners.team == nil { return true }
        return owners.owner.map { ExactWords.isSame($0, subject) } == true
            || owners.holder.map { ExactWords.isSame($0, subject) } == true
            || owners.team.map { ExactWords.contains(teams, $0) } == true
    }

    package static func == (left: OwnershipScope, right: OwnershipScope) -> Bool {
        ExactWords.isSame(left.subject, right.subject)
            && ExactWords.areSame(left.teams, right.teams)
            && left.ownEntities == right.ownEntities && left.hiddenEntities == right.hiddenEntities
            && left.names == right.names
    }
}
