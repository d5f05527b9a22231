// The first gate: windows by client, sharded and bounded. A client is a principal when its token
// is in the verified cache, else an address, so a flood of bad tokens meets its address's limit.
// Both have tables of their own: whoever has a million addresses pushes no principal out.

import Domain
import Synchronization
import Wire

/// Whose requests are counted together.
enum RateClient: Hashable, Sendable {
    case principal(ExactText)
    case address(IPAddress)

    /// An address counts whole for IPv4, by its /64 network for IPv6.
    init(address: IPAddress) {
        self = .address(address.isIPv4 ? address : IPAddress(high: address.high, low: 0))
    }

    /// What stands for it in a table: 64 bits that nobody outside can foretell.
    fileprivate var hash: UInt64 {
        var hasher = Hasher()
        switch self {
        case .principal(let subject):
            // By its bytes: texts that only look the same are two clients.
            var text = subject.text
            text.withUTF8 { unsafe hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        case .address(let address): hasher.combine(address)
        }
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}

/// Counts requests, for all loops.
final class RateLimiter: Sendable {
    private final class Shard: Sendable {
        let table: Mutex<RateTable>

        init(_ table: RateTable) {
            self.table = Mutex(table)
        }
    }

    private let principals: [Shard]
    private let addresses: [Shard]
    /// The limits that are counted by.
    let policies: RatePolicies
    /// How answers tell of them.
    let fields: RateLimitFields

    /// A limiter whose windows take at most so many bytes: half for principals, half for addresses.
    init(_ policies: RatePolicies, byteCountMax: Int) {
        self.policies = policies
        fields = RateLimitFields(policies)
        let limits = policies.all.map(\.limit)
        let share = byteCountMax / 2 / RateLimiter.shardCount
        func shards() -> [Shard] {
            (0..<RateLimiter.shardCount).map { _ in
                Shard(RateTable(limits: limits, byteCountMax: share))
            }
        }
        principals = shards()
        addresses = shards()
    }

    private static let shardCount = 64

    /// Counts one request of a principal with these roles, or of an address, for the policy of who
    /// asks and for that of the route, if it has one.
    ///
    /// Nil when nothing limits it.
    func admit(
        _ client: RateClient, roles: RoleSet? = nil, route: Int? = nil, atMilliseconds now: Int64
    ) -> RateVerdict? {
        let base = policies.base(of: roles)
        guard let first = base ?? route else { return nil }
        let hash = client.hash
        let shards =
            switch client {
            case .principal: principals
            case .address: addresses
            }
        return shards[Int(hash % UInt64(RateLimiter.shardCount))].table.withLock { table in
            table.admit(hash, first, and: base == nil ? nil : route, atMilliseconds: now)
        }
    }

    /// The bytes that its windows take.
    var byteCount: Int {
        (principals + addresses).reduce(0) { $0 + $1.table.withLock { $0.byteCount } }
    }
}

/// What answers say of the limits (draft-ietf-httpapi-ratelimit-headers-11).
struct RateLimitFields: Sendable {
    /// Of each policy its item of `RateLimit-Policy`, and its name as one of `RateLimit` begins.
    private let items: [(policy: [UInt8], name: [UInt8])]

    init(_ policies: RatePolicies) {
        items = policies.all.map { policy in
            let name = "\"\(policy.name)\""
            return (
                Array("\(name);q=\(policy.limit.quota);w=\(policy.limit.windowSeconds)".utf8),
                Array(name.utf8)
            )
        }
    }

    /// Appends the lines `RateLimit-Policy` with all policies that the request counts for, and
    /// `RateLimit` with the one that decided.
    func append(_ rate: RateVerdict, to bytes: inout [UInt8]) {
        bytes.append(static: "RateLimit-Policy: ")
        let other = rate.other ?? rate.policy
        bytes.append(contentsOf: items[min(rate.policy, other)].policy)
        if other != rate.policy {
            bytes.append(static: ", ")
            bytes.append(contentsOf: items[max(rate.policy, other)].policy)
        }
        bytes.append(static: "\r\nRateLimit: ")
        bytes.append(contentsOf: items[rate.policy].name)
        bytes.append(static: ";r=")
        DecimalText.append(rate.remaining, to: &bytes)
        bytes.append(static: ";t=")
        DecimalText.append(rate.resetSeconds, to: &bytes)
        bytes.append(static: "\r\n")
    }
}
