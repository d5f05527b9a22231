// Random numbers that a failed run can be repeated with: the seed of the process is printed once,
// and taken from the environment variable HUB_TEST_SEED when that is set.

import Foundation

/// The seed of this test process.
package enum TestSeed {
    /// Printed at first use.
    package static let value: UInt64 = {
        let given = ProcessInfo.processInfo.environment["HUB_TEST_SEED"].flatMap { UInt64($0) }
        let seed = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
        print("HUB_TEST_SEED=\(seed)")
        return seed
    }()

    /// Numbers for one purpose, independent of those for others.
    package static func random(_ purpose: String, _ index: Int = 0) -> SeededRandom {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in purpose.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return SeededRandom(seed: value ^ hash &+ UInt64(index) &* 0x9e37_79b9_7f4a_7c15)
    }
}

/// SplitMix64: small, fast, and the same everywhere.
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts from a seed.
    package init(seed: UInt64) {
        state = seed
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
