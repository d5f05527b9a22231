// Attacks by tokens (RFC 7519, RFC 8725, RFC 6750): forged, cut, said twice, or sent where none
// belongs. The hub that bears them has public keys of an identity provider, too, whose private
// keys nobody has.

import Foundation
import Wire

extension Attack {
    /// Tokens under an algorithm of the attacker's choice.
    static let algorithms: [Attack] = [
        token("it needs no signature, it says", unsigned(#"{"alg":"none"}"#), "algorithm"),
        token("it says so with a capital", unsigned(#"{"alg":"None"}"#), "algorithm"),
        token("it says so in mixed case", unsigned(#"{"alg":"nOnE"}"#), "algorithm"),
        token("it says so in an escape", unsigned(#"{"alg":"\u006eone"}"#), "algorithm"),
        token("it says so and is signed", header(#"{"alg":"none"}"#), "algorithm"),
        token("it has no algorithm", header(#"{"typ":"JWT"}"#), "algorithm"),
        token("its algorithm is empty", header(#"{"alg":""}"#), "algorithm"),
        token("its algorithm is null", header(#"{"alg":null}"#), "algorithm"),
        token("its algorithm is a number", header(#"{"alg":256}"#), "algorithm"),
        token("its algorithm is a list", header(#"{"alg":["HS256"]}"#), "algorithm"),
        token("its algorithm is in lower case", header(#"{"alg":"hs256"}"#), "algorithm"),
        token("its algorithm ends in a space", header(#"{"alg":"HS256 "}"#), "algorithm"),
        token("its algorithm ends in a NUL", header(#"{"alg":"HS256\u0000"}"#), "algorithm"),
        token("its algorithm is longer than ours", header(#"{"alg":"HS512"}"#), "algorithm"),
        token("its algorithm is said twice", header(#"{"alg":"HS256","alg":"none"}"#), "malformed"),
        token(
            "its algorithm is said twice, once in an escape",
            header(#"{"alg":"HS256","\u0061lg":"none"}"#), "malformed"),
        token("our secret stands for a public key", header(#"{"alg":"RS256"}"#), "signature"),
        token("a public key stands for the secret", secret(Keys.pem), "signature"),
        token("a set of public keys stands for the secret", secret(Keys.set), "signature"),
        token("a blank secret signed it", secret(" "), "signature"),
        token("another secret signed it", secret("of somebody else"), "signature"),
        token(
            "its curve's numbers are zero", signed(#"{"alg":"ES256"}"#, zeros: 64), "signature"),
        token(
            "its curve's numbers are zero and named",
            signed(#"{"alg":"ES256","kid":"ec"}"#, zeros: 64),
            "signature"),
        token(
            "its curve's numbers are none", signed(#"{"alg":"ES256"}"#, zeros: 0), "signature"),
        token("its point is zero", signed(#"{"alg":"EdDSA"}"#, zeros: 64), "signature"),
        token("its power is zero", signed(#"{"alg":"RS256"}"#, zeros: 256), "signature"),
        token(
            "its algorithm is another of the same key", signed(#"{"alg":"PS256"}"#, zeros: 256),
            "algorithm"),
        token(
            "it names the key of another algorithm",
            signed(#"{"alg":"RS256","kid":"ec"}"#, zeros: 256), "unknown_key"),
        token(
            "it names a key that isn't there", signed(#"{"alg":"RS256","kid":"x"}"#, zeros: 256),
            "unknown_key"),
        token(
            "it names a key that is a path",
            signed(#"{"alg":"EdDSA","kid":"../token-keys"}"#, zeros: 64), "unknown_key"),
        token(
            "it names a key that is a query",
            signed(#"{"alg":"EdDSA","kid":"x' OR '1'='1"}"#, zeros: 64), "unknown_key"),
        token(
            "it names a key by what all are kept in",
            signed(#"{"alg":"EdDSA","kid":"token_keys"}"#, zeros: 64), "unknown_key"),
        token(
            "it names two keys", signed(#"{"alg":"EdDSA","kid":"x","kid":"ec"}"#, zeros: 64),
            "malformed"),
        token(
            "it names a list of keys", signed(#"{"alg":"EdDSA","kid":["ec"]}"#, zeros: 64),
            "unknown_key"),
        token(
            "it names no key by null", signed(#"{"alg":"RS256","kid":null}"#, zeros: 256),
            "unknown_key"),
    ]

    /// Tokens that bring their own key, or ask for more than is checked.
    static let headers: [Attack] = [
        own("it names a file for its key", #""kid":"../../../../dev/null""#),
        own("it names a query for its key", #""kid":"x' UNION SELECT 'a""#),
        own("it names a command for its key", #""kid":"|id""#),
        own("it brings its key", #""jwk":{"kty":"oct","k":"b3du"}"#),
        own("it says where its key is", #""jku":"http://127.0.0.1:9/keys""#),
        own("it says where its certificate is", #""x5u":"http://127.0.0.1:9/cert""#),
        own("it brings its certificate", #""x5c":["MIIB"]"#),
        token(
            "it must be understood and isn't", header(#"{"alg":"HS256","crit":["exp"],"exp":1}"#),
            "algorithm"),
        token("nothing must be understood", header(#"{"alg":"HS256","crit":[]}"#), "algorithm"),
        token(
            "its claims are not encoded", header(#"{"alg":"HS256","crit":["b64"],"b64":false}"#),
            "algorithm"),
        token(
            "another token is within it",
            signer.sign(header: #"{"alg":"HS256","cty":"JWT"}"#, claims: good), "malformed"),
        token(
            "it is encrypted",
            TokenSigner.part(#"{"alg":"dir","enc":"A128GCM"}"#) + "..AAAA.AAAA.AAAA", "malformed"),
        token(
            "it is encrypted and shortened", header(#"{"alg":"dir","enc":"A128GCM"}"#),
            "algorithm"),
    ]

    /// Tokens of another form.
    static let forms: [Attack] = [
        token("it is a word", "token", "malformed"),
        token("it is two dots", "..", "malformed"),
        token("its signature is missing", parts[0] + "." + parts[1], "malformed"),
        token("its signature is empty", parts[0] + "." + parts[1] + ".", "signature"),
        token("its signature is cut", String(good.dropLast(3)), "signature"),
        token("its signature is too long", good + "AA", "malformed"),
        token("its signature is padded", good + "=", "malformed"),
        token("its header is padded", parts[0] + "=." + parts[1] + "." + parts[2], "malformed"),
        token("its last character has stray bits", straying(good), "malformed"),
        token("it is in the other Base64", String(good.dropLast()) + "+", "malformed"),
        token("its dots are escaped", parts.joined(separator: "%2E"), "malformed"),
        token("a dot follows it", good + ".", "malformed"),
        token("a fourth part follows it", good + ".AAAA", "malformed"),
        token("a comma follows it", good + ",", "malformed"),
        token("it is in quotes", "\"\(good)\"", "malformed"),
        token("a space is inside", parts[0] + ". " + parts[1] + "." + parts[2], "signature"),
        token("two stand in a line", good + ", Bearer " + good, "malformed"),
        token("its header is no JSON", header("alg:HS256"), "malformed"),
        token("its header is a list", header(#"["HS256"]"#), "malformed"),
        token("its header is empty", "." + parts[1] + "." + parts[2], "malformed"),
        token("its claims are empty", claiming(""), "malformed"),
        token("its claims are a list", claiming("[]"), "malformed"),
        token("its claims are a text", claiming("\"admin\""), "malformed"),
        token("its claims are cut", claiming(#"{"sub":"a""#), "malformed"),
        token("something follows its claims", claiming(#"{"sub":"a"} {}"#), "malformed"),
        token("its claims are nested without end", claiming(nested), "malformed"),
        token("its claims are another's", parts[0] + "." + others + "." + parts[2], "signature"),
        token("its header is another's", otherHead + "." + parts[1] + "." + parts[2], "signature"),
        token("it is longer than any", claiming(long), "malformed"),
    ]

    /// Tokens that we signed and that do not say enough, or too much.
    static let claims: [Attack] = [
        saying("nothing", "{}", "claims"),
        saying("two subjects", rest(#""sub":"a","sub":"root""#), "malformed"),
        saying(
            "two subjects, one in an escape", rest(#""sub":"a","s\u0075b":"root""#), "malformed"),
        saying(
            "two ends", #"{"sub":"a","role":"admin","iss":"\#(issuer)","exp":1,"exp":9e9}"#,
            "malformed"),
        saying("no subject", rest(#""x":1"#), "claims"),
        saying("an empty subject", rest(#""sub":"""#), "claims"),
        saying("a subject that is a number", rest(#""sub":7"#), "claims"),
        saying("a subject that is null", rest(#""sub":null"#), "claims"),
        saying("a subject that is a list", rest(#""sub":["root"]"#), "claims"),
        saying("a subject with a NUL", rest(#""sub":"a\u0000b""#), "claims"),
        saying("a subject with a line end", rest(#""sub":"a\r\nSet-Cookie: b""#), "claims"),
        saying("a subject with an escape of a terminal", rest(#""sub":"\u001b[2J""#), "claims"),
        saying("a subject with a DEL", rest(#""sub":"a\u007f""#), "claims"),
        saying("a subject with half a surrogate", rest(#""sub":"\ud800""#), "malformed"),
        saying(
            "a subject that is too long", rest(#""sub":"\#(String(repeating: "a", count: 257))""#),
            "claims"),
        ending("no end", nil, "claims"), ending("an end that is null", "null", "claims"),
        ending("an end that is a text", #""9999999999""#, "claims"),
        ending("an end that is true", "true", "claims"),
        ending("an end that is a list", "[9999999999]", "claims"),
        ending("an end beyond all numbers", "1e999", "claims"),
        ending("an end beyond all time", "9e18", "claims"),
        ending("an end before 1970", "-1", nil), ending("an end at 1970", "0", nil),
        ending("an end that has come", "1700000000", nil),
        ending("an end that has come, with a fraction", "1700000000.999", nil),
        saying(
            "that it begins tomorrow", rest(#""sub":"a","nbf":\#(now + 86_400)"#), "not_yet_valid"),
        saying("its beginning as a text", rest(#""sub":"a","nbf":"0""#), "claims"),
        saying(
            "that it was issued tomorrow", rest(#""sub":"a","iat":\#(now + 86_400)"#),
            "not_yet_valid"),
        playing("no role", nil), playing("an unknown role", #""root""#),
        playing("a role in capitals", #""ADMIN""#), playing("a role with a space", #""admin ""#),
        playing("roles in one text", #""admin,viewer""#), playing("a role that is true", "true"),
        playing("no roles", "[]"), playing("roles that are an object", #"{"admin":true}"#),
        playing("roles within a list", #"[["admin"]]"#), playing("roles that are a number", "1"),
        saying("no issuer", #"{"sub":"a","role":"admin","exp":\#(now + 36_000)}"#, "issuer"),
        saying("another issuer", signedBy(#""https://idp.test/""#), "issuer"),
        saying("an issuer that is a list", signedBy(#"["https://idp.test"]"#), "issuer"),
    ]

    /// Good tokens that are sent otherwise than they should be.
    static let carriers: [Attack] = [
        .harmless("the scheme in lower case", sent("Authorization: bearer " + good), 200),
        .harmless("the scheme in capitals", sent("authorization: BEARER " + good), 200),
        .harmless("several spaces", sent("Authorization: Bearer   " + good + "  "), 200),
        .harmless("an end with a fraction", sent("Authorization: Bearer " + fraction), 200),
        missing("a tab for a space", "Authorization: Bearer\t" + good),
        missing("no scheme", "Authorization: " + good),
        missing("the scheme alone", "Authorization: Bearer"),
        missing("an empty field", "Authorization:"),
        missing("another scheme", "Authorization: Basic cm9vdDpyb290"),
        missing("a scheme that begins as ours", "Authorization: BearerX " + good),
        missing("a scheme with a colon", "Authorization: Bearer: " + good),
        missing("a field for proxies", "Proxy-Authorization: Bearer " + good),
        missing("a field of one's own", "X-Authorization: Bearer " + good),
        missing("a cookie", "Cookie: access_token=\(good); Authorization=\(good)"),
        .refused(
            "a name with an underscore",
            Raw.head("GET /crm/leads HTTP/1.1", "Host: a", "Authorization_: Bearer " + good), 401,
            "token_missing"),
        .refused(
            "a query where none may be",
            Raw.head("GET /crm/leads?access_token=\(good) HTTP/1.1", "Host: a"), 401,
            "token_missing"),
        .refused(
            "a form, as RFC 6750 knows it",
            Raw.head(
                "POST /crm/leads HTTP/1.1", "Host: a",
                "Content-Type: application/x-www-form-urlencoded",
                "Content-Length: \(good.utf8.count + 13)") + "access_token=" + good, 401,
            "token_missing"),
        .refused(
            "two fields, the good one first",
            sent("Authorization: Bearer " + good, "Authorization: Bearer x"), 400,
            "repeated_header"),
        .refused(
            "two fields, the good one last",
            sent("Authorization: Bearer x", "Authorization: Bearer " + good), 400,
            "repeated_header"),
        .refused(
            "a query beside a field",
            Raw.head(
                "GET /events?access_token=\(good) HTTP/1.1", "Host: a",
                "Accept: application/json", "Authorization: Bearer " + good), 400, "bad_parameter"),
        .refused(
            "two in a query",
            Raw.head(
                "GET /events?access_token=x&access_token=\(good) HTTP/1.1", "Host: a",
                "Accept: application/json"), 400, "bad_parameter"),
        .harmless(
            "a query where one may be",
            Raw.head(
                "GET /events?limit=1&access_token=\(good) HTTP/1.1", "Host: a",
                "Accept: application/json"), 200),
    ]
}

// MARK: - What they are made of

extension Attack {
    private static let signer = TokenSigner.shared
    private static let issuer = "https://idp.test"
    private static let now = Int(Date().timeIntervalSince1970)
    private static let good = signer.sign(claims: rest(#""sub":"asha""#))
    private static let parts = good.split(separator: ".").map(String.init)
    private static let others = TokenSigner.part(rest(#""sub":"root""#))
    private static let otherHead = TokenSigner.part(#"{"alg":"HS256"}"#)
    private static let nested = String(repeating: "[", count: 3000)
    private static let long = rest(#""sub":"a","x":"\#(String(repeating: "x", count: 6200))""#)
    private static let fraction = signer.sign(
        claims: #"{"sub":"a","role":"admin","iss":"\#(issuer)","exp":\#(now + 36_000).5}"#)

    /// Good claims behind those that are given.
    private static func rest(_ first: String) -> String {
        #"{\#(first),"role":"admin","iss":"\#(issuer)","exp":\#(now + 36_000)}"#
    }

    private static func signedBy(_ issuer: String) -> String {
        #"{"sub":"a","role":"admin","iss":\#(issuer),"exp":\#(now + 36_000)}"#
    }

    /// Good claims under a header, signed with our secret.
    private static func header(_ header: String) -> String {
        signer.sign(header: header, claims: rest(#""sub":"a""#))
    }

    private static func claiming(_ text: String) -> String { signer.sign(claims: text) }

    /// Good claims, signed with another secret.
    private static func secret(_ text: String) -> String {
        TokenSigner(secret: text).sign(claims: rest(#""sub":"a""#))
    }

    private static func unsigned(_ header: String) -> String {
        TokenSigner.unsigned(header: header, claims: rest(#""sub":"a""#))
    }

    /// Good claims under a header, with a signature of zeros.
    private static func signed(_ header: String, zeros count: Int) -> String {
        unsigned(header) + Base64.encodeURL([UInt8](repeating: 0, count: count))
    }

    /// The same signature written with a bit that belongs to nothing.
    private static func straying(_ token: String) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        let place = token.last.flatMap { alphabet.firstIndex(of: $0) } ?? 0
        return String(token.dropLast()) + String(alphabet[place ^ 1])
    }

    private static func sent(_ fields: String...) -> String {
        "GET /crm/leads?limit=1 HTTP/1.1\r\nHost: hub.test\r\n"
            + fields.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    /// A token that is refused for what stands in the problem's detail.
    private static func token(_ sentence: String, _ token: String, _ fault: String) -> Attack {
        Attack(
            sentence, sent("Authorization: Bearer " + token),
            answers: [Answer(status: 401, code: "token_invalid", detail: "(\(fault))")], .staysOpen)
    }

    /// A token whose header has more, signed with what the attacker knows.
    private static func own(_ sentence: String, _ member: String) -> Attack {
        token(
            sentence,
            TokenSigner(secret: "own").sign(
                header: #"{"alg":"HS256",\#(member)}"#, claims: rest(#""sub":"a""#)), "signature")
    }

    private static func saying(_ sentence: String, _ text: String, _ fault: String) -> Attack {
        token("it says " + sentence, claiming(text), fault)
    }

    /// A token that ends at a time; without a fault it has ended.
    private static func ending(_ sentence: String, _ time: String?, _ fault: String?) -> Attack {
        let end = time.map { #","exp":"# + $0 } ?? ""
        let text = #"{"sub":"a","role":"admin","iss":"\#(issuer)"\#(end)}"#
        if let fault { return saying(sentence, text, fault) }
        return .refused(
            "it says " + sentence, sent("Authorization: Bearer " + claiming(text)), 401,
            "token_expired")
    }

    private static func playing(_ sentence: String, _ roles: String?) -> Attack {
        let member = roles.map { #","roles":"# + $0 } ?? ""
        return saying(
            sentence, #"{"sub":"a","iss":"\#(issuer)","exp":\#(now + 36_000)\#(member)}"#, "claims")
    }

    private static func missing(_ sentence: String, _ field: String) -> Attack {
        .refused(sentence, sent(field), 401, "token_missing")
    }
}

/// Public keys of an identity provider, whose private ones were thrown away.
private enum Keys {
    static let set = text("public-keys.json")
    static let pem = text("public-key.pem")

    private static func text(_ name: String) -> String {
        (try? String(contentsOfFile: Checkout.path + "/Tests/fixtures/" + name, encoding: .utf8))
            ?? ""
    }
}
