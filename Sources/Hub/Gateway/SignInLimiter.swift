// Guessing passwords is slowed down where it happens, and nobody is locked out by it: attempts
// count for a name from one address, for an address with all names, and for a name from all
// addresses that it has not signed in from before (OWASP Authentication: throttle; a known device
// is let through).

import Domain
import Synchronization

/// Counts attempts to sign in, for all loops; a good one is taken back.
final class SignInLimiter: Sendable {
    /// What attempts are counted for.
    private enum Target: Hashable {
        case nameAtAddress(ExactText, RateClient)
        case address(RateClient)
        case name(ExactText)
    }

    private static let targetsMax = 200_000

    private let windows = Mutex<[Target: RateWindow]>([:])
    private let limit: RateLimit
    private let addressLimit: RateLimit
    private let nameLimit: RateLimit

    /// `limit` is that of a name at an address; an address has four times as many attempts, and a
    /// name twenty times as many from addresses that are new to it.
    init(limit: RateLimit) {
        self.limit = limit
        addressLimit = RateLimit(quota: limit.quota * 4, windowSeconds: limit.windowSeconds)
        nameLimit = RateLimit(quota: limit.quota * 20, windowSeconds: limit.windowSeconds)
    }

    /// Counts an attempt; the seconds to wait when it is one too many.
    func attempt(_ name: ExactText, from client: RateClient, atMilliseconds now: Int64) -> Int? {
        count(
            [(.nameAtAddress(name, client), limit), (.address(client), addressLimit)],
            atMilliseconds: now)
    }

    /// Counts an attempt from an address that is new to the name.
    func attemptFromNewAddress(_ name: ExactText, atMilliseconds now: Int64) -> Int? {
        count([(.name(name), nameLimit)], atMilliseconds: now)
    }

    /// A good password: the attempts before it were its owner's.
    func succeeded(_ name: ExactText, from client: RateClient) {
        windows.withLock { windows in
            windows[.nameAtAddress(name, client)] = nil
            windows[.address(client)]?.takeBack()
            windows[.name(name)]?.takeBack()
        }
    }

    /// All are counted, or, when one is at its limit, none.
    private func count(
        _ targets: [(Target, RateLimit)], atMilliseconds now: Int64
    ) -> Int? {
        windows.withLock { windows in
            if windows.count >= SignInLimiter.targetsMax { makeRoom(&windows, now) }
            var wait: Int?
            for (target, limit) in targets {
                var window = windows[target] ?? RateWindow(openedMilliseconds: now)
                let verdict = window.admit(limit, atMilliseconds: now)
                if !verdict.isAdmitted { wait = max(wait ?? 0, verdict.resetSeconds) }
            }
            guard wait == nil else { return wait }
            for (target, limit) in targets {
                _ = windows[target, default: RateWindow(openedMilliseconds: now)]
                    .admit(limit, atMilliseconds: now)
            }
            return nil
        }
    }

    /// Attempts cost a slow hash each, so that many can't be open at a time unless windows are
    /// over.
    private func makeRoom(_ windows: inout [Target: RateWindow], _ now: Int64) {
        windows = windows.filter { !$0.value.isOver(limit, atMilliseconds: now) }
        if windows.count >= SignInLimiter.targetsMax { windows.removeAll(keepingCapacity: true) }
    }
}
