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

    /// Sessions of users that were opened before are over.
    static let endUsersSessions = Statement(
        name: "end_users_sessions",
        sql: """
            UPDATE users AS u SET sessions_since = greatest(u.sessions_since, k.time),
                version = u.version + 1, updated_at = greatest(u.updated_at, k.time)
            FROM unnest($1, $2) AS k (name, time) WHERE u.name = k.name
            """,
        parameterTypes: [PostgresType.textArray, PostgresType.timestamptzArray])

    /// Sessions are over.
    static let endSessions = Statement(
        name: "end_sessions",
        sql: """
            UPDATE user_sessions AS s SET ended_at = k.time, end_reason = 'signed_out'
            FROM unnest($1, $2) AS k (id, time) WHERE s.id = k.id AND s.ended_at IS NULL
            """,
        parameterTypes: [PostgresType.uuidArray, PostgresType.timestamptzArray])

    static func userParameters(_ revocations: [Revocation]) -> [Parameter] {
        var latest: [ExactText: Timestamp] = [:]
        for revocation in revocations {
            guard case .subject(let name) = revocation.tokens else { continue }
            latest[name] = revocation.time
        }
        let names = latest.keys.sorted()
        return [.texts(names.map(\.text)), .timestamptzs(names.map { latest[$0] })]
    }

    static func sessionParameters(_ revocations: [Revocation]) -> [Parameter] {
        var latest: [UniqueID: Timestamp] = [:]
        for revocation in revocations {
            guard case .session(let name) = revocation.tokens, let id = UniqueID(name.text) else {
                continue
            }
            latest[id] = revocation.time
        }
        let ids = latest.keys.sorted()
        return [.uuids(ids), .timestamptzs(ids.map { latest[$0] })]
    }

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
