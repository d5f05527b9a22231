// Sessions: what stays of a sign-in. Access tokens are short-lived and speak for themselves; a
// session's refresh token gives new ones, and each use makes the one before it void. Whoever uses
// an old one has it from somewhere else, so the session ends (RFC 9700 §4.14.2).

/// Why a session is over before its time.
package enum SessionEnd: String, Sendable {
    case signedOut = "signed_out"
    /// A refresh token came that had been used before.
    case reused
}

/// One sign-in of a user.
package struct UserSession: Equatable, Sendable {
    package let id: UniqueID
    package let userID: UniqueID
    package let userName: String
    /// Which refresh token is the session's now: the first, the second, and so on.
    package var generation: Int
    /// The address that signed in, and what its client calls itself.
    package let address: String
    package let agent: String?
    package let createdAt: Timestamp
    package var refreshedAt: Timestamp
    package let expiresAt: Timestamp
    package var endedAt: Timestamp?
    package var end: SessionEnd?

    package init(
        id: UniqueID, userID: UniqueID, userName: String, generation: Int, address: String,
        agent: String?, createdAt: Timestamp, refreshedAt: Timestamp, expiresAt: Timestamp,
        endedAt: Timestamp? = nil, end: SessionEnd? = nil
    ) {
        self.id = id
        self.userID = userID
        self.userName = userName
        self.generation = generation
        self.address = address
        self.agent = agent
        self.createdAt = createdAt
        self.refreshedAt = refreshedAt
        self.expiresAt = expiresAt
        self.endedAt = endedAt
        self.end = end
    }

    /// What the audit trail calls it.
    package static func subject(_ id: UniqueID) -> String { "sessions/" + id.text }

    /// Over from now on, and with it the tokens that were issued in it.
    func ended(_ end: SessionEnd, by actor: String, at time: Timestamp) -> [Change] {
        var session = self
        session.endedAt = time
        session.end = end
        let revocation = Revocation(
            tokens: .session(ExactText(id.text)), actor: actor, time: time)
        return [.updateSession(session), .revoke(revocation)]
    }
}

/// How long sessions live.
package struct SessionRules: Equatable, Sendable {
    /// From the sign-in to the end.
    package var lifetimeSeconds: Int64 = 2_592_000
    /// Without a refresh.
    package var idleSeconds: Int64 = 604_800
    /// For so long the refresh token before gives the same answer once more: it was lost, perhaps.
    package var graceSeconds: Int64 = 10

    package init() {}
}

/// What a client is given: the tokens of a session's generation are made of it.
package struct SessionGrant: Equatable, Sendable {
    package let user: User
    package let session: UserSession
    /// When it was decided: whatever voids tokens later voids what is made of it, however late.
    package let time: Timestamp
}

/// Opens a session for somebody whose password was found to be right.
package struct OpenSession: Sendable {
    package let id: UniqueID
    package let userID: UniqueID
    /// The hash that the password was compared with: it may have been changed meanwhile.
    package let passwordHash: String
    /// The same password's hash with the costs of today, if that one was made with others.
    package let rehash: String?
    package let address: String
    package let agent: String?
    package let rules: SessionRules

    package init(
        id: UniqueID, userID: UniqueID, passwordHash: String, rehash: String? = nil,
        address: String, agent: String?, rules: SessionRules
    ) {
        self.id = id
        self.userID = userID
        self.passwordHash = passwordHash
        self.rehash = rehash
        self.address = address
        self.agent = agent
        self.rules = rules
    }

    func decide(given facts: Facts, at time: Timestamp) throws(Refusal) -> Decision {
        guard var user = facts.users[userID], user.isActive, user.passwordHash == passwordHash
        else { throw .unauthenticated(reason: .credentials) }
        let session = UserSession(
            id: id, userID: userID, userName: user.name, generation: 1, address: address,
            agent: agent, createdAt: time, refreshedAt: time,
            expiresAt: Timestamp(milliseconds: time.milliseconds + rules.lifetimeSeconds * 1000))
        var changes: [Change] = [.insertSession(session)]
        if let rehash {
            // Nobody sees it, so it is no other version.
            user.passwordHash = rehash
            changes.append(.updateUser(user))
        }
        return Decision(
            changes: changes, events: [],
            answer: .session(SessionGrant(user: user, session: session, time: time)))
    }
}

/// Takes a refresh token for the next one.
package struct RefreshSession: Sendable {
    package let userID: UniqueID
    package let sessionID: UniqueID
    /// Which refresh token it was.
    package let generation: Int
    package let rules: SessionRules

    package init(
        userID: UniqueID, sessionID: UniqueID, generation: Int, rules: SessionRules
    ) {
        self.userID = userID
        self.sessionID = sessionID
        self.generation = generation
        self.rules = rules
    }

    func decide(given facts: Facts, at time: Timestamp) throws(Refusal) -> Decision {
        guard var session = facts.sessions[sessionID], let user = facts.users[userID],
            session.userID == userID, session.endedAt == nil, user.isActive,
            session.createdAt >= user.sessionsSince, time < session.expiresAt,
            time.milliseconds - session.refreshedAt.milliseconds < rules.idleSeconds * 1000
        else { throw .unauthenticated(reason: .session) }
        guard generation == session.generation else {
            let age = time.milliseconds - session.refreshedAt.milliseconds
            guard generation == session.generation - 1, age <= rules.graceSeconds * 1000 else {
                return Decision(
                    changes: session.ended(.reused, by: user.name, at: time), events: [],
                    answer: .recorded, refusal: .unauthenticated(reason: .reused))
            }
            return Decision(
                changes: [], events: [],
                answer: .session(SessionGrant(user: user, session: session, time: time)))
        }
        session.generation += 1
        session.refreshedAt = time
        return Decision(
            changes: [.updateSession(session)], events: [],
            answer: .session(SessionGrant(user: user, session: session, time: time)))
    }
}

/// Ends a session.
package struct EndSession: Sendable {
    package let id: UniqueID
    /// Whose it must be; nil: anybody's.
    package let owner: String?

    package init(id: UniqueID, owner: String?) {
        self.id = id
        self.owner = owner
    }

    /// To end it again changes nothing.
    func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        guard let session = facts.sessions[id],
            owner.map({ ExactText($0) == ExactText(session.userName) }) ?? true
        else { throw .notFound(UserSession.subject(id)) }
        let changes =
            session.endedAt == nil
            ? session.ended(.signedOut, by: context.principal.subject, at: time) : []
        return Decision(changes: changes, events: [], answer: .sessionEnded)
    }
}
