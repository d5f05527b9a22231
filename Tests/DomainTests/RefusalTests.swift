// The table of refusals: the statuses and codes that clients rely on.

import Domain
import Testing

@Suite struct `Refusals` {
    private static let table: [(Refusal, Int, String)] = [
        (.rateLimited(policy: "default", retryAfterSeconds: 7), 429, "rate_limited"),
        (.unauthenticated(reason: .missing), 401, "token_missing"),
        (.unauthenticated(reason: .expired), 401, "token_expired"),
        (.unauthenticated(reason: .signature), 401, "token_invalid"),
        (.unauthenticated(reason: .malformed), 401, "token_invalid"),
        (.unauthenticated(reason: .algorithm), 401, "token_invalid"),
        (.unauthenticated(reason: .notYetValid), 401, "token_invalid"),
        (.unauthenticated(reason: .issuer), 401, "token_invalid"),
        (.unauthenticated(reason: .audience), 401, "token_invalid"),
        (.unauthenticated(reason: .claims), 401, "token_invalid"),
        (.forbidden(.writeLeads), 403, "forbidden"),
        (.consentRequired(purpose: .contract, subject: nil), 403, "consent_required"),
        (.badJSON("At byte 3"), 400, "bad_json"),
        (.badParameter("limit", "must be 1 to 100"), 400, "bad_parameter"),
        (.invalidField("name", "is required"), 422, "invalid_field"),
        (.unsupportedMediaType(expected: "application/json"), 415, "unsupported_media_type"),
        (.unsupportedContentEncoding, 415, "unsupported_content_encoding"),
        (.repeatedHeader("origin"), 400, "repeated_header"),
        (.repeatedCookie("hub_access"), 400, "repeated_cookie"),
        (.notAcceptable, 406, "not_acceptable"),
        (.noRoute, 404, "not_found"),
        (.methodNotAllowed(allowed: ["GET"]), 405, "method_not_allowed"),
        (.notFound("leads/1"), 404, "not_found"),
        (.badHTTP(status: 431, code: "headers_too_large", detail: "d"), 431, "headers_too_large"),
        (.duplicateLead(existing: id(1), field: "email"), 409, "duplicate_lead"),
        (
            .illegalTransition(field: "status", from: "a", to: "b", allowed: []), 409,
            "illegal_transition"
        ),
        (.deliveryExists(existing: id(1)), 409, "delivery_exists"),
        (.alreadyConverted(opportunity: id(1)), 409, "already_converted"),
        (.alreadyConverted(opportunity: nil), 409, "already_converted"),
        (.leaseHeld(untilMilliseconds: 1), 409, "lease_held"),
        (.cursorMoved, 409, "cursor_moved"),
        (.preconditionFailed(currentVersion: 2), 412, "precondition_failed"),
        (.idempotencyKeyReused, 422, "idempotency_key_reused"),
        (.unavailable(retryAfterSeconds: 1), 503, "unavailable"),
        (.outcomeUnknown(retryAfterSeconds: 2), 503, "outcome_unknown"),
        (.internalError, 500, "internal_error"),
    ]

    @Test func `each has its status and its stable code`() {
        for (refusal, status, code) in Self.table {
            #expect(refusal.status == status)
            #expect(refusal.code == code)
            #expect(!refusal.title.isEmpty && !refusal.detail.isEmpty)
        }
    }

    @Test func `each has the type of its code, but for what has a registered one`() {
        for (refusal, _, code) in Self.table {
            let registered = "https://iana.org/assignments/http-problem-types#quota-exceeded"
            #expect(refusal.type == (code == "rate_limited" ? registered : "/problems/" + code))
        }
    }

    @Test func `equal codes have equal titles, and others differ`() {
        var titles: [String: Set<String>] = [:]
        for (refusal, _, code) in Self.table {
            let kind = code.hasPrefix("token_") ? "token" : code
            titles[kind, default: []].insert(refusal.title)
        }
        #expect(titles.values.allSatisfy { $0.count == 1 })
        #expect(Set(titles.values.flatMap { $0 }).count == titles.count)
    }

    @Test func `the fault of a token is not told apart further than the client needs`() {
        #expect(Refusal.unauthenticated(reason: .signature).detail.contains("signature"))
        #expect(TokenFault.notYetValid.rawValue == "not_yet_valid")
    }

    @Test func `only what may be tried again says when`() {
        for (refusal, status, _) in Self.table {
            #expect((refusal.retryAfterSeconds != nil) == (status == 429 || status == 503))
        }
    }

    @Test func `only what the hub could not try is not kept under a key`() {
        for (refusal, status, _) in Self.table { #expect(refusal.isKept == (status != 503)) }
    }

    @Test func `the field at fault is named`() {
        #expect(Refusal.invalidField("name", "is required").field == "name")
        #expect(Refusal.badParameter("limit", "x").field == "limit")
        #expect(Refusal.duplicateLead(existing: id(1), field: "phone").field == "phone")
        let move = Refusal.illegalTransition(field: "stage", from: "a", to: "b", allowed: [])
        #expect(move.field == "stage")
        #expect(Refusal.deliveryExists(existing: id(1)).field == "order_id")
        #expect(Refusal.idempotencyKeyReused.field == "Idempotency-Key")
        #expect(Refusal.repeatedHeader("origin").field == "origin")
        #expect(Refusal.unsupportedContentEncoding.field == "Content-Encoding")
        #expect(Refusal.noRoute.field == nil)
    }
}
