// A client's mistake, or what the hub can't do now: a closed set with stable codes. One table
// here gives each its status, code and title; the Gateway and the Store only render it.

/// Why a request was not done.
package enum Refusal: Error, Equatable, Sendable {
    // Gates
    case rateLimited(policy: String, retryAfterSeconds: Int)
    case unauthenticated(reason: TokenFault)
    case forbidden(Permission)
    case originNotAllowed(String)
    case consentRequired(purpose: Purpose, subject: String?)
    // The request itself
    case badJSON(String)
    case badParameter(String, String)
    case invalidField(String, String)
    case unsupportedMediaType(expected: String)
    case unsupportedContentEncoding
    /// A header field stands twice that may stand once.
    case repeatedHeader(String)
    /// Two cookies have a name of the hub's.
    case repeatedCookie(String)
    case notAcceptable
    case noRoute
    case methodNotAllowed(allowed: [String])
    case notFound(String)
    case badHTTP(status: Int, code: String, detail: String)
    // Business
    case duplicateLead(existing: UniqueID, field: String)
    case deliveryExists(existing: UniqueID)
    case userExists(existing: UniqueID)
    /// A lead is read-only once it is converted.
    case alreadyConverted(opportunity: UniqueID?)
    case illegalTransition(field: String, from: String, to: String, allowed: [String])
    case preconditionFailed(currentVersion: Int)
    case idempotencyKeyReused
    // Processors, among the instances
    case leaseHeld(untilMilliseconds: Int64)
    case cursorMoved
    // Streams
    case tooSlow
    case tooManyStreams(countMax: Int)
    // The hub itself
    case unavailable(retryAfterSeconds: Int)
    case outcomeUnknown(retryAfterSeconds: Int)
    case internalError
}

/// What is wrong with a token.
package enum TokenFault: String, Error, Sendable {
    case missing, malformed, algorithm, signature, expired
    /// No key has the token's `kid`, or it names none where there are several.
    case key = "unknown_key"
    case notYetValid = "not_yet_valid"
    case issuer, audience, claims
    /// Taken back before it expired.
    case revoked
    /// No such user, or not their password.
    case credentials = "bad_credentials"
    /// The session is over, or there never was one.
    case session = "session_ended"
    /// A refresh token came for the second time, so its session is over.
    case reused = "refresh_reused"
    /// A stream's ticket was used before, has expired, or was never given here.
    case ticket = "ticket_invalid"
}

extension Refusal {
    /// The HTTP status (RFC 9110 §15, RFC 6585).
    package var status: Int {
        switch self {
        case .rateLimited, .tooManyStreams: 429
        case .unauthenticated: 401
        case .forbidden, .originNotAllowed, .consentRequired: 403
        case .badJSON, .badParameter, .repeatedHeader, .repeatedCookie: 400
        case .invalidField, .idempotencyKeyReused: 422
        case .unsupportedMediaType, .unsupportedContentEncoding: 415
        case .notAcceptable: 406
        case .noRoute, .notFound: 404
        case .methodNotAllowed: 405
        case .badHTTP(let status, _, _): status
        case .duplicateLead, .deliveryExists, .userExists, .alreadyConverted,
            .illegalTransition, .leaseHeld, .cursorMoved:
            409
        case .preconditionFailed: 412
        case .tooSlow: 408
        case .unavailable, .outcomeUnknown: 503
        case .internalError: 500
        }
    }

    /// The stable name that programs compare.
    package var code: String {
        switch self {
        case .rateLimited: "rate_limited"
        case .unauthenticated(let fault):
            switch fault {
            case .missing: "token_missing"
            case .expired: "token_expired"
            case .revoked: "token_revoked"
            case .credentials, .session, .reused, .ticket: fault.rawValue
            default: "token_invalid"
            }
        case .forbidden: "forbidden"
        case .originNotAllowed: "origin_not_allowed"
        case .consentRequired: "consent_required"
        case .badJSON: "bad_json"
        case .badParameter: "bad_parameter"
        case .invalidField: "invalid_field"
        case .unsupportedMediaType: "unsupported_media_type"
        case .unsupportedContentEncoding: "unsupported_content_encoding"
        case .repeatedHeader: "repeated_header"
        case .repeatedCookie: "repeated_cookie"
        case .notAcceptable: "not_acceptable"
        case .noRoute, .notFound: "not_found"
        case .methodNotAllowed: "method_not_allowed"
        case .badHTTP(_, let code, _): code
        case .duplicateLead: "duplicate_lead"
        case .deliveryExists: "delivery_exists"
        case .userExists: "user_exists"
        case .alreadyConverted: "already_converted"
        case .illegalTransition: "illegal_transition"
        case .leaseHeld: "lease_held"
        case .cursorMoved: "cursor_moved"
        case .preconditionFailed: "precondition_failed"
        case .idempotencyKeyReused: "idempotency_key_reused"
        case .tooSlow: "too_slow"
        case .tooManyStreams: "too_many_streams"
        case .unavailable: "unavailable"
        case .outcomeUnknown: "outcome_unknown"
        case .internalError: "internal_error"
        }
    }

    /// What names its kind: one of the hub's own, or one that is registered.
    package var type: String {
        switch self {
        // draft-ietf-httpapi-ratelimit-headers-11 §5.1
        case .rateLimited: "https://iana.org/assignments/http-problem-types#quota-exceeded"
        default: "/problems/" + code
        }
    }

