// An entry of the consent history as a row.

import Domain

/// Reading consents.
enum ConsentRow {
    /// The columns in the order that `consent` reads, of a table named `r`.
    static let columns = "r.id, r.subject, r.purpose, r.status, r.actor, r.recorded_at"

    /// The entry of a row that starts with `columns`.
    static func consent(_ result: PostgresResult, _ row: Int) -> ConsentRecord {
        ConsentRecord(
            id: result.uuid(row, 0),
            key: ConsentKey(
                subject: result.text(row, 1), purpose: Purpose(code: result.text(row, 2))),
            status: result.word(row, 3), actor: result.text(row, 4),
            time: result.timestamp(row, 5))
    }
}
