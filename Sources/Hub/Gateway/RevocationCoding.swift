// The body of `POST /admin/revocations`: a token's id, or a subject.

import Domain
import Wire

/// Bodies about tokens that are taken back.
enum RevocationCoding {
    /// `{"jti": …}`, `{"sub": …}` or `{"sid": …}`.
    static func revoke(_ document: JSONDocument) throws(Refusal) -> Command {
        var fields = try FieldReader(document, document.root)
        var given: [(claim: String, name: String)] = []
        for claim in ["jti", "sub", "sid"] {
            if let name = try fields.text(claim) { given.append((claim, name)) }
        }
        try fields.finish()
        guard let (claim, name) = given.first else {
            throw .invalidField("jti", "or sub or sid is required")
        }
        if given.count > 1 {
            throw .invalidField(given[1].claim, "may not stand beside \(claim)")
        }
        guard TokenAuthority.isName(name),
            let tokens = RevokedTokens(claim: claim, name: name)
        else { throw .invalidField(claim, "must have 1 to 256 bytes and no control character") }
        return .revokeTokens(RevokeTokens(tokens: tokens))
    }
}
