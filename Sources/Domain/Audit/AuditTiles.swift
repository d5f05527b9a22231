// The tree as it is stored: in tiles of 256 hashes. A tile of level 0 has the hashes of 256 leaves,
// one of level 1 those of 256 whole tiles of level 0, and so on. A tile only grows until it is
// full, so a million rows are 32 MB, and a proof reads two tiles of each level at most: those on
// the way to the leaf, and those on the right edge.

/// Names a tile.
package struct AuditTileKey: Hashable, Comparable, Sendable {
    package let level: Int
    package let index: UInt64

    package init(level: Int, index: UInt64) {
        self.level = level
        self.index = index
    }

    package static func < (left: AuditTileKey, right: AuditTileKey) -> Bool {
        (left.level, left.index) < (right.level, right.index)
    }
}

/// Some tiles of a tree: enough to add to it and for what is asked of it.
package struct AuditTiles {
    /// How many hashes a whole tile has, as a power of two.
    package static let heightBits: UInt64 = 8
    /// How many hashes a whole tile has.
    package static let width = 256
    /// More than a number of 64 bits can need.
    package static let levelsMax = 8

    /// How many leaves the tree has.
    package private(set) var size: UInt64
    /// The tiles at hand.
    package private(set) var tiles: [AuditTileKey: [TreeHash]]
    private var changed: Set<AuditTileKey> = []

    /// A tree of so many leaves, with some of its tiles; without any it is empty.
    package init(size: UInt64 = 0, tiles: [AuditTileKey: [TreeHash]] = [:]) {
        self.size = size
        self.tiles = tiles
    }

    /// The tiles that `append` needs of a tree of so many leaves: those that are not full.
    package static func edge(of size: UInt64) -> [AuditTileKey] {
        (0..<levelsMax).compactMap { level in
            let hashes = level * 8 < 64 ? size >> (UInt64(level) * heightBits) : 0
            guard hashes & 255 > 0 else { return nil }
            return AuditTileKey(level: level, index: hashes >> heightBits)
        }
    }

    /// Adds a leaf.
    package mutating func append(_ leaf: TreeHash, by hasher: TreeHasher) {
        var hash = leaf
        var place = size
        size += 1
        for level in 0..<AuditTiles.levelsMax {
            let key = AuditTileKey(level: level, index: place >> AuditTiles.heightBits)
            tiles[key, default: []].append(hash)
            changed.insert(key)
            guard let tile = tiles[key], tile.count == AuditTiles.width else { return }
            hash = AuditTiles.fold(tile[...], by: hasher)
            place >>= AuditTiles.heightBits
        }
    }

    /// The tiles that have changed since this was last asked.
    package mutating func takeChanged() -> [(key: AuditTileKey, hashes: [TreeHash])] {
        let taken = changed.sorted().compactMap { key in tiles[key].map { (key: key, hashes: $0) } }
        changed = []
        return taken
    }

    /// Lets go of the full tiles: `append` needs them no more, and neither does the root of a tree
    /// whose tiles above them have their hashes.
    package mutating func dropFull() {
        tiles = tiles.filter { $0.value.count < AuditTiles.width }
    }

    /// The root; nil if a tile is missing.
    package func root(by hasher: TreeHasher) -> TreeHash? {
        size == 0 ? hasher.empty : hash(of: 0..<size, by: hasher)
    }

    /// The hash of a range that is a node of the tree; nil if a tile is missing.
    package func hash(of range: LeafRange, by hasher: TreeHasher) -> TreeHash? {
        let count = UInt64(range.count)
        if count & (count - 1) == 0 { return whole(range, by: hasher) }
        let middle = range.lowerBound + MerkleProof.division(count)
        guard let left = whole(range.lowerBound..<middle, by: hasher),
            let right = hash(of: middle..<range.upperBound, by: hasher)
        else { return nil }
        return hasher.node(left, right)
    }

    /// The hashes of ranges; nil if a tile is missing.
    package func hashes(of ranges: [LeafRange], by hasher: TreeHasher) -> [TreeHash]? {
        let hashes = ranges.compactMap { hash(of: $0, by: hasher) }
        return hashes.count == ranges.count ? hashes : nil
    }

    /// The hash of a node whose count of leaves is a power of two: from a part of one tile.
    private func whole(_ range: LeafRange, by hasher: TreeHasher) -> TreeHash? {
        let height = UInt64(UInt64(range.count).trailingZeroBitCount)
        let level = height / AuditTiles.heightBits
        let first = range.lowerBound >> (level * AuditTiles.heightBits)
        let key = AuditTileKey(level: Int(level), index: first >> AuditTiles.heightBits)
        let start = Int(first & 255)
        let end = start + 1 << Int(height - level * AuditTiles.heightBits)
        guard let tile = tiles[key], tile.count >= end else { return nil }
        return AuditTiles.fold(tile[start..<end], by: hasher)
    }

    /// The root above a power of two of hashes.
    private static func fold(_ hashes: ArraySlice<TreeHash>, by hasher: TreeHasher) -> TreeHash {
        var row = Array(hashes)
        while row.count > 1 {
            row = stride(from: 0, to: row.count, by: 2).map { hasher.node(row[$0], row[$0 + 1]) }
        }
        return row[0]
    }
}

/// Roots of a tree that only grows, from the roots of its whole parts alone.
package struct MerkleFrontier {
    package private(set) var size: UInt64 = 0
    /// The tiles of level 1 and above.
    package private(set) var upperTiles: [AuditTileKey: [TreeHash]] = [:]
    private var peaks: [TreeHash] = []

    /// A tree without leaves.
    package init() {}

    /// Adds a leaf.
    package mutating func append(_ leaf: TreeHash, by hasher: TreeHasher) {
        var hash = leaf
        var rest = size
        var height: UInt64 = 0
        while rest & 1 == 1 {
            hash = hasher.node(peaks.removeLast(), hash)
            rest >>= 1
            height += 1
            if height % AuditTiles.heightBits == 0 {
                let key = AuditTileKey(
                    level: Int(height / AuditTiles.heightBits), index: rest >> AuditTiles.heightBits
                )
                upperTiles[key, default: []].append(hash)
            }
        }
        peaks.append(hash)
        size += 1
    }

    /// The root now.
    package func root(by hasher: TreeHasher) -> TreeHash {
        guard var hash = peaks.last else { return hasher.empty }
        for peak in peaks.dropLast().reversed() { hash = hasher.node(peak, hash) }
        return hash
    }
}
