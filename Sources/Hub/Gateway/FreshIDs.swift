// Ids of what a request makes, ready before it is decided: time first, random bits behind.

import Domain
import Reactor

/// Ids for what a request makes.
struct FreshIDs {
    var random = RandomSource()
    /// Now, in milliseconds since 1970.
    var milliseconds: Int64 = 0

    /// The next UUIDv7.
    mutating func next() -> UniqueID {
        UniqueID(milliseconds: milliseconds, random: (random.next(), random.next()))
    }
}
