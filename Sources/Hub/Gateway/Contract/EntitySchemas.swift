// What the business's entities look like in answers, in lists and as the data of events: leads,
// opportunities, orders, deliveries, tasks, feedback, decisions. All members are always there, null
// when they have no value.

import Domain

/// Schemas of entities.
enum EntitySchemas {
    private static let versioned: [JSONSchema.Property] = [
        .required("version", .integer(1).described("Counts the changes; the ETag is made of it.")),
        .required("created_at", .time), .required("updated_at", .time),
    ]

    /// A part of a score.
    static let contribution = JSONSchema.object(
        "Contribution",
        [
            .required("feature", .string("lead.source")),
            .required("category", JSONSchema.string("web").orNull),
            .required("amount", .number(0.12)),
        ])

    static let lead = JSONSchema.object(
        "Lead",
        [
            .required("id", .id), .required("name", .string("Asha Rao")),
            .required(
                "email",
                JSONSchema.string("asha@example.test").orNull.described(
                    "Null for roles that see no contact details.")),
            .required("phone", JSONSchema.string("+91 98450 00000").orNull),
            .required("company", JSONSchema.string("Example Ltd").orNull),
            .required("source", JSONSchema.string("web").orNull),
            .required("owner", JSONSchema.string("ravi").orNull),
            .required("team", JSONSchema.string("west").orNull),
            .required("tags", .list(of: .string("priority"))),
            .required("score", JSONSchema.number(0.61).orNull),
            .required("score_factors", .list(of: contribution)),
            .required("score_version", .count(1)), .required("status", .choice(LeadStatus.self)),
            .required("converted_at", JSONSchema.time.orNull.example(.null)),
            .required("converted_opportunity", JSONSchema.id.orNull.example(.null)),
            .required("duplicate_allowed", .flag()),
        ] + versioned)

    static let opportunity = JSONSchema.object(
        "Opportunity",
        [
            .required("id", .id), .required("lead_id", .id),
            .required("name", .string("Annual plan")), .required("value", .money("12500.00")),
            .required("currency", .string("INR", pattern: "^[A-Z]{3}$")),
            .required("stage", .choice(OpportunityStage.self)),
            .required("last_stage", JSONSchema.choice(OpportunityStage.self).orNull),
            .required("probability", .integer(10, 0...100)),
            .required("weighted_value", .money("1250.00")),
            .required("expected_close", JSONSchema.date.orNull),
            .required("owner", JSONSchema.string("ravi").orNull),
            .required("lost_reason", JSONSchema.string("Price").orNull.example(.null)),
        ] + versioned)

    static let orderLine = JSONSchema.object(
        "OrderLine",
        [
            .required("sku", .string("A-1")),
            .required("quantity", .integer(2, 1...OrderField.quantityMax)),
            .required("unit_price", .money("6250.00")),
        ])

    static let order = JSONSchema.object(
        "Order",
        [
            .required("id", .id), .required("opp_id", .id), .required("lead_id", .id),
            .required("currency", .string("INR", pattern: "^[A-Z]{3}$")),
            .required("lines", .list(of: orderLine)), .required("total", .money("12500.00")),
            .required("status", .choice(OrderStatus.self)),
            .required("owner", JSONSchema.string("ravi").orNull),
        ] + versioned)

    static let delivery = JSONSchema.object(
        "Delivery",
        [
            .required("id", .id), .required("order_id", .id), .required("lead_id", .id),
            .required("delivery_date", .date), .required("status", .choice(DeliveryStatus.self)),
            .required("carrier", JSONSchema.string("Blue Dart").orNull),
            .required("tracking", JSONSchema.string("BD-1001").orNull),
            .required("attempts", .count()),
            .required("proof", JSONSchema.string("Signed by the customer").orNull.example(.null)),
            .required("owner", JSONSchema.string("ravi").orNull),
        ] + versioned)

