// What each route answers when it goes well: status, representation, headers. The switch is
// exhaustive, so a route whose answer is not described does not compile.

import Domain

/// A successful answer.
struct AnswerDescription {
    var status = 200
    /// Representations by media type; none for an answer without a body.
    var contents: [(type: String, schema: JSONSchema)] = []
    var headers: [AnswerHeader] = []
    var text = "Done"

    /// JSON.
    init(
        _ schema: JSONSchema, status: Int = 200, _ headers: [AnswerHeader] = [],
        text: String = "Done"
    ) {
        self.status = status
        contents = [("application/json", schema)]
        self.headers = headers
        self.text = text
    }

    /// Other representations, or none.
    init(status: Int, _ contents: [(type: String, schema: JSONSchema)] = [], text: String) {
        self.status = status
        self.contents = contents
        self.text = text
    }

    /// A page of a collection.
    static func page(of schema: JSONSchema) -> AnswerDescription {
        AnswerDescription(
            .object([
                .required("data", .list(of: schema)),
                .required(
                    "next_cursor",
                    JSONSchema.string("01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e").orNull.described(
                        "Where the next page begins; null on the last one.")),
            ]), [.link], text: "A page")
    }
}

/// A header of an answer.
enum AnswerHeader: String, CaseIterable {
    case etag = "ETag"
    case location = "Location"
    case link = "Link"
    case rateLimit = "RateLimit"
    case rateLimitPolicy = "RateLimit-Policy"
    case retryAfter = "Retry-After"
    case allow = "Allow"
    case wwwAuthenticate = "WWW-Authenticate"
    case idempotentReplayed = "Idempotent-Replayed"
    case preferenceApplied = "Preference-Applied"
    case cacheControl = "Cache-Control"

    /// What it says.
    var schema: JSONSchema {
        switch self {
        case .etag:
            .string("\"3\"").described("A strong entity tag, for If-Match and If-None-Match.")
        case .location: .string("/crm/leads/01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e")
        case .link: .string("</crm/leads?cursor=…>; rel=\"next\"").described("The next page.")
        case .rateLimit: .string("\"default\";r=50;t=30").described("What is left of the quota.")
        case .rateLimitPolicy: .string("\"default\";q=100;w=60")
        case .retryAfter: .count(30).described("Seconds.")
        case .allow: .string("GET, HEAD, OPTIONS")
        case .wwwAuthenticate: .string("Bearer realm=\"unified-core\"")
        case .idempotentReplayed: .words(["true"]).described("The answer was given before.")
        case .preferenceApplied: .words(["return=minimal"])
        case .cacheControl: .string("no-store")
        }
    }

    /// Whether every such answer has it.
    var isAlwaysThere: Bool {
        switch self {
        case .etag, .location, .wwwAuthenticate, .cacheControl: true
        default: false
        }
    }
}

