// Tasks and feedback as rows. The lead behind a task is found once, when the task is made, so that
// consent is found in one step later.

import Domain

/// Reading and writing tasks.
enum TaskRow {
    /// The columns in the order that `task` reads, of a table named `r`.
    static let columns = """
        r.id, r.title, r.subject, r.assignee, r.due, r.priority, r.status, r.description, \
        r.origin_rule, r.origin_event, r.version, r.created_at, r.updated_at, r.lead_id
        """

    /// The task of a row that starts with `columns`.
    static func task(_ result: PostgresResult, _ row: Int) -> Domain.Task {
        let origin = result.optionalText(row, 8).map {
            TaskOrigin(rule: $0, eventID: result.uuid(row, 9))
        }
        var task = Domain.Task(
            id: result.uuid(row, 0), title: result.text(row, 1),
            subject: result.optionalText(row, 2), assignee: result.optionalText(row, 3),
            due: result.optionalTimestamp(row, 4), priority: result.word(row, 5),
            status: result.word(row, 6), description: result.optionalText(row, 7),
            origin: origin, version: Int(result.int64(row, 10)),
            createdAt: result.timestamp(row, 11), updatedAt: result.timestamp(row, 12))
        task.leadID = result.optionalUUID(row, 13)
        return task
    }

    static let writer = RowWriter(
        "tasks",
        [
            RowColumn("id", PostgresType.uuidArray), RowColumn("title", PostgresType.textArray),
            RowColumn("subject", PostgresType.textArray),
            RowColumn("assignee", PostgresType.textArray),
            RowColumn("due", PostgresType.timestamptzArray),
            RowColumn("priority", PostgresType.textArray),
            RowColumn("status", PostgresType.textArray),
            RowColumn("description", PostgresType.textArray),
            RowColumn("origin_rule", PostgresType.textArray),
            RowColumn("origin_event", PostgresType.uuidArray),
            RowColumn("version", PostgresType.int4Array),
            RowColumn("created_at", PostgresType.timestamptzArray),
            RowColumn("updated_at", PostgresType.timestamptzArray),
            RowColumn("deleted_at", PostgresType.timestamptzArray),
        ], also: [(name: "lead_id", sql: leadBehind)])

    /// The lead of what the task is about, which was written before it.
    private static let leadBehind = """
        (SELECT b.lead_id FROM (
            SELECT split_part(k.subject, '/', 1) AS kind,
                CASE WHEN k.subject ~ '/[-0-9a-f]{36}$'
                    THEN split_part(k.subject, '/', 2)::uuid END AS id) AS s
            CROSS JOIN LATERAL (\(SubjectSQL.leadBehind(kind: "s.kind", id: "s.id"))) AS b)
        """

    /// The rows as arrays, in the order of the writer's columns.
    static func parameters(_ rows: [Domain.Task]) -> [Parameter] {
        [
            .uuids(rows.map(\.id)), .texts(rows.map(\.title)), .texts(rows.map(\.subject)),
            .texts(rows.map(\.assignee)), .timestamptzs(rows.map(\.due)),
            .texts(rows.map(\.priority.rawValue)), .texts(rows.map(\.status.rawValue)),
            .texts(rows.map(\.description)), .texts(rows.map { $0.origin?.rule }),
            .uuids(rows.map { $0.origin?.eventID }), .int4s(rows.map { Int32($0.version) }),
            .timestamptzs(rows.map(\.createdAt)), .timestamptzs(rows.map(\.updatedAt)),
            .timestamptzs(rows.map(\.deletedAt)),
        ]
    }
}

/// Reading and writing feedback.
enum FeedbackRow {
    /// The columns in the order that `feedback` reads, of a table named `r`.
    static let columns =
        "r.id, r.subject, r.lead_id, r.rating, r.reward, r.comment, r.actor, r.created_at"

    /// The feedback of a row that starts with `columns`.
    static func feedback(_ result: PostgresResult, _ row: Int) -> FeedbackRecord {
        guard let subject = Subject(result.text(row, 1)) else {
            preconditionFailure("feedback is about a thing with an id")
        }
        return FeedbackRecord(
            id: result.uuid(row, 0), subject: subject, leadID: result.optionalUUID(row, 2),
            rating: result.isNull(row, 3) ? nil : Int(result.int64(row, 3)),
            reward: result.isNull(row, 4) ? nil : result.float64(row, 4),
            comment: result.optionalText(row, 5), actor: result.text(row, 6),
            createdAt: result.timestamp(row, 7))
    }

    static let writer = RowWriter(
        "feedback",
        [
            RowColumn("id", PostgresType.uuidArray), RowColumn("subject", PostgresType.textArray),
            RowColumn("lead_id", PostgresType.uuidArray),
            RowColumn("rating", PostgresType.int2Array),
            RowColumn("reward", PostgresType.float8Array),
            RowColumn("comment", PostgresType.textArray),
            RowColumn("actor", PostgresType.textArray),
            RowColumn("created_at", PostgresType.timestamptzArray),
        ])

    /// The rows as arrays, in the order of the writer's columns.
    static func parameters(_ rows: [FeedbackRecord]) -> [Parameter] {
        [
            .uuids(rows.map(\.id)), .texts(rows.map(\.subject.text)), .uuids(rows.map(\.leadID)),
            .int2s(rows.map { $0.rating.map { Int16(clamping: $0) } }),
            .float8s(rows.map(\.reward)), .texts(rows.map(\.comment)), .texts(rows.map(\.actor)),
            .timestamptzs(rows.map(\.createdAt)),
        ]
    }
}
