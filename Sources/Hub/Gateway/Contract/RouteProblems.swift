// Which problems each route can answer with, worked out of what the route is: its gates, its body,
// who does its work.

import Domain
import Wire

extension Route {
    /// Whether it is answered before any gate.
    var isProbe: Bool {
        switch self {
        case .health, .readiness, .metrics: true
        default: false
        }
    }

    /// The codes of its problems, sorted.
    var problemCodes: [String] {
        var codes = Set(HTTPError.allCases.map(\.code) + ["incomplete_request", "request_timeout"])
        guard !isProbe else { return codes.sorted() }
        codes.formUnion(["bad_parameter", "repeated_header", "repeated_cookie"])
        if isRateLimited { codes.insert("rate_limited") }
        codes.formUnion(gateCodes)
        codes.formUnion(workCodes)
        codes.formUnion(ownCodes)
        return codes.sorted()
    }

    private var gateCodes: [String] {
        switch self {
        case .login: return ["bad_credentials", "origin_not_allowed", "unavailable"]
        case .refreshSession:
            return [
                "token_invalid", "token_expired", "session_ended", "refresh_reused",
                "origin_not_allowed",
            ]
        default: break
        }
        guard permission != nil else { return [] }
        return [
            "token_missing", "token_expired", "token_revoked", "token_invalid", "forbidden",
            "origin_not_allowed",
        ]
    }

    private var workCodes: [String] {
        var codes: [String] = []
        if BodySchemas.body(of: self) != nil || isCommand {
            codes += [
                "bad_json", "invalid_field", "unsupported_media_type",
                "unsupported_content_encoding",
            ]
        }
        if purpose != nil { codes.append("consent_required") }
        if isPatch { codes.append("precondition_failed") }
        switch work {
        case .open: break
        case .command:
            codes += ["unavailable", "outcome_unknown", "internal_error"]
            if !isPatch, !isDeletion { codes.append("idempotency_key_reused") }
        case .session: codes += ["unavailable", "outcome_unknown", "internal_error"]
        case .query, .examination, .table, .census: codes += ["unavailable", "internal_error"]
        case .stream:
            codes += [
                "unavailable", "too_many_streams", "ticket_invalid", "session_ended",
                "not_acceptable", "upgrade_required", "bad_websocket_key",
            ]
        case .ticket: codes += ["unavailable", "not_found"]
        }
        return codes
    }

    /// What is of this route alone, and an id that names nothing.
    private var ownCodes: [String] {
        var codes: [String] = []
        if isItem || isPatch { codes.append("not_found") }
        switch self {
        case .createLead: codes.append("duplicate_lead")
        case .convertLead:
            codes += [
                "not_found", "precondition_failed", "already_converted", "illegal_transition",
            ]
        case .deleteLead, .deleteOpportunity, .deleteTask:
            codes += ["not_found", "precondition_failed"]
        case .deleteOrder:
            codes += [
                "not_found", "precondition_failed", "illegal_transition", "delivery_exists",
            ]
        case .updateLead: codes += ["duplicate_lead", "illegal_transition", "already_converted"]
        case .updateOpportunity, .updateOrder, .updateDelivery, .updateTask, .updateNotification:
            codes.append("illegal_transition")
        case .scheduleDelivery: codes += ["delivery_exists", "illegal_transition"]
        case .replayDeadLetter: codes += ["illegal_transition", "not_found"]
        case .createUser: codes.append("user_exists")
        case .echo: codes += ["not_found", "upgrade_required", "bad_websocket_key"]
        case .eraseSubject, .endSession, .endOwnSession, .renewStream, .listWorkflowRuns,
            .readAuditProof, .readAuditCheckpoint, .readLeadTimeline, .readOpportunityTimeline,
            .readOrderTimeline, .readLeadMoves, .readOpportunityMoves, .readOrderMoves,
            .readDeliveryMoves, .readTaskMoves, .dashboard, .problemPage, .documentation:
            codes.append("not_found")
        default: break
        }
        return codes
    }
}
