// Tokens of the hub's own key and of trusted issuers: each key for its own tokens alone, and only
// as long as it is up.

import Domain
import Support
import TLS
import Testing
import Wire

@testable import Gateway

@Suite struct `Keys on the board` {
    private static let now = HandMade.now
    private static let first = [UInt8](repeating: 1, count: 32)
    private static let second = [UInt8](repeating: 2, count: 32)

    private static func token(
        _ secret: [UInt8], header: String, claims: String = HandMade.claims()
    ) -> String {
        let signed =
            Base64.encodeURL(Array(header.utf8)) + "." + Base64.encodeURL(Array(claims.utf8))
        return signed + "."
            + Base64.encodeURL(Ed25519.sign(Array(signed.utf8), withSecret: secret))
    }

    private static func header(_ id: String) -> String { #"{"alg":"EdDSA","kid":"\#(id)"}"# }

    /// A token of an issuer, whose key is called `a`.
    private static func token(_ secret: [UInt8], of issuer: String, more: String = "") -> String {
        token(
            secret, header: header("a"),
            claims: HandMade.claims(#""iss":"\#(issuer)",\#(more)"#))
    }

    private static func key(_ id: String, _ secret: [UInt8]) -> TokenKey {
        TokenKey(
            id: ExactText(id), numbers: .ed25519(Ed25519.publicKey(ofSecret: secret)))
    }

    private static func authority(
        _ board: TokenKeyBoard, issuer: String? = nil, audience: String? = nil
    ) -> TokenAuthority {
        TokenAuthority(
            secret: HandMade.secret, issuer: issuer, audience: audience, board: board)
    }

    private static func fault(
        _ token: String, _ authority: inout TokenAuthority, at seconds: Int64 = now
    ) -> TokenFault? {
        do throws(TokenFault) {
            _ = try authority.verify(token, at: seconds)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a token is signed with the key whose time has come, and says which`() throws {
        var own = OwnKeys(secret: Self.first, atSeconds: 0)
        let next = try own.add(
            secret: Self.second, signsFromSeconds: Self.now + 60, atSeconds: Self.now)
        var authority = Self.authority(
            TokenKeyBoard(TokenKeyring(own: own)), issuer: "https://hub.test", audience: "hub")
        let principal = Principal(subject: "asha", roles: RoleSet([.sales]), teams: ["a"])
        for (seconds, key) in [(Self.now, own.keys[0]), (Self.now + 60, next)] {
            let token = authority.issue(
                principal, atMilliseconds: seconds * 1000, lifetimeSeconds: 900)
            let header = try #require(token.split(separator: ".").first)
            let text = String(
                decoding: try #require(Base64.decodeURL(String(header))), as: UTF8.self)
            #expect(text == #"{"alg":"EdDSA","kid":"\#(key.id)","typ":"JWT"}"#)
            let verified = try authority.verify(token, at: seconds)
            #expect(verified.principal == principal)
            // Whoever is behind or ahead by a key takes it, too.
            #expect(Self.fault(token, &authority, at: seconds + 899) == nil)
        }
        // The secret goes on signing for `hub token`.
        #expect(
            Self.fault(
                HandMade.token(claims: HandMade.claims(#""iss":"https://hub.test","aud":"hub","#)),
                &authority) == nil)
    }

    @Test(arguments: [
        "", "../token-keys", "../../../../dev/null", "x' OR '1'='1", "|id", "a\\u0000",
        "\u{202E}", String(repeating: "k", count: 4000),
    ])
    func `a name that is no key's opens nothing`(id: String) {
        let board = TokenKeyBoard(
            TokenKeyring(own: OwnKeys(secret: Self.first, atSeconds: 0)))
        var authority = Self.authority(board)
        #expect(Self.fault(Self.token(Self.first, header: Self.header(id)), &authority) == .key)
        #expect(board.isMissed(.hub))
    }

    @Test func `our key counts by its name alone, and for its algorithm alone`() {
        let own = OwnKeys(secret: Self.first, atSeconds: 0)
        let id = own.keys[0].id
        let board = TokenKeyBoard(TokenKeyring(own: own))
        var authority = Self.authority(board)
        func fault(_ header: String, _ secret: [UInt8] = Self.first) -> TokenFault? {
            Self.fault(Self.token(secret, header: header), &authority)
        }
        #expect(fault(Self.header(id)) == nil)
        #expect(fault(Self.header(id), Self.second) == .signature)
        #expect(fault(#"{"alg":"EdDSA"}"#) == .key)
        #expect(fault(#"{"alg":"EdDSA","kid":null}"#) == .key)
        #expect(fault(#"{"alg":"EdDSA","kid":["\#(id)"]}"#) == .key)
        #expect(fault(#"{"alg":"EdDSA","kid":"\#(id)","kid":"\#(id)"}"#) == .malformed)
        #expect(fault(#"{"alg":"EdDSA","kid":"\#(id) "}"#) == .key)
        for name in ["RS256", "ES256", "Ed25519", "eddsa", "none", "HS512"] {
            #expect(fault(#"{"alg":"\#(name)","kid":"\#(id)"}"#) == .algorithm)
        }
        // What everybody may know of the key is nobody's secret.
        let known = [
            own.keys[0].publicKey, Array(id.utf8), own.publicSet(atSeconds: Self.now),
            Array(Base64.encodeURL(own.keys[0].publicKey).utf8),
        ]
        for secret in known {
            let token = HandMade.token(
                header: #"{"alg":"HS256","kid":"\#(id)"}"#, secret: secret)
            #expect(Self.fault(token, &authority) == .signature)
        }
    }

    @Test func `a key of the set that was given and ours may not have one name`() {
        let own = OwnKeys(secret: Self.first, atSeconds: 0)
        let given = Self.key(own.keys[0].id, Self.second)
        var authority = TokenAuthority(
            secret: HandMade.secret, issuer: nil, audience: nil, keys: [given],
            board: TokenKeyBoard(TokenKeyring(own: own)))
        for secret in [Self.first, Self.second] {
            let token = Self.token(secret, header: Self.header(own.keys[0].id))
            #expect(Self.fault(token, &authority) == .key)
        }
    }

    @Test func `a key that was taken away opens nothing from the next look at the board`() throws {
        var own = OwnKeys(secret: Self.first, atSeconds: 0)
        let id = own.keys[0].id
        let board = TokenKeyBoard(TokenKeyring(own: own))
        var authority = Self.authority(board)
        let token = Self.token(Self.first, header: Self.header(id))
        let verified = try authority.verify(token, at: Self.now)
        let cache = VerifiedTokens(tokensMax: 100)
        let key = BearerToken(text: token, by: SHA256Hasher()).key
        cache.insert(verified, key: key, at: Self.now)
        #expect(cache.find(key, at: Self.now, generation: authority.generation) != nil)
        _ = try own.add(secret: Self.second, signsFromSeconds: 0, atSeconds: 0)
        try own.remove(id, atSeconds: Self.now)
        #expect(board.publish(own))
        #expect(!board.publish(own), "they are up already")
        authority.follow()
        #expect(cache.find(key, at: Self.now, generation: authority.generation) == nil)
        #expect(Self.fault(token, &authority) == .key)
    }

    @Test func `a key that is over opens nothing, though it was not forgotten yet`() throws {
        var own = OwnKeys(secret: Self.first, atSeconds: 0)
        let start = Self.now - OwnKeys.tokenSecondsMax - TokenAuthority.leewaySeconds
        _ = try own.add(secret: Self.second, signsFromSeconds: start, atSeconds: 0)
        var authority = Self.authority(TokenKeyBoard(TokenKeyring(own: own)))
        let token = Self.token(Self.first, header: Self.header(own.keys[0].id))
        #expect(Self.fault(token, &authority, at: Self.now - 1) == nil)
        #expect(Self.fault(token, &authority) == .key)
    }

    @Test func `an issuer's key is for its own tokens alone`() {
        let board = TokenKeyBoard(
            TokenKeyring(
                own: OwnKeys(secret: Self.first, atSeconds: 0),
                issuers: [
                    TrustedIssuer(
                        name: "https://a.test", audience: nil, keys: [Self.key("a", Self.first)]),
                    TrustedIssuer(
                        name: "https://b.test", audience: "hub",
                        keys: [Self.key("a", Self.second)]),
                ]))
        var authority = Self.authority(board)
        func fault(_ secret: [UInt8], of issuer: String, more: String = "") -> TokenFault? {
            Self.fault(Self.token(secret, of: issuer, more: more), &authority)
        }
        #expect(fault(Self.first, of: "https://a.test") == nil)
        #expect(fault(Self.second, of: "https://a.test") == .signature)
        #expect(fault(Self.second, of: "https://b.test") == .audience)
        #expect(fault(Self.second, of: "https://b.test", more: #""aud":["x","hub"],"#) == nil)
        #expect(fault(Self.first, of: "https://b.test", more: #""aud":"hub","#) == .signature)
        #expect(fault(Self.first, of: "https://A.test") == .key)
        #expect(fault(Self.first, of: "https://a.test/") == .key)
        // Neither is one without an issuer, nor one under our own key that says to be theirs.
        #expect(Self.fault(Self.token(Self.first, header: Self.header("a")), &authority) == .key)
        let own = OwnKeys(secret: Self.first, atSeconds: 0).keys[0].id
        let claims = HandMade.claims(#""iss":"https://a.test","#)
        let posing = Self.token(Self.first, header: Self.header(own), claims: claims)
        #expect(Self.fault(posing, &authority) == .key)
    }

    @Test func `an issuer of which no key is known yet is missed, once for many tokens`() {
        let issuers = [
            TrustedIssuer(name: "https://a.test", audience: nil),
            TrustedIssuer(name: "https://b.test", audience: nil),
        ]
        let board = TokenKeyBoard(TokenKeyring(issuers: issuers))
        var authority = Self.authority(board)
        for _ in 0..<100 {
            #expect(Self.fault(Self.token(Self.first, of: "https://b.test"), &authority) == .key)
        }
        #expect(board.isMissed(.issuer(1)) && !board.isMissed(.issuer(0)))
        #expect(!board.isMissed(.hub))
        board.forget(.issuer(1))
        #expect(!board.isMissed(.issuer(1)))
        #expect(board.publish([Self.key("a", Self.first)], ofIssuer: 1))
        authority.follow()
        #expect(Self.fault(Self.token(Self.first, of: "https://b.test"), &authority) == nil)
    }
}
