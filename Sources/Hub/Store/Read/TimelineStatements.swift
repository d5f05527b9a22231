// The SQL of timelines. All events that concern a lead lie together in one index (`events.about`);
// of an opportunity's or an order's those are shown that name it or what hangs on it, which are few
// among the events of one lead. Who may read a lead reads what was before it was theirs, too; kinds
// of things that a role may not read are left out, and messages to others. How something moved from
// state to state are its own events, few again: the first, and those that changed it.

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
            let condition = RecordKind(rawValue: kind.rawValue)?.ownCondition
            own = " AND " + (condition ?? OwnershipSQL.ofLead("r")).replacing("$?", with: "$7")
        }
        let sql = """
            SELECT \(ReadStatements.eventColumns) FROM (\(root(kind))\(own)) AS t
            LEFT JOIN LATERAL (
                SELECT * FROM events AS e
                WHERE e.about = t.about AND e.position < $2 AND \(part(query))
                    AND (e.name = ANY ($5) OR split_part(e.subject, '/', 1) <> ALL ($4))
                    AND ($6 IS NULL OR e.owner = $6 OR e.name <> 'notification_sent')
                    \(scope(query))
                ORDER BY e.about DESC, e.position DESC LIMIT $3) AS e ON true
            ORDER BY e.position DESC
            """
        let name =
            (query.isMoves ? "moves_" : "timeline_") + kind.rawValue
            + (query.isLimited ? "_own" : "")
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
        case .deliveries:
            return """
                SELECT r.lead_id AS about, ARRAY[r.id::text] AS marks FROM deliveries AS r
                WHERE r.id = $1
                """
        case .tasks:
            return """
                SELECT coalesce(r.lead_id, r.id) AS about, ARRAY[r.id::text] AS marks
                FROM tasks AS r WHERE r.id = $1 AND r.deleted_at IS NULL
                """
        case .decisions, .events: preconditionFailure("\(kind) have no timeline")
        }
    }

    /// Which of a lead's events are shown.
    ///
    /// The names of what changed are the last member of an event's data, and that the last of the
    /// event (`EventJSON`), so that no text in it can look like them.
    private static func part(_ query: TimelineQuery) -> String {
        let kind = query.subject.kind
        if query.isMoves, let field = kind.stateField {
            return """
                e.subject = '\(kind.rawValue)/' || $1::text AND (
                    e.name IN ('\(kind.singular)_created', '\(kind.singular)_scheduled')
                    OR e.body ~ '"changed":\\[[^]]*"\(field)"[^]]*\\]\\}\\}$')
                """
        }
        return kind == .leads
            ? "true"
            : "EXISTS (SELECT FROM unnest(t.marks) AS m (mark) WHERE strpos(e.body, mark) > 0)"
    }

    /// Who has a thing, but not its customer, sees of what hangs on it what is theirs.
    private static func scope(_ query: TimelineQuery) -> String {
        let kind = query.subject.kind
        guard query.isLimited, !query.isMoves, kind != .leads else { return "" }
        return """
            AND (e.subject = '\(kind.rawValue)/' || $1::text OR e.holder = ($7)[1]
                OR \(OwnershipSQL.ofLead("e")) OR EXISTS (
                    SELECT FROM leads AS l WHERE l.id = e.about AND \(OwnershipSQL.ofLead("l"))))
            """.replacing("$?", with: "$7")
    }

    /// The page, or that there is no such thing.
    static func page(_ result: PostgresResult, of query: TimelineQuery) -> ReadOutcome {
        guard result.rowCount > 0 else { return .timeline(nil, next: nil) }
        guard !result.isNull(0, 0) else { return .timeline([], next: nil) }
        let events = ReadStatements.events(result)
        return .timeline(
            Array(events.prefix(query.limit)), next: events.dropFirst(query.limit).first)
    }
}
