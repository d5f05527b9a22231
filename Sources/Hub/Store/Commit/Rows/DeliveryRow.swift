// A delivery as a row. That an order has one active delivery at most is a unique index's business
// too, should a decision ever be wrong.

import Domain

/// Reading and writing deliveries.
enum DeliveryRow {
    /// The columns in the order that `delivery` reads, of a table named `r`.
    static let columns = """
        r.id, r.order_id, r.lead_id, to_char(r.delivery_date, 'YYYY-MM-DD'), r.status, r.carrier, \
        r.tracking, r.attempts, r.proof, r.owner, r.version, r.created_at, r.updated_at
        """

    /// The delivery of a row that starts with `columns`.
    static func delivery(_ result: PostgresResult, _ row: Int) -> Delivery {
        guard let date = result.optionalDate(row, 3) else {
            preconditionFailure("a delivery has a date")
        }
        return Delivery(
            id: result.uuid(row, 0), orderID: result.uuid(row, 1), leadID: result.uuid(row, 2),
            deliveryDate: date, status: result.word(row, 4),
            carrier: result.optionalText(row, 5), tracking: result.optionalText(row, 6),
            attempts: Int(result.int64(row, 7)), proof: result.optionalText(row, 8),
            owner: result.optionalText(row, 9), version: Int(result.int64(row, 10)),
            createdAt: result.timestamp(row, 11), updatedAt: result.timestamp(row, 12))
    }

    static let writer = RowWriter(
        "deliveries",
        [
            RowColumn("id", PostgresType.uuidArray), RowColumn("order_id", PostgresType.uuidArray),
            RowColumn("lead_id", PostgresType.uuidArray),
            RowColumn("delivery_date", PostgresType.textArray, cast: "date"),
            RowColumn("status", PostgresType.textArray),
            RowColumn("carrier", PostgresType.textArray),
            RowColumn("tracking", PostgresType.textArray),
            RowColumn("attempts", PostgresType.int4Array),
            RowColumn("proof", PostgresType.textArray),
            RowColumn("owner", PostgresType.textArray),
            RowColumn("version", PostgresType.int4Array),
            RowColumn("created_at", PostgresType.timestamptzArray),
            RowColumn("updated_at", PostgresType.timestamptzArray),
        ])

    /// The rows as arrays, in the order of the writer's columns.
    static func parameters(_ rows: [Delivery]) -> [Parameter] {
        [
            .uuids(rows.map(\.id)), .uuids(rows.map(\.orderID)), .uuids(rows.map(\.leadID)),
            .texts(rows.map(\.deliveryDate.text)), .texts(rows.map(\.status.rawValue)),
            .texts(rows.map(\.carrier)), .texts(rows.map(\.tracking)),
            .int4s(rows.map { Int32(clamping: $0.attempts) }), .texts(rows.map(\.proof)),
            .texts(rows.map(\.owner)), .int4s(rows.map { Int32($0.version) }),
            .timestamptzs(rows.map(\.createdAt)), .timestamptzs(rows.map(\.updatedAt)),
        ]
    }
}
