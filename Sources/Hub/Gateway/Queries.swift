// Reads: parameters in, a query to the store, and its outcome as JSON.

import Domain
import EventLog
import Reactor
import Store
import Wire

extension GatewayLoop {
    /// Parks a read and queues its query for the store.
    func query(
        _ slot: Int, _ admitted: AdmittedRequest, _ token: VerifiedToken
    ) throws(Refusal) {
        let query: ReadQuery
        switch admitted.route {
        case .listLeads: query = .leads(try LeadsParameters.read(admitted.parameters))
        case .readLead: query = .lead(try QueryIdentifier.read(admitted, "leads/"))
        case .readEvent: query = .event(try QueryIdentifier.read(admitted, "events/"))
        case .events: query = .history(try HistoryParameters.read(admitted, log: log))
        default: preconditionFailure("not a query")
        }
        let ticket = park(slot, admitted)
        outgoingReads.append(
            ReadRequest(ticket: ticket, query: query, receivedMilliseconds: nowMilliseconds))
    }

    /// What a read found: a page for the log, a head for a stream that waits, or an answer.
    func wasRead(_ ticket: Ticket, _ outcome: ReadOutcome) {
        switch outcome {
        case .page(let page, let segment):
            received(page: page, segment)
            return
        case .head(let head):
            received(head: head, for: ticket)
            return
        case .unavailable where ticket.sequence == GatewayLoop.streamSequence:
            readFailed(ticket)
            return
        default: break
        }
        guard let slot = connections.slot(ConnectionToken(rawValue: ticket.connection)),
            let exchange = connections[slot].exchanges.first(where: {
                $0.sequence == ticket.sequence
            })
        else { return }
        let traceID = TraceContext(traceparent: exchange.traceparent).traceID
        var answer = answer(outcome, traceID: traceID)
        if let collection = exchange.collection, let cursor = outcome.nextCursor {
            answer.link = NextPage.link(collection, cursor: cursor)
        }
        complete(slot, ticket.sequence, answer)
    }

    private func answer(_ outcome: ReadOutcome, traceID: String) -> RenderedAnswer {
        switch outcome {
        case .lead(let lead?):
            return RenderedAnswer(status: 200, etag: LeadJSON.etag(lead), body: LeadJSON.text(lead))
        case .lead(nil): return RenderedAnswer(.notFound("such lead"), traceID: traceID)
        case .leads(let leads, _):
            return RenderedAnswer(
                status: 200, body: QueryJSON.leads(leads, nextCursor: outcome.nextCursor))
        case .event(let event?):
            return RenderedAnswer(status: 200, body: QueryJSON.event(event))
        case .event(nil): return RenderedAnswer(.notFound("such event"), traceID: traceID)
        case .history(let events, _, let head):
            return RenderedAnswer(
                status: 200,
                body: QueryJSON.history(
                    events, nextCursor: outcome.nextCursor,
                    head: EventID(epoch: log.epoch, position: head)))
        case .unavailable(let seconds):
            return RenderedAnswer(.unavailable(retryAfterSeconds: seconds), traceID: traceID)
        case .page, .head: preconditionFailure("not for a client")
        }
    }
}

extension ReadOutcome {
    /// Where the next page of a collection begins; nil when there is none.
    var nextCursor: String? {
        switch self {
        case .leads(let leads, hasMore: true): leads.last?.id.text
        case .history(let events, hasMore: true, _): events.last.map { String($0.position) }
        default: nil
        }
    }
}

/// The link from a page of a collection to the next one (RFC 8288).
enum NextPage {
    /// The path and query of a request without what belongs to this page alone, and without tokens.
    static func collection(_ request: IncomingRequest) -> String {
        let kept = request.query.split(separator: "&").filter { item in
            !["cursor=", "access_token=", "ticket="].contains { item.hasPrefix($0) }
        }
        return request.path + "?" + kept.map { $0 + "&" }.joined()
    }

    /// The header's value.
    static func link(_ collection: String, cursor: String) -> String {
        "<\(collection)cursor=\(cursor)>; rel=\"next\""
    }
}

/// Ids in paths.
enum QueryIdentifier {
    static func read(_ admitted: AdmittedRequest, _ kind: String) throws(Refusal) -> UniqueID {
        if let item = admitted.parameters.items.first {
            throw .badParameter(item.name, "is not known here")
        }
        guard let id = admitted.id.flatMap({ UniqueID($0) }) else {
            throw .notFound(kind + (admitted.id ?? ""))
        }
        return id
    }
}

/// The parameters of `GET /crm/leads`.
enum LeadsParameters {
    static let limitMax = 100

    static func read(_ items: QueryItems) throws(Refusal) -> LeadsQuery {
        var query = LeadsQuery(limit: 20)
        for item in items.items {
            switch item.name {
            case "limit": query.limit = try limit(item.value, max: limitMax)
            case "cursor":
                guard let after = UniqueID(item.value) else {
                    throw .badParameter("cursor", "must be a next_cursor of this collection")
                }
                query.after = after
            case "sort":
                switch item.value {
                case "-created_at": query.newestFirst = true
                case "created_at": query.newestFirst = false
                default: throw .badParameter("sort", "must be created_at or -created_at")
                }
            case "status":
                guard let status = LeadStatus(rawValue: item.value) else {
                    throw .badParameter("status", "is not a status of leads")
                }
                query.status = status
            case "owner": query.owner = item.value
            case "email": query.email = item.value
            default: throw .badParameter(item.name, "is not known here")
            }
        }
        return query
    }

    static func limit(_ text: String, max: Int) throws(Refusal) -> Int {
        guard let limit = Int(text), text.utf8.first != UInt8(ascii: "+"), (1...max).contains(limit)
        else {
            throw .badParameter("limit", "must be 1 to \(max)")
        }
        return limit
    }
}

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
            case "limit": query.limit = try LeadsParameters.limit(item.value, max: limitMax)
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

/// Collections and items as JSON.
enum QueryJSON {
    static func leads(_ leads: [Lead], nextCursor: String?) -> [UInt8] {
        var writer = JSONWriter(reserving: 64 + leads.count * 420)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for lead in leads { writer.raw(LeadJSON.text(lead)) }
        writer.endArray()
        writer.name("next_cursor")
        if let nextCursor { writer.string(nextCursor) } else { writer.null() }
        writer.endObject()
        return writer.bytes
    }

    static func event(_ stored: StoredEvent) -> [UInt8] {
        var writer = JSONWriter(reserving: 512 + stored.event.text.count)
        writer.beginObject()
        writer.name("event")
        writer.raw(positioned(stored.event))
        writer.name("branches")
        writer.beginObject()
        for branch in stored.branches {
            writer.name(branch.name.rawValue)
            writer.beginObject()
            writer.name("state")
            writer.string(branch.state.rawValue)
            writer.name("result")
            if let result = branch.result { writer.raw(result) } else { writer.null() }
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    static func history(
        _ events: [LoggedEvent], nextCursor: String?, head: EventID
    ) -> [UInt8] {
        var writer = JSONWriter(reserving: 128 + events.reduce(0) { $0 + $1.text.count + 32 })
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for event in events { writer.raw(positioned(event)) }
        writer.endArray()
        writer.name("next_cursor")
        if let nextCursor { writer.string(nextCursor) } else { writer.null() }
        writer.name("head")
        writer.string(head.text)
        writer.endObject()
        return writer.bytes
    }

    private static func positioned(_ event: LoggedEvent) -> [UInt8] {
        var text = Array("{\"position\":\"\(event.position)\",".utf8)
        text.append(contentsOf: event.text.dropFirst())
        return text
    }
}
