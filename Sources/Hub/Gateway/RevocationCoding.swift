// The body of `POST /admin/revocations`: a token's id, or a subject.

import Domain
import Wire

/// Bodies about tokens that are taken back.
enum RevocationCoding {
    /// `{"jti": …}` or `{"sub": …}`.
    static func revoke(_ document: JSONDocument) throws(Refusal) -> Command {
        var fields = try FieldReader(document, document.root)
        let id = try fields.text("jti")
        let subject = try fields.text("sub")
        try fields.finish()
        if id != nil, subject != nil { throw .invalidField("sub", "may not stand beside jti") }
        guard let name = id ?? subject else { throw .invalidField("jti", "or sub is required") }
        let claim = id == nil ? "sub" : "jti"
        guard TokenAuthority.isName(name),
            let tokens = RevokedTokens(claim: claim, name: name)
        else { throw .invalidField(claim, "must have 1 to 256 bytes and no control character") }
        return .revokeTokens(RevokeTokens(tokens: tokens))
    }
}
