// The keys that tokens are checked with, besides the secret: put up by the thread that looks after
// them, read by every loop. They change seldom and as a whole, so a loop compares one number a turn
// and takes a copy when it differs.

import Synchronization

/// Another program whose tokens are taken.
package struct TrustedIssuer: Equatable, Sendable {
    /// The `iss` of its tokens.
    package let name: String
    /// The `aud` that they must have; nil: none.
    package let audience: String?
    /// The keys that it signs with now.
    package var keys: [TokenKey] = []

    package init(name: String, audience: String?, keys: [TokenKey] = []) {
        self.name = name
        self.audience = audience
        self.keys = keys
    }
}

/// All keys at one moment.
package struct TokenKeyring: Sendable {
    /// The hub's own; nil: access tokens are signed with the secret.
    package var own: OwnKeys?
    package var issuers: [TrustedIssuer]

    package init(own: OwnKeys? = nil, issuers: [TrustedIssuer] = []) {
        self.own = own
        self.issuers = issuers
    }
}

/// Whose key a token named that is not here.
package enum KeyOwner: Equatable, Sendable {
    case hub
    /// The trusted issuer at this place.
    case issuer(Int)

    /// How many issuers may be trusted: each has a bit of a word.
    package static let issuersMax = 32

    fileprivate var bit: UInt64 {
        switch self {
        case .hub: 1
        case .issuer(let index): 2 << UInt64(index)
        }
    }
}

/// The keys, for all loops.
package final class TokenKeyBoard: Sendable {
    private let state: Mutex<(keyring: TokenKeyring, generation: UInt64)>
    private let newest = Atomic<UInt64>(1)
    private let missed = Atomic<UInt64>(0)
    private let wake = Mutex<(@Sendable () -> Void)?>(nil)

    package init(_ keyring: TokenKeyring = TokenKeyring()) {
        state = Mutex((keyring, 1))
    }

    /// Which keys are up: another number with each change.
    var generation: UInt64 { newest.load(ordering: .acquiring) }

    /// The keys and their number.
    var current: (keyring: TokenKeyring, generation: UInt64) { state.withLock { $0 } }

    /// Puts up the hub's own keys; false when they are up already.
    @discardableResult
    package func publish(_ own: OwnKeys) -> Bool {
        change { keyring in
            guard keyring.own != own else { return false }
            keyring.own = own
            return true
        }
    }

    /// Puts up the issuers that are trusted, with the keys that are known of them.
    package func publish(_ issuers: [TrustedIssuer]) {
        _ = change { keyring in
            keyring.issuers = issuers
            return true
        }
    }

    /// Puts up the keys of an issuer; false when they are up already.
    @discardableResult
    package func publish(_ keys: [TokenKey], ofIssuer index: Int) -> Bool {
        change { keyring in
            guard keyring.issuers[index].keys != keys else { return false }
            keyring.issuers[index].keys = keys
            return true
        }
    }

    private func change(_ body: (inout TokenKeyring) -> Bool) -> Bool {
        state.withLock { state in
            guard body(&state.keyring) else { return false }
            state.generation += 1
            newest.store(state.generation, ordering: .releasing)
            return true
        }
    }

    /// Says that a token named a key that is not here; wakes who looks after them, once until it
    /// has looked.
    func miss(_ owner: KeyOwner) {
        let before = missed.bitwiseOr(owner.bit, ordering: .relaxed).oldValue
        guard before & owner.bit == 0 else { return }
        wake.withLock { $0 }?()
    }

    /// Whether keys of an owner are missed.
    package func isMissed(_ owner: KeyOwner) -> Bool {
        missed.load(ordering: .relaxed) & owner.bit != 0
    }

    /// Forgets that keys of an owner are missed, for they are looked for now.
    package func forget(_ owner: KeyOwner) {
        missed.bitwiseAnd(~owner.bit, ordering: .relaxed)
    }

    /// What is called when a key is missed, on a loop.
    package func onMiss(_ wake: @escaping @Sendable () -> Void) {
        self.wake.withLock { $0 = wake }
    }
}
