// A refusal as `application/problem+json` (RFC 9457): what is the same for every occurrence, what
// is wrong this time, and the members that help to do better.

package import Domain
package import Wire

/// The representation of a refusal.
package enum ProblemJSON {
    /// The problem as text.
    package static func text(_ refusal: Refusal, traceID: String) -> [UInt8] {
        var writer = JSONWriter(reserving: 320)
        append(refusal, traceID: traceID, to: &writer)
        return writer.bytes
    }

    /// Appends the problem object.
    package static func append(
        _ refusal: Refusal, traceID: String, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("type", refusal.type)
        writer.member("title", refusal.title)
        writer.name("status")
        writer.integer(refusal.status)
        writer.member("detail", refusal.detail)
        writer.member("code", refusal.code)
        if let field = refusal.field { writer.member("field", field) }
        writer.member("trace_id", traceID)
        if let seconds = refusal.retryAfterSeconds {
            writer.name("retry_after")
            writer.integer(seconds)
        }
        appendExtensions(of: refusal, to: &writer)
        writer.endObject()
    }

    private static func appendExtensions(of refusal: Refusal, to writer: inout JSONWriter) {
        switch refusal {
        case .rateLimited(let policy, _):
            writer.member("violated-policies", [policy])
        case .duplicateLead(let existing, _):
            appendExisting(Subject(.leads, existing), to: &writer)
        case .deliveryExists(let existing):
            appendExisting(Subject(.deliveries, existing), to: &writer)
        case .alreadyConverted(let opportunity?):
            appendExisting(Subject(.opportunities, opportunity), to: &writer)
        case .userExists(let existing):
            writer.member("existing_id", existing.text)
        case .leaseHeld(let until):
            writer.member("leased_until", Timestamp(milliseconds: until).text)
        case .illegalTransition(_, let from, _, let allowed):
            writer.member("from", from)
            writer.member("allowed_transitions", allowed)
        case .preconditionFailed(let version):
            writer.name("current_version")
            writer.integer(version)
        case .consentRequired(let purpose, let subject):
            writer.member("purpose", purpose.code)
            writer.member("notice", "/compliance/purposes#" + purpose.code)
            if let subject { writer.member("subject", subject) }
        case .methodNotAllowed(let allowed):
            writer.member("allowed_methods", allowed)
        case .forbidden(let permission):
            writer.member("permission", permission.rawValue)
        default: break
        }
    }

    /// What stands in the way.
    private static func appendExisting(_ subject: Subject, to writer: inout JSONWriter) {
        writer.name("existing")
        writer.beginObject()
        writer.member("id", subject.id.text)
        writer.member("location", EntityPath.of(subject))
        writer.endObject()
    }
}
