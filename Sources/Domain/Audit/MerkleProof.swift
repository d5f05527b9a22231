// Proofs of RFC 6962 §2.1: that a leaf is in a tree, and that a tree is the beginning of a larger
// one. A proof is a list of hashes of ranges of leaves; which ranges is plain arithmetic, here.

/// Some leaves of a tree that lie side by side, by their indices from 0.
package typealias LeafRange = Range<UInt64>

/// Which hashes prove what, and whether they do.
package enum MerkleProof {
    /// Where a tree of so many leaves, two or more, is divided: the largest power of two below.
    static func division(_ count: UInt64) -> UInt64 {
        1 << UInt64(63 - (count - 1).leadingZeroBitCount)
    }

    /// The ranges whose hashes prove that a leaf is in a tree, the nearest first (§2.1.1).
    package static func path(of leaf: UInt64, in size: UInt64) -> [LeafRange] {
        precondition(leaf < size, "the leaf is in the tree")
        var ranges: [LeafRange] = []
        var range = 0..<size
        while range.count > 1 {
            let middle = range.lowerBound + division(UInt64(range.count))
            if leaf < middle {
                ranges.append(middle..<range.upperBound)
                range = range.lowerBound..<middle
            } else {
                ranges.append(range.lowerBound..<middle)
                range = middle..<range.upperBound
            }
        }
        return ranges.reversed()
    }

    /// The ranges whose hashes prove that a tree of `old` leaves is the beginning of one of `size`.
    ///
    /// §2.1.2; none when they are the same tree or the old one has no leaf.
    package static func consistency(from old: UInt64, to size: UInt64) -> [LeafRange] {
        precondition(old <= size, "the old tree is the smaller one")
        guard old > 0, old < size else { return [] }
        var ranges: [LeafRange] = []
        var range = 0..<size
        // Whether the old tree is a whole node of the new one, which who asks has already.
        var isWhole = true
        while old < range.upperBound {
            let middle = range.lowerBound + division(UInt64(range.count))
            if old <= middle {
                ranges.append(middle..<range.upperBound)
                range = range.lowerBound..<middle
            } else {
                ranges.append(range.lowerBound..<middle)
                range = middle..<range.upperBound
                isWhole = false
            }
        }
        if !isWhole { ranges.append(range) }
        return ranges.reversed()
    }

    /// The root that a leaf's path leads to; nil if it has too few hashes or too many.
    package static func root(
        leaf: TreeHash, at index: UInt64, in size: UInt64, path: [TreeHash], by hasher: TreeHasher
    ) -> TreeHash? {
        guard index < size else { return nil }
        let ranges = MerkleProof.path(of: index, in: size)
        guard ranges.count == path.count else { return nil }
        var hash = leaf
        for (range, sibling) in zip(ranges, path) {
            hash =
                range.lowerBound > index
                ? hasher.node(hash, sibling) : hasher.node(sibling, hash)
        }
        return hash
    }

    /// Whether hashes prove that the tree with one root is the beginning of that with another.
    package static func isConsistent(
        from old: (size: UInt64, root: TreeHash), to new: (size: UInt64, root: TreeHash),
        proof: [TreeHash], by hasher: TreeHasher
    ) -> Bool {
        guard old.size <= new.size else { return false }
        guard old.size > 0 else { return proof.isEmpty && old.root == hasher.empty }
        guard old.size < new.size else { return proof.isEmpty && old.root == new.root }
        let ranges = consistency(from: old.size, to: new.size)
        guard ranges.count == proof.count else { return false }
        var hashes = Array(zip(ranges, proof))
        var oldRoot = old.root
        var newRoot = old.root
        if let first = hashes.first, first.0.upperBound == old.size {
            oldRoot = first.1
            newRoot = first.1
            hashes.removeFirst()
        }
        for (range, hash) in hashes {
            if range.upperBound <= old.size {
                oldRoot = hasher.node(hash, oldRoot)
                newRoot = hasher.node(hash, newRoot)
            } else {
                newRoot = hasher.node(newRoot, hash)
            }
        }
        return oldRoot == old.root && newRoot == new.root
    }
}
