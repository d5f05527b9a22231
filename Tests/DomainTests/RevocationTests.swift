// Which tokens a revocation covers.

import Domain
import Testing

@Suite struct `Revocations` {
    private func revocation(_ claim: String, _ name: String, at seconds: Int64) throws -> Revocation
    {
        Revocation(
            tokens: try #require(RevokedTokens(claim: claim, name: name)), actor: "admin",
            time: Timestamp(milliseconds: seconds * 1000 + 500))
    }

    private func credential(
        _ subject: String, id: String? = nil, issued: Int64? = nil
    ) -> Credential {
        Credential(
            principal: Principal(subject: subject, roles: RoleSet([.viewer])),
            tokenID: id.map { ExactText($0) }, issuedMilliseconds: issued.map { $0 * 1000 })
    }

    @Test func `an id covers that token alone, letter by letter`() throws {
        var table = RevocationTable()
        table.add(try revocation("jti", "e\u{301}", at: 100))
        #expect(table.covers(credential("asha", id: "e\u{301}", issued: 900)))
        #expect(!table.covers(credential("asha", id: "\u{e9}", issued: 1)))
        #expect(!table.covers(credential("asha", issued: 1)))
        #expect(!table.covers(credential("e\u{301}", issued: 1)))
    }

    @Test func `a subject covers what it was issued until then, and what doesn't say when`() throws
    {
        var table = RevocationTable()
        table.add(try revocation("sub", "asha", at: 100))
        #expect(table.covers(credential("asha", issued: 99)))
        #expect(table.covers(credential("asha", issued: 100)))
        #expect(!table.covers(credential("asha", issued: 101)))
        #expect(table.covers(credential("asha")))
        #expect(!table.covers(credential("ravi", id: "asha", issued: 1)))
    }

    @Test func `the latest of a subject's revocations counts, in whatever order they come`() throws
    {
        var table = RevocationTable()
        table.add(try revocation("sub", "asha", at: 200))
        table.add(try revocation("sub", "asha", at: 100))
        #expect(table.covers(credential("asha", issued: 150)))
        #expect(!table.covers(credential("asha", issued: 201)))
    }

    @Test func `a session covers its tokens, whenever they were issued`() throws {
        var table = RevocationTable()
        table.add(try revocation("sid", "s-1", at: 100))
        let principal = Principal(subject: "asha", roles: RoleSet([.viewer]))
        func covers(_ session: String?) -> Bool {
            table.covers(
                Credential(
                    principal: principal, tokenID: nil, sessionID: session.map { ExactText($0) },
                    issuedMilliseconds: 900_000))
        }
        #expect(covers("s-1"))
        #expect(!covers("s-2"))
        #expect(!covers(nil))
    }

    @Test func `within a second, what was issued after it is good`() throws {
        var table = RevocationTable()
        table.add(try revocation("sub", "asha", at: 100))
        let principal = Principal(subject: "asha", roles: RoleSet([.viewer]))
        func covers(_ milliseconds: Int64) -> Bool {
            table.covers(
                Credential(
                    principal: principal, tokenID: nil, issuedMilliseconds: milliseconds))
        }
        #expect(covers(100_500))
        #expect(!covers(100_501))
    }

    @Test func `no other claim names tokens`() {
        #expect(RevokedTokens(claim: "iss", name: "x") == nil)
    }
}
