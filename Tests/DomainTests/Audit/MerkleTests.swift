// The tree over the audit trail: against the reference vectors of Certificate Transparency
// (RFC 6962, merkle_tree_test of github.com/google/certificate-transparency), and against the
// definition itself, written out.

import Domain
import Support
import TLS
import Testing

/// A hasher by libcrypto.
func treeHasher() -> TreeHasher {
    let sha256 = SHA256Hasher()
    return TreeHasher { message in
        let words = sha256.hash(message)
        return TreeHash(words.0, words.1, words.2, words.3)
    }
}

/// A tree as RFC 6962 §2.1 defines it.
struct PlainTree {
    let hasher = treeHasher()
    var leaves: [TreeHash]

    func root(_ range: Range<Int>) -> TreeHash {
        guard let first = range.first else { return hasher.empty }
        if range.count == 1 { return leaves[first] }
        var middle = 1
        while middle * 2 < range.count { middle *= 2 }
        return hasher.node(
            root(first..<first + middle), root(first + middle..<range.upperBound))
    }
}

@Suite struct `Merkle tree` {
    private static let inputs = [
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    private static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    private static let nodes = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    ]

    private let hasher = treeHasher()

    private func tree(_ count: Int) -> AuditTiles {
        var tiles = AuditTiles()
        for input in Self.inputs.prefix(count) {
            tiles.append(hasher.leaf(Hex.bytes(input)), by: hasher)
        }
        return tiles
    }

    @Test func `the roots are those of Certificate Transparency`() {
        var frontier = MerkleFrontier()
        #expect(Hex.text(frontier.root(by: hasher).bytes) == Self.roots[0])
        #expect(tree(0).root(by: hasher).map { Hex.text($0.bytes) } == Self.roots[0])
        for count in 1...8 {
            frontier.append(hasher.leaf(Hex.bytes(Self.inputs[count - 1])), by: hasher)
            #expect(Hex.text(frontier.root(by: hasher).bytes) == Self.roots[count])
            #expect(tree(count).root(by: hasher).map { Hex.text($0.bytes) } == Self.roots[count])
        }
    }

    @Test(
        arguments: [
            (0, 1, []), (0, 8, [0, 1, 2]), (5, 8, [3, 4, -4]), (2, 3, [-2]), (1, 5, [-1, 1, 3]),
        ] as [(Int, Int, [Int])])
    func `the audit paths are those of Certificate Transparency`(
        leaf: Int, size: Int, nodes: [Int]
    ) throws {
        let path = try #require(
            tree(size).hashes(of: MerkleProof.path(of: UInt64(leaf), in: UInt64(size)), by: hasher))
        #expect(path.map { Hex.text($0.bytes) } == nodes.map(Self.node))
    }

    @Test(
        arguments: [
            (1, 1, []), (1, 8, [0, 1, 2]), (6, 8, [5, 4, -4]), (2, 5, [1, 3]),
        ] as [(Int, Int, [Int])])
    func `the consistency proofs are those of Certificate Transparency`(
        old: Int, size: Int, nodes: [Int]
    ) throws {
        let ranges = MerkleProof.consistency(from: UInt64(old), to: UInt64(size))
        let proof = try #require(tree(size).hashes(of: ranges, by: hasher))
        #expect(proof.map { Hex.text($0.bytes) } == nodes.map(Self.node))
    }

    /// A node by its place, or the root of so many leaves.
    private static func node(_ index: Int) -> String {
        index < 0 ? roots[-index] : nodes[index]
    }
}

// MARK: - Any size

extension `Merkle tree` {
    /// A tree of random leaves, in tiles and plainly, with all roots on the way.
    private func grown(
        _ count: Int, _ random: inout SeededRandom
    ) -> (tiles: AuditTiles, plain: PlainTree) {
        var tiles = AuditTiles()
        var plain = PlainTree(leaves: [])
        for _ in 0..<count {
            let leaf = TreeHash(random.next(), random.next(), random.next(), random.next())
            tiles.append(leaf, by: hasher)
            plain.leaves.append(leaf)
        }
        return (tiles, plain)
    }

    @Test func `each leaf of each small tree has its proof, and no other leaf has`() throws {
        var random = TestSeed.random("inclusion")
        let (tiles, plain) = grown(65, &random)
        for size in 1...65 {
            let root = plain.root(0..<size)
            for leaf in 0..<size {
                let ranges = MerkleProof.path(of: UInt64(leaf), in: UInt64(size))
                let path = try #require(tiles.hashes(of: ranges, by: hasher))
                func leads(_ hash: TreeHash, _ index: Int, _ size: Int, _ path: [TreeHash]) -> Bool
                {
                    MerkleProof.root(
                        leaf: hash, at: UInt64(index), in: UInt64(size), path: path, by: hasher)
                        == root
                }
                #expect(leads(plain.leaves[leaf], leaf, size, path))
                #expect(!leads(plain.leaves[(leaf + 1) % 65], leaf, size, path))
                if size > 1 {
                    #expect(!leads(plain.leaves[leaf], leaf, size, Array(path.dropLast())))
                    #expect(!leads(plain.leaves[leaf], leaf ^ 1, size, path))
                    var changed = path
                    changed[Int.random(in: 0..<path.count, using: &random)] = root
                    #expect(!leads(plain.leaves[leaf], leaf, size, changed))
                }
            }
        }
    }

