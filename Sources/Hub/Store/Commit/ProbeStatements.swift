// After a lock time-out: what of a batch's facts is locked by somebody else. The same loads, but
// skipping what is locked; whatever they lock is let go at once by the ROLLBACK that follows.

/// The SQL of a probe.
enum ProbeStatements {
    /// Keys whose row somebody else has inserted without having committed: their places, from 1.
    static let keys = Statement(
        name: "probe_keys", sql: "SELECT idempotency_keys_locked($1, $2)",
        parameterTypes: [PostgresType.textArray, PostgresType.textArray])

    /// Processors whose row is locked.
    static let processors = Statement(
        name: "probe_processors",
        sql: """
            WITH free AS MATERIALIZED (
                SELECT r.name FROM unnest($1) AS k (name)
                CROSS JOIN LATERAL (
                    SELECT r.name FROM processors AS r WHERE r.name = k.name
                    FOR NO KEY UPDATE SKIP LOCKED) AS r)
            SELECT k.name FROM unnest($1) AS k (name)
            WHERE (SELECT true FROM processors AS r WHERE r.name = k.name) IS NOT NULL
            EXCEPT SELECT name FROM free
            """,
        parameterTypes: [PostgresType.textArray])
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
