// The key that checkpoints of the audit trail are signed with: made once and kept, as the secret of
// the tokens is, in Postgres when that is given, else in the data folder. And the hashes and
// signatures that the sealer and the verifier use.

import Domain
import Store
import TLS
import Wire

/// Finds the key.
enum AuditKey {
    /// What sealing and verifying need, with the key of a configuration.
    static func tools(
        _ configuration: Configuration, connection: String
    ) throws -> AuditTools {
        let secret = try find(configuration, connection: connection)
        return tools(publicKey: Ed25519.publicKey(ofSecret: secret), secret: secret)
    }

    /// The same with a key given; without the secret one nothing can be signed.
    static func tools(publicKey: [UInt8], secret: [UInt8] = []) -> AuditTools {
        AuditTools(
            makeHasher: {
                let sha256 = SHA256Hasher()
                return TreeHasher { message in
                    let words = sha256.hash(message)
                    return TreeHash(words.0, words.1, words.2, words.3)
                }
            },
            publicKey: publicKey,
            sign: { Ed25519.sign($0, withSecret: secret) },
            verifies: { signature, message in
                PublicKey(.ed25519(publicKey))?.verifies(signature, of: message[...]) ?? false
            },
            sha256: { Digest.sha256($0) })
    }

    private static func find(
        _ configuration: Configuration, connection: String
    ) throws -> [UInt8] {
        let text = String(
            decoding: try KeptSecret.auditTrail.find(configuration, connection: connection),
            as: UTF8.self)
        guard let secret = Hex.decode(text), secret.count == Ed25519.keyByteCount else {
            throw Failure(exitCode: 78, "the audit trail's key is not 64 hexadecimal digits")
        }
        return secret
    }
}
