// What a request may say besides its body: ids in its path, parameters of its query, header fields.
// Filters come from the store's own table; the rest is described here as its reader takes it.

import Domain
import EventLog
import Store

/// A parameter of a request.
struct ParameterDescription {
    /// Where it stands.
    enum Place: String {
        case path, query, header
    }

    let name: String
    let place: Place
    let schema: JSONSchema
    var text: String?

    init(_ name: String, _ place: Place = .query, _ schema: JSONSchema, _ text: String? = nil) {
        self.name = name
        self.place = place
        self.schema = schema
        self.text = text
    }
}

extension Route {
    /// The parameters of its query.
    var queryParameters: [ParameterDescription] {
        switch self {
        case .createLead, .updateLead:
            [
                ParameterDescription(
                    "allow_duplicate", .query, .flag(true),
                    "Whether another lead may have the same email or phone.")
            ]
        case .listLeads:
            Parameters.page(time: "created_at") + [
                ParameterDescription("status", .query, .choice(LeadStatus.self)),
                ParameterDescription("owner", .query, .text("ravi")),
                ParameterDescription("email", .query, .text("asha@example.test")),
            ]
        case .listChecks:
            Parameters.page(time: "created_at", cursor: "42") + [
                ParameterDescription("subject", .query, .text("leads/…"))
            ]
        case .listPurposes, .listPolicies, .listWorkflows: Parameters.page()
        case .readLeadTimeline, .readOpportunityTimeline, .readOrderTimeline, .readLeadMoves,
            .readOpportunityMoves, .readOrderMoves, .readDeliveryMoves, .readTaskMoves:
            Parameters.page(cursor: "42")
        case .listAudit: Parameters.audit
        case .readAuditCheckpoint:
            [
                ParameterDescription(
                    "from", .query, JSONSchema.count(4).with("maximum", .integer(Int.max)),
                    "The size of an older checkpoint: the answer proves that it is its beginning.")
            ]
        case .events: Parameters.stream + Parameters.history
        case .webSocket: Parameters.stream
        default: recordParameters
        }
    }

    /// The page and the filters of a kind of record.
    private var recordParameters: [ParameterDescription] {
        guard let kind = recordKind, !isItem, work == .query else { return [] }
        let limits = RecordsParameters.limits(kind)
        let fixed: String? =
            switch self {
            case .listNotifications: "recipient"
            case .listOwnSessions: "user"
            case .listWorkflowRuns: "rule"
            default: nil
            }
        return Parameters.page(
            max: limits.max, usual: limits.usual, time: kind == .logs ? "time" : "created_at")
            + kind.filters.filter { $0.name != fixed }.map {
                ParameterDescription($0.name, .query, Parameters.schema($0.type))
            }
    }

    /// The header fields that change what it does.
    var headerParameters: [ParameterDescription] {
        var parameters: [ParameterDescription] = []
        if isCommand, !isPatch, !isDeletion { parameters.append(Parameters.idempotencyKey) }
        if isPatch || isDeletion || self == .convertLead, self != .updateNotification {
            parameters.append(Parameters.ifMatch)
        }
        if isCommand { parameters.append(Parameters.prefer) }
        if answer.headers.contains(.etag), work != .command, answer.status == 200, !isPatch {
            parameters.append(Parameters.ifNoneMatch)
        }
        return parameters
    }

    /// What stands in its path, by name.
    var pathSchema: JSONSchema {
        switch self {
        case .readWorkflow, .listWorkflowRuns:
            .string(WorkflowRule.standard.first?.id ?? "", pattern: "^[a-z0-9_]+$")
        case .renewStream: JSONSchema.streamName
        case .problemPage: .words(ProblemTable.codes)
        default: JSONSchema.id
        }
    }
}

