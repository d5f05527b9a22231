// The SQL of timelines. All events that concern a lead lie together in one index (`events.about`);
// of an opportunity's or an order's those are shown that name it or what hangs on it, which are few
// among the events of one lead. Whoever may read the thing reads what led to it, too, whoever had it
// then; kinds of things that a role may not read are left out, and messages to others.

import Domain
import EventLog

/// Statements about timelines.
enum TimelineStatements {
    /// The page, and one event more; a row without an event when there is the thing alone.
    ///
    /// `$1` the thing, `$2` the place, `$3` how many, `$4` hidden kinds, `$5` names that are shown
    /// all the same, `$6` whose messages alone are shown, or NULL, `$7` the reader and their teams.
    static func page(_ query: TimelineQuery) -> (Statement, [Parameter]) {
        let reach = EventReach(of: query.reader.roles)
        let kind = query.subject.kind
        var types = [
            PostgresType.uuid, PostgresType.int8, PostgresType.int8, PostgresType.textArray,
            PostgresType.textArray, PostgresType.text,
        ]
        var parameters: [Parameter] = [
            .uuid(query.subject.id), .int8(query.before.map { Int64(clamping: $0) } ?? .max),
            .int8(Int64(query.limit) + 1), .texts(reach.hidden), .texts(reach.names),
            .text(reach.own.contains("notifications") ? query.reader.subject : nil),
        ]
        var own = ""
        if query.isLimited {
            types.append(PostgresType.textArray)
            parameters.append(OwnershipSQL.parameter(query.reader))
            own = " AND " + condition(kind).replacing("$?", with: "$7")
        }
        let sql = """
            SELECT \(ReadStatements.eventColumns) FROM (\(root(kind))\(own)) AS t
            LEFT JOIN LATERAL (
                SELECT * FROM events AS e
                WHERE e.about = t.about AND e.position < $2 \(part(kind))
                    AND (e.name = ANY ($5) OR split_part(e.subject, '/', 1) <> ALL ($4))
                    AND ($6 IS NULL OR e.owner = $6 OR e.name <> 'notification_sent')
                ORDER BY e.about DESC, e.position DESC LIMIT $3) AS e ON true
            ORDER BY e.position DESC
            """
        let name = "timeline_\(kind.rawValue)" + (query.isLimited ? "_own" : "")
        return (Statement(name: name, sql: sql, parameterTypes: types), parameters)
    }

    /// The thing, in whose timeline it stands, and the ids of it and of what hangs on it.
    private static func root(_ kind: EntityKind) -> String {
        switch kind {
        case .leads:
            return """
                SELECT r.id AS about, NULL::text[] AS marks FROM leads AS r
                WHERE r.id = $1 AND r.deleted_at IS NULL
                """
        case .opportunities:
            return """
                SELECT r.lead_id AS about, ARRAY(
                    SELECT r.id::text
                    UNION ALL SELECT o.id::text FROM orders AS o WHERE o.opp_id = r.id
                    UNION ALL SELECT d.id::text FROM orders AS o
                        JOIN deliveries AS d ON d.order_id = o.id WHERE o.opp_id = r.id) AS marks
                FROM opportunities AS r WHERE r.id = $1 AND r.deleted_at IS NULL
                """
        case .orders:
            return """
                SELECT r.lead_id AS about, ARRAY(
                    SELECT r.id::text
                    UNION ALL SELECT d.id::text FROM deliveries AS d WHERE d.order_id = r.id)
                    AS marks
                FROM orders AS r WHERE r.id = $1 AND r.deleted_at IS NULL
                """
        case .deliveries, .tasks, .decisions, .events:
            preconditionFailure("\(kind) have no timeline")
        }
    }

    /// Which of a lead's events are shown.
    private static func part(_ kind: EntityKind) -> String {
        kind == .leads
            ? ""
            : "AND EXISTS (SELECT FROM unnest(t.marks) AS m (mark) WHERE strpos(e.body, mark) > 0)"
    }

    private static func condition(_ kind: EntityKind) -> String {
        kind == .leads
            ? OwnershipSQL.ofLead("r") : OwnershipSQL.ofChild("r", holder: "r.owner")
    }

    /// The page, or that there is no such thing.
    static func page(_ result: PostgresResult, of query: TimelineQuery) -> ReadOutcome {
        guard result.rowCount > 0 else { return .timeline(nil, hasMore: false) }
        guard !result.isNull(0, 0) else { return .timeline([], hasMore: false) }
        let events = ReadStatements.events(result)
        return .timeline(
            Array(events.prefix(query.limit)), hasMore: events.count > query.limit)
    }
}
