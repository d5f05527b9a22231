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

    /// Stands in for the row of a pair that has none yet, so that a first withdrawal can't slip
    /// between the look and the commit.
    static let lockPairs = Statement(
        name: "lock_pairs",
        sql: """
            SELECT CASE WHEN p.writes THEN pg_advisory_xact_lock(p.hash)
                ELSE pg_advisory_xact_lock_shared(p.hash) END
            FROM (\(pairsWithoutRow)) AS p
            """,
        parameterTypes: [PostgresType.textArray, PostgresType.textArray, PostgresType.boolArray])

    /// The pairs without a record: each hash once, sorted, and whether the batch writes it.
    static let pairsWithoutRow = """
        SELECT hashtextextended(k.subject || ' ' || k.purpose, 0) AS hash,
            bool_or(k.writes) AS writes
        FROM unnest($1, $2, $3) AS k (subject, purpose, writes)
        WHERE (SELECT true FROM consent_now AS c
            WHERE c.subject = k.subject AND c.purpose = k.purpose) IS NULL
        GROUP BY 1 ORDER BY 1
        """

    /// What the records say, for a batch that only looks at them.
    static let consents = Statement(
        name: "consents", sql: consentsSQL(lock: "FOR SHARE"),
        parameterTypes: [PostgresType.textArray, PostgresType.textArray])

    /// The same for a batch that writes some: a lock that was shared first could deadlock when it
    /// is raised.
    static let consentsToWrite = Statement(
        name: "consents_to_write", sql: consentsSQL(lock: "FOR NO KEY UPDATE"),
        parameterTypes: [PostgresType.textArray, PostgresType.textArray])

    /// The records of `$1` subjects and `$2` purposes, locked in their order.
    static func consentsSQL(lock: String) -> String {
        """
        SELECT c.subject, c.purpose, c.status
        FROM (
            SELECT subject, purpose FROM unnest($1, $2) AS k (subject, purpose)
            ORDER BY subject COLLATE "C", purpose COLLATE "C") AS k
        CROSS JOIN LATERAL (
            SELECT * FROM consent_now AS c
            WHERE c.subject = k.subject AND c.purpose = k.purpose
            \(lock)) AS c
        """
    }

    static let leads = Statement(
        name: "leads_to_change",
        sql: """
            SELECT \(LeadRow.columns)
            FROM (SELECT id FROM unnest($1) AS k (id) ORDER BY id) AS k
            CROSS JOIN LATERAL (
                SELECT * FROM leads AS l WHERE l.id = k.id AND l.deleted_at IS NULL
                FOR NO KEY UPDATE) AS l
            """,
        parameterTypes: [PostgresType.uuidArray])

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
}
