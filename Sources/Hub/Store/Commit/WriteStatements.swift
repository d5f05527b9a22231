// The second flight of a batch: all writes, set-based, and COMMIT. Nothing in it waits for a
// reply, so the lock on the head row, taken last, is held by Postgres alone over that statement
// and the commit. Rows to update are found by key, then by their place: this transaction has them
// locked, so they don't move, and the planner can't decide to read the whole table instead.

/// The SQL of the writes.
enum WriteStatements {
    /// Before the inserts, for a changed lead may free what a new one takes.
    static let updateLeads = Statement(
        name: "update_leads",
        sql: """
            UPDATE leads AS l SET
                name = k.name, email = k.email, email_normal = k.email_normal, phone = k.phone,
                phone_normal = k.phone_normal, company = k.company, source = k.source,
                owner = k.owner, team = k.team, tags = k.tags::text[], score = k.score,
                status = k.status, duplicate_allowed = k.duplicate_allowed, version = k.version,
                created_at = k.created_at, updated_at = k.updated_at
            FROM \(leadRows)
            CROSS JOIN LATERAL (
                SELECT l.ctid AS place FROM leads AS l WHERE l.id = k.id OFFSET 0) AS found
            WHERE l.ctid = found.place
            """,
        parameterTypes: leadTypes)

    static let insertLeads = Statement(
        name: "insert_leads",
        sql: """
            INSERT INTO leads (
                id, name, email, email_normal, phone, phone_normal, company, source, owner, team,
                tags, score, status, duplicate_allowed, version, created_at, updated_at)
            SELECT k.id, k.name, k.email, k.email_normal, k.phone, k.phone_normal, k.company,
                k.source, k.owner, k.team, k.tags::text[], k.score, k.status,
                k.duplicate_allowed, k.version, k.created_at, k.updated_at
            FROM \(leadRows)
            """,
        parameterTypes: leadTypes)

    private static let leadRows = """
        unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) AS k (
            id, name, email, email_normal, phone, phone_normal, company, source, owner, team,
            tags, score, status, duplicate_allowed, version, created_at, updated_at)
        """

    private static let leadTypes =
        [PostgresType.uuidArray]
        + Array(repeating: PostgresType.textArray, count: 10)
        + [
            PostgresType.float8Array, PostgresType.textArray, PostgresType.boolArray,
            PostgresType.int4Array, PostgresType.timestamptzArray, PostgresType.timestamptzArray,
        ]

    static let insertConsents = Statement(
        name: "insert_consents",
        sql: """
            INSERT INTO consents (id, subject, purpose, status, actor, recorded_at)
            SELECT k.id, k.subject, k.purpose, k.status, k.actor, k.recorded_at
            FROM unnest($1, $2, $3, $4, $5, $6)
                AS k (id, subject, purpose, status, actor, recorded_at)
            """,
        parameterTypes: [
            PostgresType.uuidArray, PostgresType.textArray, PostgresType.textArray,
            PostgresType.textArray, PostgresType.textArray, PostgresType.timestamptzArray,
        ])

    static let upsertConsentsNow = Statement(
        name: "upsert_consents_now",
        sql: """
            INSERT INTO consent_now (subject, purpose, status)
            SELECT k.subject, k.purpose, k.status
            FROM unnest($1, $2, $3) AS k (subject, purpose, status)
            ON CONFLICT (subject, purpose) DO UPDATE SET status = EXCLUDED.status
            """,
        parameterTypes: [
            PostgresType.textArray, PostgresType.textArray, PostgresType.textArray,
        ])

    static let insertSources = Statement(
        name: "insert_event_sources",
        sql: """
            INSERT INTO event_sources (source, id, event)
            SELECT k.source, k.id, k.event FROM unnest($1, $2, $3) AS k (source, id, event)
            """,
        parameterTypes: [
            PostgresType.textArray, PostgresType.textArray, PostgresType.uuidArray,
        ])

    /// Moves the head and writes all that it numbers; gives the head as it was before.
    static let head = Statement(
        name: "head",
        sql: """
            WITH head AS (
                UPDATE log_head SET position = position + $1, audit = audit + $2
                RETURNING position - $1 AS position, audit - $2 AS audit
            ), logged AS (
                INSERT INTO events (position, id, name, subject, unified, body)
                SELECT head.position + e.number, e.id, e.name, e.subject, e.unified, e.body
                FROM head, unnest($3, $4, $5, $6, $7) WITH ORDINALITY
                    AS e (id, name, subject, unified, body, number)
            ), audited AS (
                INSERT INTO audit_logs (
                    number, id, user_id, action, resource, timestamp, success, layer, reason,
                    trace_id, count)
                SELECT head.audit + a.number, a.id, a.user_id, a.action, a.resource, a.timestamp,
                    a.success, a.layer, a.reason, a.trace_id, a.count
                FROM head, unnest($8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
                    WITH ORDINALITY
                    AS a (id, user_id, action, resource, timestamp, success, layer, reason,
                        trace_id, count, number)
            ), kept AS (
                UPDATE idempotency AS i SET
                    status = k.status, position = head.position + k.event, answer = k.answer
                FROM unnest($18, $19, $20, $21, $22)
                    AS k (principal, key, status, event, answer)
                CROSS JOIN LATERAL (
                    SELECT i.ctid AS place FROM idempotency AS i
                    WHERE i.principal = k.principal AND i.key = k.key OFFSET 0) AS found
                CROSS JOIN head
                WHERE i.ctid = found.place
            )
            SELECT position, audit FROM head
            """,
        parameterTypes: [
            PostgresType.int8, PostgresType.int8, PostgresType.uuidArray, PostgresType.textArray,
            PostgresType.textArray, PostgresType.boolArray, PostgresType.textArray,
            PostgresType.uuidArray, PostgresType.textArray, PostgresType.textArray,
            PostgresType.textArray, PostgresType.timestamptzArray, PostgresType.boolArray,
            PostgresType.textArray, PostgresType.textArray, PostgresType.textArray,
            PostgresType.int4Array, PostgresType.textArray, PostgresType.textArray,
            PostgresType.int2Array, PostgresType.int4Array, PostgresType.textArray,
        ])

    /// Tells the other instances where the head is.
    static let notify = Statement(
        name: "notify_head",
        sql: "SELECT pg_notify('hub_head', position::text) FROM log_head")

    static let commit = Statement(name: "commit", sql: "COMMIT")
    static let rollback = Statement(name: "rollback", sql: "ROLLBACK")
}
