// The parameters of reads of the audit trail.

import Domain
import Store
import Wire

/// Parameters of `GET /audit` and its neighbours.
enum AuditParameters {
    /// A page of the trail.
    static func page(_ items: QueryItems) throws(Refusal) -> AuditQuery {
        var parameters = try ParameterReader(items)
        var query = AuditQuery(limit: try parameters.limit(max: 1_000, usual: 100))
        query.after = try parameters.positionCursor().map { Int64(clamping: $0) }
        query.newestFirst = try parameters.newestFirst("number") ?? true
        query.userID = parameters.text("user_id")
        query.action = parameters.text("action")
        query.resource = parameters.text("resource")
        query.layer = try parameters.word("layer", of: Layer.allCases.map(\.rawValue))
        query.traceID = parameters.text("trace_id")
        query.success = try parameters.flag("success")
        try parameters.finish()
        return query
    }

    /// The size of an older checkpoint; nil if none is asked about.
    static func from(_ items: QueryItems) throws(Refusal) -> UInt64? {
        var parameters = try ParameterReader(items)
        let text = parameters.text("from")
        try parameters.finish()
        guard let text else { return nil }
        guard let size = UInt64(text), text.utf8.first != UInt8(ascii: "+"),
            size <= UInt64(Int64.max)
        else {
            throw .badParameter("from", "must be the size of an older checkpoint")
        }
        return size
    }
}
