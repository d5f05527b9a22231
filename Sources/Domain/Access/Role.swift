// Who may do what: seven roles, one table. Every route names a permission; a role has it or not.

/// A role that a token can carry.
package enum Role: String, CaseIterable, Sendable {
    case admin, sales, logistics, agent, compliance, viewer, service
}

/// A set of roles, as small as a byte.
package struct RoleSet: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package init(_ roles: [Role]) {
        self.init(rawValue: roles.reduce(0) { $0 | RoleSet.bit($1) })
    }

    package func contains(_ role: Role) -> Bool {
        rawValue & RoleSet.bit(role) != 0
    }

    /// The roles in the order of the table.
    package var roles: [Role] {
        Role.allCases.filter { contains($0) }
    }

    private static func bit(_ role: Role) -> UInt8 {
        switch role {
        case .admin: 1
        case .sales: 2
        case .logistics: 4
        case .agent: 8
        case .compliance: 16
        case .viewer: 32
        case .service: 64
        }
    }
}
