// An opportunity as a row. Cells are read in Postgres' binary format, money and days as texts.

import Domain

/// Reading and writing opportunities.
enum OpportunityRow {
    /// The columns in the order that `opportunity` reads, of a table named `r`.
    static let columns = """
        r.id, r.lead_id, r.name, r.value::text, r.currency, r.stage, r.probability, \
        to_char(r.expected_close, 'YYYY-MM-DD'), r.owner, r.lost_reason, r.version, r.created_at, \
        r.updated_at, r.last_stage
        """

    /// The opportunity of a row that starts with `columns`.
    static func opportunity(_ result: PostgresResult, _ row: Int) -> Opportunity {
        var opportunity = Opportunity(
            id: result.uuid(row, 0), leadID: result.uuid(row, 1), name: result.text(row, 2),
            value: result.amount(row, 3), currency: result.currency(row, 4),
            stage: result.word(row, 5), probability: Int(result.int64(row, 6)),
            expectedClose: result.optionalDate(row, 7), owner: result.optionalText(row, 8),
            lostReason: result.optionalText(row, 9), version: Int(result.int64(row, 10)),
            createdAt: result.timestamp(row, 11), updatedAt: result.timestamp(row, 12))
        if !result.isNull(row, 13) { opportunity.lastStage = result.word(row, 13) }
        return opportunity
    }

    static let writer = RowWriter(
        "opportunities",
        [
            RowColumn("id", PostgresType.uuidArray), RowColumn("lead_id", PostgresType.uuidArray),
            RowColumn("name", PostgresType.textArray),
            RowColumn("value", PostgresType.textArray, cast: "numeric"),
            RowColumn("currency", PostgresType.textArray),
            RowColumn("stage", PostgresType.textArray),
            RowColumn("probability", PostgresType.int2Array),
            RowColumn("expected_close", PostgresType.textArray, cast: "date"),
            RowColumn("owner", PostgresType.textArray),
            RowColumn("lost_reason", PostgresType.textArray),
            RowColumn("version", PostgresType.int4Array),
            RowColumn("created_at", PostgresType.timestamptzArray),
            RowColumn("updated_at", PostgresType.timestamptzArray),
            RowColumn("deleted_at", PostgresType.timestamptzArray),
            RowColumn("last_stage", PostgresType.textArray),
        ])

    /// The rows as arrays, in the order of the writer's columns.
    static func parameters(_ rows: [Opportunity]) -> [Parameter] {
        [
            .uuids(rows.map(\.id)), .uuids(rows.map(\.leadID)), .texts(rows.map(\.name)),
            .texts(rows.map(\.value.text)), .texts(rows.map(\.currency.code)),
            .texts(rows.map(\.stage.rawValue)), .int2s(rows.map { Int16($0.probability) }),
            .texts(rows.map { $0.expectedClose?.text }), .texts(rows.map(\.owner)),
            .texts(rows.map(\.lostReason)), .int4s(rows.map { Int32($0.version) }),
            .timestamptzs(rows.map(\.createdAt)), .timestamptzs(rows.map(\.updatedAt)),
            .timestamptzs(rows.map(\.deletedAt)), .texts(rows.map { $0.lastStage?.rawValue }),
        ]
    }
}
