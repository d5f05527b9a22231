// What is deleted once it is too old to matter, and from when on. Pure: the time is an argument.

import Domain

/// A kind of rows that are deleted when they are old.
enum Expiry: String, CaseIterable, Sendable {
    /// Answers that a retry would be given again.
    case keptAnswers = "idempotency"
    /// Tokens of this hub's sessions that were taken back and have run out since.
    ///
    /// Only of those it is known how long they lived.
    case sessionTokens = "revocations"
    /// Sessions that are long over; until then they tell where their user has signed in from.
    case sessions = "user_sessions"

    /// How many rows one statement deletes.
    static let pieceRows = 1_000
    /// Access tokens may have lived so long before the setting was changed.
    private static let tokenMarginSeconds: Int64 = 86_400

    /// Rows from before then are deleted.
    func limit(_ configuration: StoreConfiguration, at now: Timestamp) -> Timestamp {
        let keptSeconds: Int64 =
            switch self {
            case .keptAnswers: Int64(configuration.idempotencyKeptHours) * 3_600
            case .sessionTokens: configuration.accessLifetimeSeconds + Expiry.tokenMarginSeconds
            case .sessions: Int64(configuration.sessionsKeptDays) * 86_400
            }
        return Timestamp(milliseconds: now.milliseconds - keptSeconds * 1_000)
    }

    /// Deletes some rows that are older than `$1`; those that another instance holds are skipped.
    var deletion: Statement {
        Statement(
            name: "delete_old_" + rawValue,
            sql: """
                DELETE FROM \(rawValue) WHERE ctid = ANY (ARRAY(
                    SELECT r.ctid FROM \(rawValue) AS r WHERE \(condition)
                    LIMIT \(Expiry.pieceRows) FOR UPDATE SKIP LOCKED))
                """,
            parameterTypes: [PostgresType.timestamptz])
    }

    private var condition: String {
        switch self {
        case .keptAnswers: "r.created_at < $1"
        case .sessionTokens:
            """
            r.claim = 'sid' AND r.revoked_at < $1 AND EXISTS (
                SELECT FROM user_sessions AS s
                WHERE s.id = CASE WHEN r.name ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                    THEN r.name::uuid END)
            """
        case .sessions:
            """
            coalesce(r.ended_at, r.expires_at) < $1 AND NOT EXISTS (
                SELECT FROM revocations AS v WHERE v.claim = 'sid' AND v.name = r.id::text)
            """
        }
    }
}
