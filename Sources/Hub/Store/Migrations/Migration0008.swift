// Who works on what an event is about, and whose the lead behind it is: some readers see only what
// is theirs. Events that are there already are told of as what they are about is now.

/// Schema version 8.
enum Migration0008 {
    /// Its statements.
    static let sql =
        "ALTER TABLE events ADD COLUMN holder text COLLATE \"C\";\n"
        + ["opportunities", "orders", "deliveries", "tasks"].map(backfill).joined(separator: "\n")
        + notifications

    /// What is about no lead is its holder's.
    private static func backfill(_ table: String) -> String {
        let holder = table == "tasks" ? "r.assignee" : "r.owner"
        return """
            UPDATE events AS e SET
                owner = CASE WHEN r.lead_id IS NULL THEN \(holder) ELSE l.owner END,
                team = l.team,
                holder = CASE WHEN r.lead_id IS NULL THEN NULL ELSE \(holder) END
            FROM \(table) AS r LEFT JOIN leads AS l ON l.id = r.lead_id
            WHERE e.subject = '\(table)/' || r.id;
            """
    }

    private static let notifications = """

        UPDATE events AS e SET owner = r.recipient
        FROM notifications AS r WHERE e.subject = 'notifications/' || r.id;
        """
}
