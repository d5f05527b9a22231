// In whose timeline each event stands: the lead's that it concerns, else the thing's that it is
// about. One partial index serves the timelines of everything that is about a lead.

/// Schema version 11.
enum Migration0011 {
    /// Its statements.
    static let sql =
        "ALTER TABLE events ADD COLUMN about uuid;\n" + leads
        + ["opportunities", "orders", "deliveries", "tasks", "decisions"].map(backfill).joined()
        + notifications
            + """
            CREATE INDEX events_about ON events (about, position) WHERE about IS NOT NULL;
            """

    private static let leads = """
        UPDATE events SET about = split_part(subject, '/', 2)::uuid
            WHERE subject ~ '^leads/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';

        """

    /// A decision about no lead has no timeline.
    private static func backfill(_ table: String) -> String {
        let key = table == "decisions" ? "r.lead_id" : "coalesce(r.lead_id, r.id)"
        return """
            UPDATE events AS e SET about = \(key)
                FROM \(table) AS r WHERE e.subject = '\(table)/' || r.id;

            """
    }

    /// A message is about what the last event about its subject is about.
    private static let notifications = """
        UPDATE events AS e SET about = k.about
            FROM notifications AS r
            JOIN (SELECT DISTINCT subject, about FROM events WHERE about IS NOT NULL) AS k
                ON k.subject = r.subject
            WHERE e.subject = 'notifications/' || r.id;

        """
}
