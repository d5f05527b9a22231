// The SQL of all kinds of records, made from one table of kinds and one of filters, and how its
// rows become values. A page asks for one row more than it shows, which tells whether another page
// follows.

import Domain

/// Statements about records.
enum RecordStatements {
    /// One record, if it is there for the reader.
    static func record(_ query: RecordQuery) -> (Statement, [Parameter]) {
        let kind = query.kind
        var builder = ConditionBuilder(name: "record_" + kind.rawValue, limit: 1)
        builder.add(query.id, in: kind.idColumn)
        builder.addIsThere(kind)
        builder.add(query.reader, of: kind)
        let sql = """
            SELECT \(kind.columns) FROM \(kind.rawValue) AS r \(builder.clause) LIMIT $1
            """
        return (
            Statement(name: builder.name, sql: sql, parameterTypes: builder.types),
            builder.parameters
        )
    }

    /// A page of records.
    static func records(_ query: RecordsQuery) -> (Statement, [Parameter]) {
        let kind = query.kind
        var builder = ConditionBuilder(
            name: "\(kind.rawValue)_\(query.newestFirst ? "desc" : "asc")",
            limit: query.limit + 1)
        if let after = query.after { builder.add(after, of: query) }
        builder.addIsThere(kind)
        builder.add(kind.filters, query.filters, of: kind)
        builder.add(query.reader, of: kind)
        let direction = query.newestFirst ? "DESC" : "ASC"
        let order = kind.order(query).map { "r.\($0) \(direction)" }.joined(separator: ", ")
        let sql = """
            SELECT \(kind.columns) FROM \(kind.rawValue) AS r
            \(builder.clause) ORDER BY \(order) LIMIT $1
            """
        return (
            Statement(name: builder.name, sql: sql, parameterTypes: builder.types),
            builder.parameters
        )
    }

    /// The end of the unified log, and what follows a place of it: one snapshot, so that nothing
    /// up to the end is missing.
    static func logTail(_ query: LogTailQuery) -> (Statement, [Parameter]) {
        var builder = ConditionBuilder(name: "log_tail", limit: query.limit)
        builder.addNumber(after: query.after.map { Int64(clamping: $0) } ?? .max)
        builder.add(RecordKind.logs.filters, query.filters, of: .logs)
        let sql = """
            SELECT h.logs, r.* FROM log_head AS h LEFT JOIN LATERAL (
                SELECT r.number, \(LogRow.columns) FROM logs AS r
                \(builder.clause) ORDER BY r.number LIMIT $1
            ) AS r ON true ORDER BY r.number
            """
        return (
            Statement(name: builder.name, sql: sql, parameterTypes: builder.types),
            builder.parameters
        )
    }

    /// The entries, if there are any, and the end.
    static func logTail(_ result: PostgresResult) -> ReadOutcome {
        let entries = (0..<result.rowCount).filter { !result.isNull($0, 1) }.map { row in
            NumberedEntry(
                number: result.position(row, 1), record: LogRow.entry(result, row, from: 2))
        }
        return .logTail(entries, end: result.position(0, 0))
    }

    /// Who has a name, and whether they have signed in from an address before.
    static let signIn = Statement(
        name: "sign_in",
        sql: """
            SELECT \(UserRow.columns), EXISTS (
                SELECT FROM user_sessions AS s WHERE s.user_id = r.id AND s.address = $2)
            FROM users AS r WHERE r.name = $1
            """,
        parameterTypes: [PostgresType.text, PostgresType.text])

    /// The user, if there is one.
    static func signIn(_ result: PostgresResult) -> ReadOutcome {
        guard result.rowCount > 0 else { return .signIn(nil, knowsAddress: false) }
        return .signIn(UserRow.user(result, 0), knowsAddress: result.bool(0, 10))
    }

    /// How many messages somebody has in each state.
    static let notificationCounts = Statement(
        name: "notification_counts",
        sql: """
            SELECT count(*) FILTER (WHERE r.archived_at IS NOT NULL),
                count(*) FILTER (WHERE r.archived_at IS NULL AND r.read_at IS NOT NULL),
                count(*) FILTER (WHERE r.archived_at IS NULL AND r.read_at IS NULL
                    AND r.seen_at IS NOT NULL),
                count(*) FILTER (WHERE r.archived_at IS NULL AND r.read_at IS NULL
                    AND r.seen_at IS NULL)
            FROM notifications AS r WHERE r.recipient = $1
            """,
        parameterTypes: [PostgresType.text])

