// What processors keep, as rows: cursors and leases, dead letters, runs of workflow rules.

import Domain

/// Reading processors.
enum ProcessorRow {
    /// The columns in the order that `processor` reads, of a table named `r`.
    static let columns = "r.name, r.cursor, r.lease, r.holder, r.leased_until"

    /// The processor of a row that starts with `columns`.
    static func processor(
        _ result: PostgresResult, _ row: Int
    ) -> (name: ProcessorName, state: ProcessorState) {
        (
            result.word(row, 0),
            ProcessorState(
                cursor: result.position(row, 1), lease: result.optionalUUID(row, 2),
                holder: result.optionalText(row, 3),
                leasedUntil: result.optionalTimestamp(row, 4))
        )
    }
}

/// Reading and writing dead letters.
enum DeadLetterRow {
    /// The columns in the order that `deadLetter` reads, of a table named `r`.
    static let columns = """
        r.id, r.processor, r.event, r.position, r.reason, r.attempts, r.state, r.created_at, \
        r.updated_at
        """

    /// The dead letter of a row that starts with `columns`.
    static func deadLetter(_ result: PostgresResult, _ row: Int) -> DeadLetter {
        DeadLetter(
            id: result.uuid(row, 0), processor: result.word(row, 1), eventID: result.uuid(row, 2),
            position: result.position(row, 3), reason: result.text(row, 4),
            attempts: Int(result.int64(row, 5)), state: result.word(row, 6),
            createdAt: result.timestamp(row, 7), updatedAt: result.timestamp(row, 8))
    }

    static let writer = RowWriter(
        "dead_letters",
        [
            RowColumn("id", PostgresType.uuidArray),
            RowColumn("processor", PostgresType.textArray),
            RowColumn("event", PostgresType.uuidArray),
            RowColumn("position", PostgresType.int8Array),
            RowColumn("reason", PostgresType.textArray),
            RowColumn("attempts", PostgresType.int4Array),
            RowColumn("state", PostgresType.textArray),
            RowColumn("created_at", PostgresType.timestamptzArray),
            RowColumn("updated_at", PostgresType.timestamptzArray),
        ])

    /// The rows as arrays, in the order of the writer's columns.
    static func parameters(_ rows: [DeadLetter]) -> [Parameter] {
        [
            .uuids(rows.map(\.id)), .texts(rows.map(\.processor.rawValue)),
            .uuids(rows.map(\.eventID)), .int8s(rows.map { Int64(clamping: $0.position) }),
            .texts(rows.map { TextColumn.storable($0.reason) }),
            .int4s(rows.map { Int32(clamping: $0.attempts) }),
            .texts(rows.map(\.state.rawValue)), .timestamptzs(rows.map(\.createdAt)),
            .timestamptzs(rows.map(\.updatedAt)),
        ]
    }
}

/// Reading runs of workflow rules.
enum WorkflowRunRow {
    /// The columns in the order that `run` reads, of a table named `r`.
    static let columns = """
        r.event, r.rule, r.rule_version, r.state, r.effects, r.reason, r.run_at
        """

    /// The run of a row that starts with `columns`.
    static func run(_ result: PostgresResult, _ row: Int) -> WorkflowRun {
        WorkflowRun(
            key: WorkflowRunKey(rule: result.text(row, 1), eventID: result.uuid(row, 0)),
            ruleVersion: Int(result.int64(row, 2)), state: result.word(row, 3),
            effects: result.texts(row, 4), reason: result.optionalText(row, 5),
            time: result.timestamp(row, 6))
    }
}
