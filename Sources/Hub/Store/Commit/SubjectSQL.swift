// How SQL finds what lies behind a kind and an id: each table by its key, none but the one that the
// kind names. `OFFSET 0` keeps the planner from turning the look-ups round.

/// Parts of statements about subjects.
enum SubjectSQL {
    /// The tables whose rows know their lead.
    private static let tables = ["opportunities", "orders", "deliveries", "tasks", "decisions"]

    /// Those of them whose rows can be deleted.
    private static let deletable: Set<String> = ["opportunities", "orders", "tasks"]

    /// One row with `lead_id` for each thing that has a lead, or might; a lead is its own.
    ///
    /// What was deleted has one still: what was made about it before is about that.
    static func leadBehind(kind: String, id: String) -> String {
        let own = "SELECT \(id) AS lead_id WHERE \(kind) = 'leads'"
        return ([own] + children(kind: kind, id: id)).joined(separator: " UNION ALL ")
            + " OFFSET 0"
    }

    /// One row with `lead_id`, or NULL, for each thing that exists.
    static func existing(kind: String, id: String) -> String {
        let lead = """
            SELECT NULL::uuid AS lead_id FROM leads AS l
            WHERE \(kind) = 'leads' AND l.id = \(id) AND l.deleted_at IS NULL
            """
        let event = """
            SELECT NULL::uuid AS lead_id FROM events AS e
            WHERE \(kind) = 'events' AND e.id = \(id) AND e.unified
            """
        return ([lead, event] + children(kind: kind, id: id, ifThere: true)).joined(
            separator: " UNION ALL ")
            + " OFFSET 0"
    }

    /// One row with `lead_id`, or NULL, and who works on it for each thing; a lead is its own.
    static func owned(kind: String, id: String) -> String {
        let holders = [
            "opportunities": "c.owner", "orders": "c.owner", "deliveries": "c.owner",
            "tasks": "c.assignee",
        ]
        let own = "SELECT \(id) AS lead_id, NULL::text AS holder WHERE \(kind) = 'leads'"
        let others = tables.map { table in
            "SELECT c.lead_id, \(holders[table] ?? "NULL") FROM \(table) AS c "
                + "WHERE \(kind) = '\(table)' AND c.id = \(id)" + isThere(table)
        }
        return ([own] + others).joined(separator: " UNION ALL ") + " OFFSET 0"
    }

    private static func children(
        kind: String, id: String, ifThere: Bool = false
    ) -> [String] {
        tables.map { table in
            "SELECT c.lead_id FROM \(table) AS c WHERE \(kind) = '\(table)' AND c.id = \(id)"
                + (ifThere ? isThere(table) : "")
        }
    }

    private static func isThere(_ table: String) -> String {
        deletable.contains(table) ? " AND c.deleted_at IS NULL" : ""
    }
}
