// Pages of what is stored, one kind of query for all kinds of records: which kind, which page, and
// filters from the kind's own table (RecordFilter). Newest by id, for ids begin with their time.

package import Domain

/// A kind of record.
package enum RecordKind: String, CaseIterable, Sendable {
    case opportunities, orders, deliveries, tasks, feedback, decisions, notifications, consents
    case logs
    /// The runs of workflow rules. They have no id of their own: the event's stands for it.
    case workflowRuns = "workflow_runs"
    case deadLetters = "dead_letters"
    case users
    case sessions = "user_sessions"
}

/// What a filter compares with.
package enum FilterValue: Sendable, Equatable {
    case id(UniqueID)
    case text(String)
    case date(CalendarDate)
    case time(Timestamp)
    case flag(Bool)
}

/// A page of records.
package struct RecordsQuery: Sendable, Equatable {
    /// Which records.
    package let kind: RecordKind
    /// How many at most, 1 to 1,000.
    package var limit: Int
    /// Where the page begins; nil for the first one.
    package var after: RecordCursor?
    /// Newest first, or oldest first; the entries of a trace are told oldest first, unless asked.
    package var newestFirst: Bool
    /// By the names of the kind's filters; all of them must hold.
    ///
    /// A name or a type of value that is not in `RecordKind.filters` is a bug and traps.
    package var filters: [String: FilterValue]

    /// Who sees only what is theirs; nil for all.
    package var reader: Principal?

    /// A page of records.
    package init(
        _ kind: RecordKind, limit: Int, after: RecordCursor? = nil, newestFirst: Bool? = nil,
        filters: [String: FilterValue] = [:]
    ) {
        self.kind = kind
        self.limit = limit
        self.after = after
        self.filters = filters
        self.newestFirst = true
        self.newestFirst = newestFirst ?? !isByTime
    }

    /// Whether records are in the order of their times, and not of their ids: the story of a trace,
    /// which an event begins that is older than its entry.
    var isByTime: Bool { kind == .logs && filters["trace_id"] != nil }
}

/// One record by id.
package struct RecordQuery: Sendable, Equatable {
    package let kind: RecordKind
    package let id: UniqueID
    /// Who sees only what is theirs; nil for all.
    package var reader: Principal?

    /// A record of a kind.
    package init(_ kind: RecordKind, _ id: UniqueID, reader: Principal? = nil) {
        self.kind = kind
        self.id = id
        self.reader = reader
    }
}

/// The place between two pages, opaque to clients.
package struct RecordCursor: Sendable, Equatable {
    /// The id of the last record of the page before.
    package let id: UniqueID
    /// Its time, where records are in the order of their times.
    package let time: Timestamp?
    /// Its rule, where a run is named by rule and event.
    package let rule: String?

    /// A place after a record.
    package init(id: UniqueID, time: Timestamp? = nil, rule: String? = nil) {
        self.id = id
        self.time = time
        self.rule = rule
    }

    /// Reads a `next_cursor`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let id = UniqueID(parts[0]) else { return nil }
        guard parts.count == 2 else {
            self.init(id: id)
            return
        }
        if let milliseconds = Int64(parts[1]) {
            self.init(id: id, time: Timestamp(milliseconds: milliseconds))
        } else {
            guard !parts[1].isEmpty, !parts[1].utf8.contains(0) else { return nil }
            self.init(id: id, rule: String(parts[1]))
        }
    }

    /// Whether it is a place in the order of a query; one that is not came from another one.
    package func fits(_ query: RecordsQuery) -> Bool {
        (time != nil) == query.isByTime && (rule != nil) == (query.kind == .workflowRuns)
    }

    /// The `next_cursor` of a page.
    package var text: String {
        if let time { return id.text + ".\(time.milliseconds)" }
        return rule.map { id.text + "." + $0 } ?? id.text
    }
}

/// What was added to the unified log after a place, in the order of its commits.
package struct LogTailQuery: Sendable, Equatable {
    /// The number of the last entry before; nil asks only for the end.
    package var after: UInt64?
    /// How many at most.
    package var limit: Int
    /// By the names of the log's filters; all of them must hold.
    package var filters: [String: FilterValue]

    /// What follows a place.
    package init(after: UInt64?, limit: Int, filters: [String: FilterValue]) {
        self.after = after
        self.limit = limit
        self.filters = filters
    }
}

/// An entry of the unified log with its place.
package struct NumberedEntry: Sendable {
    /// Its place: 1, 2, 3 … in the order of the commits, without a hole.
    package let number: UInt64
    package let record: StoredRecord
}
