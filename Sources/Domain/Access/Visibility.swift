// Who may see which fields: one table, for what is answered and for what is pushed. It says what a
// role sees of a thing that it may read at all; whether it may is the table of permissions.

/// What a reader sees of everything; readers with the same one are sent the same bytes.
package enum Visibility: UInt8, CaseIterable, Sendable {
    case full = 0
    /// Business without contact details.
    case withoutContacts = 1

    /// What somebody with these roles sees: the most that one of them does; without a known role
    /// the least.
    package init(of roles: RoleSet) {
        self = roles.isDisjoint(with: Visibility.contactRoles) ? .withoutContacts : .full
    }

    /// Who works with people, answers to them, or is another program of the house.
    ///
    /// The others see what happens: agents decide without contact details, and logistics reads no
    /// leads.
    private static let contactRoles = RoleSet([.admin, .sales, .compliance, .service])

    /// The fields of a kind of thing that are null for this reader.
    package func hiddenFields(of kind: EntityKind) -> [String] {
        switch (self, kind) {
        //                           what is hidden
        case (.full, _): []
        case (.withoutContacts, .leads): ["email", "phone"]
        case (.withoutContacts, .opportunities), (.withoutContacts, .orders),
            (.withoutContacts, .deliveries), (.withoutContacts, .tasks),
            (.withoutContacts, .decisions), (.withoutContacts, .events):
            []
        }
    }
}
