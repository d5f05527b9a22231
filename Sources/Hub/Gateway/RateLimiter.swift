// The first gate: windows by client, sharded and bounded. A client is a principal when its token
// is in the verified cache, else an address, so a flood of bad tokens meets its address's limit.

import Domain
import Reactor
import Synchronization

/// Whose requests are counted together.
enum RateClient: Hashable, Sendable {
    case principal(ExactText)
    case address(PeerAddress)

    /// An address counts whole for IPv4, by its /64 network for IPv6.
    init(address: PeerAddress) {
        let isIPv4 = address.high == 0 && address.low >> 32 == 0xFFFF
        self = .address(isIPv4 ? address : PeerAddress(high: address.high, low: 0))
    }
}

/// Counts requests, for all loops.
final class RateLimiter: Sendable {
    private final class Shard: Sendable {
        let windows = Mutex<[RateClient: RateWindow]>([:])
    }

    private let shards: [Shard]
    private let shardCountMax: Int
    /// The limit that all clients have.
    let limit: RateLimit

    /// Counts at most `clientsMax` clients at a time.
    init(limit: RateLimit, clientsMax: Int) {
        self.limit = limit
        shards = (0..<64).map { _ in Shard() }
        shardCountMax = max(1, clientsMax / 64)
    }

    /// Counts one request of a client.
    func admit(_ client: RateClient, atMilliseconds now: Int64) -> RateWindow.Verdict {
        var hasher = Hasher()
        hasher.combine(client)
        let shard = shards[hasher.finalize() & 63]
        return shard.windows.withLock { windows in
            if windows[client] == nil, windows.count >= shardCountMax { makeRoom(&windows, now) }
            return windows[client, default: RateWindow(openedMilliseconds: now)]
                .admit(limit, atMilliseconds: now)
        }
    }

    /// Forgets windows that are over; if none is, the fullest table starts anew: an attacker with
    /// a million addresses gains no more than that.
    private func makeRoom(_ windows: inout [RateClient: RateWindow], _ now: Int64) {
        windows = windows.filter { !$0.value.isOver(limit, atMilliseconds: now) }
        if windows.count >= shardCountMax { windows.removeAll(keepingCapacity: true) }
    }
}
