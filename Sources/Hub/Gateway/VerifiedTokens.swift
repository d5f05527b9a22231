// Tokens whose signature was checked, by their hash, until they expire: sharded, so that loops
// seldom meet, and bounded, so that a flood can't grow it.

import Domain
import Synchronization

/// What names a token in the verified cache: the SHA-256 of its text.
struct TokenDigest: Hashable, Sendable {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// A hash as four numbers.
    init(_ words: (UInt64, UInt64, UInt64, UInt64)) {
        self.words = words
    }

    /// One of so many groups of about the same size.
    fileprivate func group(of count: Int) -> Int { Int(words.3 % UInt64(count)) }

    static func == (left: TokenDigest, right: TokenDigest) -> Bool { left.words == right.words }

    /// A part of a hash says as much as the whole.
    func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}

/// The verified cache, shared by all loops.
final class VerifiedTokens: Sendable {
    private final class Shard: Sendable {
        let tokens = Mutex<[TokenDigest: VerifiedToken]>([:])
    }

    private let shards: [Shard]
    private let shardCountMax: Int

    /// A cache of at most `tokensMax` tokens.
    init(tokensMax: Int) {
        shards = (0..<16).map { _ in Shard() }
        shardCountMax = max(1, tokensMax / 16)
    }

    /// The token under a key, if it was verified with the keys of this generation and has not
    /// expired.
    func find(_ key: TokenDigest, at seconds: Int64, generation: UInt64) -> VerifiedToken? {
        shard(key).tokens.withLock { tokens in
            guard let token = tokens[key], token.keyGeneration == generation else { return nil }
            guard token.expirySeconds > seconds else {
                tokens[key] = nil
                return nil
            }
            return token
        }
    }

    /// Remembers a verified token.
    ///
    /// A full shard first forgets what has expired, then everything: checking again is cheap, an
    /// eviction order is not.
    func insert(_ token: VerifiedToken, key: TokenDigest, at seconds: Int64) {
        shard(key).tokens.withLock { tokens in
            if tokens.count >= shardCountMax {
                tokens = tokens.filter { $0.value.expirySeconds > seconds }
                if tokens.count >= shardCountMax { tokens.removeAll(keepingCapacity: true) }
            }
            tokens[key] = token
        }
    }

    private func shard(_ key: TokenDigest) -> Shard { shards[key.group(of: shards.count)] }
}
