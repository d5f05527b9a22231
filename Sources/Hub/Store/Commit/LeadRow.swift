// A lead as a row: the columns that are read, and how a row becomes a lead. Cells are read in
// Postgres' binary format.

import Domain

/// Reading leads.
enum LeadRow {
    /// The columns in the order that `lead` reads, of a table named `l`.
    static let columns = """
        l.id, l.name, l.email, l.phone, l.company, l.source, l.owner, l.team, l.tags, l.score, \
        l.status, l.duplicate_allowed, l.version, l.created_at, l.updated_at
        """

    /// The lead of a row that starts with `columns`.
    static func lead(_ result: PostgresResult, _ row: Int) -> Lead {
        guard let status = LeadStatus(rawValue: result.text(row, 10)) else {
            preconditionFailure("a check lets only known statuses in")
        }
        return Lead(
            id: result.uuid(row, 0), name: result.text(row, 1),
            email: result.optionalText(row, 2), phone: result.optionalText(row, 3),
            company: result.optionalText(row, 4), source: result.optionalText(row, 5),
            owner: result.optionalText(row, 6), team: result.optionalText(row, 7),
            tags: result.texts(row, 8), score: result.isNull(row, 9) ? nil : result.float64(row, 9),
            status: status, duplicateAllowed: result.bool(row, 11),
            version: Int(result.int64(row, 12)), createdAt: result.timestamp(row, 13),
            updatedAt: result.timestamp(row, 14))
    }

    /// The tags as an array's text: `unnest` would flatten arrays of arrays.
    static func tagsText(_ tags: [String]) -> [UInt8] {
        var text: [UInt8] = [UInt8(ascii: "{")]
        for (index, tag) in tags.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text.append(UInt8(ascii: "\""))
            for byte in tag.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                    text.append(UInt8(ascii: "\\"))
                }
                text.append(byte)
            }
            text.append(UInt8(ascii: "\""))
        }
        text.append(UInt8(ascii: "}"))
        return text
    }
}
