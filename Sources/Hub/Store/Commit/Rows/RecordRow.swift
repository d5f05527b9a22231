// Decisions, messages and entries of the unified log as rows.

import Domain
import Wire

/// Reading and writing decisions.
enum DecisionRow {
    /// The columns that are read, of a table named `r`.
    static let columns = "r.id, r.body"

    /// The decision of a row that starts with `columns`.
    static func decision(_ result: PostgresResult, _ row: Int) -> DecisionText {
        DecisionText(id: result.uuid(row, 0), text: result.bytes(row, 1))
    }

    static let writer = RowWriter(
        "decisions",
        [
            RowColumn("id", PostgresType.uuidArray), RowColumn("subject", PostgresType.textArray),
            RowColumn("lead_id", PostgresType.uuidArray),
            RowColumn("mode", PostgresType.textArray), RowColumn("action", PostgresType.textArray),
            RowColumn("body", PostgresType.textArray),
        ])

    /// The rows as arrays, in the order of the writer's columns.
    static func parameters(_ rows: [DecisionRecord]) -> [Parameter] {
        let bodies = rows.map { record in
            var writer = JSONWriter(reserving: 1_024)
            DecisionJSON.append(record, to: &writer)
            return writer.bytes
        }
        return [
            .uuids(rows.map(\.id)), .texts(rows.map(\.subject.text)), .uuids(rows.map(\.leadID)),
            .texts(rows.map(\.mode.rawValue)), .texts(rows.map(\.agent.action)),
            .texts(utf8: bodies),
        ]
    }
}

/// Reading and writing messages.
enum NotificationRow {
    /// The columns in the order that `notification` reads, of a table named `r`.
    static let columns = """
        r.id, r.recipient, r.category, r.title, r.body, r.subject, r.created_at, r.seen_at, \
        r.read_at, r.archived_at
        """

    /// The message of a row that starts with `columns`.
    static func notification(_ result: PostgresResult, _ row: Int) -> Notification {
        Notification(
            id: result.uuid(row, 0), recipient: result.text(row, 1),
            category: result.text(row, 2), title: result.text(row, 3), body: result.text(row, 4),
            subject: result.optionalText(row, 5), createdAt: result.timestamp(row, 6),
            seenAt: result.optionalTimestamp(row, 7), readAt: result.optionalTimestamp(row, 8),
            archivedAt: result.optionalTimestamp(row, 9))
    }

    static let writer = RowWriter(
        "notifications",
        [
            RowColumn("id", PostgresType.uuidArray),
            RowColumn("recipient", PostgresType.textArray),
            RowColumn("category", PostgresType.textArray),
            RowColumn("title", PostgresType.textArray), RowColumn("body", PostgresType.textArray),
            RowColumn("subject", PostgresType.textArray),
            RowColumn("created_at", PostgresType.timestamptzArray),
            RowColumn("seen_at", PostgresType.timestamptzArray),
            RowColumn("read_at", PostgresType.timestamptzArray),
            RowColumn("archived_at", PostgresType.timestamptzArray),
        ])

    /// The rows as arrays, in the order of the writer's columns.
    static func parameters(_ rows: [Notification]) -> [Parameter] {
        [
            .uuids(rows.map(\.id)), .texts(rows.map(\.recipient)), .texts(rows.map(\.category)),
            .texts(rows.map(\.title)), .texts(rows.map(\.body)), .texts(rows.map(\.subject)),
            .timestamptzs(rows.map(\.createdAt)), .timestamptzs(rows.map(\.seenAt)),
            .timestamptzs(rows.map(\.readAt)), .timestamptzs(rows.map(\.archivedAt)),
        ]
    }
}

/// Reading and writing entries of the unified log.
enum LogRow {
    /// The columns in the order that `entry` reads, of a table named `r`.
    static let columns = """
        r.id, r.timestamp, r.level, r.module, r.event_type, r.message, r.user_id, r.task_id, \
        r.trace_id, r.subject, r.position, r.data
        """

    /// The entry of a row whose `columns` begin at a column, and its data.
    static func entry(
        _ result: PostgresResult, _ row: Int, from first: Int = 0
    ) -> StoredRecord {
        let entry = LogEntry(
            id: result.uuid(row, first), time: result.timestamp(row, first + 1),
            level: result.word(row, first + 2), module: result.word(row, first + 3),
            eventType: result.text(row, first + 4), message: result.text(row, first + 5),
            userID: result.optionalText(row, first + 6),
            taskID: result.optionalText(row, first + 7), traceID: result.text(row, first + 8),
            subject: result.optionalText(row, first + 9),
            position: result.isNull(row, first + 10) ? nil : result.position(row, first + 10),
            data: nil)
        return .log(
            entry, data: result.isNull(row, first + 11) ? nil : result.bytes(row, first + 11))
    }

    /// The types of `parameters`.
    static let types = [
        PostgresType.uuidArray, PostgresType.timestamptzArray, PostgresType.textArray,
        PostgresType.textArray, PostgresType.textArray, PostgresType.textArray,
        PostgresType.textArray, PostgresType.textArray, PostgresType.textArray,
        PostgresType.textArray, PostgresType.int8Array, PostgresType.textArray,
    ]

    /// The rows as arrays, in the order in which the head's statement takes them.
    static func parameters(_ rows: [LogEntry]) -> [Parameter] {
        [
            .uuids(rows.map(\.id)), .timestamptzs(rows.map(\.time)),
            .texts(rows.map(\.level.rawValue)), .texts(rows.map(\.module.rawValue)),
            .texts(rows.map(\.eventType)), .texts(rows.map { TextColumn.storable($0.message) }),
            .texts(rows.map { $0.userID.map(TextColumn.storable) }),
            .texts(rows.map { $0.taskID.map(TextColumn.storable) }), .texts(rows.map(\.traceID)),
            .texts(rows.map(\.subject)),
            .int8s(rows.map { $0.position.map { Int64(clamping: $0) } }),
            .texts(utf8: rows.map { $0.data?.text }),
        ]
    }
}

/// Texts that come from payloads may hold U+0000, which no column takes.
enum TextColumn {
    /// The text with U+FFFD in its place.
    static func storable(_ text: String) -> String {
        guard text.utf8.contains(0) else { return text }
        var clean = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { clean.append(scalar.value == 0 ? "\u{FFFD}" : scalar) }
        return String(clean)
    }
}
