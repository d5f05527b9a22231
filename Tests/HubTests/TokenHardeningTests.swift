// Attacks on a running hub by tokens (RFC 8725): each is answered as its row says, and the hub
// goes on. It takes tokens under its own secret and under the public keys of an identity provider.

import Foundation
import Support
import Testing

extension EndToEnd {
    @Suite(
        .serialized,
        .hub([
            "HUB_JWT_KEYS": Checkout.path + "/Tests/fixtures/public-keys.json",
            "HUB_JWT_ISSUER": "https://idp.test", "HUB_MAX_HEAD": "16384", "HUB_LOOPS": "2",
        ])
    ) struct TokenHardeningTests {
        let rig: AttackRig

        init() throws { rig = AttackRig(hub: try RunningHub.current(), token: Raw.token) }
    }
}

extension EndToEnd.TokenHardeningTests {
    @Test(arguments: Attack.algorithms)
    func `a token under an algorithm of its own choice opens nothing`(attack: Attack) throws {
        try rig.check(attack)
    }

    @Test(arguments: Attack.headers)
    func `a token that brings or names its key opens nothing`(attack: Attack) throws {
        try rig.check(attack)
    }

    @Test(arguments: Attack.forms)
    func `a token of another form opens nothing`(attack: Attack) throws { try rig.check(attack) }

    @Test(arguments: Attack.claims)
    func `a token that does not say enough opens nothing`(attack: Attack) throws {
        try rig.check(attack)
    }

    @Test(arguments: Attack.carriers)
    func `a token counts where it belongs, and once`(attack: Attack) throws {
        try rig.check(attack)
    }

    @Test func `the tables are as long as they should be, and each row has its own sentence`() {
        let parts = [
            Attack.algorithms, Attack.headers, Attack.forms, Attack.claims, Attack.carriers,
        ]
        for part in parts { #expect(Set(part.map(\.sentence)).count == part.count) }
        #expect(parts.joined().count >= 60)
    }
}
