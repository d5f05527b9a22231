// What bodies may hold, each field with the limits of its decoder. A field that may be cleared may
// be null in a patch; in a creation null is the same as absent.

import Domain

/// Schemas of requests' bodies.
enum BodySchemas {
    /// The body of a route; nil for one that reads none.
    static func body(of route: Route) -> JSONSchema? {
        switch route {
        case .createLead: createLead
        case .updateLead: updateLead
        case .convertLead: convertLead
        case .createOpportunity: createOpportunity
        case .updateOpportunity: updateOpportunity
        case .createOrder: createOrder
        case .updateOrder: updateOrder
        case .scheduleDelivery: scheduleDelivery
        case .updateDelivery: updateDelivery
        case .createTask: createTask
        case .updateTask: updateTask
        case .giveFeedback: giveFeedback
        case .decide: decide
        case .publishEvents: EventBodySchemas.publishEvents
        case .updateNotification: updateNotification
        case .recordConsent: recordConsent
        case .revokeTokens: revokeTokens
        case .login: login
        case .refreshSession: refreshSession
        case .createUser: createUser
        case .updateUser: updateUser
        default: nil
        }
    }

    private static let leadDetails: [JSONSchema.Property] = [
        .optional("email", JSONSchema.email.orNull, shown: true),
        .optional("phone", JSONSchema.phone.orNull),
        .optional("company", JSONSchema.line("Example Ltd").orNull),
        .optional("source", JSONSchema.line("web").orNull),
        .optional("owner", JSONSchema.line("ravi").orNull),
        .optional("team", JSONSchema.line("west").orNull),
        .optional("tags", JSONSchema.tags.orNull),
        .optional("consent_flag", JSONSchema.consentFlag),
    ]

    private static let createLead = JSONSchema.body(
        "CreateLead", [.required("name", .line("Asha Rao"))] + leadDetails)

    private static let updateLead = JSONSchema.body(
        "UpdateLead",
        [.optional("name", .line("Asha Rao")), .optional("status", .choice(LeadStatus.self))]
            + leadDetails)

    private static let opportunityDetails: [JSONSchema.Property] = [
        .optional("expected_close", JSONSchema.date.orNull),
        .optional("owner", JSONSchema.line("ravi").orNull),
        .optional("consent_flag", JSONSchema.consentFlag),
    ]

    private static let openStages = OpportunityStage.allCases.filter(\.isOpen)

    private static let newOpportunity: [JSONSchema.Property] = [
        .required("name", .line("Annual plan")), .required("value", .amount("12500.00")),
        .required("currency", JSONSchema.currency),
        .optional("stage", JSONSchema.words(openStages.map(\.rawValue)).orNull),
        .optional("probability", JSONSchema.integer(10, 0...100).orNull),
        .optional("expected_close", JSONSchema.date.orNull),
        .optional("owner", JSONSchema.line("ravi").orNull),
    ]

    private static let createOpportunity = JSONSchema.body(
        "CreateOpportunity",
        [.required("lead_id", .id)] + newOpportunity
            + [.optional("consent_flag", JSONSchema.consentFlag)])

    private static let convertLead = JSONSchema.body(
        "ConvertLead",
        [
            .optional(
                "opportunity", JSONSchema.body("ConvertedOpportunity", newOpportunity).orNull,
                shown: true),
            .optional("consent_flag", JSONSchema.consentFlag),
        ])

    private static let updateOpportunity = JSONSchema.body(
        "UpdateOpportunity",
        [
            .optional("name", .line("Annual plan")), .optional("value", .amount("12500.00")),
            .optional("currency", JSONSchema.currency),
            .optional(
                "stage", JSONSchema.choice(OpportunityStage.self).example(.string("qualification")),
                shown: true),
            .optional("probability", .integer(10, 0...100)),
            .optional("lost_reason", JSONSchema.line("Price").orNull),
        ] + opportunityDetails)

