// What the hub says of its own work in answers: reported events, the log, the audit trail, rules,
// processors, users and their sessions, streams.

import Domain
import EventLog

/// Schemas of records and reports.
enum RecordSchemas {
    private static let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    /// An event as a CloudEvent (CloudEvents 1.0, JSON format §3).
    static let cloudEvent = JSONSchema.object(
        "CloudEvent",
        [
            .required("position", JSONSchema.position.described("Its place in the one log.")),
            .required("specversion", .string("1.0")), .required("id", .id),
            .required("source", .string("/unified-core")),
            .required("type", .string("in.bhiv.lead_created")),
            .required("subject", .string("leads/01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e")),
            .required("time", .time), .required("datacontenttype", .string("application/json")),
            .required("actor", .string("ravi")),
            .required(
                "traceparent", .string("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")),
            .optional(
                "tracestate",
                JSONSchema.string("vendor=1").described("What came with the trace (W3C §3.3).")),
            .optional("causationid", JSONSchema.id.described("The event that it reacts to.")),
            .optional("depth", .integer(1)),
            .required("data", .any(.members(("name", .string("Asha Rao"))))),
        ])

    /// Where an event reported through `POST /event/unified` is found.
    static let reference = JSONSchema.object("EventReference", [.required("id", .id)])

    private static let branch = JSONSchema.object(
        "Branch",
        [
            .required("state", .choice(BranchState.self)),
            .required("result", JSONSchema.any()),
        ])

    static let reportedEvent = JSONSchema.object(
        "ReportedEvent",
        [
            .required("event", cloudEvent),
            .required(
                "branches",
                .object(EventBranch.allCases.map { .required($0.rawValue, branch) })),
        ])

    static let check = JSONSchema.object(
        "Check",
        [
            .required("id", .id),
            .required(
                "subject", JSONSchema.string("leads/01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e").orNull),
            .required("time", JSONSchema.time.orNull),
            .required(
                "traceparent",
                JSONSchema.string(traceparent).orNull),
            .optional("event", .id), .optional("event_type", .string("lead_created")),
            .optional("effect", .words(["allow", "deny"])),
            .optional("rules", .list(of: .string("own-business"))),
            .optional(
                "policy",
                .object([.required("id", .string("standard")), .required("version", .count(1))])),
            .required("position", .position),
        ])

    static let logEntry = JSONSchema.object(
        "LogEntry",
        [
            .required("id", .id), .required("time", .time),
            .required("level", .choice(LogLevel.self)),
            .required("module", .choice(LogModule.self)),
            .required("event_type", JSONSchema.string("lead_created").orNull),
            .required("message", .string("lead_created leads/…")),
            .required("user_id", JSONSchema.string("ravi").orNull),
            .required("task_id", JSONSchema.string("task-1").orNull),
            .required("trace_id", JSONSchema.string("0af7651916cd43dd8448eb211c80319c").orNull),
            .required(
                "subject", JSONSchema.string("leads/01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e").orNull),
            .required("position", JSONSchema.position.orNull), .required("data", .any()),
        ])

    static let purpose = JSONSchema.object(
        "Purpose",
        [
            .required("code", .words(PurposeNotice.all.map(\.purpose.code))),
            .required("title", .string("Enquiry and contract")),
            .required("notice", .string("We use your details to answer your enquiry.")),
            .required("lawful_basis", .words(["contract", "consent"])),
        ])

    static let policy = JSONSchema.object(
        "Policy",
        [
            .required("id", .string("standard")), .required("version", .count(1)),
            .required("default_effect", .words(["deny"])),
            .required(
                "rules",
                .list(
                    of: .object([
                        .required("id", .string("own-business")),
                        .required("effect", .words(["permit", "forbid"])),
                        .required("scope", .choice(RuleScope.self)),
                        .required("event_types", .list(of: .string("lead_created"))),
                        .required("purpose", .string("contract")),
                        .required("requires", .choice(ConsentCondition.self)),
                    ]))),
        ])

    static let workflow = JSONSchema.object(
        "Workflow",
        [
            .required("id", .string("lead_follow_up")), .required("name", .string("Follow up")),
            .required("version", .count(1)), .required("enabled", .flag(true)),
            .required("event_type", .string("lead_created")),
            .required(
                "conditions",
                .list(
                    of: .object([
                        .required("path", .string("data.status")),
                        .required("op", .choice(ConditionOperator.self)),
                        .required("value", .any(.string("new"))),
                    ]))),
            .required(
                "actions",
                .list(
                    of: .object([
                        .required("type", .words(["create_task", "notify", "move_stage"])),
                        .optional("title", JSONSchema.string("Call back").orNull),
                        .optional("assignee", JSONSchema.string("ravi").orNull),
                        .optional("due_in_seconds", JSONSchema.integer(86_400).orNull),
                        .optional("priority", .choice(TaskPriority.self)),
                        .optional("recipient", JSONSchema.string("ravi").orNull),
                        .optional("body", JSONSchema.string("…").orNull),
                        .optional("to", .string("won")),
                    ]))),
        ])

