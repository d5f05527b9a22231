// The hub's own keys: what it signs access tokens with, so that other programs can check these
// without being able to make them. Ed25519 (RFC 8037), because a signature needs no random number
// that could betray the key, and checks in a third of the time of P-256. A key is named by its
// thumbprint (RFC 7638), is published before it signs, and is kept until the last token that it
// signed has expired.

import Domain
import TLS
import Wire

/// One key of the hub.
package struct OwnKey: Equatable, Sendable {
    /// The `kid`: the thumbprint of the public key (RFC 7638 §3, RFC 8037 §2).
    package let id: String
    package let secret: [UInt8]
    package let publicKey: [UInt8]
    /// From when on it signs, in seconds since 1970.
    package let signsFromSeconds: Int64

    /// A key with a secret of 32 bytes.
    package init(secret: [UInt8], signsFromSeconds: Int64) {
        self.secret = secret
        self.signsFromSeconds = signsFromSeconds
        publicKey = Ed25519.publicKey(ofSecret: secret)
        let members = #"{"crv":"Ed25519","kty":"OKP","x":"\#(Base64.encodeURL(publicKey))"}"#
        id = Base64.encodeURL(Digest.sha256(Array(members.utf8)))
    }

    var name: ExactText { ExactText(id) }
}

/// Why the keys can't be changed so, or read.
package enum OwnKeysFault: Error, Equatable, CustomStringConvertible {
    /// The line is no key, counted from 1.
    case malformed(line: Int)
    case empty
    case tooMany
    case unknown(String)
    /// It is the only one that signs now.
    case needed(String)

    package var description: String {
        switch self {
        case .malformed(let line): "line \(line) is no key"
        case .empty: "there is no key"
        case .tooMany: "there are \(OwnKeys.countMax) keys; remove one first"
        case .unknown(let id): "there is no key \(id)"
        case .needed(let id): "\(id) is the one that signs; make another first"
        }
    }
}

/// All keys of the hub, the one that signs last, last.
package struct OwnKeys: Equatable, Sendable {
    /// In the order in which they begin to sign.
    package private(set) var keys: [OwnKey]

    package static let countMax = 16
    /// The longest that an access token may live: a key is kept as long after its last.
    package static let tokenSecondsMax: Int64 = 86_400
    /// How long others may keep the public set: a new key signs no sooner than they know it.
    package static let cacheSeconds = 300

    /// A first key, with a secret of 32 random bytes.
    package init(secret: [UInt8], atSeconds seconds: Int64) {
        keys = [OwnKey(secret: secret, signsFromSeconds: seconds)]
    }

    /// Reads what `text` wrote.
    package init(_ bytes: [UInt8]) throws(OwnKeysFault) {
        keys = []
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count <= OwnKeys.countMax else { throw .tooMany }
        for (index, line) in lines.enumerated() {
            let words = line.split(separator: " ")
            guard words.count == 2, let seconds = Int64(words[0]),
                let secret = Hex.decode(String(words[1])), secret.count == Ed25519.keyByteCount
            else { throw .malformed(line: index + 1) }
            keys.append(OwnKey(secret: secret, signsFromSeconds: seconds))
        }
        guard !keys.isEmpty else { throw .empty }
        sort()
    }

    /// The keys as they are kept: a line each, with its time and its secret.
    package var text: String {
        keys.map { "\($0.signsFromSeconds) \(Hex.encode($0.secret))\n" }.joined()
    }

    /// The key that signs at a time: the newest whose time has come, or the first of all.
    package func signer(atSeconds seconds: Int64) -> OwnKey {
        keys.last { $0.signsFromSeconds <= seconds } ?? keys[0]
    }

    /// When the last token of a key has expired; nil while no other one follows it.
    package func endSeconds(of key: OwnKey) -> Int64? {
        guard let index = keys.firstIndex(of: key), index + 1 < keys.count else { return nil }
        return keys[index + 1].signsFromSeconds + OwnKeys.tokenSecondsMax
            + TokenAuthority.leewaySeconds
    }

    /// Adds a key that signs from a time on, and forgets those whose tokens have all expired.
    package mutating func add(
        secret: [UInt8], signsFromSeconds start: Int64, atSeconds seconds: Int64
    ) throws(OwnKeysFault) -> OwnKey {
        let present = self
        keys.removeAll { key in present.endSeconds(of: key).map { $0 <= seconds } ?? false }
        guard keys.count < OwnKeys.countMax else { throw .tooMany }
        let key = OwnKey(secret: secret, signsFromSeconds: start)
        keys.append(key)
        sort()
        return key
    }

    /// Takes a key away, and with it what it signed.
    package mutating func remove(_ id: String, atSeconds seconds: Int64) throws(OwnKeysFault) {
        guard keys.contains(where: { $0.id == id }) else { throw .unknown(id) }
        let rest = keys.filter { $0.id != id }
        guard rest.contains(where: { $0.signsFromSeconds <= seconds }) else { throw .needed(id) }
        keys = rest
    }

    /// The public halves as a JWK Set (RFC 7517 §5), of keys whose tokens may still be about.
    package func publicSet(atSeconds seconds: Int64) -> [UInt8] {
        var writer = JSONWriter(reserving: 64 + keys.count * 192)
        writer.beginObject()
        writer.name("keys")
        writer.beginArray()
        for key in keys where endSeconds(of: key).map({ seconds < $0 }) ?? true {
            writer.beginObject()
            writer.member("kty", "OKP")
            writer.member("crv", "Ed25519")
            writer.member("x", Base64.encodeURL(key.publicKey))
            writer.member("kid", key.id)
            writer.member("use", "sig")
            writer.member("alg", SignatureAlgorithm.edDSA.rawValue)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private mutating func sort() {
        // Equal times keep their order, so that all instances agree on who signs.
        keys = keys.enumerated().sorted {
            ($0.element.signsFromSeconds, $0.offset) < ($1.element.signsFromSeconds, $1.offset)
        }.map(\.element)
    }
}