    /// Every processor with the first event that it has before it, and the sealer.
    static let processors = Statement(
        name: "processors",
        sql: """
            SELECT \(ProcessorRow.columns),
                (SELECT e.id FROM events AS e WHERE e.position = r.cursor + 1),
                (SELECT count(*) FROM dead_letters AS d
                    WHERE d.processor = r.name AND d.state <> 'replayed'),
                h.position, h.audit, s.size, s.holder, s.leased_until
            FROM processors AS r CROSS JOIN log_head AS h CROSS JOIN audit_seal AS s
            ORDER BY r.name
            """)

    /// The latest snapshot of the model.
    static let model = Statement(
        name: "model",
        sql: """
            SELECT position, version, bytes FROM model_snapshots ORDER BY position DESC LIMIT 1
            """)
}

// MARK: Outcomes

extension RecordStatements {
    /// The records of rows with the kind's columns.
    static func records(_ result: PostgresResult, of kind: RecordKind) -> [StoredRecord] {
        (0..<result.rowCount).map { row in
            switch kind {
            case .opportunities: .opportunity(OpportunityRow.opportunity(result, row))
            case .orders: .order(OrderRow.order(result, row))
            case .deliveries: .delivery(DeliveryRow.delivery(result, row))
            case .tasks: .task(TaskRow.task(result, row))
            case .feedback: .feedback(FeedbackRow.feedback(result, row))
            case .decisions: .decision(DecisionRow.decision(result, row))
            case .notifications: .notification(NotificationRow.notification(result, row))
            case .consents: .consent(ConsentRow.consent(result, row))
            case .logs: LogRow.entry(result, row)
            case .workflowRuns: .workflowRun(WorkflowRunRow.run(result, row))
            case .deadLetters: .deadLetter(DeadLetterRow.deadLetter(result, row))
            case .users: .user(UserRow.user(result, row))
            case .sessions: .session(UserSessionRow.session(result, row))
            }
        }
    }

    /// A page and its end.
    static func page(_ result: PostgresResult, of query: RecordsQuery) -> ReadOutcome {
        let all = records(result, of: query.kind)
        let page = Array(all.prefix(query.limit))
        return .records(
            page,
            next: all.count > query.limit ? page.last?.cursor(byTime: query.isByTime) : nil)
    }

    /// The counts of one row.
    static func notificationCounts(_ result: PostgresResult) -> ReadOutcome {
        let states: [NotificationState] = [.archived, .read, .seen, .unseen]
        return .notificationCounts(
            Dictionary(
                uniqueKeysWithValues: states.enumerated().map { column, state in
                    (state, Int(result.int64(0, column)))
                }))
    }

    /// The processors; a time comes from an id, which begins with it.
    static func processors(_ result: PostgresResult) -> ReadOutcome {
        guard result.rowCount > 0 else { preconditionFailure("the schema has all processors") }
        var head: UInt64 = 0
        let statuses = (0..<result.rowCount).map { row in
            let (name, state) = ProcessorRow.processor(result, row)
            head = result.position(row, 7)
            return ProcessorStatus(
                name: name, state: state,
                oldestWaiting: result.optionalUUID(row, 5).map {
                    Timestamp(milliseconds: Int64($0.high >> 16))
                }, deadLetterCount: Int(result.int64(row, 6)))
        }
        let sealer = SealerStatus(
            sealedCount: result.position(0, 9), rowCount: result.position(0, 8),
            holder: result.optionalText(0, 10), leasedUntil: result.optionalTimestamp(0, 11))
        return .processors(statuses, head: head, sealer: sealer)
    }

    /// The snapshot, if there is one.
    static func model(_ result: PostgresResult) -> SaveModel? {
        guard result.rowCount > 0 else { return nil }
        return SaveModel(
            position: result.position(0, 0), version: result.position(0, 1),
            bytes: result.bytes(0, 2))
    }
}

