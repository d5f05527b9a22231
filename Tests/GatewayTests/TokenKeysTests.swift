// Tokens of others, signed with RS256, ES256 or EdDSA: the examples of the RFCs, which lack only
// claims that we need, and every way in which a key or its use can be wrong.

import Domain
import Support
import TLS
import Testing
import Wire

@testable import Gateway

/// The examples of RFC 7515 appendices A.2 and A.3, and of RFC 8037 appendix A.4.
enum Example: String, CaseIterable, Sendable {
    case rs256 = "RS256"
    case es256 = "ES256"
    case edDSA = "EdDSA"

    private static let claims =
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
        + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ"

    /// The public key's members.
    var members: String {
        switch self {
        case .rs256:
            #""kty":"RSA","e":"AQAB","n":"ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPd"#
                + "dxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32"
                + "690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTB"
                + "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8"
                + #"NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ""#
        case .es256:
            #""kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","#
                + #""y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0""#
        case .edDSA:
            #""kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo""#
        }
    }

    var token: String {
        switch self {
        case .rs256:
            "eyJhbGciOiJSUzI1NiJ9." + Example.claims
                + ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-"
                + "0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTy"
                + "WzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC"
                + "-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIh"
                + "WkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
        case .es256:
            "eyJhbGciOiJFUzI1NiJ9." + Example.claims
                + ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqP"
                + "P3-Kg6NU1Q"
        case .edDSA:
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PP"
                + "Ot7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
        }
    }

    /// What we say when the signature is good: of the first two, that claims are missing; the third
    /// is no token but a text.
    var fault: TokenFault { self == .edDSA ? .malformed : .claims }

    /// The token's parts with another signature.
    func token(signature: [UInt8]) -> String {
        let parts = token.split(separator: ".")
        return "\(parts[0]).\(parts[1]).\(Base64.encodeURL(signature))"
    }

    func signature() throws -> [UInt8] {
        try #require(Base64.decodeURL(String(token.split(separator: ".")[2])))
    }

    /// The token with another header; what it says is not signed any more.
    func token(header: String) -> String {
        let parts = token.split(separator: ".")
        return "\(Base64.encodeURL(Array(header.utf8))).\(parts[1]).\(parts[2])"
    }
}

/// A second Ed25519 key: RFC 8032 §7.1, test 2.
enum OtherKey {
    static let members =
        #""kty":"OKP","crv":"Ed25519","x":"PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw""#
}

@Suite struct `Tokens of others` {
    private func keys(_ elements: String...) throws -> [TokenKey] {
        let set = #"{"keys":[\#(elements.joined(separator: ","))]}"#
        return try TokenKey.keys(ofSet: Array(set.utf8))
    }

