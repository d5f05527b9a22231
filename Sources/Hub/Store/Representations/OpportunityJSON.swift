// An opportunity as clients see it: in answers, in lists, and as the data of its events.

package import Domain
package import Wire

/// The representation of an opportunity.
package enum OpportunityJSON {
    /// Appends the object; in an event of a change, with the names of the fields that changed.
    package static func append(
        _ opportunity: Opportunity, changed: [String] = [], to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("id", opportunity.id.text)
        writer.member("lead_id", opportunity.leadID.text)
        writer.member("name", opportunity.name)
        writer.member("value", opportunity.value.text)
        writer.member("currency", opportunity.currency.code)
        writer.member("stage", opportunity.stage.rawValue)
        writer.member("last_stage", opportunity.lastStage?.rawValue)
        writer.member("probability", opportunity.probability)
        writer.member("weighted_value", opportunity.weightedValue.text)
        writer.member("expected_close", opportunity.expectedClose?.text)
        writer.member("owner", opportunity.owner)
        writer.member("lost_reason", opportunity.lostReason)
        writer.member("version", opportunity.version)
        writer.member("created_at", opportunity.createdAt.text)
        writer.member("updated_at", opportunity.updatedAt.text)
        if let time = opportunity.deletedAt { writer.member("deleted_at", time.text) }
        if !changed.isEmpty { writer.member("changed", changed) }
        writer.endObject()
    }
}
