// How much a client holds open, counted over all loops: the streams of a principal, the connections
// of an address. Sharded, so that loops seldom wait for each other.

import Synchronization

/// Counts what clients hold, each at most so much.
final class OpenQuota: Sendable {
    private final class Shard: Sendable {
        let counts = Mutex<[RateClient: Int]>([:])
    }

    private let shards: [Shard]
    /// The most that each client may hold.
    let countMax: Int

    /// Counts up to a limit; nil when there is none (0).
    init?(countMax: Int) {
        guard countMax > 0 else { return nil }
        self.countMax = countMax
        shards = (0..<64).map { _ in Shard() }
    }

    /// Takes one; false when the client holds all that it may.
    func take(_ client: RateClient) -> Bool {
        shard(of: client).counts.withLock { counts in
            let held = counts[client, default: 0]
            guard held < countMax else { return false }
            counts[client] = held + 1
            return true
        }
    }

    /// Gives one back that was taken.
    func giveBack(_ client: RateClient) {
        shard(of: client).counts.withLock { counts in
            guard let held = counts[client] else {
                preconditionFailure("\(client) gave back what it had not taken")
            }
            counts[client] = held == 1 ? nil : held - 1
        }
    }

    private func shard(of client: RateClient) -> Shard {
        var hasher = Hasher()
        hasher.combine(client)
        return shards[hasher.finalize() & 63]
    }
}
