// Taking tokens back before they expire: one token by its id, or all that a subject holds.

/// Which tokens are taken back.
package enum RevokedTokens: Hashable, Sendable {
    /// The one with this `jti` (RFC 7519 §4.1.7).
    case token(ExactText)
    /// All of this `sub` that were issued until then.
    case subject(ExactText)
    /// All of this `sid`, a session.
    case session(ExactText)

    /// The claim that names them.
    package var claim: String {
        switch self {
        case .token: "jti"
        case .subject: "sub"
        case .session: "sid"
        }
    }

    /// What the claim says.
    package var name: String {
        switch self {
        case .token(let name), .subject(let name), .session(let name): name.text
        }
    }

    /// Those that a claim names; nil for a claim other than `jti`, `sub` and `sid`.
    package init?(claim: String, name: String) {
        switch claim {
        case "jti": self = .token(ExactText(name))
        case "sub": self = .subject(ExactText(name))
        case "sid": self = .session(ExactText(name))
        default: return nil
        }
    }
}

/// What was taken back, when and by whom.
package struct Revocation: Equatable, Sendable {
    package let tokens: RevokedTokens
    package let actor: String
    package let time: Timestamp

    package init(tokens: RevokedTokens, actor: String, time: Timestamp) {
        self.tokens = tokens
        self.actor = actor
        self.time = time
    }
}

/// Takes tokens back.
package struct RevokeTokens: Sendable {
    package let tokens: RevokedTokens

    package init(tokens: RevokedTokens) {
        self.tokens = tokens
    }

    /// Decides it: whether such a token was ever issued, nobody here knows.
    package func decide(by context: CommandContext, at time: Timestamp) -> Decision {
        let revocation = Revocation(
            tokens: tokens, actor: context.principal.subject, time: time)
        return Decision(
            changes: [.endSessions(revocation), .revoke(revocation)], events: [],
            answer: .revoked(revocation))
    }
}

/// All that was taken back, to be asked for each token.
package struct RevocationTable: Sendable {
    private var tokens: Set<ExactText> = []
    private var sessions: Set<ExactText> = []
    /// For each subject the millisecond of 1970 until which what it was issued is void.
    private var subjects: [ExactText: Int64] = [:]

    package init() {}

    /// Takes in one more; the same again changes nothing.
    package mutating func add(_ revocation: Revocation) {
        switch revocation.tokens {
        case .token(let id): tokens.insert(id)
        case .session(let id): sessions.insert(id)
        case .subject(let subject):
            let time = revocation.time.milliseconds
            subjects[subject] = max(subjects[subject] ?? .min, time)
        }
    }

    /// Whether a token was taken back.
    ///
    /// One that doesn't say when it was issued goes with all of its subject's. An `iat` of whole
    /// seconds may mean a later moment of its second, but the token goes all the same.
    package func covers(_ credential: Credential) -> Bool {
        if let id = credential.tokenID, tokens.contains(id) { return true }
        if let id = credential.sessionID, sessions.contains(id) { return true }
        guard let until = subjects[credential.principal.exactSubject] else { return false }
        return credential.issuedMilliseconds.map { $0 <= until } ?? true
    }
}