extension RecordKind {
    /// The columns that its rows are read with, of a table named `r`.
    fileprivate var columns: String {
        switch self {
        case .opportunities: OpportunityRow.columns
        case .orders: OrderRow.columns
        case .deliveries: DeliveryRow.columns
        case .tasks: TaskRow.columns
        case .feedback: FeedbackRow.columns
        case .decisions: DecisionRow.columns
        case .notifications: NotificationRow.columns
        case .consents: ConsentRow.columns
        case .logs: LogRow.columns
        case .workflowRuns: WorkflowRunRow.columns
        case .deadLetters: DeadLetterRow.columns
        case .users: UserRow.columns
        case .sessions: UserSessionRow.columns
        }
    }

    fileprivate var idColumn: String { self == .workflowRuns ? "event" : "id" }

    /// The columns that its pages are ordered by: a key, or led by what a filter leaves few of.
    func order(_ query: RecordsQuery) -> [String] {
        if query.isByTime { return ["timestamp", "id"] }
        return self == .workflowRuns ? ["event", "rule"] : ["id"]
    }
}

/// The conditions of a page while they are gathered.
///
/// Each shape of a query is one statement.
private struct ConditionBuilder {
    private(set) var name: String
    private(set) var types = [PostgresType.int8]
    private(set) var parameters: [Parameter]
    private var conditions: [String] = []

    init(name: String, limit: Int) {
        self.name = name
        parameters = [.int8(Int64(limit))]
    }

    var clause: String {
        conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    }

    mutating func add(_ after: RecordCursor, of query: RecordsQuery) {
        name += "_after"
        let sign = query.newestFirst ? "<" : ">"
        let columns = query.kind.order(query)
        var places: [String] = []
        for column in columns {
            switch column {
            case "timestamp":
                places.append(place(PostgresType.timestamptz, .timestamptz(after.time)))
            case "rule": places.append(place(PostgresType.text, .text(after.rule)))
            default: places.append(place(PostgresType.uuid, .uuid(after.id)))
            }
        }
        let row = columns.map { "r." + $0 }.joined(separator: ", ")
        conditions.append("(\(row)) \(sign) (\(places.joined(separator: ", ")))")
    }

    mutating func add(_ id: UniqueID, in column: String) {
        conditions.append("r.\(column) = \(place(PostgresType.uuid, .uuid(id)))")
    }

    /// What was deleted is there for nobody.
    mutating func addIsThere(_ kind: RecordKind) {
        switch kind {
        case .opportunities, .orders, .tasks: conditions.append("r.deleted_at IS NULL")
        default: break
        }
    }

    /// What a reader sees who is limited to what is theirs.
    mutating func add(_ reader: Principal?, of kind: RecordKind) {
        guard let reader, let condition = kind.ownCondition else { return }
        name += "_own"
        let place = place(PostgresType.textArray, OwnershipSQL.parameter(reader))
        conditions.append(condition.replacing("$?", with: place))
    }

    mutating func addNumber(after number: Int64) {
        conditions.append("r.number > \(place(PostgresType.int8, .int8(number)))")
    }

    mutating func add(
        _ filters: [RecordFilter], _ values: [String: FilterValue], of kind: RecordKind
    ) {
        for filter in filters {
            guard let value = values[filter.name] else { continue }
            precondition(filter.type.takes(value), "\(filter.name) is a \(filter.type)")
            add(filter, value)
        }
        precondition(
            values.keys.allSatisfy { name in filters.contains { $0.name == name } },
            "\(kind) has these filters")
    }

    private mutating func add(_ filter: RecordFilter, _ value: FilterValue) {
        name += "_" + filter.name
        let place =
            switch value {
            case .id(let id): place(PostgresType.uuid, .uuid(id))
            case .date(let date): place(PostgresType.text, .text(date.text)) + "::date"
            case .time(let time): place(PostgresType.timestamptz, .timestamptz(time))
            case .flag(let flag): place(PostgresType.bool, .bool(flag))
            case .text(let text):
                place(
                    PostgresType.text,
                    .text(filter.isSubstring ? ConditionBuilder.pattern(text) : text))
            }
        conditions.append(filter.condition.replacing("$?", with: place))
    }

    private mutating func place(_ type: UInt32, _ parameter: Parameter) -> String {
        types.append(type)
        parameters.append(parameter)
        return "$\(types.count)"
    }

    /// A text as the pattern of anything that holds it.
    private static func pattern(_ text: String) -> String {
        var pattern = "%"
        for character in text {
            if character == "%" || character == "_" || character == "\\" { pattern += "\\" }
            pattern.append(character)
        }
        return pattern + "%"
    }
}
