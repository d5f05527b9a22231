// A lead as a row: the columns that are read, and how a row becomes a lead. Cells are read in
// Postgres' binary format.

import Domain
import Wire

/// Reading leads.
enum LeadRow {
    /// The columns in the order that `lead` reads, of a table named `l`.
    static let columns = """
        l.id, l.name, l.email, l.phone, l.company, l.source, l.owner, l.team, l.tags, l.score, \
        l.status, l.duplicate_allowed, l.version, l.created_at, l.updated_at, l.score_factors, \
        l.score_version, l.converted_at, l.converted_opportunity, l.deleted_at
        """

    /// The lead of a row that starts with `columns`.
    static func lead(_ result: PostgresResult, _ row: Int) -> Lead {
        var lead = Lead(
            id: result.uuid(row, 0), name: result.text(row, 1),
            email: result.optionalText(row, 2), phone: result.optionalText(row, 3),
            company: result.optionalText(row, 4), source: result.optionalText(row, 5),
            owner: result.optionalText(row, 6), team: result.optionalText(row, 7),
            tags: result.texts(row, 8), score: result.isNull(row, 9) ? nil : result.float64(row, 9),
            status: result.word(row, 10), duplicateAllowed: result.bool(row, 11),
            version: Int(result.int64(row, 12)), createdAt: result.timestamp(row, 13),
            updatedAt: result.timestamp(row, 14))
        if !result.isNull(row, 15) { lead.scoreFactors = factors(result.bytes(row, 15)) }
        lead.scoreVersion = Int(result.int64(row, 16))
        lead.convertedAt = result.optionalTimestamp(row, 17)
        lead.convertedOpportunity = result.optionalUUID(row, 18)
        lead.deletedAt = result.optionalTimestamp(row, 19)
        return lead
    }

    static let writer = RowWriter(
        "leads",
        [
            RowColumn("id", PostgresType.uuidArray), RowColumn("name", PostgresType.textArray),
            RowColumn("email", PostgresType.textArray),
            RowColumn("email_normal", PostgresType.textArray),
            RowColumn("phone", PostgresType.textArray),
            RowColumn("phone_normal", PostgresType.textArray),
            RowColumn("company", PostgresType.textArray),
            RowColumn("source", PostgresType.textArray),
            RowColumn("owner", PostgresType.textArray), RowColumn("team", PostgresType.textArray),
            RowColumn("tags", PostgresType.textArray, cast: "text[]"),
            RowColumn("score", PostgresType.float8Array),
            RowColumn("score_factors", PostgresType.textArray),
            RowColumn("score_version", PostgresType.int4Array),
            RowColumn("status", PostgresType.textArray),
            RowColumn("duplicate_allowed", PostgresType.boolArray),
            RowColumn("version", PostgresType.int4Array),
            RowColumn("created_at", PostgresType.timestamptzArray),
            RowColumn("updated_at", PostgresType.timestamptzArray),
            RowColumn("converted_at", PostgresType.timestamptzArray),
            RowColumn("converted_opportunity", PostgresType.uuidArray),
            RowColumn("deleted_at", PostgresType.timestamptzArray),
        ])

    /// The rows as arrays, in the order of the writer's columns.
    static func parameters(_ writes: [LeadWrite]) -> [Parameter] {
        let leads = writes.map(\.lead)
        return [
            .uuids(leads.map(\.id)), .texts(leads.map(\.name)), .texts(leads.map(\.email)),
            .texts(writes.map(\.email?.text)), .texts(leads.map(\.phone)),
            .texts(writes.map(\.phone)), .texts(leads.map(\.company)),
            .texts(leads.map(\.source)), .texts(leads.map(\.owner)), .texts(leads.map(\.team)),
            .texts(utf8: leads.map { ArrayText.of($0.tags) }), .float8s(leads.map(\.score)),
            .texts(utf8: leads.map { factorsText($0.scoreFactors) }),
            .int4s(leads.map { Int32($0.scoreVersion) }),
            .texts(leads.map(\.status.rawValue)), .bools(leads.map(\.duplicateAllowed)),
            .int4s(leads.map { Int32($0.version) }), .timestamptzs(leads.map(\.createdAt)),
            .timestamptzs(leads.map(\.updatedAt)), .timestamptzs(leads.map(\.convertedAt)),
            .uuids(leads.map(\.convertedOpportunity)), .timestamptzs(leads.map(\.deletedAt)),
        ]
    }

    /// What a score is made of, as it is kept: the same text as clients see.
    static func factorsText(_ factors: [Contribution]) -> [UInt8]? {
        guard !factors.isEmpty else { return nil }
        var writer = JSONWriter(reserving: 64 * factors.count)
        DecisionJSON.append(factors, to: &writer)
        return writer.bytes
    }

    private static func factors(_ text: [UInt8]) -> [Contribution] {
        guard let document = try? JSONDocument(text) else { return [] }
        return document.elements(document.root).compactMap { element in
            func string(_ name: String) -> String? {
                document.member(name, of: element).flatMap { document.string($0) }
            }
            let amount = document.member("amount", of: element)
                .flatMap { document.numberText($0) }.flatMap { Double($0) }
            guard let feature = string("feature"), let amount else { return nil }
            return Contribution(feature: feature, category: string("category"), amount: amount)
        }
    }
}
