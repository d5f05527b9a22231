// The parameters of the log's history: the filter of a stream, and which page.

import Domain
import EventLog
import Store
import Wire

/// The parameters of `GET /events` as JSON: oldest first from `after`, or the newest ones.
enum HistoryParameters {
    static let limitMax = 1000

    static func read(_ admitted: AdmittedRequest, log: EventLog) throws(Refusal) -> HistoryQuery {
        let stream = try StreamQuery(
            admitted.parameters, lastEventID: admitted.request.lastEventID)
        var query = HistoryQuery(limit: 50)
        query.terms = stream.terms.isEverything ? [] : [stream.terms]
        query.newestFirst = stream.after == nil
        // The order first, wherever it stands: it says which way a cursor points.
        if let order = admitted.parameters["order"] { query.newestFirst = order == "desc" }
        for item in admitted.parameters.items {
            switch item.name {
            case "limit": query.limit = try ParameterReader.limit(item.value, max: limitMax)
            case "order":
                guard item.value == "asc" || item.value == "desc" else {
                    throw .badParameter("order", "must be asc or desc")
                }
            case "cursor":
                guard let position = UInt64(item.value) else {
                    throw .badParameter("cursor", "must be a next_cursor of this collection")
                }
                if query.newestFirst { query.before = position } else { query.after = position }
            default: continue
            }
        }
        switch stream.after {
        case nil, .start: break
        case .id(let id) where id.epoch == log.epoch:
            if !query.newestFirst { query.after = max(query.after, id.position) }
        case .id: throw .badParameter("after", "belongs to another log")
        case .malformed: throw .badParameter("after", "must be an event id")
        }
        return query
    }
}
