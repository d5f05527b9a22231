// The first flight of a batch: BEGIN and one set-based query a table. Rows are locked in the order
// of their keys, and tables in the order of this file, the same for all batches of all instances.
// Each look-up is a LATERAL that the planner can't turn round: it would rather read a whole table,
// as long as it believes that the table is as small as when it was planned.

/// The SQL of the loads.
enum LoadStatements {
    static let begin = Statement(name: "begin", sql: "BEGIN ISOLATION LEVEL READ COMMITTED")

    /// For commands that may be the ones that hold others up.
    static let waitBriefly = Statement(
        name: "wait_briefly", sql: "SET LOCAL lock_timeout = '100ms'")

    /// The name of this transaction, by which its end is known after a lost connection, and the
    /// epoch of the log that it would write to.
    static let transaction = Statement(
        name: "transaction", sql: "SELECT pg_current_xact_id()::text, epoch FROM log_head")

    /// Takes the keys that are free.
    ///
    /// One in flight elsewhere is waited for.
    static let ownKeys = Statement(
        name: "own_keys",
        sql: """
            INSERT INTO idempotency (principal, key, fingerprint)
            SELECT k.principal, k.key, k.fingerprint
            FROM unnest($1, $2, $3) AS k (principal, key, fingerprint)
            ON CONFLICT DO NOTHING
            RETURNING principal, key
            """,
        parameterTypes: [
            PostgresType.textArray, PostgresType.textArray, PostgresType.byteaArray,
        ])

    /// The answers kept under the others; its own statement, for it needs a new snapshot.
    static let keptAnswers = Statement(
        name: "kept_answers",
        sql: """
            SELECT i.principal, i.key, i.fingerprint, i.status, i.answer, e.id, e.unified, e.body
            FROM unnest($1, $2) AS k (principal, key)
            CROSS JOIN LATERAL (
                SELECT * FROM idempotency AS i
                WHERE i.principal = k.principal AND i.key = k.key AND i.status IS NOT NULL
                OFFSET 0) AS i
            LEFT JOIN LATERAL (
                SELECT * FROM events AS e WHERE e.position = i.position OFFSET 0) AS e ON true
            """,
        parameterTypes: [PostgresType.textArray, PostgresType.textArray])

    static let processors = Statement(
        name: "processors_to_move",
        sql: """
            SELECT \(ProcessorRow.columns)
            FROM (SELECT name FROM unnest($1) AS k (name) ORDER BY name COLLATE "C") AS k
            CROSS JOIN LATERAL (
                SELECT * FROM processors AS r WHERE r.name = k.name FOR NO KEY UPDATE) AS r
            """,
        parameterTypes: [PostgresType.textArray])

    /// Those whose lease's holder is gone: nobody holds the lock of its name.
    ///
    /// The processors are locked by now. The lock that is tried is shared, so that two who look at
    /// the same time see the same.
    static let abandoned = Statement(
        name: "processors_abandoned",
        sql: """
            SELECT k.name
            FROM unnest($1) AS k (name)
            CROSS JOIN LATERAL (
                SELECT r.holder FROM processors AS r WHERE r.name = k.name OFFSET 0) AS r
            WHERE CASE WHEN r.holder IS NULL THEN false
                ELSE pg_try_advisory_xact_lock_shared(\(Presence.key("r.holder"))) END
            """,
        parameterTypes: [PostgresType.textArray])

    static let userNames = Statement(
        name: "users_by_name",
        sql: "SELECT u.name, u.id FROM users AS u WHERE u.name = ANY ($1)",
        parameterTypes: [PostgresType.textArray])

    static let emails = Statement(
        name: "leads_by_email",
        sql: """
            SELECT k.normal, l.id
            FROM unnest($1) AS k (normal)
            CROSS JOIN LATERAL (
                SELECT l.id FROM leads AS l
                WHERE l.email_normal = k.normal AND NOT l.duplicate_allowed
                    AND l.deleted_at IS NULL AND l.email_normal IS NOT NULL
                OFFSET 0) AS l
            """,
        parameterTypes: [PostgresType.textArray])

    static let phones = Statement(
        name: "leads_by_phone",
        sql: """
            SELECT k.normal, l.id
            FROM unnest($1) AS k (normal)
            CROSS JOIN LATERAL (
                SELECT l.id FROM leads AS l
                WHERE l.phone_normal = k.normal AND NOT l.duplicate_allowed
                    AND l.deleted_at IS NULL AND l.phone_normal IS NOT NULL
                OFFSET 0) AS l
            """,
        parameterTypes: [PostgresType.textArray])

    static let sources = Statement(
        name: "event_sources_seen",
        sql: """
            SELECT k.source, k.id, s.event
            FROM unnest($1, $2) AS k (source, id)
            CROSS JOIN LATERAL (
                SELECT s.event FROM event_sources AS s
                WHERE s.source = k.source AND s.id = k.id
                OFFSET 0) AS s
            """,
        parameterTypes: [PostgresType.textArray, PostgresType.textArray])

    /// The deliveries under way of orders, which are locked by now.
    static let activeDeliveries = Statement(
        name: "active_deliveries",
        sql: """
            SELECT k.id, d.id
            FROM unnest($1) AS k (id)
            CROSS JOIN LATERAL (
                SELECT d.id FROM deliveries AS d
                WHERE d.order_id = k.id AND d.status NOT IN ('delivered', 'returned')
                OFFSET 0) AS d
            """,
        parameterTypes: [PostgresType.uuidArray])

    /// Which of the things exist, and whom they are about.
    ///
    /// They are not locked but by the foreign keys, for rows stay and whose lead it is never
    /// changes: what another instance deletes meanwhile was there when the batch looked.
    static let subjects = Statement(
        name: "subjects",
        sql: """
            SELECT k.kind, k.id, s.lead_id
            FROM unnest($1, $2) AS k (kind, id)
            CROSS JOIN LATERAL (\(SubjectSQL.existing(kind: "k.kind", id: "k.id"))) AS s
            """,
        parameterTypes: [PostgresType.textArray, PostgresType.uuidArray])

    /// Whose things are: who works on them, and owner and team of the lead behind them.
    ///
    /// They are not locked, unless their lead is by now: an event says whose its thing was when the
    /// batch looked.
    static let owners = Statement(
        name: "owners",
        sql: """
            SELECT k.kind, k.id, s.lead_id, s.holder, l.owner, l.team
            FROM unnest($1, $2) AS k (kind, id)
            CROSS JOIN LATERAL (\(SubjectSQL.owned(kind: "k.kind", id: "k.id"))) AS s
            LEFT JOIN LATERAL (
                SELECT l.owner, l.team FROM leads AS l WHERE l.id = s.lead_id OFFSET 0) AS l
                ON true
            """,
        parameterTypes: [PostgresType.textArray, PostgresType.uuidArray])

    static let workflowRuns = Statement(
        name: "workflow_runs_made",
        sql: """
            SELECT k.event, k.rule
            FROM unnest($1, $2) AS k (event, rule)
            CROSS JOIN LATERAL (
                SELECT FROM workflow_runs AS w WHERE w.event = k.event AND w.rule = k.rule
                OFFSET 0) AS w
            """,
        parameterTypes: [PostgresType.uuidArray, PostgresType.textArray])
}
