// JSON Web Tokens (RFC 7519, RFC 8725): made with HS256 for `hub token`, and checked for every
// request whose token is not in the verified cache. The hub's own are signed with its secret, those
// of others with RS256, ES256 or EdDSA under keys that the hub was given. A key is for one
// algorithm alone, so that a token can't have a public key taken for a secret.

package import Domain
import TLS
import Wire

/// What a good token says.
package struct VerifiedToken: Sendable {
    package let credential: Credential
    /// `exp`, in seconds since 1970.
    package let expirySeconds: Int64

    package var principal: Principal { credential.principal }
}

/// Signs tokens under one secret, and checks them under that and the keys of others; one thread
/// uses it.
package struct TokenAuthority: ~Copyable {
    private var code: MessageAuthentication
    private let keys: [(id: ExactText?, key: PublicKey)]
    private let issuer: String?
    private let audience: String?
    /// How far `nbf` and `iat` may lie in the future, for clocks that differ.
    package static let leewaySeconds: Int64 = 5
    package static let tokenBytesMax = 8192
    /// Teams that a token may name.
    package static let teamsMax = 32

    /// An authority; issuer and audience are checked when they are given.
    package init(
        secret: [UInt8], issuer: String?, audience: String?, keys: [TokenKey] = []
    ) {
        code = MessageAuthentication(key: secret)
        self.keys = keys.compactMap { key in PublicKey(key.numbers).map { (key.id, $0) } }
        self.issuer = issuer
        self.audience = audience
    }

    /// Makes a token for a principal; with an id or a session it can be revoked by that.
    package mutating func issue(
        _ principal: Principal, id: String? = nil, session: UniqueID? = nil,
        atMilliseconds milliseconds: Int64, lifetimeSeconds: Int64
    ) -> String {
        var claims = JSONWriter(reserving: 192)
        claims.beginObject()
        claims.name("sub")
        claims.string(principal.subject)
        claims.name("roles")
        claims.beginArray()
        for role in principal.roles.roles { claims.string(role.rawValue) }
        claims.endArray()
        if !principal.teams.isEmpty {
            claims.name("teams")
            claims.beginArray()
            for team in principal.teams { claims.string(team) }
            claims.endArray()
        }
        if let id {
            claims.name("jti")
            claims.string(id)
        }
        if let session {
            claims.name("sid")
            claims.string(session.text)
        }
        claims.name("iat")
        claims.raw(Array(TokenAuthority.numericDate(milliseconds).utf8))
        claims.name("exp")
        claims.integer(Int(milliseconds / 1000 + lifetimeSeconds))
        if let issuer {
            claims.name("iss")
            claims.string(issuer)
        }
        if let audience {
            claims.name("aud")
            claims.string(audience)
        }
        claims.endObject()
        let signed =
            Base64.encodeURL(Array(#"{"alg":"HS256","typ":"JWT"}"#.utf8)) + "."
            + Base64.encodeURL(claims.bytes)
        let signature = code.code(for: Array(signed.utf8)[...])
        return signed + "." + Base64.encodeURL(signature)
    }

    /// Checks form, algorithm, signature and claims, in this order.
    package mutating func verify(
        _ token: String, at seconds: Int64
    ) throws(TokenFault) -> VerifiedToken {
        let bytes = Array(token.utf8)
        guard bytes.count <= TokenAuthority.tokenBytesMax else { throw .malformed }
        let dots = bytes.indices.filter { bytes[$0] == UInt8(ascii: ".") }
        guard dots.count == 2,
            let header = TokenAuthority.object(bytes, 0..<dots[0]),
            let signature = Base64.decodeURL(bytes.span, (dots[1] + 1)..<bytes.count)
        else { throw .malformed }
        try check(signature, of: bytes[..<dots[1]], header)
        guard let claims = TokenAuthority.object(bytes, (dots[0] + 1)..<dots[1]) else {
            throw .malformed
        }
        return try check(claims, at: seconds)
    }

    /// Checks a signature by the header's algorithm, with the key that it names.
    private mutating func check(
        _ signature: [UInt8], of signed: ArraySlice<UInt8>, _ header: JSONDocument
    ) throws(TokenFault) {
        guard let name = TokenAuthority.text("alg", header),
            header.member("crit", of: header.root) == nil
        else { throw .algorithm }
        if name == "HS256" {
            guard Digest.isEqual(code.code(for: signed), signature) else { throw .signature }
            return
        }
        let known = keys.filter { $0.key.algorithm.rawValue == name }
        guard !known.isEmpty else { throw .algorithm }
        let isNamed = header.member("kid", of: header.root) != nil
        let id = TokenAuthority.text("kid", header).map { ExactText($0) }
        // Without a name there must be no choice: trying all would let one token cost many checks.
        let named = isNamed ? known.filter { $0.id != nil && $0.id == id } : known
        guard named.count == 1 else { throw .key }
        guard named[0].key.verifies(signature, of: signed) else { throw .signature }
    }

    private func check(
        _ claims: JSONDocument, at seconds: Int64
    ) throws(TokenFault) -> VerifiedToken {
        guard let subject = TokenAuthority.text("sub", claims), TokenAuthority.isName(subject),
            let expiry = TokenAuthority.seconds("exp", claims)
        else { throw .claims }
        guard seconds < expiry else { throw .expired }
        if claims.member("nbf", of: claims.root) != nil {
            guard let notBefore = TokenAuthority.seconds("nbf", claims) else { throw .claims }
            guard notBefore <= seconds + TokenAuthority.leewaySeconds else { throw .notYetValid }
        }
        // One that says it is from tomorrow would outlive what is taken back today.
        let issued = TokenAuthority.milliseconds("iat", claims)
        if let issued, issued > (seconds + TokenAuthority.leewaySeconds) * 1000 {
            throw .notYetValid
        }
        if let issuer, TokenAuthority.text("iss", claims) != issuer { throw .issuer }
        if let audience, !TokenAuthority.texts("aud", claims).contains(audience) {
            throw .audience
        }
        let names = TokenAuthority.texts("roles", claims) + TokenAuthority.texts("role", claims)
        let roles = RoleSet(names.compactMap { Role(rawValue: $0) })
        let teams = TokenAuthority.texts("teams", claims)
        guard !roles.isEmpty, teams.count <= TokenAuthority.teamsMax,
            teams.allSatisfy({ (1...128).contains($0.utf8.count) && !$0.utf8.contains(0) })
        else { throw .claims }
        return VerifiedToken(
            credential: Credential(
                principal: Principal(subject: subject, roles: roles, teams: teams),
                // What can't be read is as good as absent: its subject's tokens can be revoked.
                tokenID: TokenAuthority.text("jti", claims)
                    .flatMap { TokenAuthority.isName($0) ? ExactText($0) : nil },
                sessionID: TokenAuthority.text("sid", claims)
                    .flatMap { TokenAuthority.isName($0) ? ExactText($0) : nil },
                issuedMilliseconds: issued),
            expirySeconds: expiry)
    }

    /// Whether it may name a subject or a token.
    ///
    /// The subject stands in every audit row and log line: no control character belongs there, and
    /// Postgres keeps no NUL in a text.
    package static func isName(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count) && !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
    }

    private static func object(_ bytes: [UInt8], _ range: Range<Int>) -> JSONDocument? {
        guard let text = Base64.decodeURL(bytes.span, range),
            let document = try? JSONDocument(text), document.kind(document.root) == .object,
            document.duplicateMember(of: document.root) == nil
        else { return nil }
        return document
    }

    private static func text(_ name: String, _ document: JSONDocument) -> String? {
        document.member(name, of: document.root).flatMap { document.string($0) }
    }

    /// A text, or an array of texts.
    private static func texts(_ name: String, _ document: JSONDocument) -> [String] {
        guard let value = document.member(name, of: document.root) else { return [] }
        switch document.kind(value) {
        case .string: return document.string(value).map { [$0] } ?? []
        case .array: return document.elements(value).compactMap { document.string($0) }
        default: return []
        }
    }

    /// A NumericDate (RFC 7519 §2), its fraction cut off.
    private static func seconds(_ name: String, _ document: JSONDocument) -> Int64? {
        number(name, document).map { Int64($0) }
    }

    /// A NumericDate to the millisecond.
    private static func milliseconds(_ name: String, _ document: JSONDocument) -> Int64? {
        number(name, document).map { Int64(($0 * 1000).rounded()) }
    }

    /// A NumericDate, with a fraction if there is one: what was issued before and after a change
    /// within a second is told apart.
    private static func numericDate(_ milliseconds: Int64) -> String {
        let fraction = milliseconds % 1000
        guard fraction != 0 else { return "\(milliseconds / 1000)" }
        let digits = String(fraction)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
    }

    private static func number(_ name: String, _ document: JSONDocument) -> Double? {
        guard let value = document.member(name, of: document.root),
            let text = document.numberText(value), let number = Double(text), number.isFinite,
            abs(number) < 1e15
        else { return nil }
        return number
    }
}
