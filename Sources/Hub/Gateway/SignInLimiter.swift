// Guessing passwords is slowed down where it happens, and nobody is locked out by it: attempts
// count for a name from one address, for an address with all names, and for a name from all
// addresses that it has not signed in from before (OWASP Authentication: throttle; a known device
// is let through). They are counted in a table that never grows beyond its bound and that no flood
// of addresses wipes.

import Domain
import Synchronization

/// Counts attempts to sign in, for all loops; a good one is taken back.
final class SignInLimiter: Sendable {
    /// What attempts are counted for: the policies of the table, each with clients of its own.
    private enum Target: Hashable {
        case nameAtAddress(ExactText, RateClient)
        case address(RateClient)
        case name(ExactText)

        var key: RateKey {
            let policy =
                switch self {
                case .nameAtAddress: 0
                case .address: 1
                case .name: 2
                }
            // Under a key of the process: nobody outside can foretell it.
            return RateKey(UInt64(bitPattern: Int64(hashValue)), policy)
        }
    }

    /// Room for about a quarter of a million windows at a time.
    private static let byteCountMax = 8 << 20

    private let table: Mutex<RateTable>

    /// `limit` is that of a name at an address; an address has four times as many attempts, and a
    /// name twenty times as many from addresses that are new to it.
    init(limit: RateLimit, byteCountMax: Int = SignInLimiter.byteCountMax) {
        let limits = [1, 4, 20].map {
            RateLimit(quota: limit.quota * $0, windowSeconds: limit.windowSeconds)
        }
        table = Mutex(RateTable(limits: limits, byteCountMax: byteCountMax))
    }

    /// Counts an attempt; the seconds to wait when it is one too many.
    func attempt(_ name: ExactText, from client: RateClient, atMilliseconds now: Int64) -> Int? {
        count(.nameAtAddress(name, client), and: .address(client), atMilliseconds: now)
    }

    /// Counts an attempt from an address that is new to the name.
    func attemptFromNewAddress(_ name: ExactText, atMilliseconds now: Int64) -> Int? {
        count(.name(name), and: nil, atMilliseconds: now)
    }

    /// A good password: the attempts before it were its owner's.
    func succeeded(_ name: ExactText, from client: RateClient, isKnown: Bool) {
        giveBack(name, from: client, isKnown: isKnown)
        table.withLock { $0.forget(Target.nameAtAddress(name, client).key) }
    }

    /// An attempt that the hub did not look at.
    ///
    /// From an address that was new to the name it was counted for the name, too.
    func giveBack(_ name: ExactText, from client: RateClient, isKnown: Bool) {
        table.withLock { table in
            table.takeBack(Target.nameAtAddress(name, client).key)
            table.takeBack(Target.address(client).key)
            if !isKnown { table.takeBack(Target.name(name).key) }
        }
    }

    /// Both are counted, or, when one is at its limit, none.
    private func count(
        _ target: Target, and other: Target?, atMilliseconds now: Int64
    ) -> Int? {
        let verdict = table.withLock {
            $0.admit(target.key, and: other?.key, atMilliseconds: now)
        }
        return verdict.isAdmitted ? nil : verdict.resetSeconds
    }
}
