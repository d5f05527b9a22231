// The second flight of a batch: all writes, set-based, and COMMIT. Nothing in it waits for a
// reply, so the lock on the head row, taken last, is held by Postgres alone over that statement
// and the commit. Rows to update are found by key, then by their place: this transaction has them
// locked, so they don't move, and the planner can't decide to read the whole table instead.

/// The SQL of the writes.
enum WriteStatements {
    /// `$4` counts the scores that each one stands for.
    static let scoreLeads = Statement(
        name: "score_leads",
        sql: """
            UPDATE leads AS l SET
                score = k.score, score_factors = k.factors,
                score_version = l.score_version + k.count
            FROM unnest($1, $2, $3, $4) AS k (id, score, factors, count)
            CROSS JOIN LATERAL (
                SELECT l.ctid AS place FROM leads AS l WHERE l.id = k.id OFFSET 0) AS found
            WHERE l.ctid = found.place
            """,
        parameterTypes: [
            PostgresType.uuidArray, PostgresType.float8Array, PostgresType.textArray,
            PostgresType.int4Array,
        ])

    static let upsertBranches = Statement(
        name: "upsert_event_branches",
        sql: """
            INSERT INTO event_branches (event, branch, state, result)
            SELECT k.event, k.branch, k.state, k.result
            FROM unnest($1, $2, $3, $4) AS k (event, branch, state, result)
            ON CONFLICT (event, branch) DO UPDATE SET
                state = EXCLUDED.state, result = EXCLUDED.result
            """,
        parameterTypes: [
            PostgresType.uuidArray, PostgresType.textArray, PostgresType.textArray,
            PostgresType.textArray,
        ])

    static let insertRuns = Statement(
        name: "insert_workflow_runs",
        sql: """
            INSERT INTO workflow_runs (event, rule, rule_version, state, effects, reason, run_at)
            SELECT k.event, k.rule, k.rule_version, k.state, k.effects::text[], k.reason, k.run_at
            FROM unnest($1, $2, $3, $4, $5, $6, $7)
                AS k (event, rule, rule_version, state, effects, reason, run_at)
            """,
        parameterTypes: [
            PostgresType.uuidArray, PostgresType.textArray, PostgresType.int4Array,
            PostgresType.textArray, PostgresType.textArray, PostgresType.textArray,
            PostgresType.timestamptzArray,
        ])

    static let moveCursors = Statement(
        name: "move_cursors",
        sql: """
            UPDATE processors AS p SET cursor = k.cursor
            FROM unnest($1, $2) AS k (name, cursor)
            CROSS JOIN LATERAL (
                SELECT p.ctid AS place FROM processors AS p WHERE p.name = k.name OFFSET 0
            ) AS found
            WHERE p.ctid = found.place
            """,
        parameterTypes: [PostgresType.textArray, PostgresType.int8Array])

    static let setLeases = Statement(
        name: "set_leases",
        sql: """
            UPDATE processors AS p SET
                lease = k.lease, holder = k.holder, leased_until = k.leased_until
            FROM unnest($1, $2, $3, $4) AS k (name, lease, holder, leased_until)
            CROSS JOIN LATERAL (
                SELECT p.ctid AS place FROM processors AS p WHERE p.name = k.name OFFSET 0
            ) AS found
            WHERE p.ctid = found.place
            """,
        parameterTypes: [
            PostgresType.textArray, PostgresType.uuidArray, PostgresType.textArray,
            PostgresType.timestamptzArray,
        ])

    /// Keeps the latest three snapshots: one that can't be read has another behind it.
    static let saveModel = Statement(
        name: "save_model",
        sql: """
            WITH saved AS (
                INSERT INTO model_snapshots (position, version, bytes) VALUES ($1, $2, $3)
                ON CONFLICT DO NOTHING
            )
            DELETE FROM model_snapshots WHERE position < (
                SELECT position FROM model_snapshots ORDER BY position DESC OFFSET 1 LIMIT 1)
            """,
        parameterTypes: [PostgresType.int8, PostgresType.int8, PostgresType.bytea])

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
                UPDATE log_head SET
                    position = position + $1, audit = audit + $2, logs = logs + $23
                RETURNING position - $1 AS position, audit - $2 AS audit, logs - $23 AS logs
            ), logged AS (
                INSERT INTO events (
                    position, id, name, subject, unified, body, owner, team, holder, about)
                SELECT head.position + e.number, e.id, e.name, e.subject, e.unified, e.body,
                    e.owner, e.team, e.holder, e.about
                FROM head, unnest($3, $4, $5, $6, $7, $36, $37, $38, $39) WITH ORDINALITY
                    AS e (id, name, subject, unified, body, owner, team, holder, about, number)
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
            ), entered AS (
                INSERT INTO logs (
                    number, id, timestamp, level, module, event_type, message, user_id, task_id,
                    trace_id, subject, position, data)
                SELECT head.logs + l.number, l.id, l.timestamp, l.level, l.module, l.event_type,
                    l.message, l.user_id, l.task_id, l.trace_id, l.subject, l.position, l.data
                FROM head, unnest($24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35)
                    WITH ORDINALITY
                    AS l (id, timestamp, level, module, event_type, message, user_id, task_id,
                        trace_id, subject, position, data, number)
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
            PostgresType.int8,
        ] + LogRow.types
            + [
                PostgresType.textArray, PostgresType.textArray, PostgresType.textArray,
                PostgresType.uuidArray,
            ])

    /// Tells the other instances where the head is.
    static let notify = Statement(
        name: "notify_head",
        sql: "SELECT pg_notify('hub_head', position::text) FROM log_head")

    static let commit = Statement(name: "commit", sql: "COMMIT")
    static let rollback = Statement(name: "rollback", sql: "ROLLBACK")
}
