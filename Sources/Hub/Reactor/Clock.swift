// The two clocks and the source of randomness. Everything pure takes what they say as arguments.

import CLinux
import Synchronization

/// Readings of the machine's clocks.
package enum Clock {
    /// Nanoseconds on a clock that never goes back.
    ///
    /// The C function is `clock_gettime`.
    package static func monotonicNanoseconds() -> Int64 { lx_monotonic_ns() }

    /// Milliseconds on a clock that never goes back.
    package static func monotonicMilliseconds() -> Int64 { lx_monotonic_ns() / 1_000_000 }

    /// Milliseconds since 1970 UTC.
    package static func realtimeMilliseconds() -> Int64 { lx_realtime_ms() }
}

/// Random bits of one thread: the kernel's seed, then xoshiro256** (Blackman, Vigna 2018).
///
/// Good for ids and jitter; keys and tokens take `Entropy` itself.
package struct RandomSource: Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Seeds it from the kernel.
    package init() {
        let seed = Entropy.bytes(32)
        var words: [UInt64] = []
        for word in 0..<4 {
            words.append(seed[(word * 8)..<(word * 8 + 8)].reduce(0) { $0 << 8 | UInt64($1) })
        }
        state = (words[0] | 1, words[1], words[2], words[3])
    }

    /// The same numbers each time, from a seed: for whatever must be replayed.
    package init(seed: UInt64) {
        // splitmix64, as the authors advise for seeding.
        var counter = seed
        func word() -> UInt64 {
            counter &+= 0x9e37_79b9_7f4a_7c15
            var mixed = (counter ^ counter >> 30) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
            return mixed ^ mixed >> 31
        }
        state = (word() | 1, word(), word(), word())
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        let product = state.1 &* 5
        let result = (product << 7 | product >> 57) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = state.3 << 45 | state.3 >> 19
        return result
    }

    /// A number below `bound`, which is more than 0.
    package mutating func next(below bound: Int) -> Int {
        precondition(bound > 0)
        return Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}

/// The kernel's random bytes.
package enum Entropy {
    /// So many unpredictable bytes.
    ///
    /// The C function is `getrandom`.
    package static func bytes(_ count: Int) -> [UInt8] {
        precondition(count > 0 && count <= 256)
        var bytes = [UInt8](repeating: 0, count: count)
        let result = unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe lx_random(buffer.baseAddress, buffer.count)
        }
        precondition(result == 0, "the kernel gave no random bytes")
        return bytes
    }
}