    @Test func `each small tree is proved to be the beginning of each larger one`() throws {
        var random = TestSeed.random("consistency")
        let (tiles, plain) = grown(65, &random)
        let roots = (0...65).map { plain.root(0..<$0) }
        for size in 0...65 {
            for old in 0...size {
                let ranges = MerkleProof.consistency(from: UInt64(old), to: UInt64(size))
                let proof = try #require(tiles.hashes(of: ranges, by: hasher))
                func holds(_ first: TreeHash, _ second: TreeHash, _ proof: [TreeHash]) -> Bool {
                    MerkleProof.isConsistent(
                        from: (UInt64(old), first), to: (UInt64(size), second), proof: proof,
                        by: hasher)
                }
                #expect(holds(roots[old], roots[size], proof), "\(old) to \(size)")
                let other = TreeHash(random.next(), 1, 2, 3)
                #expect(!holds(other, roots[size], proof), "\(old) to \(size)")
                #expect(old == 0 || !holds(roots[old], other, proof), "\(old) to \(size)")
                #expect(!holds(roots[old], roots[size], proof + [other]))
                if let last = proof.indices.last {
                    var changed = proof
                    changed[last] = other
                    #expect(!holds(roots[old], roots[size], changed), "\(old) to \(size)")
                }
            }
        }
    }

    @Test func `large trees are served from the tiles that a proof reads, in twenty hashes`() throws
    {
        var random = TestSeed.random("large")
        var tiles = AuditTiles()
        var frontier = MerkleFrontier()
        var sizes: [UInt64: TreeHash] = [:]
        let size: UInt64 = 70_000 + random.next() % 5_000
        var leaves: [TreeHash] = []
        for index in 1...size {
            let leaf = TreeHash(index, random.next(), 0, 0)
            leaves.append(leaf)
            tiles.append(leaf, by: hasher)
            frontier.append(leaf, by: hasher)
            if index % 9_973 == 0 || index == size { sizes[index] = frontier.root(by: hasher) }
        }
        let root = try #require(sizes[size])
        #expect(tiles.root(by: hasher) == root)
        for _ in 0..<50 {
            let leaf = random.next() % size
            let some = AuditTiles(size: size, tiles: served(tiles, leaf: leaf, size: size))
            let path = try #require(
                some.hashes(of: MerkleProof.path(of: leaf, in: size), by: hasher))
            #expect(path.count <= 20)
            #expect(
                MerkleProof.root(
                    leaf: leaves[Int(leaf)], at: leaf, in: size, path: path, by: hasher) == root)
        }
        for (old, oldRoot) in sizes {
            let some = AuditTiles(size: size, tiles: served(tiles, leaf: old - 1, size: size))
            let ranges = MerkleProof.consistency(from: old, to: size)
            let proof = try #require(some.hashes(of: ranges, by: hasher))
            #expect(
                MerkleProof.isConsistent(
                    from: (old, oldRoot), to: (size, root), proof: proof, by: hasher))
        }
    }

    /// The tiles around a leaf and on the right edge.
    private func served(
        _ tiles: AuditTiles, leaf: UInt64, size: UInt64
    ) -> [AuditTileKey: [TreeHash]] {
        tiles.tiles.filter { key, _ in
            let shift = UInt64(8 * key.level)
            return key.index == leaf >> (shift + 8)
                || key.index == (max(size >> shift, 1) - 1) >> 8
        }
    }

    @Test func `a tree goes on from its unfinished tiles alone`() throws {
        var random = TestSeed.random("edge")
        var whole = AuditTiles()
        var resumed = AuditTiles()
        for _ in 0..<40 {
            for _ in 0..<Int.random(in: 1...700, using: &random) {
                let leaf = TreeHash(random.next(), 0, 0, 0)
                whole.append(leaf, by: hasher)
                resumed.append(leaf, by: hasher)
            }
            #expect(resumed.root(by: hasher) == whole.root(by: hasher))
            resumed.dropFull()
            let edge = AuditTiles.edge(of: resumed.size)
            #expect(Set(resumed.tiles.keys) == Set(edge))
            resumed = AuditTiles(size: resumed.size, tiles: resumed.tiles)
        }
    }
}

/// Hexadecimal digits for test vectors.
enum Hex {
    static func bytes(_ text: String) -> [UInt8] {
        let digits = Array(text)
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
    }

    static func text(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