extension Route {
    /// The answer when all goes well.
    var answer: AnswerDescription {
        switch self {
        case .health, .readiness, .metrics, .version, .keySet, .dashboard, .openAPI, .asyncAPI,
            .documentation, .problemPage:
            publicAnswer
        case .createLead: .created(EntitySchemas.lead)
        case .listLeads: .page(of: EntitySchemas.lead)
        case .readLead, .updateLead: AnswerDescription(EntitySchemas.lead, [.etag])
        case .convertLead:
            AnswerDescription(
                EntitySchemas.lead, status: 201, [.location],
                text: "The converted lead; Location is its new opportunity")
        case .deleteLead, .deleteOpportunity, .deleteOrder, .deleteTask:
            AnswerDescription(status: 204, text: "It is deleted")
        case .readLeadTimeline, .readOpportunityTimeline, .readOrderTimeline:
            .page(of: TimelineSchemas.entry)
        case .readLeadMoves, .readOpportunityMoves, .readOrderMoves, .readDeliveryMoves,
            .readTaskMoves:
            .page(of: TimelineSchemas.move)
        case .createOpportunity: .created(EntitySchemas.opportunity)
        case .listOpportunities: .page(of: EntitySchemas.opportunity)
        case .readOpportunity, .updateOpportunity:
            AnswerDescription(EntitySchemas.opportunity, [.etag])
        case .createOrder: .created(EntitySchemas.order)
        case .listOrders: .page(of: EntitySchemas.order)
        case .readOrder, .updateOrder: AnswerDescription(EntitySchemas.order, [.etag])
        case .scheduleDelivery: .created(EntitySchemas.delivery)
        case .listDeliveries: .page(of: EntitySchemas.delivery)
        case .readDelivery, .updateDelivery: AnswerDescription(EntitySchemas.delivery, [.etag])
        case .createTask: .created(EntitySchemas.task)
        case .listTasks: .page(of: EntitySchemas.task)
        case .readTask, .updateTask: AnswerDescription(EntitySchemas.task, [.etag])
        case .giveFeedback: AnswerDescription(EntitySchemas.feedback, status: 201, [.location])
        case .listFeedback: .page(of: EntitySchemas.feedback)
        case .readFeedback: AnswerDescription(EntitySchemas.feedback)
        case .listWorkflows: .page(of: RecordSchemas.workflow)
        case .readWorkflow: AnswerDescription(RecordSchemas.workflow, [.etag])
        case .listWorkflowRuns: .page(of: RecordSchemas.workflowRun)
        case .decide: AnswerDescription(EntitySchemas.decision)
        case .listDecisions: .page(of: EntitySchemas.storedDecision)
        case .readDecision: AnswerDescription(EntitySchemas.storedDecision)
        case .readAgentPolicy: AnswerDescription(RecordSchemas.agentPolicy)
        case .listNotifications: .page(of: EntitySchemas.notification)
        case .countNotifications: AnswerDescription(RecordSchemas.notificationCounts)
        case .readNotification, .updateNotification:
            AnswerDescription(EntitySchemas.notification)
        case .publishEvents, .readEvent, .events, .webSocket, .echo, .renewStream, .issueTicket:
            eventAnswer
        case .recordConsent: AnswerDescription(EntitySchemas.consent, status: 201)
        case .eraseSubject: AnswerDescription(EntitySchemas.erasure)
        case .listConsents: .page(of: EntitySchemas.consent)
        case .listPurposes: .page(of: RecordSchemas.purpose)
        case .listPolicies: .page(of: RecordSchemas.policy)
        case .listChecks: .page(of: RecordSchemas.check)
        case .listLogs, .listAudit, .verifyAudit, .readAuditCheckpoint, .readAuditProof,
            .listProcessors, .listDeadLetters, .readDeadLetter, .replayDeadLetter, .revokeTokens,
            .listConnections:
            operatorAnswer
        case .login, .refreshSession: AnswerDescription(AccessSchemas.grant)
        case .endOwnSession, .endSession: AnswerDescription(status: 204, text: "It is over")
        case .readIdentity: AnswerDescription(AccessSchemas.identity)
        case .listOwnSessions, .listSessions: .page(of: AccessSchemas.session)
        case .createUser: .created(AccessSchemas.user)
        case .listUsers: .page(of: AccessSchemas.user)
        case .readUser, .updateUser: AnswerDescription(AccessSchemas.user, [.etag])
        }
    }