    private static let orderLine = JSONSchema.body(
        "NewOrderLine",
        [
            .required("sku", .line("A-1")),
            .required("quantity", .integer(2, 1...OrderField.quantityMax)),
            .required("unit_price", .amount("6250.00")),
        ])

    private static let orderLines = JSONSchema.list(
        of: orderLine, min: 1, max: OrderField.linesMax)

    private static let createOrder = JSONSchema.body(
        "CreateOrder",
        [
            .required("opp_id", .id), .required("currency", JSONSchema.currency),
            .required("lines", orderLines),
            .optional(
                "total",
                JSONSchema.amount("12500.00").orNull.described("Must be the sum of the lines.")),
            .optional("owner", JSONSchema.line("ravi").orNull),
            .optional("consent_flag", JSONSchema.consentFlag),
        ])

    private static let updateOrder = JSONSchema.body(
        "UpdateOrder",
        [
            .optional("lines", orderLines.described("Of a draft alone.")),
            .optional("total", .amount("12500.00")),
            .optional(
                "status", JSONSchema.choice(OrderStatus.self).example(.string("confirmed")),
                shown: true),
            .optional("owner", JSONSchema.line("ravi").orNull),
            .optional("consent_flag", JSONSchema.consentFlag),
        ])

    private static let deliveryDetails: [JSONSchema.Property] = [
        .optional("carrier", JSONSchema.line("Blue Dart").orNull),
        .optional("tracking", JSONSchema.line("BD-1001").orNull),
        .optional("consent_flag", JSONSchema.consentFlag),
    ]

    private static let scheduleDelivery = JSONSchema.body(
        "ScheduleDelivery",
        [.required("order_id", .id), .required("delivery_date", .date)] + deliveryDetails)

    private static let updateDelivery = JSONSchema.body(
        "UpdateDelivery",
        [
            .optional("delivery_date", .date),
            .optional(
                "status",
                JSONSchema.choice(DeliveryStatus.self).example(.string("out_for_delivery")),
                shown: true),
            .optional("proof", JSONSchema.prose("Signed by the customer").orNull),
        ] + deliveryDetails)

    private static let taskDetails: [JSONSchema.Property] = [
        .optional("assignee", JSONSchema.line("ravi").orNull),
        .optional("due", JSONSchema.time.orNull),
        .optional("description", JSONSchema.prose("Ask about the plan.").orNull),
        .optional("consent_flag", JSONSchema.consentFlag),
    ]

    private static let createTask = JSONSchema.body(
        "CreateTask",
        [
            .required("title", .line("Call back")),
            .optional("subject", JSONSchema.subject(EntityKind.allCases).orNull),
            .optional("priority", JSONSchema.choice(TaskPriority.self).orNull),
        ] + taskDetails)

    private static let updateTask = JSONSchema.body(
        "UpdateTask",
        [
            .optional("title", .line("Call back")),
            .optional("priority", .choice(TaskPriority.self)),
            .optional(
                "status", JSONSchema.choice(TaskStatus.self).example(.string("in_progress")),
                shown: true),
        ] + taskDetails)

    private static let giveFeedback = JSONSchema.body(
        "GiveFeedback",
        [
            .required("subject", .subject(GiveFeedback.kinds)),
            .optional("rating", JSONSchema.integer(5, 1...5).orNull, shown: true),
            .optional("reward", JSONSchema.number(0.8, -1...1).orNull, shown: true),
            .optional("comment", JSONSchema.prose("Quick and friendly").orNull, shown: true),
            .optional("consent_flag", JSONSchema.consentFlag),
        ]
    ).with("anyOf", .array(["rating", "reward", "comment"].map { .given($0) }))

