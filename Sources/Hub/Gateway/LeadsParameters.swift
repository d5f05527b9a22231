// The parameters of `GET /crm/leads`.

import Domain
import EventLog
import Store
import Wire

/// The parameters of `GET /crm/leads`.
enum LeadsParameters {
    static func read(
        _ items: QueryItems, for reader: Principal
    ) throws(Refusal) -> LeadsQuery {
        var parameters = try ParameterReader(items)
        var query = LeadsQuery(limit: try parameters.limit())
        query.after = try parameters.identifierCursor()
        query.newestFirst = try parameters.newestFirst("created_at") ?? true
        query.status = try parameters.choice("status", of: LeadStatus.self)
        query.owner = parameters.text("owner")
        query.email = parameters.text("email")
        query.reader = Route.listLeads.limited(reader)
        // Whoever asks by a field learns its values, though none is shown.
        let hidden = Visibility(of: reader.roles).hiddenFields(of: .leads)
        if query.email != nil, hidden.contains("email") {
            throw .badParameter("email", "is hidden from your role")
        }
        try parameters.finish()
        return query
    }
}
