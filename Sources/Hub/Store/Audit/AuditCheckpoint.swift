// A checkpoint: how many rows are sealed, the root of their tree, the end of their chain, signed.
// It is a signed note (c2sp.org/signed-note) whose body is a checkpoint of a log
// (c2sp.org/tlog-checkpoint), so that tools for such logs read it:
//
//   unified-core/audit            the log's name, and the key's
//   1234                          how many rows
//   qINS1GRFg2zLwhSL/f1…=         the root of the tree (RFC 6962), in base64
//   chain K6x8AAbz…=              the end of the chain, in base64
//   time 2026-11-28T09:30:00.000Z
//
//   — unified-core/audit 3vPiNA…= four bytes that name the key, and 64 of Ed25519, in base64

package import Domain
import Wire

/// What a checkpoint says.
package struct AuditCheckpoint: Equatable, Sendable {
    package let size: UInt64
    package let root: TreeHash
    package let chain: TreeHash
    package let time: Timestamp

    /// A checkpoint of so many rows.
    package init(size: UInt64, root: TreeHash, chain: TreeHash, time: Timestamp) {
        self.size = size
        self.root = root
        self.chain = chain
        self.time = time
    }

    /// The name of the log and of its key.
    package static let origin = "unified-core/audit"

    /// The bytes that are signed.
    package var text: String {
        """
        \(AuditCheckpoint.origin)
        \(size)
        \(Base64.encode(root.bytes))
        chain \(Base64.encode(chain.bytes))
        time \(time.text)

        """
    }
}

/// A checkpoint with its signature.
package struct SignedCheckpoint: Equatable, Sendable {
    package let checkpoint: AuditCheckpoint
    /// The four bytes that name the key.
    package let keyID: [UInt8]
    package let signature: [UInt8]

    /// A checkpoint that was signed.
    package init(_ checkpoint: AuditCheckpoint, keyID: [UInt8], signature: [UInt8]) {
        self.checkpoint = checkpoint
        self.keyID = keyID
        self.signature = signature
    }

    /// The whole note.
    package var note: String {
        checkpoint.text + "\n\u{2014} \(AuditCheckpoint.origin) "
            + Base64.encode(keyID + signature) + "\n"
    }

    /// Reads a note; nil for anything that `note` would not write.
    package init?(note: String) {
        let lines = note.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let mark = "\u{2014} \(AuditCheckpoint.origin) "
        guard lines.count == 8, let size = UInt64(lines[1]),
            let root = Base64.decode(lines[2]).flatMap({ TreeHash($0) }),
            lines[3].hasPrefix("chain "), lines[4].hasPrefix("time "), lines[6].hasPrefix(mark),
            let chain = Base64.decode(String(lines[3].dropFirst(6))).flatMap({ TreeHash($0) }),
            let time = Timestamp(rfc3339: String(lines[4].dropFirst(5))),
            let signed = Base64.decode(String(lines[6].dropFirst(mark.count))), signed.count == 68
        else { return nil }
        self.init(
            AuditCheckpoint(size: size, root: root, chain: chain, time: time),
            keyID: Array(signed[..<4]), signature: Array(signed[4...]))
        guard self.note == note else { return nil }
    }
}
