// One page of history, found by steps over windows of positions, so that no single statement holds
// a snapshot for long, however rare what is looked for. Postgres leaves out most of what does not
// match; the filter itself has the last word.

import EventLog

/// The state of one history read.
///
/// Pure.
struct HistoryScan {
    /// How many positions one statement looks at: some ten milliseconds.
    static let windowPositionsMax: UInt64 = 20_000

    /// Positions to look at, both ends left out.
    struct Window: Equatable {
        let after: UInt64
        let before: UInt64
    }

    let query: HistoryQuery
    let filter: Filter?
    /// Postgres' head when the scan began; nil until it is known.
    private(set) var head: UInt64?
    private(set) var found: [LoggedEvent] = []
    private let windowPositions: UInt64
    private var low: UInt64
    private var high: UInt64

    /// A scan that has not begun.
    init(_ query: HistoryQuery, windowPositions: UInt64 = HistoryScan.windowPositionsMax) {
        self.query = query
        self.windowPositions = windowPositions
        filter =
            query.terms.isEmpty && query.scope == nil
            ? nil
            : Filter(
                query.terms.isEmpty ? [FilterTerms()] : query.terms, scope: query.scope)
        low = query.after
        high = query.before ?? UInt64(Int64.max)
    }

    /// Begins, now that the head is known.
    mutating func begin(head: UInt64) {
        self.head = head
        high = min(high, head + 1)
    }

    /// The next window; nil when the scan is over.
    var window: Window? {
        guard found.count <= query.limit, high > low, high - low > 1 else { return nil }
        guard high - low > windowPositions else {
            return Window(after: low, before: high)
        }
        return query.newestFirst
            ? Window(after: high - 1 - windowPositions, before: high)
            : Window(after: low, before: low + 1 + windowPositions)
    }

    /// How many rows to ask for: one more than are wanted tells whether another page follows.
    var rowsMax: Int { query.limit + 1 }

    /// Takes in the rows of a window, in the order of the scan.
    mutating func take(_ events: [LoggedEvent], of window: Window) {
        for event in events where matches(event) { found.append(event) }
        let isCut = events.count >= rowsMax
        if query.newestFirst {
            high = isCut ? events.last?.position ?? high : window.after + 1
        } else {
            low = isCut ? events.last?.position ?? low : window.before - 1
        }
    }

    /// What was found so far.
    ///
    /// When the scan was ended early, more may follow.
    func outcome(isComplete: Bool) -> ReadOutcome {
        .history(
            Array(found.prefix(query.limit)),
            hasMore: found.count > query.limit || !isComplete, head: head ?? 0)
    }

    private func matches(_ event: LoggedEvent) -> Bool {
        guard let filter else { return true }
        return filter.matches(
            name: event.name, subject: event.subject, entity: event.entity, of: event.owners)
    }
}

/// What Postgres can leave out beforehand: never anything that the filter would let through.
struct HistoryPrefilter: Equatable {
    /// Patterns for `LIKE ANY`; nil for every name.
    private(set) var names: [String]?
    /// Subjects; nil for every one.
    private(set) var subjects: [String]?
    /// First parts of subjects; nil for every one.
    private(set) var kinds: [String]?

    /// The widest of a union of terms: a dimension is limited only if each term limits it.
    init(_ terms: [FilterTerms]) {
        names = HistoryPrefilter.union(terms) { term in
            term.types.map(HistoryPrefilter.pattern)
        }
        subjects = HistoryPrefilter.union(terms, \.subjects)
        kinds = HistoryPrefilter.union(terms) { term in
            term.entities.flatMap(HistoryPrefilter.kinds)
        }
    }

    private static func union(
        _ terms: [FilterTerms], _ words: (FilterTerms) -> [String]
    ) -> [String]? {
        var all: [String] = []
        for term in terms {
            let some = words(term)
            if some.isEmpty { return nil }
            all += some
        }
        return all.isEmpty ? nil : all
    }

    /// `order_*` as a pattern of `LIKE`: `order\_%`.
    private static func pattern(_ type: String) -> String {
        var pattern = ""
        for character in type {
            switch character {
            case "*": pattern += "%"
            case "_", "%", "\\": pattern += "\\" + String(character)
            default: pattern.append(character)
            }
        }
        return pattern
    }

    /// The plurals whose singular is an entity.
    private static func kinds(of entity: String) -> [String] {
        let plurals = [entity, entity + "s", entity + "es", entity.dropLast() + "ies"]
        return plurals.filter { LoggedEvent.entity(ofSubject: $0) == entity }
    }
}
