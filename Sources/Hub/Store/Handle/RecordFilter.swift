// The filters of each kind of record, as one table: a query parameter's name, what it takes, and
// the condition that it becomes. The Gateway reads its parameters by it, so that what is
// documented, what is parsed and what is asked are the same list.

import Domain

/// What a filter takes.
package enum FilterType: Sendable, Equatable {
    /// A UUID.
    case id
    /// Any text without U+0000.
    case text
    /// One of these words.
    case word([String])
    /// `2026-12-01`.
    case date
    /// An RFC 3339 date-time.
    case time
    /// `true` or `false`.
    case flag

    /// Whether a value is of this type.
    package func takes(_ value: FilterValue) -> Bool {
        switch (self, value) {
        case (.id, .id), (.text, .text), (.date, .date), (.time, .time), (.flag, .flag): true
        case (.word(let words), .text(let text)): words.contains(text)
        default: false
        }
    }
}

/// One filter of a kind of record.
package struct RecordFilter: Sendable {
    /// The query parameter.
    package let name: String
    /// What it takes.
    package let type: FilterType
    /// The condition, with `$?` for the value.
    let condition: String

    /// Whether the condition looks for the value inside of a text.
    var isSubstring: Bool { condition.contains("LIKE") }

    /// A filter that compares a column.
    init(_ name: String, _ type: FilterType, column: String? = nil) {
        self.init(name, type, condition: "r.\(column ?? name) = $?")
    }

    /// A filter with a condition of its own.
    init(_ name: String, _ type: FilterType, condition: String) {
        self.name = name
        self.type = type
        self.condition = condition
    }

    private static func words<Word: RawRepresentable & CaseIterable>(
        _ name: String, _ words: Word.Type
    ) -> RecordFilter where Word.RawValue == String {
        RecordFilter(name, .word(words.allCases.map(\.rawValue)))
    }
}

extension RecordKind {
    /// The filters that this kind has.
    package var filters: [RecordFilter] { RecordFilter.table[self] ?? [] }
}

extension RecordFilter {
    /// A message's state is the furthest that it has come.
    private static let notificationState = """
        CASE WHEN r.archived_at IS NOT NULL THEN 'archived'
            WHEN r.read_at IS NOT NULL THEN 'read'
            WHEN r.seen_at IS NOT NULL THEN 'seen' ELSE 'unseen' END = $?
        """

    fileprivate static let table: [RecordKind: [RecordFilter]] = [
        .opportunities: [
            RecordFilter("lead_id", .id), words("stage", OpportunityStage.self),
            RecordFilter("owner", .text),
        ],
        .orders: [
            RecordFilter("opp_id", .id), RecordFilter("lead_id", .id),
            words("status", OrderStatus.self), RecordFilter("owner", .text),
        ],
        .deliveries: [
            RecordFilter("order_id", .id), RecordFilter("lead_id", .id),
            words("status", DeliveryStatus.self), RecordFilter("delivery_date", .date),
            RecordFilter("owner", .text),
        ],
        .tasks: [
            words("status", TaskStatus.self), words("priority", TaskPriority.self),
            RecordFilter("assignee", .text), RecordFilter("subject", .text),
            RecordFilter(
                "overdue", .flag,
                condition: "(coalesce(r.due < now(), false) AND r.status IN ('open', "
                    + "'in_progress')) = $?"),
        ],
        .feedback: [RecordFilter("subject", .text), RecordFilter("actor", .text)],
        .decisions: [
            RecordFilter("subject", .text), RecordFilter("action", .text),
            RecordFilter("mode", .word([DecisionMode.live, .shadow].map(\.rawValue))),
        ],
        .notifications: [
            RecordFilter("recipient", .text), RecordFilter("category", .text),
            RecordFilter(
                "state", .word(NotificationState.allCases.map(\.rawValue)),
                condition: notificationState),
        ],
        .consents: [
            RecordFilter("subject", .text),
            RecordFilter("purpose", .word(PurposeNotice.all.map(\.purpose.code))),
            RecordFilter("status", .word([ConsentStatus.granted, .withdrawn].map(\.rawValue))),
        ],
        .logs: [
            RecordFilter("trace_id", .text), words("level", LogLevel.self),
            words("module", LogModule.self), RecordFilter("event_type", .text),
            RecordFilter("user_id", .text), RecordFilter("task_id", .text),
            RecordFilter("subject", .text),
            RecordFilter("from", .time, condition: "r.timestamp >= $?"),
            RecordFilter("to", .time, condition: "r.timestamp < $?"),
            RecordFilter("q", .text, condition: "r.message ILIKE $?"),
        ],
        .workflowRuns: [
            RecordFilter("rule", .text), RecordFilter("event", .id),
            RecordFilter("state", .word([WorkflowRunState.done, .failed].map(\.rawValue))),
        ],
        .users: [
            RecordFilter("name", .text), RecordFilter("active", .flag),
            RecordFilter(
                "role", .word(Role.allCases.map(\.rawValue)), condition: "$? = ANY (r.roles)"),
        ],
        .sessions: [
            RecordFilter("user", .text, column: "user_name"),
            RecordFilter(
                "open", .flag,
                condition: "(r.ended_at IS NULL AND r.expires_at > now()) = $?"),
        ],
        .deadLetters: [
            words("processor", ProcessorName.self), words("state", DeadLetterState.self),
        ],
    ]
}
