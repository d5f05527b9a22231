// After a lock time-out: what of a batch's facts is locked by somebody else. The same loads, but
// skipping what is locked; whatever they lock is let go at once by the ROLLBACK that follows.

/// The SQL of a probe.
enum ProbeStatements {
    /// Keys whose row somebody else has inserted without having committed: their places, from 1.
    static let keys = Statement(
        name: "probe_keys", sql: "SELECT idempotency_keys_locked($1, $2)",
        parameterTypes: [PostgresType.textArray, PostgresType.textArray])

    /// Pairs whose place is locked: `$1` subjects, `$2` purposes, `$3` whether to be written.
    static let pairs = Statement(
        name: "probe_pairs",
        sql: """
            SELECT k.subject, k.purpose
            FROM unnest($1, $2, $3) AS k (subject, purpose, writes)
            JOIN (\(LoadStatements.pairsWithoutRow)) AS p
                ON p.hash = hashtextextended(k.subject || ' ' || k.purpose, 0)
            WHERE NOT CASE WHEN k.writes THEN pg_try_advisory_xact_lock(p.hash)
                ELSE pg_try_advisory_xact_lock_shared(p.hash) END
            """,
        parameterTypes: [PostgresType.textArray, PostgresType.textArray, PostgresType.boolArray])

    /// Records that are locked against a look.
    static let consents = Statement(
        name: "probe_consents", sql: consentsSQL(lock: "FOR SHARE"),
        parameterTypes: [PostgresType.textArray, PostgresType.textArray])

    /// Records that are locked against a write.
    static let consentsToWrite = Statement(
        name: "probe_consents_to_write", sql: consentsSQL(lock: "FOR NO KEY UPDATE"),
        parameterTypes: [PostgresType.textArray, PostgresType.textArray])

    private static func consentsSQL(lock: String) -> String {
        """
        WITH free AS MATERIALIZED (\(LoadStatements.consentsSQL(lock: lock + " SKIP LOCKED")))
        SELECT k.subject, k.purpose
        FROM unnest($1, $2) AS k (subject, purpose)
        WHERE (SELECT true FROM consent_now AS c
            WHERE c.subject = k.subject AND c.purpose = k.purpose) IS NOT NULL
        EXCEPT SELECT subject, purpose FROM free
        """
    }

    /// Leads that are locked against a change.
    static let leads = Statement(
        name: "probe_leads",
        sql: """
            WITH free AS MATERIALIZED (
                SELECT l.id FROM unnest($1) AS k (id)
                CROSS JOIN LATERAL (
                    SELECT l.id FROM leads AS l WHERE l.id = k.id
                    FOR NO KEY UPDATE SKIP LOCKED) AS l)
            SELECT k.id FROM unnest($1) AS k (id)
            WHERE (SELECT true FROM leads AS l WHERE l.id = k.id) IS NOT NULL
            EXCEPT SELECT id FROM free
            """,
        parameterTypes: [PostgresType.uuidArray])
}

/// The SQL that finds out what became of a commit whose answer was lost.
enum ResolveStatements {
    /// Whether this is a standby, which can't know yet.
    static let isStandby = Statement(name: "is_standby", sql: "SELECT pg_is_in_recovery()")

    /// What became of the transaction with the name `$1`.
    ///
    /// An error when Postgres has not got so far.
    static let status = Statement(
        name: "transaction_status", sql: "SELECT pg_xact_status($1::text::xid8)",
        parameterTypes: [PostgresType.text])

    /// Whether a line of the audit trail is there: `$1` its id, `$2` a number that it is beyond.
    static let audit = Statement(
        name: "audit_by_id",
        sql: """
            SELECT a.number FROM audit_logs AS a
            WHERE a.number > greatest($2, (SELECT h.audit FROM log_head AS h) - 1000000)
                AND a.id = $1
            ORDER BY a.number DESC LIMIT 1
            """,
        parameterTypes: [PostgresType.uuid, PostgresType.int8])
}
