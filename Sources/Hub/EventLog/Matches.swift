// Which events of a segment a filter lets through, worked out once and remembered for a while: all
// who share a filter share the answer, and so do the laggards among them when they come by later.

/// Which events of one segment a filter lets through.
enum Matches: Sendable, Equatable {
    /// Not one.
    case none
    /// Each of them.
    case all
    /// These indexes, ascending: at least one, and not all.
    case some([UInt32])
}

/// Remembers matches by filter and segment.
///
/// Bounded: what was not asked for lately is forgotten.
struct MatchCache {
    /// Names one filter's matches in one segment.
    ///
    /// The log never changes, so the first position and the count say what is in a segment,
    /// wherever it came from.
    struct Key: Hashable {
        /// The filter's serial number, never used twice.
        let filter: UInt64
        /// The segment's first position.
        let first: UInt64
        /// How many events the segment has.
        let count: Int
    }

    private var recent: [Key: Matches] = [:]
    private var older: [Key: Matches] = [:]
    private let entriesMax: Int

    /// An empty cache that keeps at most twice this many answers.
    init(entriesMax: Int) {
        self.entriesMax = entriesMax
    }

    /// The filter's matches in the segment, from memory or worked out now.
    mutating func matches(of filter: Filter, serial: UInt64, in segment: Segment) -> Matches {
        if filter.isEverything { return .all }
        if filter.isNothing { return .none }
        let key = Key(filter: serial, first: segment.first, count: segment.count)
        if let known = recent[key] { return known }
        let matches = older[key] ?? segment.matches(of: filter)
        if recent.count >= entriesMax {
            older = recent
            recent = [:]
        }
        recent[key] = matches
        return matches
    }
}
