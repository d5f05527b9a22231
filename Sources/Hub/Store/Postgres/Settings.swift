// What all instances on one database have to agree on, such as the key that signs tokens.

/// The table `settings`.
package enum Settings {
    /// The value of a setting; made and kept when there is none.
    ///
    /// Instances that start together get
    /// the same value.
    package static func settingOrInsert(
        _ name: String, in postgres: BlockingPostgres, makeValue: () -> String
    ) throws(PostgresError) -> String {
        if let value = try value(of: name, in: postgres) { return value }
        try postgres.run(
            "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            [PostgresType.text, PostgresType.text], [.text(name), .text(makeValue())])
        guard let value = try value(of: name, in: postgres) else {
            throw PostgresError(
                sqlState: "", message: "setting \(name) vanished", constraint: nil, isFatal: false)
        }
        return value
    }

    /// Puts a value in the place of another; false when it is not that one any more.
    package static func replace(
        _ name: String, _ old: String, with new: String, in postgres: BlockingPostgres
    ) throws(PostgresError) -> Bool {
        let rows = try postgres.run(
            "UPDATE settings SET value = $3 WHERE name = $1 AND value = $2 RETURNING name",
            [PostgresType.text, PostgresType.text, PostgresType.text],
            [.text(name), .text(old), .text(new)])
        return rows.rowCount > 0
    }

    private static func value(
        of name: String, in postgres: BlockingPostgres
    ) throws(PostgresError) -> String? {
        let rows = try postgres.run(
            "SELECT value FROM settings WHERE name = $1", [PostgresType.text], [.text(name)])
        return rows.rowCount == 0 ? nil : rows.text(0, 0)
    }
}
