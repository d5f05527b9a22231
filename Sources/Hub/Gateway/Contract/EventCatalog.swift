// Every event that the hub publishes, with the schema of its data. The schema of a thing that was
// published is found by an exhaustive switch, so data that is not described does not compile.

import Domain

/// The events by their names.
enum EventCatalog {
    /// A kind of event.
    struct Entry {
        let name: String
        let title: String
        let data: JSONSchema
    }

    /// All of the hub's own, sorted by name.
    static let all: [Entry] = [
        Entry(name: "lead_created", title: "A lead was created", data: lead),
        Entry(name: "lead_updated", title: "A lead was changed", data: lead),
        Entry(name: "lead_converted", title: "A lead was converted", data: lead),
        Entry(name: "lead_merged", title: "A lead was merged into another one", data: lead),
        Entry(name: "lead_deleted", title: "A lead was deleted", data: lead),
        Entry(
            name: "opportunity_created", title: "An opportunity was created",
            data: changed(EntitySchemas.opportunity)),
        Entry(
            name: "opportunity_updated", title: "An opportunity was changed",
            data: changed(EntitySchemas.opportunity)),
        Entry(
            name: "opportunity_deleted", title: "An opportunity was deleted",
            data: changed(EntitySchemas.opportunity)),
        Entry(name: "order_deleted", title: "An order was deleted", data: order),
        Entry(name: "task_deleted", title: "A task was deleted", data: task),
        Entry(name: "order_created", title: "An order was created", data: order),
        Entry(name: "order_updated", title: "An order was changed", data: order),
        Entry(name: "decision_made", title: "The agent decided", data: EntitySchemas.decision),
        Entry(name: "delivery_scheduled", title: "A delivery was scheduled", data: delivery),
        Entry(name: "delivery_updated", title: "A delivery was changed", data: delivery),
        Entry(
            name: "feedback_received", title: "Feedback was given", data: EntitySchemas.feedback),
        Entry(name: "task_created", title: "A task was created", data: task),
        Entry(name: "task_updated", title: "A task was changed", data: task),
        Entry(name: "rl_scored", title: "Something was scored", data: ReactionSchemas.score),
        Entry(
            name: "rl_updated", title: "The model dealt with feedback",
            data: ReactionSchemas.learning),
        Entry(
            name: "compliance_checked", title: "An event was checked",
            data: ReactionSchemas.check),
        Entry(
            name: "notification_sent", title: "Somebody was notified",
            data: EntitySchemas.notification),
        Entry(
            name: "consent_granted", title: "Consent was granted", data: EntitySchemas.consent),
        Entry(
            name: "consent_withdrawn", title: "Consent was withdrawn",
            data: EntitySchemas.consent),
        Entry(name: "subject_erased", title: "A person was erased", data: EntitySchemas.erasure),
    ].sorted { $0.name < $1.name }

    /// What somebody else reported through `POST /event/unified`, under a name of theirs.
    static let reported = Entry(
        name: "reported_event", title: "Somebody reported an event",
        data: ReactionSchemas.unified)

    private static let lead = changed(EntitySchemas.lead)
    private static let order = changed(EntitySchemas.order)
    private static let delivery = changed(EntitySchemas.delivery)
    private static let task = changed(EntitySchemas.task)

    /// The schema of an event's data.
    static func schema(of data: EventData) -> JSONSchema {
        switch data {
        case .lead: lead
        case .unified: ReactionSchemas.unified
        case .consent: EntitySchemas.consent
        case .erasure: EntitySchemas.erasure
        case .opportunity: changed(EntitySchemas.opportunity)
        case .order: order
        case .delivery: delivery
        case .task: task
        case .feedback: EntitySchemas.feedback
        case .notification: EntitySchemas.notification
        case .decision: EntitySchemas.decision
        case .check: ReactionSchemas.check
        case .score: ReactionSchemas.score
        case .learning: ReactionSchemas.learning
        }
    }

    /// An entity as it now is, and which fields a change has changed.
    private static func changed(_ entity: JSONSchema) -> JSONSchema {
        JSONSchema.object(
            (entity.name ?? "") + "Data",
            entity.properties + [
                .optional("deleted_at", JSONSchema.time.described("When it is deleted.")),
                .optional(
                    "changed",
                    JSONSchema.list(of: .string("status")).described("The fields that changed.")),
            ])
    }
}

/// Schemas of what the processors say, and of what others report.
enum ReactionSchemas {
    static let check = JSONSchema.object(
        "CheckData",
        [
            .required("event", .id), .required("event_type", .string("lead_created")),
            .required("effect", .words([CheckEffect.allow, .deny].map(\.rawValue))),
            .required("rules", .list(of: .string("own-business"))),
            .required(
                "policy",
                .object([.required("id", .string("standard")), .required("version", .count(1))])),
        ])

    static let score = JSONSchema.object(
        "ScoreData",
        [
            .required("event", .id), .required("score", .number(0.61)),
            .required("low", .number(0.4)), .required("high", .number(0.8)),
            .required("learned", .flag(true)), .required("model_version", .count(7)),
            .required("factors", .list(of: EntitySchemas.contribution)),
            .required("features", .map(sample: .members(("lead.source", .string("web"))))),
        ])

    static let learning = JSONSchema.object(
        "LearningData",
        [
            .required("feedback", .id), .required("decision", JSONSchema.id.orNull),
            .required("reward", JSONSchema.number(0.8, -1...1).orNull),
            .required("learned", .flag(true)), .required("model_version", .count(8)),
        ])

    static let unified = JSONSchema.object(
        "ReportedData",
        [
            .required("task_id", JSONSchema.string("task-1").orNull),
            .required("user_id", JSONSchema.string("customer-7").orNull),
            .required("consent_flag", JSONSchema.flag(true).orNull),
            .required("payload", .any(.members(("minutes_left", .integer(15))))),
        ])
}
