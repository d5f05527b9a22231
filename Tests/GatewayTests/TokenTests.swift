// Tokens that are good, and tokens that the hub makes itself.

import Domain
import Support
import TLS
import Testing
import Wire

@testable import Gateway

@Suite struct `Tokens` {
    /// RFC 7515 appendix A.1: the token and its key.
    private static let example =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAs"
        + "DQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
        + "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    private static let exampleKey =
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"

    @Test func `the example of RFC 7515 has a good signature, and lacks only our claims`() throws {
        let key = try #require(Base64.decodeURL(Self.exampleKey))
        var authority = TokenAuthority(secret: key, issuer: nil, audience: nil)
        #expect(throws: TokenFault.claims) {
            _ = try authority.verify(Self.example, at: 1_300_819_379)
        }
        let changed = String(Self.example.dropLast()) + "g"
        #expect(throws: TokenFault.signature) {
            _ = try authority.verify(changed, at: 1_300_819_379)
        }
    }

    @Test(arguments: [
        (#"{"sub":"asha","role":"sales","exp":1790000060}"#, [Role.sales]),
        (#"{"sub":"asha","roles":["viewer","admin"],"exp":1790000060}"#, [.admin, .viewer]),
        (#"{"sub":"asha","roles":"agent","exp":1790000060}"#, [.agent]),
        (#"{"sub":"asha","role":["agent"],"exp":1790000060}"#, [.agent]),
        (
            #"{"sub":"asha","role":"sales","roles":["agent"],"exp":1790000060}"#,
            [.sales, .agent]
        ),
        // What is unknown beside what is known is left out.
        (#"{"sub":"asha","roles":["root","viewer",7,null],"exp":1790000060}"#, [.viewer]),
        (#"{"exp":1790000060.9,"x":{"a":[1]},"sub":"asha","role":"sales"}"#, [.sales]),
        (#"{"sub":"asha","role":"sales","exp":1.79000006e9,"iat":"?","jti":[]}"#, [.sales]),
        (#"{"sub":"asha","role":"sales","exp":1790000060,"nbf":1790000005}"#, [.sales]),
        (#"{"sub":"asha","role":"sales","exp":1790000060,"iat":1790000005}"#, [.sales]),
        (#"{"sub":"\u0061sha","role":"s\u0061les","exp":1790000060}"#, [.sales]),
    ])
    func `a good token says who, with which roles, until when`(claims: String, roles: [Role]) {
        let token = HandMade.verified(HandMade.token(claims: claims))
        #expect(token?.principal == Principal(subject: "asha", roles: RoleSet(roles)))
        #expect(token?.expirySeconds == 1_790_000_060)
    }

    @Test(arguments: [
        #"{"typ":"JWT","alg":"HS256"}"#, #"{"alg":"HS256"}"#,
        #"{"alg":"HS256","kid":"1","typ":"at+jwt"}"#, " {\r\n \"alg\" : \"HS256\" } ",
        #"{"\u0061lg":"HS\u003256"}"#,
    ])
    func `a header may say more than the algorithm`(header: String) {
        #expect(HandMade.fault(HandMade.token(header: header)) == nil)
    }

    @Test func `a token is good until the second before it expires`() {
        let token = HandMade.token()
        #expect(HandMade.fault(token, at: HandMade.now + 59) == nil)
        #expect(HandMade.fault(token, at: HandMade.now + 60) == .expired)
        #expect(HandMade.fault(token, at: .max) == .expired)
    }

    @Test func `issuer and audience are looked at only when they are configured`() {
        let token = HandMade.token(claims: HandMade.claims(#""iss":"a","aud":["x","b"],"#))
        #expect(HandMade.fault(token) == nil)
        #expect(HandMade.fault(token, issuer: "a", audience: "b") == nil)
        #expect(HandMade.fault(token, issuer: "A") == .issuer)
        #expect(HandMade.fault(token, audience: "c") == .audience)
        let single = HandMade.token(claims: HandMade.claims(#""aud":"b","#))
        #expect(HandMade.fault(single, audience: "b") == nil)
    }

    @Test func `what the hub issues it takes, from anybody, with any roles`() throws {
        var random = TestSeed.random("issued tokens")
        let subjects = [
            "asha", "a\"b\\c", "आशा", "users/1", String(repeating: "s", count: 256), " ",
        ]
        for subject in subjects {
            for _ in 0..<20 {
                let bits = UInt8.random(in: 1...127, using: &random)
                let issuer = Bool.random(using: &random) ? "https://hub.test/\"x\"" : nil
                let audience = Bool.random(using: &random) ? "unified" : nil
                var authority = TokenAuthority(
                    secret: HandMade.secret, issuer: issuer, audience: audience)
                let principal = Principal(subject: subject, roles: RoleSet(rawValue: bits))
                let token = authority.issue(
                    principal, atMilliseconds: HandMade.now * 1000 + 7, lifetimeSeconds: 3600)
                let verified = try authority.verify(token, at: HandMade.now)
                #expect(verified.principal == principal)
                #expect(verified.expirySeconds == HandMade.now + 3600)
                #expect(throws: TokenFault.expired) {
                    _ = try authority.verify(token, at: HandMade.now + 3600)
                }
                var other = TokenAuthority(
                    secret: HandMade.secret + [1], issuer: issuer, audience: audience)
                #expect(throws: TokenFault.signature) {
                    _ = try other.verify(token, at: HandMade.now)
                }
            }
        }
    }

    @Test func `an authority is not confused by what it saw before`() throws {
        var authority = TokenAuthority(secret: HandMade.secret, issuer: nil, audience: nil)
        for _ in 0..<100 {
            _ = try? authority.verify("a.b.c", at: HandMade.now)
            _ = try? authority.verify(HandMade.token(secret: [1]), at: HandMade.now)
            #expect((try? authority.verify(HandMade.token(), at: HandMade.now)) != nil)
        }
    }

    @Test func `no change of one character makes a token that is taken`() {
        var random = TestSeed.random("changed tokens")
        let token = Array(HandMade.token().utf8)
        let alphabet = Array("ABCXYZabcxyz0189-_.=+/ \n".utf8)
        for index in token.indices {
            var changed = token
            let other = alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            guard changed[index] != other else { continue }
            changed[index] = other
            #expect(HandMade.fault(String(decoding: changed, as: UTF8.self)) != nil)
        }
        for end in token.indices {
            #expect(HandMade.fault(String(decoding: token[..<end], as: UTF8.self)) != nil)
        }
    }
}