    static let task = JSONSchema.object(
        "Task",
        [
            .required("id", .id), .required("title", .string("Call back")),
            .required("subject", JSONSchema.subject(EntityKind.allCases).orNull),
            .required("lead_id", JSONSchema.id.orNull),
            .required("assignee", JSONSchema.string("ravi").orNull),
            .required("due", JSONSchema.time.orNull),
            .required("priority", .choice(TaskPriority.self)),
            .required("status", .choice(TaskStatus.self)),
            .required("description", JSONSchema.string("Ask about the plan.").orNull),
            .required(
                "origin",
                JSONSchema.object([
                    .required("rule", .string("lead_follow_up")), .required("event", .id),
                ]).orNull.described("The workflow rule that made it, and why.")),
        ] + versioned)

    static let feedback = JSONSchema.object(
        "Feedback",
        [
            .required("id", .id), .required("subject", .subject(GiveFeedback.kinds)),
            .required("lead_id", JSONSchema.id.orNull),
            .required("rating", JSONSchema.integer(5, 1...5).orNull),
            .required("reward", JSONSchema.number(0.8, -1...1).orNull),
            .required("comment", JSONSchema.string("Quick and friendly").orNull),
            .required("actor", .string("ravi")), .required("created_at", .time),
        ])

    private static let actionAnswer = JSONSchema.object(
        "ActionScore",
        [
            .required("action", .string("express")),
            .required("score", JSONSchema.number(0.7).orNull),
            .required("low", JSONSchema.number(0.5).orNull),
            .required("high", JSONSchema.number(0.9).orNull), .required("learned", .flag(true)),
            .required("propensity", JSONSchema.number(0.8).orNull),
            .required(
                "excluded_by",
                JSONSchema.string("person-withdrew").orNull.example(.null).described(
                    "The compliance rule that ruled it out.")),
        ])

    static let decision = JSONSchema.object(
        "Decision",
        [
            .required("id", .id), .required("subject", .subject(DecideCommand.kinds)),
            .required("lead_id", JSONSchema.id.orNull),
            .required(
                "context",
                JSONSchema.map(sample: .members(("region", .string("west")))).orNull),
            .required("mode", .words([DecisionMode.live, .shadow].map(\.rawValue))),
            .required("action", .string("express")), .required("probability", .number(0.8)),
            .required("actions", .list(of: actionAnswer)),
            .required("explanation", .list(of: contribution)),
            .required(
                "policy",
                .object([.required("id", .string("thompson")), .required("version", .count(1))])),
            .required(
                "model",
                .object([.required("version", .count(7)), .required("position", .position)])),
            .required("fallback", .flag()), .required("actor", .string("ravi")),
            .required("created_at", .time),
        ])

    /// A decision as it is read: of an erased person's nothing is left but its id.
    static let storedDecision = JSONSchema.anyOf(
        "StoredDecision",
        [
            decision,
            .object(
                "ErasedDecision",
                [.required("id", .id), .required("erased", .constant(.bool(true)))]),
        ])

    static let notification = JSONSchema.object(
        "Notification",
        [
            .required("id", .id), .required("recipient", .string("ravi")),
            .required("category", .string("delivery")),
            .required("title", .string("Delivery scheduled")),
            .required("body", JSONSchema.string("For 2026-12-01").orNull),
            .required(
                "subject",
                JSONSchema.string("deliveries/01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e").orNull),
            .required("state", .choice(NotificationState.self)), .required("created_at", .time),
            .required("seen_at", JSONSchema.time.orNull.example(.null)),
            .required("read_at", JSONSchema.time.orNull.example(.null)),
            .required("archived_at", JSONSchema.time.orNull.example(.null)),
        ])

    static let consent = JSONSchema.object(
        "Consent",
        [
            .required("id", .id),
            .required("subject", .string("leads/01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e")),
            .required("purpose", .words(PurposeNotice.all.map(\.purpose.code))),
            .required("status", .words([ConsentStatus.granted, .withdrawn].map(\.rawValue))),
            .required("actor", .string("ravi")), .required("recorded_at", .time),
        ])

    static let erasure = JSONSchema.object(
        "Erasure",
        [
            .required("subject", .string("leads/01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e")),
            .required("actor", .string("ravi")), .required("erased_at", .time),
        ])
}
