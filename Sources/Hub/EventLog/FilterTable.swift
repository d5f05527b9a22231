// The filters in use on one loop. Each distinct filter is one class, counted by those who hold it, so
// that a thousand equal subscribers cost one.

/// A handle of one filter in one log, valid while it is held.
package struct FilterClass: Hashable, Sendable {
    /// The slot in the log's table; used again after the class is gone.
    package let index: UInt32
}

/// The distinct filters that are held, each with what is known about it.
struct FilterTable {
    /// One class.
    struct Entry {
        /// What its holders want.
        let filter: Filter
        /// Names the class for caches; never used twice.
        let serial: UInt64
        /// How many hold it.
        var holderCount: Int
        /// History that holds nothing for it.
        var quiet = QuietStretches()
    }

    private var entries: [Entry?] = []
    private var freeIndexes: [UInt32] = []
    private var indexes: [Filter: UInt32] = [:]
    private var nextSerial: UInt64 = 0

    /// How many classes are held.
    var count: Int { indexes.count }

    /// The class of a filter, held once more.
    mutating func register(_ filter: Filter) -> FilterClass {
        if let index = indexes[filter] {
            let known = FilterClass(index: index)
            retain(known)
            return known
        }
        let entry = Entry(filter: filter, serial: nextSerial, holderCount: 1)
        nextSerial += 1
        let index: UInt32
        if let free = freeIndexes.popLast() {
            index = free
            entries[Int(free)] = entry
        } else {
            index = UInt32(entries.count)
            entries.append(entry)
        }
        indexes[filter] = index
        return FilterClass(index: index)
    }

    /// Holds a class once more.
    mutating func retain(_ filterClass: FilterClass) {
        entries[checked(filterClass)]?.holderCount += 1
    }

    /// Gives one hold back; the last one ends the class.
    mutating func release(_ filterClass: FilterClass) {
        let index = checked(filterClass)
        guard let entry = entries[index] else { return }
        if entry.holderCount > 1 {
            entries[index]?.holderCount -= 1
            return
        }
        indexes[entry.filter] = nil
        entries[index] = nil
        freeIndexes.append(filterClass.index)
    }

    /// What is known of a class that is held.
    subscript(_ filterClass: FilterClass) -> Entry {
        guard let entry = entries[checked(filterClass)] else {
            preconditionFailure("the filter class is held")
        }
        return entry
    }

    /// Notes that a range of history holds nothing for a class.
    mutating func noteQuiet(_ range: ClosedRange<UInt64>, for filterClass: FilterClass) {
        entries[checked(filterClass)]?.quiet.insert(range)
    }

    private func checked(_ filterClass: FilterClass) -> Int {
        let index = Int(filterClass.index)
        precondition(index < entries.count && entries[index] != nil, "the filter class is held")
        return index
    }
}
