// Tokens that are taken back, written and read: in the order of commits, for they are numbered
// while the head is locked.

import Domain

/// The SQL of revocations.
enum RevocationStatements {
    /// The same tokens taken back again count from then on.
    static let revoke = Statement(
        name: "revoke",
        sql: """
            WITH head AS (UPDATE log_head SET access = access + 1 RETURNING access)
            INSERT INTO revocations AS r (claim, name, revoked_at, actor, number)
            SELECT k.claim, k.name, k.revoked_at, k.actor, head.access
            FROM head, unnest($1, $2, $3, $4) AS k (claim, name, revoked_at, actor)
            ON CONFLICT (claim, name) DO UPDATE SET
                revoked_at = greatest(r.revoked_at, EXCLUDED.revoked_at),
                actor = EXCLUDED.actor, number = EXCLUDED.number
            """,
        parameterTypes: [
            PostgresType.textArray, PostgresType.textArray, PostgresType.timestamptzArray,
            PostgresType.textArray,
        ])

    /// What was taken back after a number.
    static let after = Statement(
        name: "revocations_after",
        sql: """
            SELECT claim, name, actor, revoked_at, number FROM revocations
            WHERE number > $1 ORDER BY number
            """,
        parameterTypes: [PostgresType.int8])

    static func parameters(_ revocations: [Revocation]) -> [Parameter] {
        [
            .texts(revocations.map(\.tokens.claim)), .texts(revocations.map(\.tokens.name)),
            .timestamptzs(revocations.map(\.time)), .texts(revocations.map(\.actor)),
        ]
    }

    /// The rows of `after`.
    static func revocations(_ result: PostgresResult) -> [Revocation] {
        (0..<result.rowCount).compactMap { row in
            RevokedTokens(claim: result.text(row, 0), name: result.text(row, 1)).map {
                Revocation(
                    tokens: $0, actor: result.text(row, 2), time: result.timestamp(row, 3))
            }
        }
    }
}
