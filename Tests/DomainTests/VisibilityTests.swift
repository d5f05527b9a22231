// Who sees which fields: the product's table, written out a second time.

import Domain
import Testing

@Suite struct `Visible fields` {
    private static let seesContacts: [Role: Bool] = [
        .admin: true, .sales: true, .logistics: false, .agent: false, .compliance: true,
        .viewer: false, .service: true,
    ]

    @Test(arguments: Role.allCases)
    func `each role sees contact details, or null in their place`(role: Role) {
        let hidden = Visibility(of: RoleSet([role])).hiddenFields(of: .leads)
        #expect(hidden == (Self.seesContacts[role] == true ? [] : ["email", "phone"]))
    }

    @Test func `several roles see what one of them does`() {
        #expect(Visibility(of: RoleSet([.viewer, .sales])) == .full)
        #expect(Visibility(of: RoleSet([.viewer, .agent])) == .withoutContacts)
    }

    @Test func `without a known role the least is seen`() {
        #expect(Visibility(of: []) == .withoutContacts)
    }
}
