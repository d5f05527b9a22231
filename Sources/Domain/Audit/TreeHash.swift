// The hashes that seal the audit trail, and the three ways in which they are made. SHA-256 itself
// is an argument: this target knows no library.

/// A SHA-256 hash: 32 bytes.
package struct TreeHash: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// A hash of four numbers of eight bytes, each with its first byte first.
    package init(_ first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
        words = (first, second, third, fourth)
    }

    /// Reads 32 bytes; nil for any other number of them.
    package init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == TreeHash.byteCount else { return nil }
        var rest = bytes.makeIterator()
        func word() -> UInt64 {
            var word: UInt64 = 0
            for _ in 0..<8 { word = word << 8 | UInt64(rest.next() ?? 0) }
            return word
        }
        words = (word(), word(), word(), word())
    }

    package static let byteCount = 32
    /// Nothing but zeros: what the chain begins with.
    package static let zero = TreeHash(0, 0, 0, 0)

    /// Reads hashes that lie one behind another; nil if the last is cut off.
    package static func list(_ bytes: [UInt8]) -> [TreeHash]? {
        guard bytes.count % byteCount == 0 else { return nil }
        return stride(from: 0, to: bytes.count, by: byteCount).compactMap {
            TreeHash(bytes[$0..<$0 + byteCount])
        }
    }

    /// The 32 bytes.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return bytes
    }

    /// Appends the 32 bytes.
    package func append(to bytes: inout [UInt8]) {
        TreeHash.append(words.0, to: &bytes)
        TreeHash.append(words.1, to: &bytes)
        TreeHash.append(words.2, to: &bytes)
        TreeHash.append(words.3, to: &bytes)
    }

    private static func append(_ word: UInt64, to bytes: inout [UInt8]) {
        unsafe withUnsafeBytes(of: word.bigEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    package static func == (left: TreeHash, right: TreeHash) -> Bool {
        left.words == right.words
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }
}

/// Hashes leaves, nodes and links of the chain, on the one thread that made it.
package final class TreeHasher {
    private let sha256: ([UInt8]) -> TreeHash
    private var message: [UInt8] = []

    /// A hasher that hashes with `sha256`.
    package init(sha256: @escaping ([UInt8]) -> TreeHash) {
        self.sha256 = sha256
    }

    /// The hash of a tree without leaves (RFC 6962 §2.1).
    package var empty: TreeHash { sha256([]) }

    /// The hash of a leaf (RFC 6962 §2.1): a zero byte, then what the leaf holds.
    package func leaf(_ bytes: [UInt8]) -> TreeHash {
        message.removeAll(keepingCapacity: true)
        message.append(0)
        message.append(contentsOf: bytes)
        return sha256(message)
    }

    /// The hash of the leaf that a line of the audit trail is.
    package func leaf(_ row: AuditRow) -> TreeHash {
        message.removeAll(keepingCapacity: true)
        message.append(0)
        row.appendCanonical(to: &message)
        return sha256(message)
    }

    /// The hash of a node (RFC 6962 §2.1): a one, then its halves.
    package func node(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
        pair(1, left, right)
    }

    /// A link of the chain: a two, the link before, and the leaf's hash.
    package func link(_ previous: TreeHash, _ leaf: TreeHash) -> TreeHash {
        pair(2, previous, leaf)
    }

    private func pair(_ prefix: UInt8, _ left: TreeHash, _ right: TreeHash) -> TreeHash {
        message.removeAll(keepingCapacity: true)
        message.append(prefix)
        left.append(to: &message)
        right.append(to: &message)
        return sha256(message)
    }
}
