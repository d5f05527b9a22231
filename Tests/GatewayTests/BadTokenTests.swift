// Attacks on tokens and plain mistakes in them, one sentence each. Whatever is wrong, the answer
// is a fault, never a principal and never a trap.

import Domain
import Testing
import Wire

@testable import Gateway

/// A token that must not be taken.
struct BadToken: Sendable, CustomTestStringConvertible {
    let sentence: String
    let fault: TokenFault
    let token: String

    init(_ sentence: String, _ fault: TokenFault, _ token: String) {
        self.sentence = sentence
        self.fault = fault
        self.token = token
    }

    /// One that is signed, with the claims given.
    init(_ sentence: String, _ fault: TokenFault, claims: String) {
        self.init(sentence, fault, HandMade.token(claims: claims))
    }

    /// One that is signed, with the header given.
    init(_ sentence: String, _ fault: TokenFault, header: String) {
        self.init(sentence, fault, HandMade.token(header: header))
    }

    var testDescription: String { sentence }
}

@Suite struct `Bad tokens` {
    private static let parts = HandMade.token().split(separator: ".").map(String.init)

    static let forms: [BadToken] = [
        BadToken("it is empty", .malformed, ""),
        BadToken("it is one word", .malformed, "token"),
        BadToken("it has no signature part", .malformed, parts[0] + "." + parts[1]),
        BadToken("it has a fourth part", .malformed, HandMade.token() + ".x"),
        BadToken("it has five parts, as encrypted ones do", .malformed, "a.b.c.d.e"),
        BadToken("its header is no Base64", .malformed, "!!!." + parts[1] + "." + parts[2]),
        BadToken("its header is empty", .malformed, "." + parts[1] + "." + parts[2]),
        BadToken("its signature is padded", .malformed, HandMade.token() + "="),
        BadToken("a line end follows it", .malformed, HandMade.token() + "\n"),
        BadToken("a space leads it", .malformed, " " + HandMade.token()),
        BadToken("its header is no JSON", .malformed, header: "alg:HS256"),
        BadToken("its header is an array", .malformed, header: #"["HS256"]"#),
        BadToken(
            "its header names two algorithms", .malformed,
            header: #"{"alg":"HS256","alg":"none"}"#),
        BadToken(
            "it is longer than any token", .malformed,
            claims: HandMade.claims(#""x":"\#(String(repeating: "x", count: 7000))","#)),
        BadToken("its claims are no JSON, though signed", .malformed, claims: "{"),
        BadToken("its claims are an array", .malformed, claims: "[]"),
        BadToken(
            "its claims are nested without end", .malformed,
            claims: String(repeating: "[", count: 3000)),
        BadToken(
            "it names two subjects", .malformed, claims: HandMade.claims(#""sub":"admin","#)),
        BadToken("it is not ASCII", .malformed, "é.é.é"),
    ]

    static let signatures: [BadToken] = [
        BadToken(
            "it says that it needs no signature", .algorithm,
            Base64.encodeURL(Array(#"{"alg":"none"}"#.utf8)) + "." + parts[1] + "."),
        BadToken("it says so in another case", .algorithm, header: #"{"alg":"nOnE"}"#),
        BadToken("it names no algorithm", .algorithm, header: #"{"typ":"JWT"}"#),
        BadToken("its algorithm is a number", .algorithm, header: #"{"alg":256}"#),
        BadToken("its algorithm is a list", .algorithm, header: #"{"alg":["HS256"]}"#),
        BadToken("its algorithm is in lower case", .algorithm, header: #"{"alg":"hs256"}"#),
        BadToken(
            "its algorithm is one that we do not use", .algorithm, header: #"{"alg":"HS512"}"#),
        BadToken("it takes our secret for a public key", .algorithm, header: #"{"alg":"RS256"}"#),
        BadToken(
            "it has extensions that must be understood", .algorithm,
            header: #"{"alg":"HS256","crit":["b64"],"b64":false}"#),
        BadToken("another secret signed it", .signature, HandMade.token(secret: [1, 2, 3])),
        BadToken("an empty secret signed it", .signature, HandMade.token(secret: [0])),
        BadToken("its signature is empty", .signature, parts[0] + "." + parts[1] + "."),
        BadToken(
            "its signature is cut", .signature,
            parts[0] + "." + parts[1] + "." + String(parts[2].prefix(42 - 2))),
        BadToken(
            "its signature is twice as long", .signature,
            HandMade.token() + String(repeating: "A", count: 43 + 42)),
        BadToken(
            "its claims are another token's", .signature,
            parts[0] + "."
                + Base64.encodeURL(Array(HandMade.claims(#""role":"admin","#).utf8)) + "."
                + parts[2]),
        BadToken(
            "only its claims are signed", .signature,
            parts[0] + "." + parts[1] + "." + HandMade.signature(parts[1])),
        BadToken("header and claims are exchanged", .algorithm, parts[1] + "." + parts[0] + ".AA"),
    ]

    private static func claims(_ text: String) -> String { "{\(text)}" }

    static let contents: [BadToken] = [
        BadToken("it says nothing", .claims, claims: "{}"),
        BadToken("it has no subject", .claims, claims: #"{"role":"sales","exp":1790000060}"#),
        BadToken(
            "its subject is empty", .claims,
            claims: #"{"sub":"","role":"sales","exp":1790000060}"#),
        BadToken(
            "its subject is a number", .claims,
            claims: #"{"sub":7,"role":"sales","exp":1790000060}"#),
        BadToken(
            "its subject holds a NUL, which no database text can", .claims,
            claims: #"{"sub":"a\u0000b","role":"sales","exp":1790000060}"#),
        BadToken(
            "its subject holds a line end", .claims,
            claims: #"{"sub":"a\nb","role":"sales","exp":1790000060}"#),
        BadToken(
            "its subject holds a DEL", .claims,
            claims: #"{"sub":"a\u007f","role":"sales","exp":1790000060}"#),
        BadToken(
            "its subject is too long", .claims,
            claims: #"{"sub":"\#(String(repeating: "a", count: 257))","role":"sales","#
                + #""exp":1790000060}"#),
        BadToken("it never expires", .claims, claims: #"{"sub":"a","role":"sales"}"#),
        BadToken(
            "its expiry is a text", .claims,
            claims: #"{"sub":"a","role":"sales","exp":"1790000060"}"#),
        BadToken(
            "its expiry is null", .claims, claims: #"{"sub":"a","role":"sales","exp":null}"#),
        BadToken(
            "its expiry is beyond all numbers", .claims,
            claims: #"{"sub":"a","role":"sales","exp":1e999}"#),
        BadToken(
            "its expiry is beyond all time", .claims,
            claims: #"{"sub":"a","role":"sales","exp":9e18}"#),
        BadToken(
            "it expires now", .expired, claims: #"{"sub":"a","role":"sales","exp":1790000000}"#),
        BadToken(
            "it expired within this second", .expired,
            claims: #"{"sub":"a","role":"sales","exp":1790000000.999}"#),
        BadToken(
            "it expired before 1970", .expired, claims: #"{"sub":"a","role":"sales","exp":-1}"#),
        BadToken(
            "it is not valid yet", .notYetValid,
            claims: HandMade.claims(#""nbf":1790000006,"#)),
        BadToken(
            "it was issued in the future", .notYetValid,
            claims: HandMade.claims(#""iat":1790000006,"#)),
        BadToken(
            "its beginning is a text", .claims, claims: HandMade.claims(#""nbf":"0","#)),
        BadToken("its beginning is null", .claims, claims: HandMade.claims(#""nbf":null,"#)),
        BadToken("it has no role", .claims, claims: #"{"sub":"a","exp":1790000060}"#),
        BadToken(
            "its role is unknown", .claims, claims: #"{"sub":"a","role":"root","exp":1790000060}"#),
        BadToken(
            "its role is in capitals", .claims,
            claims: #"{"sub":"a","role":"ADMIN","exp":1790000060}"#),
        BadToken(
            "its roles are none", .claims, claims: #"{"sub":"a","roles":[],"exp":1790000060}"#),
        BadToken(
            "its roles are an object", .claims,
            claims: #"{"sub":"a","roles":{"admin":true},"exp":1790000060}"#),
    ]

    @Test(arguments: forms)
    func `a token of another form is malformed`(bad: BadToken) {
        #expect(HandMade.fault(bad.token) == bad.fault)
    }

    @Test(arguments: signatures)
    func `a token that we did not sign is refused`(bad: BadToken) {
        #expect(HandMade.fault(bad.token) == bad.fault)
    }

    @Test(arguments: contents)
    func `a signed token that does not say enough is refused`(bad: BadToken) {
        #expect(HandMade.fault(bad.token) == bad.fault)
    }

    @Test(arguments: [
        BadToken("it has no issuer", .issuer, claims: HandMade.claims()),
        BadToken("its issuer is another", .issuer, claims: HandMade.claims(#""iss":"b","#)),
        BadToken("its issuer is a list", .issuer, claims: HandMade.claims(#""iss":["a"],"#)),
        BadToken("it has no audience", .audience, claims: HandMade.claims(#""iss":"a","#)),
        BadToken(
            "its audience is another", .audience,
            claims: HandMade.claims(#""iss":"a","aud":["x","y"],"#)),
        BadToken(
            "its audience is a number", .audience, claims: HandMade.claims(#""iss":"a","aud":7,"#)),
        BadToken(
            "its audience is empty", .audience, claims: HandMade.claims(#""iss":"a","aud":[],"#)),
    ])
    func `a token that was made for others is refused`(bad: BadToken) {
        #expect(HandMade.fault(bad.token, issuer: "a", audience: "b") == bad.fault)
    }

    @Test func `a good token is not among them`() {
        #expect(HandMade.fault(HandMade.token()) == nil)
        #expect(Self.forms.count + Self.signatures.count + Self.contents.count >= 25)
    }
}
