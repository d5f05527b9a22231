// The SQL of the reads, and how their rows become values.

import Domain
import EventLog

/// Statements of the read connection.
enum ReadStatements {
    /// The columns that `events` reads.
    static let eventColumns = "position, name, subject, body, owner, team, holder"

    /// The log's name and head.
    static let head = Statement(name: "head", sql: "SELECT epoch, position, access FROM log_head")

    /// One lead.
    static let lead = Statement(
        name: "lead",
        sql: "SELECT \(LeadRow.columns) FROM leads l WHERE l.id = $1 AND l.deleted_at IS NULL",
        parameterTypes: [PostgresType.uuid])

    /// A reported event, in a row for each branch that has begun.
    static let unifiedEvent = Statement(
        name: "unified_event",
        sql: """
            SELECT e.position, e.name, e.subject, e.body, e.owner, e.team, e.holder,
                b.branch, b.state, b.result
            FROM events AS e LEFT JOIN event_branches AS b ON b.event = e.id
            WHERE e.id = $1 AND e.unified
            """,
        parameterTypes: [PostgresType.uuid])

    /// The events from one position to another, both included.
    static let range = Statement(
        name: "range",
        sql: """
            SELECT \(eventColumns) FROM events WHERE position BETWEEN $1 AND $2
            ORDER BY position
            """,
        parameterTypes: [PostgresType.int8, PostgresType.int8])

    /// The events after a position, at most so many.
    static func gap(eventsMax: Int) -> Statement {
        Statement(
            name: "gap",
            sql: """
                SELECT \(eventColumns) FROM events WHERE position > $1
                ORDER BY position LIMIT \(eventsMax)
                """,
            parameterTypes: [PostgresType.int8])
    }

    /// What was erased after a position, as it is now.
    static let erased = Statement(
        name: "erased_after",
        sql: """
            SELECT \(eventColumns) FROM events
            WHERE position IN (
                SELECT unnest(x.erased) FROM erasures AS x WHERE x.position > $1)
            """,
        parameterTypes: [PostgresType.int8])

    /// A window of history.
    static func history(
        _ scan: HistoryScan, _ window: HistoryScan.Window
    ) -> (Statement, [Parameter]) {
        let order = scan.query.newestFirst ? "DESC" : "ASC"
        let prefilter = HistoryPrefilter(scan.query.terms)
        let statement = Statement(
            name: "history_\(order.lowercased())",
            sql: """
                SELECT \(eventColumns) FROM events
                WHERE position > $1 AND position < $2
                AND ($3::text[] IS NULL OR name LIKE ANY ($3))
                AND ($4::text[] IS NULL OR subject = ANY ($4))
                AND ($5::text[] IS NULL OR split_part(subject, '/', 1) = ANY ($5))
                ORDER BY position \(order) LIMIT $6
                """,
            parameterTypes: [
                PostgresType.int8, PostgresType.int8, PostgresType.textArray,
                PostgresType.textArray, PostgresType.textArray, PostgresType.int8,
            ])
        return (
            statement,
            [
                .int8(Int64(clamping: window.after)), .int8(Int64(clamping: window.before)),
                texts(prefilter.names), texts(prefilter.subjects), texts(prefilter.kinds),
                .int8(Int64(scan.rowsMax)),
            ]
        )
    }

    private static func texts(_ values: [String]?) -> Parameter {
        guard let values else { return .null }
        return .texts(values)
    }

    /// A page of leads, and one more lead to tell whether another page follows.
    static func leads(_ query: LeadsQuery) -> (Statement, [Parameter]) {
        var name = query.newestFirst ? "leads_desc" : "leads_asc"
        var conditions = ["l.deleted_at IS NULL"]
        var types = [PostgresType.int8]
        var parameters: [Parameter] = [.int8(Int64(query.limit + 1))]
        func add(_ suffix: String, _ type: UInt32, _ parameter: Parameter, _ sql: String) {
            name += suffix
            types.append(type)
            parameters.append(parameter)
            conditions.append(sql.replacing("$?", with: "$\(types.count)"))
        }
        if let after = query.after {
            add(
                "_after", PostgresType.uuid, .uuid(after),
                query.newestFirst ? "l.id < $?" : "l.id > $?")
        }
        if let status = query.status {
            add("_status", PostgresType.text, .text(status.rawValue), "l.status = $?")
        }
        if let owner = query.owner {
            add("_owner", PostgresType.text, .text(owner), "l.owner = $?")
        }
        if let reader = query.reader {
            add(
                "_own", PostgresType.textArray, OwnershipSQL.parameter(reader),
                OwnershipSQL.ofLead("l"))
        }
        if let email = query.email {
            // Two index look-ups: one index holds the leads without, one those with a permitted
            // duplicate.
            add(
                "_email", PostgresType.text, .text(email.lowercased()),
                """
                l.id IN (
                    SELECT id FROM leads
                    WHERE email_normal = $? AND NOT duplicate_allowed AND deleted_at IS NULL
                    UNION ALL
                    SELECT id FROM leads
                    WHERE email_normal = $? AND duplicate_allowed AND deleted_at IS NULL)
                """)
        }
        let sql = """
            SELECT \(LeadRow.columns) FROM leads l WHERE \(conditions.joined(separator: " AND "))
            ORDER BY l.id \(query.newestFirst ? "DESC" : "ASC") LIMIT $1
            """
        return (Statement(name: name, sql: sql, parameterTypes: types), parameters)
    }

    /// The events of rows with `eventColumns`.
    static func events(_ result: PostgresResult) -> [LoggedEvent] {
        (0..<result.rowCount).map { row in
            LoggedEvent(
                position: result.position(row, 0), name: result.text(row, 1),
                subject: result.text(row, 2),
                owners: EventOwners(
                    owner: result.optionalText(row, 4), team: result.optionalText(row, 5),
                    holder: result.optionalText(row, 6)),
                text: result.bytes(row, 3))
        }
    }

    /// The event of rows of `unifiedEvent`, with all its branches.
    static func storedEvent(_ result: PostgresResult) -> StoredEvent? {
        guard let event = events(result).first else { return nil }
        var begun: [EventBranch: StoredBranch] = [:]
        for row in 0..<result.rowCount where !result.isNull(row, 7) {
            let name: EventBranch = result.word(row, 7)
            begun[name] = StoredBranch(
                name: name, state: result.word(row, 8), result: result.bytes(row, 9))
        }
        return StoredEvent(
            event: event,
            branches: EventBranch.allCases.map {
                begun[$0] ?? StoredBranch(name: $0, state: .pending, result: nil)
            })
    }

    /// The leads of rows with `LeadRow.columns`.
    static func leads(_ result: PostgresResult) -> [Lead] {
        (0..<result.rowCount).map { LeadRow.lead(result, $0) }
    }
}
