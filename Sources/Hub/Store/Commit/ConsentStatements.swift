// Consent in the first flight. A need names a subject, or a thing whose lead is the subject; that a
// thing's lead never changes lets each statement find it anew. Pairs without a record are locked
// by their hash, records by their row, both in one order.

/// The SQL of consent.
enum ConsentStatements {
    /// `$1` subjects, `$2` kinds and `$3` ids of things, `$4` purposes, `$5` whether written.
    static let types = [
        PostgresType.textArray, PostgresType.textArray, PostgresType.uuidArray,
        PostgresType.textArray, PostgresType.boolArray,
    ]

    /// The pairs that are needed, each with the number of its need, from 1.
    static let pairs = """
        (SELECT s.subject, k.purpose, k.writes, k.number
        FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY
            AS k (subject, kind, id, purpose, writes, number)
        CROSS JOIN LATERAL (
            SELECT k.subject WHERE k.subject IS NOT NULL
            UNION ALL
            SELECT 'leads/' || b.lead_id FROM (
                \(SubjectSQL.leadBehind(kind: "k.kind", id: "k.id"))) AS b
            WHERE b.lead_id IS NOT NULL
            OFFSET 0) AS s (subject))
        """

    /// Stands in for the row of a pair that has none yet, so that a first withdrawal can't slip
    /// between the look and the commit.
    static let lockPairs = Statement(
        name: "lock_pairs",
        sql: """
            SELECT CASE WHEN p.writes THEN pg_advisory_xact_lock(p.hash)
                ELSE pg_advisory_xact_lock_shared(p.hash) END
            FROM (\(pairsWithoutRow)) AS p
            """,
        parameterTypes: types)

    /// The pairs without a record: each hash once, sorted, and whether the batch writes it.
    static let pairsWithoutRow = """
        SELECT hashtextextended(k.subject || ' ' || k.purpose, 0) AS hash,
            bool_or(k.writes) AS writes
        FROM \(pairs) AS k
        WHERE (SELECT true FROM consent_now AS c
            WHERE c.subject = k.subject AND c.purpose = k.purpose) IS NULL
        GROUP BY 1 ORDER BY 1
        """

    /// What the records say, for a batch that only looks at them.
    static let consents = Statement(
        name: "consents", sql: records(lock: "FOR SHARE"), parameterTypes: types)

    /// The same for a batch that writes some: a lock that was shared first could deadlock when it
    /// is raised.
    static let consentsToWrite = Statement(
        name: "consents_to_write", sql: records(lock: "FOR NO KEY UPDATE"),
        parameterTypes: types)

    /// The records of the pairs, locked in their order.
    static func records(lock: String) -> String {
        """
        SELECT c.subject, c.purpose, c.status
        FROM (
            SELECT k.subject, k.purpose FROM \(pairs) AS k GROUP BY 1, 2
            ORDER BY k.subject COLLATE "C", k.purpose COLLATE "C") AS k
        CROSS JOIN LATERAL (
            SELECT * FROM consent_now AS c
            WHERE c.subject = k.subject AND c.purpose = k.purpose
            \(lock)) AS c
        """
    }

    /// Needs whose pair's place is locked: their numbers.
    static let probePairs = Statement(
        name: "probe_pairs",
        sql: """
            SELECT k.number FROM \(pairs) AS k
            JOIN (\(pairsWithoutRow)) AS p
                ON p.hash = hashtextextended(k.subject || ' ' || k.purpose, 0)
            WHERE NOT CASE WHEN k.writes THEN pg_try_advisory_xact_lock(p.hash)
                ELSE pg_try_advisory_xact_lock_shared(p.hash) END
            """,
        parameterTypes: types)

    /// Needs whose record is locked against a look: their numbers.
    static let probeConsents = Statement(
        name: "probe_consents", sql: probe(lock: "FOR SHARE"), parameterTypes: types)

    /// Needs whose record is locked against a write: their numbers.
    static let probeConsentsToWrite = Statement(
        name: "probe_consents_to_write", sql: probe(lock: "FOR NO KEY UPDATE"),
        parameterTypes: types)

    private static func probe(lock: String) -> String {
        """
        WITH free AS MATERIALIZED (\(records(lock: lock + " SKIP LOCKED")))
        SELECT k.number FROM \(pairs) AS k
        WHERE (SELECT true FROM consent_now AS c
            WHERE c.subject = k.subject AND c.purpose = k.purpose) IS NOT NULL
            AND NOT EXISTS (SELECT FROM free AS f
                WHERE f.subject = k.subject AND f.purpose = k.purpose)
        """
    }
}
