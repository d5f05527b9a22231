// Tokens whose signature was checked, by their hash, until they expire: sharded, so that loops
// seldom meet, and bounded, so that a flood can't grow it.

import Domain
import Synchronization
import TLS

/// The verified cache, shared by all loops.
final class VerifiedTokens: Sendable {
    private final class Shard: Sendable {
        let tokens = Mutex<[[UInt8]: VerifiedToken]>([:])
    }

    private let shards: [Shard]
    private let shardCountMax: Int

    /// A cache of at most `tokensMax` tokens.
    init(tokensMax: Int) {
        shards = (0..<16).map { _ in Shard() }
        shardCountMax = max(1, tokensMax / 16)
    }

    /// What names a token here: its SHA-256.
    static func key(_ token: String) -> [UInt8] { Digest.sha256(Array(token.utf8)) }

    /// The token under a key, if it was verified with the keys of this generation and has not
    /// expired.
    func find(_ key: [UInt8], at seconds: Int64, generation: UInt64) -> VerifiedToken? {
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
    func insert(_ token: VerifiedToken, key: [UInt8], at seconds: Int64) {
        shard(key).tokens.withLock { tokens in
            if tokens.count >= shardCountMax {
                tokens = tokens.filter { $0.value.expirySeconds > seconds }
                if tokens.count >= shardCountMax { tokens.removeAll(keepingCapacity: true) }
            }
            tokens[key] = token
        }
    }

    private func shard(_ key: [UInt8]) -> Shard { shards[Int(key[0] & 15)] }
}
