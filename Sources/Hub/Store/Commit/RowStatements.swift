// Rows that a batch may change, table by table: found by id, locked in the order of their ids.
// Which columns they have is the business of Rows/.

/// The SQL that loads and probes rows.
enum RowStatements {
    /// Loads and locks the rows of a table: `$1` ids; for orders `$2` deliveries whose orders are
    /// loaded too.
    static func load(_ table: RowTable) -> Statement {
        switch table {
        case .leads: leads
        case .opportunities: opportunities
        case .orders: orders
        case .deliveries: deliveries
        case .tasks: tasks
        case .notifications: notifications
        case .deadLetters: deadLetters
        case .users: users
        case .sessions: sessions
        }
    }

    /// The deleted ones too, but for those that were erased: nothing is left of these.
    private static let leads = Statement(
        name: "leads_to_change",
        sql: """
            SELECT \(LeadRow.columns)
            FROM (SELECT id FROM unnest($1) AS k (id) ORDER BY id) AS k
            CROSS JOIN LATERAL (
                SELECT * FROM leads AS l WHERE l.id = k.id AND l.erased_at IS NULL
                FOR NO KEY UPDATE) AS l
            """,
        parameterTypes: [PostgresType.uuidArray])

    private static let opportunities = load(.opportunities, OpportunityRow.columns)
    private static let deliveries = load(.deliveries, DeliveryRow.columns)
    private static let tasks = load(.tasks, TaskRow.columns)
    private static let notifications = load(.notifications, NotificationRow.columns)
    private static let deadLetters = load(.deadLetters, DeadLetterRow.columns)
    private static let users = load(.users, UserRow.columns)
    private static let sessions = load(.sessions, UserSessionRow.columns)

    /// The orders themselves, and those of deliveries: whoever changes a delivery holds its order.
    private static let orders = Statement(
        name: "orders_to_change",
        sql: """
            SELECT \(OrderRow.columns)
            FROM (
                SELECT id FROM unnest($1) AS k (id)
                UNION
                SELECT d.order_id FROM unnest($2) AS k (id) CROSS JOIN LATERAL (
                    SELECT d.order_id FROM deliveries AS d WHERE d.id = k.id OFFSET 0) AS d
                ORDER BY id) AS k
            CROSS JOIN LATERAL (
                SELECT * FROM orders AS r WHERE r.id = k.id AND r.deleted_at IS NULL
                FOR NO KEY UPDATE) AS r
            """,
        parameterTypes: [PostgresType.uuidArray, PostgresType.uuidArray])

    private static func load(_ table: RowTable, _ columns: String) -> Statement {
        let isThere = table == .opportunities || table == .tasks ? " AND r.deleted_at IS NULL" : ""
        return Statement(
            name: table.rawValue + "_to_change",
            sql: """
                SELECT \(columns)
                FROM (SELECT id FROM unnest($1) AS k (id) ORDER BY id) AS k
                CROSS JOIN LATERAL (
                    SELECT * FROM \(table.rawValue) AS r WHERE r.id = k.id\(isThere)
                    FOR NO KEY UPDATE) AS r
                """,
            parameterTypes: [PostgresType.uuidArray])
    }

    private static let probes = Dictionary(
        uniqueKeysWithValues: RowTable.allCases.map { ($0, makeProbe($0)) })

    /// Rows that are locked against a change; a delivery also by its order.
    static func probe(_ table: RowTable) -> Statement {
        guard let statement = probes[table] else { preconditionFailure("every table is probed") }
        return statement
    }

    private static func makeProbe(_ table: RowTable) -> Statement {
        var order = ""
        if table == .deliveries {
            order = """
                CROSS JOIN LATERAL (
                    SELECT FROM orders AS o WHERE o.id = r.order_id
                    FOR NO KEY UPDATE SKIP LOCKED) AS o
                """
        }
        return Statement(
            name: "probe_" + table.rawValue,
            sql: """
                WITH free AS MATERIALIZED (
                    SELECT r.id FROM unnest($1) AS k (id)
                    CROSS JOIN LATERAL (
                        SELECT r.id FROM \(table.rawValue) AS r \(order) WHERE r.id = k.id
                        FOR NO KEY UPDATE OF r SKIP LOCKED) AS r)
                SELECT k.id FROM unnest($1) AS k (id)
                WHERE (SELECT true FROM \(table.rawValue) AS r WHERE r.id = k.id) IS NOT NULL
                EXCEPT SELECT id FROM free
                """,
            parameterTypes: [PostgresType.uuidArray])
    }
}
