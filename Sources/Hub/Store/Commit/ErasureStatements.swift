// Erasing: rows lose what is personal, and texts of events become tombstones. What the commands
// found beforehand is taken by its positions; what was committed since is found here.

import Domain

/// The SQL of erasures.
enum ErasureStatements {
    /// What people wrote about leads goes; deals stay as numbers.
    ///
    /// `$1` are the leads, `$2` is when. Rows about a lead have no index: it happens seldom.
    static let eraseLeads = Statement(
        name: "erase_leads",
        sql: """
            WITH k AS (SELECT id, erased_at FROM unnest($1, $2) AS k (id, erased_at)),
            tasks_erased AS (
                UPDATE tasks AS t SET title = 'erased', description = NULL
                FROM k WHERE t.lead_id = k.id OR t.subject = 'leads/' || k.id::text
            ), feedback_erased AS (
                UPDATE feedback AS f SET comment = 'erased'
                FROM k WHERE f.lead_id = k.id AND f.comment IS NOT NULL
            ), decisions_erased AS (
                UPDATE decisions AS d
                SET body = '{"id":"' || d.id::text || '","erased":true}'
                FROM k WHERE d.lead_id = k.id
            ), notifications_erased AS (
                UPDATE notifications AS n SET title = 'erased', body = 'erased'
                FROM k WHERE n.subject = 'leads/' || k.id::text
            )
            UPDATE leads AS l SET
                name = 'erased', email = NULL, email_normal = NULL, phone = NULL,
                phone_normal = NULL, company = NULL, source = NULL, tags = '{}',
                score_factors = NULL, version = l.version + 1, updated_at = k.erased_at,
                deleted_at = coalesce(l.deleted_at, k.erased_at), erased_at = k.erased_at
            FROM k WHERE l.id = k.id
            """,
        parameterTypes: [PostgresType.uuidArray, PostgresType.timestamptzArray])

    /// Makes tombstones of events, and gives them.
    ///
    /// `$1` is the subject, `$2` are its marks, `$3` is what was found up to `$4`, `$5` are the
    /// names of events that are kept.
    static let eraseEvents = Statement(
        name: "erase_events",
        sql: """
            WITH found AS MATERIALIZED (
                SELECT e.position FROM unnest($3) AS k (position)
                CROSS JOIN LATERAL (
                    SELECT e.position FROM events AS e WHERE e.position = k.position OFFSET 0) AS e
                UNION
                SELECT e.position FROM events AS e
                WHERE e.position > $4 AND \(matches)
            ), erased AS (
                UPDATE events AS e SET body = erased_event(e.body)
                FROM found CROSS JOIN LATERAL (
                    SELECT e.ctid AS place FROM events AS e
                    WHERE e.position = found.position OFFSET 0) AS k
                WHERE e.ctid = k.place
                RETURNING e.position, e.name, e.subject, e.body, e.owner, e.team,
                    e.holder
            ), noted AS (
                INSERT INTO erasures (position, erased)
                SELECT h.position, array_agg(found.position) FROM log_head AS h, found
                GROUP BY h.position
            )
            SELECT position, name, subject, body, owner, team, holder FROM erased
            ORDER BY position
            """,
        parameterTypes: types + [PostgresType.int8Array, PostgresType.int8, names])

    /// The events about a subject in a window of positions: those after `$3`, up to `$4`.
    static let find = Statement(
        name: "find_events_about",
        sql: """
            SELECT e.position FROM events AS e
            WHERE e.position > $3 AND e.position <= $4 AND \(matches) ORDER BY e.position
            """,
        parameterTypes: types + [PostgresType.int8, PostgresType.int8, names])

    private static let types = [PostgresType.text, PostgresType.textArray]
    private static let names = PostgresType.textArray
    private static let matches = """
        e.name <> ALL ($5) AND (e.subject = $1 OR EXISTS (
            SELECT FROM unnest($2) AS m (mark) WHERE strpos(e.body, m.mark) > 0))
        """

    /// The parameters of `eraseEvents`.
    static func parameters(_ erasure: EventErasure) -> [Parameter] {
        [
            .text(erasure.subject), .texts(ErasureJSON.marks(of: erasure.subject)),
            .int8s(erasure.found.positions.map { Int64(clamping: $0) }),
            .int8(Int64(clamping: erasure.found.through)), .texts(ErasureJSON.keptNames),
        ]
    }

    /// The parameters of `find`.
    static func parameters(_ scan: ErasureScan, _ window: ErasureScan.Window) -> [Parameter] {
        [
            .text(scan.subject), .texts(ErasureJSON.marks(of: scan.subject)),
            .int8(Int64(clamping: window.after)), .int8(Int64(clamping: window.through)),
            .texts(ErasureJSON.keptNames),
        ]
    }
}
