// What a session is given: a short-lived access token, and a refresh token that names the session,
// its generation and its user under a code of ours. Nothing of a refresh token is kept: the same
// generation gives the same token, and a made-up one is refused without a look into Postgres.

import Domain
import TLS
import Wire

/// What a refresh token says.
struct RefreshToken: Equatable {
    let userID: UniqueID
    let sessionID: UniqueID
    let generation: Int
    let userName: String
}

/// Makes refresh tokens and checks them; one thread uses it.
struct RefreshTokens: ~Copyable {
    private var code: MessageAuthentication
    private static let codeCount = 32
    private static let fixedCount = 16 + 16 + 4

    /// Under a key of its own: what signs access tokens signs nothing else.
    init(secret: [UInt8]) {
        var derivation = MessageAuthentication(key: secret)
        code = MessageAuthentication(
            key: derivation.code(for: Array("unified-core refresh tokens".utf8)[...]))
    }

    /// The refresh token of a session's generation.
    mutating func text(_ session: UserSession) -> String {
        var bytes: [UInt8] = []
        RefreshTokens.append(session.userID.high, to: &bytes)
        RefreshTokens.append(session.userID.low, to: &bytes)
        RefreshTokens.append(session.id.high, to: &bytes)
        RefreshTokens.append(session.id.low, to: &bytes)
        let generation = UInt32(clamping: session.generation)
        for shift in stride(from: UInt32(24), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: generation >> shift))
        }
        bytes.append(contentsOf: session.userName.utf8)
        let code = code.code(for: bytes[...])
        return Base64.encodeURL(code + bytes)
    }

    /// What a token says; nil when it is none of ours.
    mutating func read(_ text: String) -> RefreshToken? {
        guard text.utf8.count <= 512, let all = Base64.decodeURL(text),
            all.count > RefreshTokens.codeCount + RefreshTokens.fixedCount
        else { return nil }
        let bytes = all[RefreshTokens.codeCount...]
        guard Digest.isEqual(code.code(for: bytes), Array(all[..<RefreshTokens.codeCount])) else {
            return nil
        }
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            let start = bytes.startIndex + offset
            return bytes[start..<(start + count)].reduce(0) { $0 << 8 | UInt64($1) }
        }
        return RefreshToken(
            userID: UniqueID(high: number(0, 8), low: number(8, 8)),
            sessionID: UniqueID(high: number(16, 8), low: number(24, 8)),
            generation: Int(number(32, 4)),
            userName: String(decoding: bytes.dropFirst(RefreshTokens.fixedCount), as: UTF8.self))
    }

    private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: word >> shift))
        }
    }
}

/// The answer to a sign-in and to a refresh (RFC 6749 §5.1).
enum GrantJSON {
    /// Without tokens where they are in cookies.
    static func text(
        _ grant: SessionGrant, _ tokens: (access: String, refresh: String)?,
        lifetimeSeconds: Int64
    ) -> [UInt8] {
        var writer = JSONWriter(reserving: 1_024)
        writer.beginObject()
        if let tokens {
            writer.member("access_token", tokens.access)
            writer.member("token_type", "Bearer")
            writer.member("refresh_token", tokens.refresh)
        }
        writer.member("expires_in", Int(lifetimeSeconds))
        writer.name("session")
        writer.beginObject()
        writer.member("id", grant.session.id.text)
        writer.member("expires_at", grant.session.expiresAt.text)
        writer.endObject()
        writer.name("user")
        IdentityJSON.append(grant.user.principal, to: &writer)
        writer.endObject()
        return writer.bytes
    }
}

/// Who somebody is, as a token says it.
enum IdentityJSON {
    static func append(_ principal: Principal, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("name", principal.subject)
        writer.name("roles")
        writer.beginArray()
        for role in Role.allCases where principal.roles.contains(role) {
            writer.string(role.rawValue)
        }
        writer.endArray()
        writer.member("teams", principal.teams)
        writer.endObject()
    }

    /// `GET /auth/me`.
    static func text(_ token: VerifiedToken) -> [UInt8] {
        var writer = JSONWriter(reserving: 256)
        writer.beginObject()
        writer.name("user")
        append(token.principal, to: &writer)
        writer.member("session", token.credential.sessionID?.text)
        writer.member(
            "expires_at", Timestamp(milliseconds: token.expirySeconds * 1000).text)
        writer.endObject()
        return writer.bytes
    }
}