/// Parameters that several routes have.
enum Parameters {
    /// A page: how much, from where, in which order.
    static func page(
        max: Int = 100, usual: Int = 20, time: String? = nil,
        cursor: String = "01939b07-3f4a-7c1e-8d2a-5b6f7a8c9d0e"
    ) -> [ParameterDescription] {
        var parameters = [
            ParameterDescription(
                "limit", .query,
                JSONSchema.integer(usual, 1...max).with("default", .integer(usual)),
                "How many at most."),
            ParameterDescription(
                "cursor", .query, .text(cursor),
                "The next_cursor of the page before; opaque."),
        ]
        if let time {
            parameters.append(
                ParameterDescription(
                    "sort", .query, .words(["-" + time, time]), "Newest first, or oldest first."))
        }
        return parameters
    }

    /// What a filter takes.
    static func schema(_ type: FilterType) -> JSONSchema {
        switch type {
        case .id: JSONSchema.id
        case .text: .text("text")
        case .word(let words): .words(words)
        case .date: JSONSchema.date
        case .time: JSONSchema.time
        case .flag: .flag(true)
        }
    }

    static let audit =
        page(max: 1000, usual: 100, time: "number", cursor: "42")
        + ["user_id", "action", "resource", "trace_id"].map {
            ParameterDescription($0, .query, .text("text"))
        } + [
            ParameterDescription("layer", .query, .choice(Layer.self), "The layer that decided."),
            ParameterDescription("success", .query, .flag(true)),
        ]

    /// Of a stream: its filter, where it begins, how it treats a slow reader.
    static let stream = [
        ParameterDescription(
            "types", .query,
            .string("lead_created,order_*", pattern: typesPattern),
            "Names of events, with * at the end, separated by commas."),
        ParameterDescription(
            "subject", .query,
            .string(
                "leads/…", min: 1, max: StreamQuery.subjectCharactersMax, pattern: #"^[^\x00]*$"#),
            "What events are about."),
        ParameterDescription(
            "entity", .query, .string("lead,order", pattern: "^[a-z_]{1,32}(,[a-z_]{1,32}){0,31}$"),
            "Kinds of subjects, separated by commas."),
        ParameterDescription(
            "after", .query, JSONSchema.eventID,
            "The last event that is known; 0 is before the first one. Last-Event-ID wins over it."),
        ParameterDescription(
            "policy", .query, .choice(ReaderPolicy.self), "What becomes of a slow reader."),
        ParameterDescription(
            "max_rate", .query, .integer(10, 1...Pace.perSecondMax), "Events a second at most."),
        ParameterDescription(
            "stream", .query, JSONSchema.streamName,
            "A name to renew the stream's token by (POST /auth/streams/{stream})."),
    ]

    private static let typesPattern: String = {
        let type = #"([a-z][a-z0-9_.]{0,63}\*?|\*)"#
        return "^\(type)(,\(type)){0,31}$"
    }()

    /// Of a page of history.
    static let history = [
        ParameterDescription(
            "limit", .query,
            JSONSchema.integer(50, 1...HistoryParameters.limitMax).with("default", .integer(50)),
            "How many at most, of a page of history."),
        ParameterDescription("order", .query, .words(["asc", "desc"]), "Of a page of history."),
        ParameterDescription(
            "cursor", .query, .string("42", pattern: "^[0-9]{1,18}$"),
            "The next_cursor of the page before."),
    ]

    static let idempotencyKey = ParameterDescription(
        "Idempotency-Key", .header,
        .string(
            "\"8e03978e-40d5-43e8-bc93-6894a57f9324\"",
            pattern: "^(\"[!-~]{1,255}\"|[!#-~][!-~]{0,254}|\"([!-~]{0,253}[!#-~])?)$"),
        "Quoted or bare; the same key and body gives the first answer again for 24 hours.")

    static let ifMatch = ParameterDescription(
        "If-Match", .header, .string("\"3\""),
        "The ETag that was read: 412 if the entity has changed since. Without it the patch is "
            + "applied to whatever is current.")

    static let ifNoneMatch = ParameterDescription(
        "If-None-Match", .header, .string("\"3\""), "304 if it still has this ETag.")

    static let prefer = ParameterDescription(
        "Prefer", .header, .string("return=representation"),
        "return=minimal leaves the body out of the answer (RFC 7240).")
}