    private var publicAnswer: AnswerDescription {
        let plain = "text/plain; charset=utf-8"
        let page = "text/html; charset=utf-8"
        var answer: AnswerDescription
        switch self {
        case .health: return AnswerDescription(status: 200, [(plain, .string("ok\n"))], text: "Up")
        case .readiness:
            return AnswerDescription(status: 200, [(plain, .string("ready\n"))], text: "Ready")
        case .metrics:
            return AnswerDescription(
                status: 200, [(plain, .string("hub_up 1\n"))],
                text: "Prometheus' text format 0.0.4")
        case .version:
            return AnswerDescription(
                .object(
                    "Version",
                    [
                        .required("name", .words(["unified-core"])),
                        .required("version", .string("1.0.0")),
                    ]))
        case .keySet:
            answer = AnswerDescription(
                status: 200,
                [
                    (
                        "application/jwk-set+json",
                        .object([.required("keys", .list(of: .map(sample: .object([]))))])
                    )
                ], text: "A JSON Web Key Set (RFC 7517)")
        case .openAPI:
            answer = AnswerDescription(
                .map(sample: .members(("openapi", .string("3.1.0")))), text: "OpenAPI 3.1")
        case .asyncAPI:
            answer = AnswerDescription(
                .map(sample: .members(("asyncapi", .string("3.0.0")))), text: "AsyncAPI 3.0")
        default:
            answer = AnswerDescription(
                status: 200, [(page, .string("<!doctype html>"))], text: "A page")
        }
        answer.headers = [.etag, .cacheControl]
        return answer
    }

    private var eventAnswer: AnswerDescription {
        switch self {
        case .publishEvents:
            return AnswerDescription(
                .anyOf([
                    RecordSchemas.reference,
                    .list(
                        of: .anyOf([
                            RecordSchemas.reference,
                            .object([.required("problem", ProblemSchemas.problem)]),
                        ])),
                ]), status: 202, text: "It is durable; Location is there for a single event")
        case .readEvent: return AnswerDescription(RecordSchemas.reportedEvent)
        case .events:
            return AnswerDescription(
                status: 200,
                [
                    (
                        "application/json",
                        .object(
                            "History",
                            [
                                .required("data", .list(of: RecordSchemas.cloudEvent)),
                                .required("next_cursor", JSONSchema.position.orNull),
                                .required("head", JSONSchema.eventID),
                            ])
                    ),
                    (
                        "text/event-stream",
                        .string("event: lead_created\nid: 5f3a09c1-42\ndata: {…}\n\n")
                    ),
                ],
                text: "A stream (see /asyncapi.json), or with Accept: application/json a page of "
                    + "history")
        case .webSocket, .echo:
            return AnswerDescription(status: 101, text: "A WebSocket from now on (RFC 6455)")
        case .renewStream: return AnswerDescription(status: 204, text: "The stream goes on")
        default: return AnswerDescription(AccessSchemas.ticket, status: 201)
        }
    }

    private var operatorAnswer: AnswerDescription {
        switch self {
        case .listLogs:
            var answer = AnswerDescription.page(of: RecordSchemas.logEntry)
            answer.contents.append(
                ("text/event-stream", .string("event: log\nid: 5f3a09c1-7\ndata: {…}\n\n")))
            answer.text = "A page, or with Accept: text/event-stream a live tail"
            return answer
        case .listAudit: return .page(of: AccessSchemas.auditRow)
        case .verifyAudit: return AnswerDescription(AccessSchemas.report)
        case .readAuditCheckpoint: return AnswerDescription(AccessSchemas.checkpoint)
        case .readAuditProof: return AnswerDescription(AccessSchemas.proof)
        case .listProcessors: return AnswerDescription(RecordSchemas.processors)
        case .listDeadLetters: return .page(of: RecordSchemas.deadLetter)
        case .readDeadLetter: return AnswerDescription(RecordSchemas.deadLetter)
        case .replayDeadLetter:
            return AnswerDescription(RecordSchemas.deadLetter, status: 202, [.location])
        case .revokeTokens: return AnswerDescription(RecordSchemas.revocation, status: 201)
        default: return AnswerDescription(RecordSchemas.census)
        }
    }
}

extension AnswerDescription {
    /// 201 with the new entity.
    static func created(_ schema: JSONSchema) -> AnswerDescription {
        AnswerDescription(schema, status: 201, [.location, .etag], text: "Created")
    }
}
