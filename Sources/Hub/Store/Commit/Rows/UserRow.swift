// People who sign in, and their sessions, as rows.

import Domain

/// Reading and writing users.
enum UserRow {
    /// The columns in the order that `user` reads, of a table named `r`.
    static let columns = """
        r.id, r.name, r.roles, r.teams, r.active, r.password_hash, r.sessions_since, r.version, \
        r.created_at, r.updated_at
        """

    /// The user of a row that starts with `columns`.
    static func user(_ result: PostgresResult, _ row: Int) -> User {
        User(
            id: result.uuid(row, 0), name: result.text(row, 1),
            roles: RoleSet(result.texts(row, 2).compactMap { Role(rawValue: $0) }),
            teams: result.texts(row, 3), isActive: result.bool(row, 4),
            passwordHash: result.text(row, 5), sessionsSince: result.timestamp(row, 6),
            version: Int(result.int64(row, 7)), createdAt: result.timestamp(row, 8),
            updatedAt: result.timestamp(row, 9))
    }

    static let writer = RowWriter(
        "users",
        [
            RowColumn("id", PostgresType.uuidArray), RowColumn("name", PostgresType.textArray),
            RowColumn("roles", PostgresType.textArray, cast: "text[]"),
            RowColumn("teams", PostgresType.textArray, cast: "text[]"),
            RowColumn("active", PostgresType.boolArray),
            RowColumn("password_hash", PostgresType.textArray),
            RowColumn("sessions_since", PostgresType.timestamptzArray),
            RowColumn("version", PostgresType.int4Array),
            RowColumn("created_at", PostgresType.timestamptzArray),
            RowColumn("updated_at", PostgresType.timestamptzArray),
        ])

    /// The rows as arrays, in the order of the writer's columns.
    static func parameters(_ rows: [User]) -> [Parameter] {
        [
            .uuids(rows.map(\.id)), .texts(rows.map(\.name)),
            .texts(utf8: rows.map { ArrayText.of($0.roles.roles.map(\.rawValue)) }),
            .texts(utf8: rows.map { ArrayText.of($0.teams) }), .bools(rows.map(\.isActive)),
            .texts(rows.map(\.passwordHash)), .timestamptzs(rows.map(\.sessionsSince)),
            .int4s(rows.map { Int32($0.version) }), .timestamptzs(rows.map(\.createdAt)),
            .timestamptzs(rows.map(\.updatedAt)),
        ]
    }
}

/// Reading and writing sessions.
enum UserSessionRow {
    /// The columns in the order that `session` reads, of a table named `r`.
    static let columns = """
        r.id, r.user_id, r.user_name, r.generation, r.address, r.agent, r.created_at, \
        r.refreshed_at, r.expires_at, r.ended_at, r.end_reason
        """

    /// The session of a row that starts with `columns`.
    static func session(_ result: PostgresResult, _ row: Int) -> UserSession {
        UserSession(
            id: result.uuid(row, 0), userID: result.uuid(row, 1), userName: result.text(row, 2),
            generation: Int(result.int64(row, 3)), address: result.text(row, 4),
            agent: result.optionalText(row, 5), createdAt: result.timestamp(row, 6),
            refreshedAt: result.timestamp(row, 7), expiresAt: result.timestamp(row, 8),
            endedAt: result.optionalTimestamp(row, 9),
            end: result.optionalText(row, 10).flatMap { SessionEnd(rawValue: $0) })
    }

    static let writer = RowWriter(
        "user_sessions",
        [
            RowColumn("id", PostgresType.uuidArray), RowColumn("user_id", PostgresType.uuidArray),
            RowColumn("user_name", PostgresType.textArray),
            RowColumn("generation", PostgresType.int4Array),
            RowColumn("address", PostgresType.textArray),
            RowColumn("agent", PostgresType.textArray),
            RowColumn("created_at", PostgresType.timestamptzArray),
            RowColumn("refreshed_at", PostgresType.timestamptzArray),
            RowColumn("expires_at", PostgresType.timestamptzArray),
            RowColumn("ended_at", PostgresType.timestamptzArray),
            RowColumn("end_reason", PostgresType.textArray),
        ])

    /// The rows as arrays, in the order of the writer's columns.
    static func parameters(_ rows: [UserSession]) -> [Parameter] {
        [
            .uuids(rows.map(\.id)), .uuids(rows.map(\.userID)), .texts(rows.map(\.userName)),
            .int4s(rows.map { Int32(clamping: $0.generation) }), .texts(rows.map(\.address)),
            .texts(rows.map(\.agent)), .timestamptzs(rows.map(\.createdAt)),
            .timestamptzs(rows.map(\.refreshedAt)), .timestamptzs(rows.map(\.expiresAt)),
            .timestamptzs(rows.map(\.endedAt)), .texts(rows.map { $0.end?.rawValue }),
        ]
    }
}
