// JSON Web Tokens (RFC 7519, RFC 8725): made with HS256 for `hub token` and with the hub's own key
// in a session, and checked for every request whose token is not in the verified cache. Those of
// others are signed with RS256, ES256 or EdDSA under keys that the hub was given or has fetched,
// each for the tokens of one issuer. A key is for one algorithm alone, so that a token can't have a
// public key taken for a secret.

package import Domain
import TLS
import Wire

/// What a good token says.
package struct VerifiedToken: Sendable {
    package let credential: Credential
    /// `exp`, in seconds since 1970.
    package let expirySeconds: Int64
    /// The keys that were up when it was checked: with others it has to be checked again.
    var keyGeneration: UInt64 = 0

    package var principal: Principal { credential.principal }
}

/// Signs tokens under the hub's own key or its secret, and checks them under these and the keys of
/// others; one thread uses it.
package struct TokenAuthority: ~Copyable {
    private var code: MessageAuthentication
    private let issuer: String?
    private let audience: String?
    /// The keys that were given at the start, for tokens of the hub's own `iss`.
    private let given: [TokenKey]
    private let board: TokenKeyBoard?
    private var own: OwnKeys?
    /// Whose tokens are taken: first the hub itself, then the trusted issuers.
    private var parties: [Party] = []
    /// Which keys of the board these are.
    private(set) var generation: UInt64 = 0
    /// How far `nbf` and `iat` may lie in the future, for clocks that differ.
    package static let leewaySeconds: Int64 = 5
    package static let tokenBytesMax = 8192
    /// Teams that a token may name.
    package static let teamsMax = 32

    /// An authority; issuer and audience are checked when they are given.
    ///
    /// Without a board it signs with the secret alone.
    package init(
        secret: [UInt8], issuer: String?, audience: String?, keys: [TokenKey] = [],
        board: TokenKeyBoard? = nil
    ) {
        code = MessageAuthentication(key: secret)
        given = keys
        self.issuer = issuer
        self.audience = audience
        self.board = board
        if let board {
            follow(board)
        } else {
            parties = [Party(issuer: issuer, audience: audience, keys: keys)]
        }
    }

    /// Takes the keys that are up now, if they are others than those at hand.
    mutating func follow() {
        guard let board, board.generation != generation else { return }
        follow(board)
    }

    private mutating func follow(_ board: TokenKeyBoard) {
        let (keyring, generation) = board.current
        self.generation = generation
        own = keyring.own
        parties = [Party(issuer: issuer, audience: audience, keys: given, own: keyring.own)]
        parties += keyring.issuers.map { other in
            Party(
                issuer: other.name, audience: other.audience ?? audience, keys: other.keys,
                isTrusted: true)
        }
    }

    /// The hub's public keys as a JWK Set (RFC 7517 §5).
    func publicSet(at seconds: Int64) -> [UInt8] {
        own?.publicSet(atSeconds: seconds) ?? Array(#"{"keys":[]}"#.utf8)
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
        return sign(claims.bytes, at: milliseconds / 1000)
    }

    private mutating func sign(_ claims: [UInt8], at seconds: Int64) -> String {
        let payload = Base64.encodeURL(claims)
        guard let key = own?.signer(atSeconds: seconds) else {
            let header = #"{"alg":"HS256","typ":"JWT"}"#
            let signed = Base64.encodeURL(Array(header.utf8)) + "." + payload
            return signed + "." + Base64.encodeURL(code.code(for: Array(signed.utf8)[...]))
        }
        let header = #"{"alg":"EdDSA","kid":"\#(key.id)","typ":"JWT"}"#
        let signed = Base64.encodeURL(Array(header.utf8)) + "." + payload
        let signature = Ed25519.sign(Array(signed.utf8), withSecret: key.secret)
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
        // Not to be believed yet: they say whose keys to check with.
        let claims = TokenAuthority.object(bytes, (dots[0] + 1)..<dots[1])
        let issuer = claims.flatMap { TokenAuthority.text("iss", $0) }
        let party = try check(signature, of: bytes[..<dots[1]], header, issuer, at: seconds)
        guard let claims else { throw .malformed }
        return try check(claims, of: parties[party], at: seconds)
    }

    /// Checks a signature by the header's algorithm, with the key that it names; says whose it is.
    private mutating func check(
        _ signature: [UInt8], of signed: ArraySlice<UInt8>, _ header: JSONDocument,
        _ issuer: String?, at seconds: Int64
    ) throws(TokenFault) -> Int {
        guard let name = TokenAuthority.text("alg", header),
            header.member("crit", of: header.root) == nil
        else { throw .algorithm }
        if name == "HS256" {
            guard Digest.isEqual(code.code(for: signed), signature) else { throw .signature }
            return 0
        }
        guard let algorithm = SignatureAlgorithm(rawValue: name) else { throw .algorithm }
        let index = parties.firstIndex { $0.isTrusted && $0.issuer == issuer } ?? 0
        let known = parties[index].keys.filter {
            $0.key.algorithm == algorithm && seconds < $0.endSeconds
        }
        // An issuer whose keys were not fetched yet may have one for it.
        guard !known.isEmpty || index > 0 else { throw .algorithm }
        let isNamed = header.member("kid", of: header.root) != nil
        let id = TokenAuthority.text("kid", header).map { ExactText($0) }
        // Without a name there must be no choice: trying all would let one token cost many checks.
        let named = known.filter { isNamed ? $0.id != nil && $0.id == id : !$0.isOwn }
        guard named.count == 1 else {
            if isNamed, named.isEmpty { board?.miss(index == 0 ? .hub : .issuer(index - 1)) }
            throw .key
        }
        guard named[0].key.verifies(signature, of: signed) else { throw .signature }
        return index
    }

    private func check(
        _ claims: JSONDocument, of party: Party, at seconds: Int64
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
        if let issuer = party.issuer, TokenAuthority.text("iss", claims) != issuer {
            throw .issuer
        }
        if let audience = party.audience, !TokenAuthority.texts("aud", claims).contains(audience) {
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
            expirySeconds: expiry, keyGeneration: generation)
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

/// One whose tokens are taken, with the keys to check them.
private struct Party {
    /// A key and what tokens call it.
    struct Key {
        let id: ExactText?
        let key: PublicKey
        /// Whether it is the hub's, whose tokens always name it.
        var isOwn = false
        var endSeconds = Int64.max
    }

    let issuer: String?
    let audience: String?
    let keys: [Key]
    let isTrusted: Bool

    init(
        issuer: String?, audience: String?, keys: [TokenKey], own: OwnKeys? = nil,
        isTrusted: Bool = false
    ) {
        self.issuer = issuer
        self.audience = audience
        self.isTrusted = isTrusted
        let others = keys.compactMap { key in
            PublicKey(key.numbers).map { Key(id: key.id, key: $0) }
        }
        let mine = (own?.keys ?? []).compactMap { key in
            PublicKey(.ed25519(key.publicKey)).map {
                Key(
                    id: key.name, key: $0, isOwn: true,
                    endSeconds: own?.endSeconds(of: key) ?? .max)
            }
        }
        self.keys = others + mine
    }
}