    private static let decide = JSONSchema.body(
        "Decide",
        [
            .required(
                "subject",
                JSONSchema.subject(DecideCommand.kinds).example(
                    .string("orders/01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e"))),
            .optional(
                "context",
                JSONSchema.map(sample: .members(("region", .string("west")))).orNull.described(
                    "What is known; without U+0000."), shown: true),
            .optional(
                "actions",
                JSONSchema.list(
                    of: JSONSchema.string("express", min: 1, max: 64, pattern: #"^[^\x00]*$"#)
                        .with("not", .members(("const", .string(AgentDecision.noAction)))),
                    min: 1, max: DecideCommand.actionsMax
                ).orNull.described("Not beside action_set."), shown: true),
            .optional("action_set", JSONSchema.words(ActionSet.all.map(\.name)).orNull),
            .optional(
                "mode", JSONSchema.words([DecisionMode.live, .shadow].map(\.rawValue)).orNull),
            .optional(
                "deadline_ms",
                JSONSchema.integer(200, 1...AgentCoding.deadlineMillisecondsMax).orNull),
            .optional("consent_flag", JSONSchema.consentFlag),
        ]
    ).with("not", .members(("allOf", .array(["actions", "action_set"].map { .given($0) }))))

    private static let updateNotification = JSONSchema.body(
        "UpdateNotification",
        [
            .required(
                "state",
                .words(NotificationState.allCases.filter { $0 != .unseen }.map(\.rawValue)))
        ])

    private static let recordConsent = JSONSchema.body(
        "RecordConsent",
        [
            .required("subject", JSONSchema.person),
            .required("purpose", .words(PurposeNotice.all.map(\.purpose.code))),
            .required("status", .words([ConsentStatus.granted, .withdrawn].map(\.rawValue))),
        ])

    private static let tokenName = JSONSchema.string(
        "token-1", min: 1, max: 256, pattern: #"^[^\x00-\x1f\x7f]*$"#)

    private static let revokeTokens = JSONSchema.body(
        "RevokeTokens",
        [
            .optional("jti", tokenName.orNull.described("One token."), shown: true),
            .optional("sub", tokenName.orNull.described("All of a subject until now.")),
            .optional("sid", tokenName.orNull.described("All of a session.")),
        ]
    ).with("oneOf", .array(["jti", "sub", "sid"].map { .given($0) }))

    private static let userName = JSONSchema.string(
        "ravi", min: 1, max: 128, pattern: #"^[^\s\x00-\x20\x7f-\x9f]*$"#
    ).described("At most 128 bytes.")

    private static let login = JSONSchema.body(
        "Login",
        [
            .required("name", userName),
            .required(
                "password", .string("correct horse battery", max: 1024, pattern: #"^[^\x00]*$"#)),
            .optional(
                "cookies",
                JSONSchema.flag(true).orNull.described("Keep the tokens in HttpOnly cookies.")),
        ])

    private static let refreshSession = JSONSchema.body(
        "RefreshSession", [.required("refresh_token", .text("rt_…"))])

    private static let password = JSONSchema.string(
        "correct horse battery", min: UserRules.passwordCharacters.lowerBound,
        max: UserRules.passwordCharacters.upperBound, pattern: #"^[^\x00]*$"#)

    private static let teams = JSONSchema.list(
        of: JSONSchema.string("west", min: 1, max: 128, pattern: #"^[^\x00-\x1f\x7f-\x9f]*$"#),
        max: 32
    ).described("At most 1,024 bytes together.")

    private static let someRoles = JSONSchema.list(of: .choice(Role.self), min: 1)

    private static let createUser = JSONSchema.body(
        "CreateUser",
        [
            .required("name", userName), .required("password", password),
            .required("roles", someRoles), .optional("teams", teams.orNull),
        ])

    private static let updateUser = JSONSchema.body(
        "UpdateUser",
        [
            .optional("roles", someRoles), .optional("teams", teams.orNull),
            .optional("active", .flag(true), shown: true), .optional("password", password),
        ])
}

extension FieldValue {
    /// A condition: this member is there, and not null.
    static func given(_ name: String) -> FieldValue {
        .members(
            ("required", .texts([name])),
            (
                "properties",
                .members((name, .members(("not", .members(("type", .string("null")))))))
            ))
    }
}
