// The public keys of others whose tokens are taken: a JWK Set (RFC 7517), as an identity provider
// publishes it. What a set says that isn't understood is passed over, as §5 asks; what can only be
// a mistake of whoever set it up is refused.

package import Domain
package import TLS
import Wire

/// Why a JWK Set can't be used.
package enum TokenKeysFault: Error, Equatable, CustomStringConvertible {
    case notASet
    /// It holds no key that signs with RS256, ES256 or EdDSA.
    case noKey
    case tooMany
    /// The key at this place, counted from 0, has a private part that belongs to its owner alone.
    case isPrivate(Int)
    /// The key at this place is none, or is too weak.
    case malformed(Int)
    /// Several keys are for one algorithm, and one of them has no id.
    case nameless(Int)
    /// Two keys for one algorithm have this id.
    case repeatedID(String)

    package var description: String {
        switch self {
        case .notASet: "is no JWK Set (RFC 7517 §5)"
        case .noKey: "holds no key for RS256, ES256 or EdDSA"
        case .tooMany: "holds more than \(TokenKey.countMax) keys"
        case .isPrivate(let index): "keys[\(index)] has a private part"
        case .malformed(let index): "keys[\(index)] is no key, or an RSA key of the wrong size"
        case .nameless(let index): "keys[\(index)] or one before it needs a kid, to be told apart"
        case .repeatedID(let id): "has two keys with the kid \(id)"
        }
    }
}

/// A public key with the name that tokens call it by.
package struct TokenKey: Equatable, Sendable {
    /// The `kid`; nil without one.
    package let id: ExactText?
    package let numbers: PublicKeyNumbers

    /// How many keys a set may hold.
    package static let countMax = 100

    /// The keys of a JWK Set that sign, at least one.
    package static func keys(ofSet bytes: [UInt8]) throws(TokenKeysFault) -> [TokenKey] {
        guard let document = try? JSONDocument(bytes),
            let list = document.member("keys", of: document.root), document.kind(list) == .array
        else { throw .notASet }
        let elements = document.elements(list)
        guard elements.count <= countMax else { throw .tooMany }
        var keys: [TokenKey] = []
        for (index, element) in elements.enumerated() {
            guard let key = try key(JSONWebKey(document: document, value: element), at: index)
            else { continue }
            let others = keys.filter { $0.numbers.algorithm == key.numbers.algorithm }
            if let id = key.id, others.contains(where: { $0.id == id }) {
                throw .repeatedID(id.text)
            }
            // A token could never name it.
            guard others.isEmpty || (key.id != nil && others.allSatisfy { $0.id != nil }) else {
                throw .nameless(index)
            }
            keys.append(key)
        }
        guard !keys.isEmpty else { throw .noKey }
        return keys
    }

    /// The keys of a JWK Set that somebody else publishes, of which what is wrong with one is no
    /// reason to do without the others (RFC 7517 §5); there may be none.
    ///
    /// Keys with one name for one algorithm are all left out, for a token must have no choice.
    package static func usable(inSet bytes: [UInt8]) throws(TokenKeysFault) -> [TokenKey] {
        guard let document = try? JSONDocument(bytes),
            let list = document.member("keys", of: document.root), document.kind(list) == .array
        else { throw .notASet }
        let elements = document.elements(list)
        guard elements.count <= countMax else { throw .tooMany }
        let keys = elements.enumerated().compactMap { index, element in
            (try? key(JSONWebKey(document: document, value: element), at: index)) ?? nil
        }
        return keys.filter { key in
            keys.count { $0.id == key.id && $0.numbers.algorithm == key.numbers.algorithm } == 1
        }
    }

    /// The key that an element is; nil when it is none for us.
    private static func key(
        _ reader: JSONWebKey, at index: Int
    ) throws(TokenKeysFault) -> TokenKey? {
        guard reader.isObject else { throw .malformed(index) }
        guard reader.text("kty") != "oct", reader.isForSignatures else { return nil }
        guard !reader.isPrivate else { throw .isPrivate(index) }
        guard reader.isOfKnownKind else { return nil }
        guard let numbers = reader.numbers, PublicKey(numbers) != nil else {
            throw .malformed(index)
        }
        return TokenKey(id: reader.text("kid").map { ExactText($0) }, numbers: numbers)
    }
}

/// One element of a set.
private struct JSONWebKey {
    let document: JSONDocument
    let value: JSONValue

    var isObject: Bool { document.kind(value) == .object }
    /// Whether it has the part that belongs to its owner alone.
    var isPrivate: Bool { document.member("d", of: value) != nil }

    func text(_ name: String) -> String? {
        document.member(name, of: value).flatMap { document.string($0) }
    }

    /// Whether its owner signs with it, or says nothing of that (RFC 7517 §4.2–§4.4).
    var isForSignatures: Bool {
        let uses = text("use").map { $0 == "sig" } ?? true
        guard let operations = document.member("key_ops", of: value) else { return uses }
        guard document.kind(operations) == .array else { return false }
        return uses && document.elements(operations).contains { document.string($0) == "verify" }
    }

    /// The algorithm that its kind and curve belong to; nil for kinds that are not taken.
    private var algorithm: SignatureAlgorithm? {
        switch (text("kty"), text("crv")) {
        case ("RSA", _): .rs256
        case ("EC", "P-256"): .es256
        case ("OKP", "Ed25519"): .edDSA
        default: nil
        }
    }

    /// Whether it is of a kind that is taken, and for no other algorithm than its kind's.
    var isOfKnownKind: Bool {
        guard let algorithm else { return false }
        return text("alg").map { $0 == algorithm.rawValue } ?? true
    }

    var numbers: PublicKeyNumbers? {
        switch algorithm {
        case .rs256:
            // With the exponent 1 anybody could sign.
            guard let modulus = bytes("n"), let exponent = bytes("e"), exponent.count <= 8,
                let last = exponent.last, last & 1 == 1, exponent.drop(while: { $0 == 0 }) != [1]
            else { return nil }
            return .rsa(modulus: modulus, exponent: exponent)
        case .es256:
            guard let x = bytes("x"), let y = bytes("y"), x.count == 32, y.count == 32 else {
                return nil
            }
            return .p256(x: x, y: y)
        case .edDSA:
            guard let point = bytes("x"), point.count == 32 else { return nil }
            return .ed25519(point)
        case nil: return nil
        }
    }

    private func bytes(_ name: String) -> [UInt8]? {
        text(name).flatMap { Base64.decodeURL($0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
