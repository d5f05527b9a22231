// Every problem that the hub can answer with: one example of each code, and what to do about it.
// The switch is exhaustive, so a refusal without advice does not compile.

import Domain
import Wire

/// The problems by their codes.
enum ProblemTable {
    /// One of each code, sorted by it.
    static let all: [Refusal] = (gates + requests + business + http).sorted { $0.code < $1.code }

    /// Their codes.
    static let codes = all.map(\.code)

    /// The example of a code; nil for a code that is none.
    static func named(_ code: String) -> Refusal? { all.first { $0.code == code } }

    private static let id = UniqueID(high: 0x0193_9b07_3f4a_7c1e, low: 0x8d2a_5b6f_7a8c_9d0e)

    private static let gates: [Refusal] = [
        .rateLimited(policy: "default", retryAfterSeconds: 30),
        .unauthenticated(reason: .missing), .unauthenticated(reason: .signature),
        .unauthenticated(reason: .expired), .unauthenticated(reason: .revoked),
        .unauthenticated(reason: .credentials), .unauthenticated(reason: .session),
        .unauthenticated(reason: .reused), .unauthenticated(reason: .ticket),
        .forbidden(.writeLeads), .originNotAllowed("https://elsewhere.example"),
        .consentRequired(purpose: .contract, subject: "leads/" + id.text),
    ]

    private static let requests: [Refusal] = [
        .badJSON("At byte 12: a string does not end."), .badParameter("limit", "must be 1 to 100"),
        .invalidField("email", "must be an email address"),
        .unsupportedMediaType(expected: "application/json"), .unsupportedContentEncoding,
        .repeatedHeader("authorization"), .repeatedCookie("hub_access"), .notAcceptable, .noRoute,
        .methodNotAllowed(allowed: ["GET", "HEAD", "OPTIONS"]),
    ]

    private static let business: [Refusal] = [
        .duplicateLead(existing: id, field: "email"), .deliveryExists(existing: id),
        .userExists(existing: id), .alreadyConverted(opportunity: id),
        .illegalTransition(field: "status", from: "new", to: "won", allowed: ["contacted"]),
        .preconditionFailed(currentVersion: 4), .idempotencyKeyReused,
        .leaseHeld(untilMilliseconds: 1_795_593_900_123), .cursorMoved, .tooSlow,
        .tooManyStreams(countMax: 100), .unavailable(retryAfterSeconds: 1),
        .outcomeUnknown(retryAfterSeconds: 1), .internalError,
    ]

    private static let http: [Refusal] =
        HTTPError.allCases.map {
            .badHTTP(status: $0.status, code: $0.code, detail: $0.detail)
        } + [
            .badHTTP(status: 426, code: "upgrade_required", detail: "Connect with WebSocket."),
            .badHTTP(
                status: 400, code: "bad_websocket_key",
                detail: "Sec-WebSocket-Key must be 16 bytes in Base64."),
            .badHTTP(
                status: 400, code: "incomplete_request",
                detail: "The connection's other side ended before the request did."),
            .badHTTP(
                status: 408, code: "request_timeout", detail: "The request did not come in time."),
            .badHTTP(
                status: 400, code: "plain_http_on_tls_port",
                detail: "A plain HTTP request was sent to the port of HTTPS."),
        ]
}

extension Refusal {
    /// What a client does about it.
    var advice: String {
        switch self {
        case .rateLimited: "Wait as long as Retry-After says, then go on."
        case .unauthenticated(let fault):
            switch fault {
            case .missing: "Send Authorization: Bearer, or sign in at POST /auth/login."
            case .expired: "Refresh the session at POST /auth/refresh, or sign in again."
            case .credentials: "Check name and password."
            case .ticket: "Ask for a new ticket at POST /auth/ticket and use it at once."
            default: "Sign in again."
            }
        case .forbidden: "Ask for a role that has the permission that the problem names."
        case .originNotAllowed: "Let the operator add the page's origin to --cors-origins."
        case .consentRequired:
            "Ask the person, then record the grant at POST /compliance/consents."
        case .badJSON: "Send well-formed JSON; the detail says where it breaks."
        case .badParameter: "Correct the parameter that field names, or leave it out."
        case .invalidField: "Correct the field that field names."
        case .unsupportedMediaType: "Send Content-Type: application/json."
        case .unsupportedContentEncoding: "Send the body uncompressed."
        case .repeatedHeader, .repeatedCookie: "Send it once."
        case .notAcceptable: "Accept application/json or text/event-stream."
        case .noRoute, .notFound: "Check the path and the id; it may be gone, or not yours to see."
        case .methodNotAllowed: "Use one of the methods in Allow."
        case .badHTTP: "Send correct HTTP/1.1; the detail says what is wrong."
        case .duplicateLead:
            "Use the lead that existing names, or say ?allow_duplicate=true if it is another one."
        case .deliveryExists: "Change the delivery that existing names."
        case .userExists: "Choose another name."
        case .alreadyConverted: "Go on with the opportunity that existing names."
        case .illegalTransition: "Make one of the moves in allowed_transitions."
        case .preconditionFailed: "Read the entity again and repeat the change with its new ETag."
        case .idempotencyKeyReused: "Make a new key for a new request."
        case .leaseHeld, .cursorMoved: "Try again later."
        case .tooSlow: "Resume after the last id, and read faster or with a filter."
        case .tooManyStreams: "Close a stream, or share one between tabs."
        case .unavailable: "Try again after Retry-After."
        case .outcomeUnknown: "Repeat the request with the same Idempotency-Key."
        case .internalError: "Report it with its trace id."
        }
    }
}

/// The schema of a problem.
enum ProblemSchemas {
    /// `application/problem+json` (RFC 9457 §3.1) with what the hub adds to it.
    static let problem = JSONSchema.object(
        "Problem",
        [
            .required(
                "type",
                JSONSchema.string("/problems/invalid_field", format: "uri-reference").described(
                    "A page about it, at the hub or registered at IANA.")),
            .required("title", .string("Invalid field")),
            .required("status", .integer(422, 400...599)),
            .required("detail", .string("email must be an email address.")),
            .required(
                "code",
                JSONSchema.words(ProblemTable.codes).example(.string("invalid_field")).described(
                    "Stable; what programs compare.")),
            .optional(
                "field", JSONSchema.string("email").described("The field or parameter at fault."),
                shown: true),
            .required(
                "trace_id", .string("0af7651916cd43dd8448eb211c80319c", pattern: "^[0-9a-f]{32}$")),
            .optional("retry_after", JSONSchema.count(30).described("Seconds.")),
            .optional("violated-policies", .list(of: .string("default"))),
            .optional(
                "existing",
                .object([
                    .required("id", .id), .required("location", .string("/crm/leads/…")),
                ])),
            .optional("existing_id", .id), .optional("leased_until", .time),
            .optional("from", .string("new")),
            .optional("allowed_transitions", .list(of: .string("contacted"))),
            .optional("current_version", .integer(4)), .optional("purpose", .string("contract")),
            .optional("notice", .string("/compliance/purposes#contract")),
            .optional("subject", .string("leads/…")),
            .optional("allowed_methods", .list(of: .string("GET"))),
            .optional("permission", .string("leads.write")),
        ])
}
