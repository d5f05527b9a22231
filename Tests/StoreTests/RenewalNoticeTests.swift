// What one instance tells the others of a fresh token.

import Domain
import Testing
import Wire

@testable import Store

@Suite struct `Notices of renewals` {
    private func renewal(
        subject: String = "nora", teams: [String] = [], id: String? = nil, issued: Int64? = nil
    ) -> StreamRenewal {
        StreamRenewal(
            stream: "tab-1",
            credential: Credential(
                principal: Principal(
                    subject: subject, roles: RoleSet([.sales, .viewer]), teams: teams),
                tokenID: id.map { ExactText($0) }, issuedMilliseconds: issued),
            expirySeconds: 1_900_000_000)
    }

    @Test func `another instance reads all that the token says`() {
        for renewal in [
            renewal(), renewal(teams: ["west", "e\u{301}ast", "\u{1}\"\\"], id: "t-1", issued: 7),
            renewal(subject: "n\u{F6}ra \u{7F}", id: "", issued: -1),
        ] {
            let notice = RenewalNotice(instance: "one", renewal: renewal)
            let payload = String(decoding: notice.payload, as: UTF8.self)
            #expect(RenewalNotice(payload: payload) == notice, "\(payload)")
        }
    }

    @Test(arguments: [
        "revoked", "", "{}", "[]",
        #"{"instance":"a","stream":"b","sub":"c","roles":[],"teams":[],"exp":1}"#,
        #"{"instance":"a","stream":"b c","sub":"c","roles":["sales"],"teams":[],"exp":1}"#,
        #"{"instance":"a","stream":"b","sub":"c","roles":["sales"],"teams":[]}"#,
    ])
    func `what is no notice renews nothing`(payload: String) {
        #expect(RenewalNotice(payload: payload) == nil)
    }

    /// A token has at most 8,192 bytes, three quarters of them for what it says.
    @Test func `the longest token fits in a notification`() {
        let team = String(repeating: "\u{8}", count: 90)
        let teams = (0..<32).map { "\(team)\($0)" }
        let notice = RenewalNotice(
            instance: String(repeating: "i", count: 64), renewal: renewal(teams: teams))
        #expect(notice.payload.count < 8_000)
    }
}
