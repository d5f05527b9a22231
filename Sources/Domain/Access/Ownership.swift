// Whose a thing is. Whatever is about a lead belongs to whom the lead belongs to, and to who works
// on the thing itself; what is about no lead belongs to who works on it. How much of it a role
// reaches is the table of permissions.

/// Whom a thing belongs to; what belongs to nobody is everybody's.
package struct Ownership: Hashable, Sendable {
    /// The owner and the team of the lead that it is about.
    package var owner: String?
    package var team: String?
    /// Who works on it: a deal's owner, a task's assignee; nobody alone has a thing by that.
    package var holder: String?

    package init(owner: String? = nil, team: String? = nil, holder: String? = nil) {
        self.owner = owner
        self.team = team
        self.holder = holder
    }

    /// What is about no lead: its holder's, or everybody's.
    package static func ofHolder(_ holder: String?) -> Ownership { Ownership(owner: holder) }
}

extension Principal {
    /// Whether a thing is there for them, who have a permission: to be seen, or to be changed.
    package func reaches(_ ownership: Ownership, by permission: Permission) -> Bool {
        permission.reach(of: roles) != .own || isTheirs(ownership)
    }

    private func isTheirs(_ ownership: Ownership) -> Bool {
        if ownership.owner == nil, ownership.team == nil { return true }
        return ownership.owner.map { ExactText($0) == exactSubject } == true
            || ownership.holder.map { ExactText($0) == exactSubject } == true
            || ownership.team.map { team in
                teams.contains { ExactText($0) == ExactText(team) }
            } == true
    }
}

extension Facts {
    /// Whose something is, or will be, that is about a lead and held by somebody.
    func ownership(ofLead lead: UniqueID?, holder: String? = nil) -> Ownership {
        guard let lead else { return .ofHolder(holder) }
        var ownership = leads[lead]?.ownership ?? leadOwners[lead] ?? Ownership()
        ownership.holder = holder
        return ownership
    }

    /// Whose a thing is.
    func ownership(of subject: Subject) -> Ownership {
        let holder =
            switch subject.kind {
            case .opportunities: opportunities[subject.id].map(\.owner) ?? holders[subject]
            case .orders: orders[subject.id].map(\.owner) ?? holders[subject]
            case .deliveries: deliveries[subject.id].map(\.owner) ?? holders[subject]
            case .tasks: tasks[subject.id].map(\.assignee) ?? holders[subject]
            case .leads, .decisions, .events: String?.none
            }
        return ownership(ofLead: lead(behind: subject), holder: holder)
    }

    /// Refuses to change what is not there, or not there for who asks.
    func refuseForeign(
        _ subject: Subject, to principal: Principal, by permission: Permission
    ) throws(Refusal) {
        guard principal.reaches(ownership(of: subject), by: permission) else {
            throw .notFound(subject.text)
        }
    }

    /// Refuses a reference of a body to what is not there for who asks.
    func refuseForeign(
        _ subject: Subject, field: String, to principal: Principal, by permission: Permission
    ) throws(Refusal) {
        guard principal.reaches(ownership(of: subject), by: permission) else {
            throw Facts.namesNothing(field)
        }
    }
}