    static let workflowRun = JSONSchema.object(
        "WorkflowRun",
        [
            .required("rule", .string("lead_follow_up")), .required("rule_version", .count(1)),
            .required("event", .id),
            .required("state", .words([WorkflowRunState.done, .failed].map(\.rawValue))),
            .required("effects", .list(of: .string("task_created"))),
            .required("reason", JSONSchema.string("…").orNull.example(.null)),
            .required("time", .time),
        ])

    static let agentPolicy = JSONSchema.object(
        "AgentPolicy",
        [
            .required("id", .string("thompson")), .required("version", .count(1)),
            .required("method", .string("learned")), .required("state", .words(["active"])),
            .required(
                "model",
                .object([
                    .required("version", .count(7)), .required("position", .position),
                    .required("names", .list(of: .string("orders"))),
                    .required("awaiting_feedback", .count()),
                ])),
            .required(
                "action_sets",
                .list(
                    of: .object([
                        .required("name", .string("orders")),
                        .required("actions", .list(of: .string("express"))),
                    ]))),
        ])

    static let notificationCounts = JSONSchema.object(
        "NotificationCounts",
        NotificationState.allCases.map { .required($0.rawValue, .count(1)) })

    private static let lease: [JSONSchema.Property] = [
        .required("holder", JSONSchema.string("hub-1").orNull),
        .required("leased_until", JSONSchema.time.orNull),
    ]

    static let processor = JSONSchema.object(
        "Processor",
        [
            .required("name", .choice(ProcessorName.self)), .required("cursor", .position),
            .required(
                "lag",
                .object([.required("positions", .count()), .required("seconds", .number(0))])),
        ] + lease + [.required("dead_letters", .count())])

    /// Every processor, the sealer, and what this instance does.
    static let processors = JSONSchema.object(
        "Processors",
        [
            .required("data", .list(of: processor)), .required("next_cursor", .null),
            .required("head", .position),
            .required(
                "sealer",
                .object(
                    [
                        .required("cursor", .position),
                        .required("lag", .object([.required("rows", .count())])),
                    ] + lease)),
            .required(
                "this_instance",
                .list(
                    of: .object([
                        .required("name", .choice(ProcessorName.self)),
                        .required("leased", .flag(true)), .required("steps", .count(12)),
                        .required("effects", .count(3)), .required("dead_letters", .count()),
                        .required("failures", .count()),
                    ]))),
        ])

    static let deadLetter = JSONSchema.object(
        "DeadLetter",
        [
            .required("id", .id), .required("processor", .choice(ProcessorName.self)),
            .required("event", .id), .required("position", .position),
            .required("reason", .string("not JSON")), .required("attempts", .count(1)),
            .required("state", .choice(DeadLetterState.self)), .required("created_at", .time),
            .required("updated_at", .time),
        ])

    private static let ended = JSONSchema.object(
        "EndedStream",
        [
            .required("ended_at", .time), .required("reason", .string("client_left")),
            .required("transport", .choice(StreamTransport.self)),
            .required("subject", .string("ravi")),
            .required("stream", JSONSchema.string("tab-1").orNull),
            .required("address", .string("127.0.0.1")), .required("behind", .count()),
        ])

    private static let openStream = JSONSchema.object(
        "OpenStream",
        [
            .required("transport", .choice(StreamTransport.self)),
            .required("subject", .string("ravi")), .required("roles", JSONSchema.roles),
            .required("teams", .list(of: .string("west"))),
            .required("stream", JSONSchema.string("tab-1").orNull),
            .required("address", .string("127.0.0.1")),
            .optional(
                "filter",
                .list(
                    of: .object([
                        .required("types", .list(of: .string("order_*"))),
                        .required("subjects", .list(of: .string("leads/…"))),
                        .required("entities", .list(of: .string("order"))),
                    ]))),
            .required("policy", .choice(ReaderPolicy.self)),
            .required("position", JSONSchema.eventID),
            .required("behind", .count()), .required("blocked", .flag()),
            .required("unsent_bytes", .count()), .required("expires_at", .time),
        ])

    static let census = JSONSchema.object(
        "Connections",
        [
            .required(
                "open",
                .object(StreamTransport.allCases.map { .required($0.rawValue, .count(1)) })),
            .required("data", .list(of: openStream)), .required("ended", .list(of: ended)),
        ])

    static let revocation = JSONSchema.object(
        "Revocation",
        [
            .optional("jti", .string("token-1"), shown: true), .optional("sub", .string("ravi")),
            .optional("sid", .string("session-1")), .required("actor", .string("root")),
            .required("revoked_at", .time),
        ])
}
