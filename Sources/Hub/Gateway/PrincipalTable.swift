// The principals of a loop's streams: equal ones share an entry, so a stream keeps four bytes.

import Domain

/// Principals by number, counted.
struct PrincipalTable {
    private var principals: [Principal] = []
    private var counts: [Int] = []
    private var indexes: [Principal: Int32] = [:]
    private var free: [Int32] = []

    /// The number of a principal, held until it is released.
    mutating func retain(_ principal: Principal) -> Int32 {
        if let index = indexes[principal] {
            counts[Int(index)] += 1
            return index
        }
        let index: Int32
        if let reused = free.popLast() {
            index = reused
            principals[Int(index)] = principal
            counts[Int(index)] = 1
        } else {
            index = Int32(principals.count)
            principals.append(principal)
            counts.append(1)
        }
        indexes[principal] = index
        return index
    }

    /// Gives a number back; none (-1) is nothing.
    mutating func release(_ index: Int32) {
        guard index >= 0 else { return }
        counts[Int(index)] -= 1
        guard counts[Int(index)] == 0 else { return }
        indexes[principals[Int(index)]] = nil
        free.append(index)
    }

    subscript(index: Int32) -> Principal { principals[Int(index)] }
}
