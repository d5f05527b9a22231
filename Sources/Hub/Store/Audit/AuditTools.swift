// What sealing and verifying need that this target has not: hashes and signatures of a library.

package import Domain
import Wire

/// Makes hashers, signs and checks; for any thread.
package struct AuditTools: Sendable {
    /// A hasher for the calling thread.
    package let makeHasher: @Sendable () -> TreeHasher
    /// The 32 bytes of the Ed25519 key that checkpoints are to be signed with.
    package let publicKey: [UInt8]
    /// Signs with that key.
    package let sign: @Sendable ([UInt8]) -> [UInt8]
    /// Whether that key signed a message: the signature, then the message.
    package let verifies: @Sendable ([UInt8], [UInt8]) -> Bool
    /// SHA-256 of whole messages.
    package let sha256: @Sendable ([UInt8]) -> [UInt8]

    package init(
        makeHasher: @escaping @Sendable () -> TreeHasher, publicKey: [UInt8],
        sign: @escaping @Sendable ([UInt8]) -> [UInt8],
        verifies: @escaping @Sendable ([UInt8], [UInt8]) -> Bool,
        sha256: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) {
        self.makeHasher = makeHasher
        self.publicKey = publicKey
        self.sign = sign
        self.verifies = verifies
        self.sha256 = sha256
    }

    /// Ed25519, as signed notes number the kinds of keys.
    package static let keyKind: UInt8 = 1

    /// The four bytes that name the key (c2sp.org/signed-note).
    package var keyID: [UInt8] {
        let name = Array((AuditCheckpoint.origin + "\n").utf8)
        return Array(sha256(name + [AuditTools.keyKind] + publicKey).prefix(4))
    }

    /// The public key as a signed note's verifier takes it (c2sp.org/signed-note).
    package var verifierKey: String {
        "\(AuditCheckpoint.origin)+\(Hex.encode(keyID))+"
            + Base64.encode([AuditTools.keyKind] + publicKey)
    }

    /// Signs a checkpoint.
    package func signed(_ checkpoint: AuditCheckpoint) -> SignedCheckpoint {
        SignedCheckpoint(
            checkpoint, keyID: keyID, signature: sign(Array(checkpoint.text.utf8)))
    }

    /// A checkpoint as something to compare with; nil if the note is none.
    package func claim(_ note: String) -> CheckpointClaim? {
        guard let signed = SignedCheckpoint(note: note) else { return nil }
        let isSigned =
            signed.keyID == keyID
            && verifies(signed.signature, Array(signed.checkpoint.text.utf8))
        return CheckpointClaim(
            size: signed.checkpoint.size, root: signed.checkpoint.root,
            chain: signed.checkpoint.chain, isSigned: isSigned)
    }
}
