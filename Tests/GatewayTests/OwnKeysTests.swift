// The hub's own keys: who signs when, how long the others verify, and what is said of them to
// everybody.

import Support
import TLS
import Testing
import Wire

@testable import Gateway

@Suite struct `Own keys` {
    /// RFC 8037 appendix A.1: the secret half of `Example.edDSA`.
    private static let example = Base64.decodeURL("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")

    private static func secret(_ byte: UInt8) -> [UInt8] { [UInt8](repeating: byte, count: 32) }

    /// Three keys, that sign from 0, from 1,000 and from 2,000.
    private static func three() throws -> OwnKeys {
        var keys = OwnKeys(secret: secret(1), atSeconds: 0)
        _ = try keys.add(secret: secret(2), signsFromSeconds: 1_000, atSeconds: 0)
        _ = try keys.add(secret: secret(3), signsFromSeconds: 2_000, atSeconds: 0)
        return keys
    }

    @Test func `a key is called by its thumbprint, as RFC 8037 has it`() throws {
        let secret = try #require(Self.example)
        let key = OwnKey(secret: secret, signsFromSeconds: 0)
        #expect(key.id == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
        #expect(
            Base64.encodeURL(key.publicKey) == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
    }

    @Test func `the newest whose time has come signs`() throws {
        let keys = try Self.three()
        let signers = [0, 999, 1_000, 1_999, 2_000, 9_999].map { seconds in
            keys.keys.firstIndex(of: keys.signer(atSeconds: seconds))
        }
        #expect(signers == [0, 0, 1, 1, 2, 2])
        // A clock that is behind signs with what there is.
        #expect(keys.signer(atSeconds: -5) == keys.keys[0])
    }

    @Test func `a key is forgotten when the last token that it signed has expired`() throws {
        var keys = try Self.three()
        let end = 1_000 + OwnKeys.tokenSecondsMax + TokenAuthority.leewaySeconds
        #expect(keys.endSeconds(of: keys.keys[0]) == end)
        #expect(keys.endSeconds(of: keys.keys[2]) == nil)
        _ = try keys.add(secret: Self.secret(4), signsFromSeconds: end, atSeconds: end - 1)
        #expect(keys.keys.count == 4)
        _ = try keys.add(secret: Self.secret(5), signsFromSeconds: end, atSeconds: end)
        #expect(keys.keys.map { $0.secret[0] } == [2, 3, 4, 5])
    }

    @Test func `there is a bound to how many keys there are`() throws {
        var keys = OwnKeys(secret: Self.secret(1), atSeconds: 0)
        for byte in 2...UInt8(OwnKeys.countMax) {
            _ = try keys.add(secret: Self.secret(byte), signsFromSeconds: 1, atSeconds: 0)
        }
        #expect(throws: OwnKeysFault.tooMany) {
            _ = try keys.add(secret: Self.secret(99), signsFromSeconds: 1, atSeconds: 0)
        }
    }

    @Test func `a key can be taken away unless it is the only one that signs`() throws {
        var keys = try Self.three()
        let ids = keys.keys.map(\.id)
        #expect(throws: OwnKeysFault.needed(ids[0])) { try keys.remove(ids[0], atSeconds: 500) }
        #expect(throws: OwnKeysFault.unknown("x")) { try keys.remove("x", atSeconds: 500) }
        try keys.remove(ids[0], atSeconds: 1_500)
        #expect(keys.keys.map(\.id) == Array(ids[1...]))
    }

    @Test func `what is kept is read as it was`() throws {
        let keys = try Self.three()
        #expect(try OwnKeys(Array(keys.text.utf8)) == keys)
        // Whoever writes the lines in another order means the same.
        let lines = keys.text.split(separator: "\n").reversed().joined(separator: "\n")
        #expect(try OwnKeys(Array(lines.utf8)) == keys)
    }

    @Test(
        arguments: [
            ("", OwnKeysFault.empty), ("\n\n", .empty), ("key", .malformed(line: 1)),
            ("0 00", .malformed(line: 1)),
            ("x " + String(repeating: "0", count: 64), .malformed(line: 1)),
            ("0 " + String(repeating: "g", count: 64), .malformed(line: 1)),
            ("0 " + String(repeating: "0", count: 64) + " x", .malformed(line: 1)),
            ("0 " + String(repeating: "0", count: 64) + "\n1", .malformed(line: 2)),
            (String(repeating: "0 \n", count: 17), .tooMany),
        ] as [(String, OwnKeysFault)])
    func `what is no list of keys is refused`(text: String, fault: OwnKeysFault) {
        #expect(throws: fault) { _ = try OwnKeys(Array(text.utf8)) }
        #expect(!fault.description.isEmpty)
    }

    @Test func `everybody is told the public halves, and of those that are over none`() throws {
        let keys = try Self.three()
        let text = keys.publicSet(atSeconds: 0)
        let read = try TokenKey.keys(ofSet: text)
        #expect(read.map(\.id?.text) == keys.keys.map(\.id))
        #expect(read.map(\.numbers) == keys.keys.map { .ed25519($0.publicKey) })
        let document = try JSONDocument(text)
        let list = try #require(document.member("keys", of: document.root))
        for element in document.elements(list) {
            let names = document.members(element).map(\.name)
            #expect(names.sorted() == ["alg", "crv", "kid", "kty", "use", "x"])
        }
        for key in keys.keys {
            let secrets = [Base64.encodeURL(key.secret), Hex.encode(key.secret)]
            for secret in secrets {
                #expect(!String(decoding: text, as: UTF8.self).contains(secret))
            }
        }
        let later = keys.publicSet(atSeconds: try #require(keys.endSeconds(of: keys.keys[0])))
        #expect(try TokenKey.keys(ofSet: later).map(\.id?.text) == keys.keys[1...].map(\.id))
    }
}
