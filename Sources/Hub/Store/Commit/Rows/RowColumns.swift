// What the rows of all tables share: money and days as texts, words that a check has let in, and
// arrays inside of arrays.

import Domain

extension PostgresResult {
    /// A word of a closed set, which the column's check guards.
    func word<Word: RawRepresentable>(
        _ row: Int, _ column: Int
    ) -> Word where Word.RawValue == String {
        guard let word = Word(rawValue: text(row, column)) else {
            preconditionFailure("a check lets only known words in")
        }
        return word
    }

    /// Money that was read as text.
    func amount(_ row: Int, _ column: Int) -> Amount {
        guard let amount = Amount(text(row, column)) else {
            preconditionFailure("the column holds what an amount can")
        }
        return amount
    }

    /// The code of a currency, which the domain has let in.
    func currency(_ row: Int, _ column: Int) -> Currency {
        guard let currency = Currency(text(row, column)) else {
            preconditionFailure("only known currencies are written")
        }
        return currency
    }

    /// A day that was read as text.
    func optionalDate(_ row: Int, _ column: Int) -> CalendarDate? {
        optionalText(row, column).flatMap { CalendarDate($0) }
    }

    /// A `timestamptz` that may be NULL.
    func optionalTimestamp(_ row: Int, _ column: Int) -> Timestamp? {
        isNull(row, column) ? nil : timestamp(row, column)
    }

    /// A `uuid` that may be NULL.
    func optionalUUID(_ row: Int, _ column: Int) -> UniqueID? {
        isNull(row, column) ? nil : uuid(row, column)
    }
}

/// An array inside of an array parameter, as text: `unnest` would flatten arrays of arrays.
enum ArrayText {
    /// The elements as Postgres writes a `text[]`.
    static func of(_ elements: [String]) -> [UInt8] {
        var text: [UInt8] = [UInt8(ascii: "{")]
        for (index, element) in elements.enumerated() {
            if index > 0 { text.append(UInt8(ascii: ",")) }
            text.append(UInt8(ascii: "\""))
            for byte in element.utf8 {
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

/// One column of a table that is written from an array: its name, and how an element becomes it.
struct RowColumn: Sendable {
    /// The column's name.
    let name: String
    /// The type of the parameter, an array.
    let type: UInt32
    /// What the element is cast to; nil: it is of the column's type.
    let cast: String?

    init(_ name: String, _ type: UInt32, cast: String? = nil) {
        self.name = name
        self.type = type
        self.cast = cast
    }

    /// The element, of the row `k`, as a value of the column.
    var value: String { "k.\(name)" + (cast.map { "::" + $0 } ?? "") }
}

/// The statements that write rows from arrays, a parameter a column.
struct RowWriter: Sendable {
    /// Inserts rows.
    let insert: Statement
    /// Replaces rows that this transaction has locked, found by id and then by place.
    let update: Statement

    /// For a table whose first column is its id.
    init(_ table: String, _ columns: [RowColumn], also computed: [(name: String, sql: String)] = [])
    {
        let types = columns.map(\.type)
        let parameters = types.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        let names = columns.map(\.name).joined(separator: ", ")
        let rows = "unnest(\(parameters)) AS k (\(names))"
        let targets = (columns.map(\.name) + computed.map(\.name)).joined(separator: ", ")
        let values = (columns.map(\.value) + computed.map(\.sql)).joined(separator: ", ")
        insert = Statement(
            name: "insert_" + table,
            sql: "INSERT INTO \(table) (\(targets)) SELECT \(values) FROM \(rows)",
            parameterTypes: types)
        let settings = columns.dropFirst().map { "\($0.name) = \($0.value)" }
        update = Statement(
            name: "update_" + table,
            sql: """
                UPDATE \(table) AS r SET \(settings.joined(separator: ", "))
                FROM \(rows)
                CROSS JOIN LATERAL (
                    SELECT r.ctid AS place FROM \(table) AS r WHERE r.id = k.id OFFSET 0) AS found
                WHERE r.ctid = found.place
                """,
            parameterTypes: types)
    }
}
