// People who sign in with a password. What they may do is in their roles and teams; a change of
// those voids the tokens that say otherwise, and a change of the password ends their sessions.

/// Somebody who signs in.
package struct User: Equatable, Sendable {
    package let id: UniqueID
    /// What they sign in with, the `sub` of their tokens; it never changes.
    package let name: String
    package var roles: RoleSet
    /// Sorted, each once.
    package var teams: [String]
    /// Whether they may sign in.
    package var isActive: Bool
    /// The password's hash with its salt and costs, as a PHC string.
    package var passwordHash: String
    /// Sessions that were opened before are over.
    package var sessionsSince: Timestamp
    package var version: Int
    package let createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        id: UniqueID, name: String, roles: RoleSet, teams: [String], isActive: Bool,
        passwordHash: String, sessionsSince: Timestamp, version: Int, createdAt: Timestamp,
        updatedAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.roles = roles
        self.teams = teams
        self.isActive = isActive
        self.passwordHash = passwordHash
        self.sessionsSince = sessionsSince
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// Who their tokens speak for.
    package var principal: Principal { Principal(subject: name, roles: roles, teams: teams) }

    /// What the audit trail calls them.
    package static func subject(_ id: UniqueID) -> String { "users/" + id.text }
}

/// What users may be called, and what passwords are taken (NIST SP 800-63B §5.1.1.2: length and
/// nothing else).
package enum UserRules {
    package static let passwordCharacters = 12...256
    /// A browser keeps a cookie of 4,096 bytes (RFC 6265 §6.1), and the token with them goes there.
    private static let teamsBytesMax = 1_024

    /// A name of 1 to 128 characters without blanks and control characters.
    package static func name(_ text: String) throws(Refusal) -> String {
        guard (1...128).contains(text.utf8.count),
            text.unicodeScalars.allSatisfy({
                $0.properties.generalCategory != .control && !$0.properties.isWhitespace
            })
        else {
            throw .invalidField(
                "name", "must have 1 to 128 bytes, without blanks and control characters")
        }
        return text
    }

    /// A password that may be set.
    package static func password(_ text: String) throws(Refusal) -> String {
        guard passwordCharacters.contains(text.unicodeScalars.count) else {
            throw .invalidField("password", "must have 12 to 256 characters")
        }
        return text
    }

    /// One role or several.
    package static func roles(_ names: [String]) throws(Refusal) -> RoleSet {
        var roles: [Role] = []
        for name in names {
            guard let role = Role(rawValue: name) else {
                let known = Role.allCases.map(\.rawValue).joined(separator: ", ")
                throw .invalidField("roles", "must be some of \(known)")
            }
            roles.append(role)
        }
        guard !roles.isEmpty else { throw .invalidField("roles", "must not be empty") }
        return RoleSet(roles)
    }

    /// At most so many as a token may name, each 1 to 128 bytes without control characters.
    package static func teams(_ names: [String]) throws(Refusal) -> [String] {
        guard names.count <= 32, names.allSatisfy({ (1...128).contains($0.utf8.count) }) else {
            throw .invalidField("teams", "must be at most 32 texts of 1 to 128 bytes")
        }
        guard names.reduce(0, { $0 + $1.utf8.count }) <= teamsBytesMax else {
            throw .invalidField("teams", "must have at most \(teamsBytesMax) bytes together")
        }
        let areClean = names.allSatisfy { name in
            name.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        }
        guard areClean else {
            throw .invalidField("teams", "must be texts without control characters")
        }
        return Principal(subject: "", roles: [], teams: names).teams
    }
}

/// Lets somebody sign in from now on.
package struct CreateUser: Sendable {
    package let id: UniqueID
    package let name: String
    package let roles: RoleSet
    package let teams: [String]
    /// Filled in when it is computed, before the command is decided.
    package var passwordHash = ""

    package init(id: UniqueID, name: String, roles: RoleSet, teams: [String]) {
        self.id = id
        self.name = name
        self.roles = roles
        self.teams = teams
    }

    func decide(given facts: Facts, at time: Timestamp) throws(Refusal) -> Decision {
        if let existing = facts.usersByName[ExactText(name)] {
            throw .userExists(existing: existing)
        }
        let user = User(
            id: id, name: name, roles: roles, teams: teams, isActive: true,
            passwordHash: passwordHash, sessionsSince: time, version: 1, createdAt: time,
            updatedAt: time)
        return Decision(
            changes: [.insertUser(user)], events: [], answer: .user(user, isNew: true))
    }
}

/// Changes what somebody may do, or their password.
package struct UpdateUser: Sendable {
    package let id: UniqueID
    package var ifMatch: [Int]?
    package var roles: RoleSet?
    package var teams: [String]?
    package var isActive: Bool?
    /// Filled in when it is computed, if there is a new password.
    package var passwordHash: String?

    package init(id: UniqueID) {
        self.id = id
    }

    /// Tokens say what their holder may do, so those that were issued before are void; refreshed
    /// ones say it anew.
    ///
    /// A new password or a deactivation ends the sessions themselves.
    func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        guard let old = facts.users[id] else { throw .notFound(User.subject(id)) }
        if let ifMatch, !ifMatch.contains(old.version) {
            throw .preconditionFailed(currentVersion: old.version)
        }
        var user = old
        user.roles = roles ?? user.roles
        user.teams = teams ?? user.teams
        user.isActive = isActive ?? user.isActive
        user.passwordHash = passwordHash ?? user.passwordHash
        guard user != old else {
            return Decision(changes: [], events: [], answer: .user(user, isNew: false))
        }
        if passwordHash != nil || !user.isActive { user.sessionsSince = time }
        user.version += 1
        user.updatedAt = time
        let revocation = Revocation(
            tokens: .subject(ExactText(user.name)), actor: context.principal.subject, time: time)
        return Decision(
            changes: [.updateUser(user), .revoke(revocation)], events: [],
            answer: .user(user, isNew: false))
    }
}
