// Whose tokens a loop's streams were opened with: equal ones share an entry, so a stream keeps four
// bytes.

import Domain

/// Credentials by number, counted.
struct PrincipalTable {
    private var credentials: [Credential] = []
    private var counts: [Int] = []
    private var indexes: [Credential: Int32] = [:]
    private var free: [Int32] = []

    /// The number of a credential, held until it is released.
    mutating func retain(_ credential: Credential) -> Int32 {
        if let index = indexes[credential] {
            counts[Int(index)] += 1
            return index
        }
        let index: Int32
        if let reused = free.popLast() {
            index = reused
            credentials[Int(index)] = credential
            counts[Int(index)] = 1
        } else {
            index = Int32(credentials.count)
            credentials.append(credential)
            counts.append(1)
        }
        indexes[credential] = index
        return index
    }

    /// Gives a number back; none (-1) is nothing.
    mutating func release(_ index: Int32) {
        guard index >= 0 else { return }
        counts[Int(index)] -= 1
        guard counts[Int(index)] == 0 else { return }
        indexes[credentials[Int(index)]] = nil
        free.append(index)
    }

    /// The numbers of all that meet a condition.
    func numbers(where isMet: (Credential) -> Bool) -> Set<Int32> {
        Set(indexes.filter { isMet($0.key) }.values)
    }

    subscript(index: Int32) -> Principal { credentials[Int(index)].principal }
}
