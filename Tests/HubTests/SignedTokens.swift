// Tokens as somebody else would make them: any header, any claims, any secret. The good ones show
// that the hub takes tokens that it didn't issue, the bad ones that it refuses what it should.

import Foundation
import TLS
import Wire

/// Makes JSON Web Tokens under one secret.
struct TokenSigner {
    /// 32 bytes or more, the same that the hub is started with.
    let secret: String

    /// The secret of the hubs that the tests start.
    static let shared = TokenSigner(secret: "a secret of the tests, long enough to sign with")

    /// A good token.
    func token(
        subject: String, roles: [String], lifetimeSeconds: Int = 3600, more: String = ""
    ) -> String {
        let now = Int(Date().timeIntervalSince1970)
        let list = roles.map { "\"\($0)\"" }.joined(separator: ",")
        return sign(
            claims: #"{"sub":"\#(subject)","roles":[\#(list)],"iat":\#(now),"#
                + #""exp":\#(now + lifetimeSeconds)\#(more)}"#)
    }

    /// Signs claims as they are given, with HS256 whatever the header says.
    func sign(header: String = #"{"alg":"HS256","typ":"JWT"}"#, claims: String) -> String {
        let signed =
            TokenSigner.part(header) + "." + TokenSigner.part(claims)
        var code = MessageAuthentication(key: Array(secret.utf8))
        return signed + "." + Base64.encodeURL(code.code(for: Array(signed.utf8)[...]))
    }

    /// One part of a token.
    static func part(_ text: String) -> String { Base64.encodeURL(Array(text.utf8)) }

    /// Joins header and claims with no signature at all.
    static func unsigned(header: String, claims: String) -> String {
        part(header) + "." + part(claims) + "."
    }
}
