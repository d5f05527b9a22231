// The parameters of a collection of records: the page, the order, and the filters that its kind has
// in the store's table.

import Domain
import EventLog
import Store
import Wire

/// Parameters of collections.
enum RecordsParameters {
    /// How many a page holds: the log is read in longer ones.
    static func limits(_ kind: RecordKind) -> (usual: Int, max: Int) {
        kind == .logs ? (100, 1000) : (20, 100)
    }

    /// Reads them all; a filter that is fixed is no parameter.
    static func read(
        _ items: QueryItems, kind: RecordKind, fixed: [String: FilterValue] = [:]
    ) throws(Refusal) -> RecordsQuery {
        var parameters = try ParameterReader(items)
        let limits = limits(kind)
        var query = RecordsQuery(
            kind, limit: try parameters.limit(max: limits.max, usual: limits.usual),
            filters: fixed)
        if let text = parameters.text("cursor") {
            guard let cursor = RecordCursor(text) else {
                throw .badParameter("cursor", "must be a next_cursor of this collection")
            }
            query.after = cursor
        }
        let time = kind == .logs ? "time" : "created_at"
        let order = try parameters.newestFirst(time)
        query.filters.merge(try filters(kind, &parameters, fixed: fixed)) { fixed, _ in fixed }
        // One trace is a story: it is told from its beginning.
        query.newestFirst = order ?? (kind != .logs || query.filters["trace_id"] == nil)
        try parameters.finish()
        return query
    }

    /// Reads the filters of a kind, but those that are fixed.
    static func filters(
        _ kind: RecordKind, _ parameters: inout ParameterReader,
        fixed: [String: FilterValue] = [:]
    ) throws(Refusal) -> [String: FilterValue] {
        var filters: [String: FilterValue] = [:]
        for filter in kind.filters where fixed[filter.name] == nil {
            filters[filter.name] = try value(filter, &parameters)
        }
        return filters
    }

    private static func value(
        _ filter: RecordFilter, _ parameters: inout ParameterReader
    ) throws(Refusal) -> FilterValue? {
        switch filter.type {
        case .id: try parameters.identifier(filter.name).map { .id($0) }
        case .text: parameters.text(filter.name).map { .text($0) }
        case .word(let words): try parameters.word(filter.name, of: words).map { .text($0) }
        case .date: try parameters.date(filter.name).map { .date($0) }
        case .time: try parameters.time(filter.name).map { .time($0) }
        case .flag: try parameters.flag(filter.name).map { .flag($0) }
        }
    }
}

/// The parameters of `GET /compliance/checks`, which are read from the log.
enum CheckParameters {
    static func read(_ items: QueryItems) throws(Refusal) -> HistoryQuery {
        var parameters = try ParameterReader(items)
        var query = HistoryQuery(limit: try parameters.limit())
        query.newestFirst = try parameters.newestFirst("created_at") ?? true
        if let position = try parameters.positionCursor() {
            if query.newestFirst { query.before = position } else { query.after = position }
        }
        var terms = FilterTerms(types: ["compliance_checked"])
        if let subject = parameters.text("subject") { terms.subjects = [subject] }
        query.terms = [terms]
        try parameters.finish()
        return query
    }
}