    /// What it means, the same for every occurrence (RFC 9457 §3.1.3).
    package var title: String {
        switch self {
        case .rateLimited: "Too many requests"
        case .unauthenticated: "Authentication required"
        case .forbidden: "Not allowed for your role"
        case .originNotAllowed: "Not allowed from this page"
        case .consentRequired: "Consent required"
        case .badJSON: "The body is not JSON"
        case .badParameter: "Bad query parameter"
        case .invalidField: "Invalid field"
        case .unsupportedMediaType: "Unsupported media type"
        case .unsupportedContentEncoding: "Unsupported content encoding"
        case .repeatedHeader: "Repeated header field"
        case .repeatedCookie: "Repeated cookie"
        case .notAcceptable: "Not acceptable"
        case .noRoute, .notFound: "Not found"
        case .methodNotAllowed: "Method not allowed"
        case .badHTTP: "Bad HTTP request"
        case .duplicateLead: "A lead with this contact exists"
        case .userExists: "A user with this name exists"
        case .alreadyConverted: "The lead is converted"
        case .deliveryExists: "The order has an active delivery"
        case .illegalTransition: "Illegal transition"
        case .leaseHeld: "Leased by another instance"
        case .cursorMoved: "The cursor has moved"
        case .preconditionFailed: "The entity has changed"
        case .idempotencyKeyReused: "Idempotency key used for another request"
        case .tooSlow: "Too slow to keep up"
        case .tooManyStreams: "Too many open streams"
        case .unavailable: "Temporarily unavailable"
        case .outcomeUnknown: "The outcome is not known"
        case .internalError: "Internal error"
        }
    }

    /// What is wrong this time.
    package var detail: String {
        switch self {
        case .rateLimited(let policy, let seconds):
            "You have used all that the limit \(policy) allows. Try again in \(seconds) s."
        case .unauthenticated(let fault):
            switch fault {
            case .missing: "Send a bearer token."
            case .expired: "The token has expired."
            case .revoked: "The token was revoked."
            case .credentials: "Name or password is wrong."
            case .session: "The session is over. Sign in again."
            case .ticket:
                "The ticket was used, has expired or is not of this instance. Ask for another."
            case .reused: "The refresh token was used before, so its session is over."
            default: "The token is not valid (\(fault.rawValue))."
            }
        case .forbidden(let permission): "This needs the permission \(permission.rawValue)."
        case .originNotAllowed(let origin): "Pages of \(origin) may not connect here."
        case .consentRequired(let purpose, let subject):
            subject.map { "\($0) has withdrawn consent for \(purpose.code)." }
                ?? "The request says that there is no consent for \(purpose.code)."
        case .badJSON(let reason): reason
        case .badParameter(let name, let reason): "\(name) \(reason)."
        case .invalidField(let field, let reason): "\(field) \(reason)."
        case .unsupportedMediaType(let expected): "Send \(expected)."
        case .unsupportedContentEncoding: "Send the body as it is, without a Content-Encoding."
        case .repeatedHeader(let name): "The header field \(name) may stand once."
        case .repeatedCookie(let name):
            "There are two cookies \(name), and one may be somebody else's. Delete them here."
        case .notAcceptable: "No representation of this resource suits the Accept header."
        case .noRoute: "There is nothing at this path."
        case .methodNotAllowed(let allowed): "Allowed: \(allowed.joined(separator: ", "))."
        case .notFound(let resource): "There is no \(resource)."
        case .badHTTP(_, _, let detail): detail
        case .duplicateLead(_, let field): "Another lead has the same \(field)."
        case .deliveryExists(let existing): "deliveries/\(existing.text) is under way."
        case .userExists(let existing): "users/\(existing.text) has this name."
        case .alreadyConverted(let opportunity):
            "A converted lead can't be changed"
                + (opportunity.map { "; its deal is opportunities/\($0.text)." } ?? ".")
        case .illegalTransition(_, let from, let to, _): "\(from) can't become \(to)."
        case .leaseHeld(let until):
            "It is free again at \(Timestamp(milliseconds: until).text) at the latest."
        case .cursorMoved: "Another instance has done this step, or holds the lease."
        case .preconditionFailed(let version): "The current version is \(version)."
        case .idempotencyKeyReused: "Use a new key for a request with other content."
        case .tooSlow: "The stream was not read for too long. Resume after the last id."
        case .tooManyStreams(let count): "You may have \(count) streams open; close one first."
        case .unavailable(let seconds): "The database can't be reached. Try again in \(seconds) s."
        case .outcomeUnknown: "Repeat the request with the same Idempotency-Key to find out."
        case .internalError: "The hub failed; the error is in its log under this trace id."
        }
    }

    /// The field or parameter at fault.
    package var field: String? {
        switch self {
        case .invalidField(let field, _), .badParameter(let field, _): field
        case .duplicateLead(_, let field): field
        case .illegalTransition(let field, _, _, _): field
        case .deliveryExists: "order_id"
        case .userExists: "name"
        case .idempotencyKeyReused: "Idempotency-Key"
        case .unsupportedContentEncoding: "Content-Encoding"
        case .repeatedHeader(let name), .repeatedCookie(let name): name
        default: nil
        }
    }

    /// When to come back.
    package var retryAfterSeconds: Int? {
        switch self {
        case .rateLimited(_, let seconds), .unavailable(let seconds),
            .outcomeUnknown(let seconds):
            seconds
        default: nil
        }
    }

    /// Whether the answer is kept under an idempotency key: not when the hub could not try.
    package var isKept: Bool { status != 503 }
}
