// An order as a row. Its lines are one column, for they are read and written together.

import Domain

/// Reading and writing orders.
enum OrderRow {
    /// The columns in the order that `order` reads, of a table named `r`.
    static let columns = """
        r.id, r.opp_id, r.lead_id, r.currency, r.lines::text, r.total::text, r.status, r.owner, \
        r.version, r.created_at, r.updated_at
        """

    /// The order of a row that starts with `columns`.
    static func order(_ result: PostgresResult, _ row: Int) -> Order {
        guard let lines = OrderJSON.lines(result.bytes(row, 4)) else {
            preconditionFailure("lines are read as they were written")
        }
        return Order(
            id: result.uuid(row, 0), opportunityID: result.uuid(row, 1),
            leadID: result.uuid(row, 2), currency: result.currency(row, 3), lines: lines,
            total: result.amount(row, 5), status: result.word(row, 6),
            owner: result.optionalText(row, 7), version: Int(result.int64(row, 8)),
            createdAt: result.timestamp(row, 9), updatedAt: result.timestamp(row, 10))
    }

    static let writer = RowWriter(
        "orders",
        [
            RowColumn("id", PostgresType.uuidArray), RowColumn("opp_id", PostgresType.uuidArray),
            RowColumn("lead_id", PostgresType.uuidArray),
            RowColumn("currency", PostgresType.textArray),
            RowColumn("lines", PostgresType.textArray, cast: "jsonb"),
            RowColumn("total", PostgresType.textArray, cast: "numeric"),
            RowColumn("status", PostgresType.textArray),
            RowColumn("owner", PostgresType.textArray),
            RowColumn("version", PostgresType.int4Array),
            RowColumn("created_at", PostgresType.timestamptzArray),
            RowColumn("updated_at", PostgresType.timestamptzArray),
            RowColumn("deleted_at", PostgresType.timestamptzArray),
        ])

    /// The rows as arrays, in the order of the writer's columns.
    static func parameters(_ rows: [Order]) -> [Parameter] {
        [
            .uuids(rows.map(\.id)), .uuids(rows.map(\.opportunityID)),
            .uuids(rows.map(\.leadID)), .texts(rows.map(\.currency.code)),
            .texts(utf8: rows.map { OrderJSON.linesText($0) }), .texts(rows.map(\.total.text)),
            .texts(rows.map(\.status.rawValue)), .texts(rows.map(\.owner)),
            .int4s(rows.map { Int32($0.version) }), .timestamptzs(rows.map(\.createdAt)),
            .timestamptzs(rows.map(\.updatedAt)),
            .timestamptzs(rows.map(\.deletedAt)),
        ]
    }
}