    private func fault(_ token: String, _ keys: [TokenKey]) -> TokenFault? {
        var authority = TokenAuthority(
            secret: HandMade.secret, issuer: nil, audience: nil, keys: keys)
        do throws(TokenFault) {
            _ = try authority.verify(token, at: 1_300_819_379)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: Example.allCases)
    func `the RFCs' examples have good signatures, and any other has a bad one`(
        example: Example
    ) throws {
        let keys = try keys("{\(example.members)}")
        #expect(fault(example.token, keys) == example.fault)
        let signature = try example.signature()
        for index in signature.indices {
            var changed = signature
            changed[index] ^= 1 << UInt8(index % 8)
            #expect(fault(example.token(signature: changed), keys) == .signature)
        }
        for count in 0..<signature.count {
            let cut = Array(signature[..<count])
            #expect(fault(example.token(signature: cut), keys) == .signature)
        }
        #expect(fault(example.token(signature: signature + [0]), keys) == .signature)
        let zeros = [UInt8](repeating: 0, count: signature.count)
        #expect(fault(example.token(signature: zeros), keys) == .signature)
    }

    @Test(arguments: Example.allCases)
    func `a token is not checked with a key for another algorithm`(example: Example) throws {
        let others = Example.allCases.filter { $0 != example }.map { "{\($0.members)}" }
        let keys = try keys(others[0], others[1])
        #expect(fault(example.token, keys) == .algorithm)
        for other in Example.allCases where other != example {
            let token = example.token(header: #"{"alg":"\#(other.rawValue)"}"#)
            #expect(fault(token, keys) == .signature)
        }
        #expect(fault(example.token, []) == .algorithm)
    }

    @Test func `a public key is nobody's secret`() throws {
        let keys = try keys("{\(Example.rs256.members)}")
        guard case .rsa(let modulus, _) = keys[0].numbers else {
            return #expect(Bool(false), "an RSA key")
        }
        for secret in [modulus, Array("{\(Example.rs256.members)}".utf8)] {
            #expect(fault(HandMade.token(secret: secret), keys) == .signature)
        }
    }

    @Test func `ES256 takes the two numbers alone, not what others write them as`() throws {
        let keys = try keys("{\(Example.es256.members)}")
        let signature = try Example.es256.signature()
        let first: [UInt8] = [0x02, 0x20] + signature[..<32]
        let second: [UInt8] = [0x02, 0x21, 0] + signature[32...]
        let sequence = [0x30, UInt8(first.count + second.count)] + first + second
        #expect(fault(Example.es256.token(signature: sequence), keys) == .signature)
    }

    @Test func `the key is the one that the token names`() throws {
        let old = #"{"kid":"old",\#(Example.es256.members)}"#
        let new = """
            {"kid":"new","kty":"EC","crv":"P-256",
            "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
            "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}
            """
        let both = try keys(new, old)
        let unnamed = Example.es256.token
        #expect(fault(unnamed, both) == .key, "two keys, and none is named")
        #expect(fault(unnamed, try keys(old)) == .claims, "one key needs no name")
        func named(_ header: String) -> TokenFault? {
            fault(Example.es256.token(header: #"{"alg":"ES256","kid":\#(header)}"#), both)
        }
        #expect(named(#""old""#) == .signature, "its header was not signed")
        #expect(named(#""new""#) == .signature)
        #expect(named(#""older""#) == .key)
        #expect(named(#""""#) == .key)
        #expect(named("7") == .key)
        #expect(named("null") == .key)
    }

    @Test func `keys that we don't use are passed over`() throws {
        let good = "{\(Example.edDSA.members)}"
        let others = [
            #"{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ"}"#,
            #"{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}"#, #"{"kty":"XYZ"}"#, "{}",
            #"{"use":"enc",\#(Example.rs256.members)}"#,
            #"{"alg":"RS512",\#(Example.rs256.members)}"#,
            #"{"alg":"ES256",\#(Example.rs256.members)}"#,
            #"{"key_ops":["encrypt"],\#(Example.rs256.members)}"#,
            #"{"key_ops":"verify",\#(Example.rs256.members)}"#,
        ]
        for other in others {
            let found = try keys(other, good)
            #expect(found.map(\.numbers.algorithm) == [.edDSA], "\(other)")
        }
        let whole = #"{"use":"sig","alg":"RS256","key_ops":["verify"],\#(Example.rs256.members)}"#
        #expect(try keys(whole).map(\.numbers.algorithm) == [.rs256])
    }

    @Test(arguments: [
        ("", TokenKeysFault.notASet), ("[]", .notASet), ("{}", .notASet),
        (#"{"keys":{}}"#, .notASet), (#"{"keys":[]}"#, .noKey), (#"{"keys":[7]}"#, .malformed(0)),
        (#"{"keys":[{"kty":"oct","k":"AA"}]}"#, .noKey),
        (#"{"keys":[{"kty":"RSA","n":"AQAB"}]}"#, .malformed(0)),
        (#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#, .malformed(0)),
        (
            #"{"keys":[{\#(Example.rs256.members.replacing("AQAB", with: "AQ"))}]}"#,
            .malformed(0)
        ),
        (#"{"keys":[{"kid":"a",\#(Example.edDSA.members)},{\#(OtherKey.members)}]}"#, .nameless(1)),
        (#"{"keys":[{\#(Example.edDSA.members)},{"kid":"a",\#(OtherKey.members)}]}"#, .nameless(1)),
        (#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}"#, .malformed(0)),
        (#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"!"}]}"#, .malformed(0)),
        (#"{"keys":[{\#(Example.edDSA.members),"d":"nWGx"}]}"#, .isPrivate(0)),
        (
            #"{"keys":[{\#(Example.es256.members)},{"kty":"EC","crv":"P-256","#
                + #""x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","#
                + #""y":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}]}"#, .malformed(1)
        ),
        (
            #"{"keys":[{"kid":"a",\#(Example.edDSA.members)},{"kid":"a","#
                + #"\#(Example.edDSA.members)}]}"#, .repeatedID("a")
        ),
    ])
    func `a set that must be a mistake is refused, and says why`(
        set: String, fault: TokenKeysFault
    ) {
        #expect(throws: fault) { _ = try TokenKey.keys(ofSet: Array(set.utf8)) }
        #expect(!fault.description.isEmpty)
    }

    @Test func `of a set that somebody else publishes, what is wrong is left out`() throws {
        let weak = Example.rs256.members.replacing("AQAB", with: "AQ")
        let set = """
            {"keys":[7,{},{"kty":"oct","k":"AA"},{\(Example.es256.members),"d":"AA"},
            {"kid":"weak",\(weak)},{"use":"enc",\(Example.rs256.members)},
            {"kid":"twice",\(Example.edDSA.members)},{"kid":"twice",\(OtherKey.members)},
            {"kid":"one",\(Example.edDSA.members)},{\(Example.es256.members)},
            {"kid":"one",\(Example.rs256.members)}]}
            """
        let found = try TokenKey.usable(inSet: Array(set.utf8))
        #expect(found.map(\.id?.text) == ["one", nil, "one"])
        #expect(found.map(\.numbers.algorithm) == [.edDSA, .es256, .rs256])
        #expect(try TokenKey.usable(inSet: Array(#"{"keys":[]}"#.utf8)) == [])
        for text in ["", "[]", "{}", #"{"keys":7}"#, "<html>"] {
            #expect(throws: TokenKeysFault.notASet) {
                _ = try TokenKey.usable(inSet: Array(text.utf8))
            }
        }
    }

    @Test func `a set has at most a hundred keys`() {
        let many = Array(repeating: "{}", count: 101).joined(separator: ",")
        #expect(throws: TokenKeysFault.tooMany) {
            _ = try TokenKey.keys(ofSet: Array(#"{"keys":[\#(many)]}"#.utf8))
        }
    }
}
