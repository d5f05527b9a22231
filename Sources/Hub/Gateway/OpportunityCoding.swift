// Bodies of `/crm/opportunities`.

import Domain
import Wire

/// Bodies about opportunities.
enum OpportunityCoding {
    /// `POST /crm/opportunities`.
    static func create(
        _ document: JSONDocument, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        var fields = try CommandCoding.fields(document, purpose: .contract)
        let leadID = try fields.identifier("lead_id").required("lead_id")
        let name = try fields.shortText("name").required("name")
        let value = try fields.amount("value").required("value")
        let currency = try fields.currency("currency").required("currency")
        var command = CreateOpportunity(
            id: ids.next(), eventID: ids.next(), leadID: leadID, name: name, value: value,
            currency: currency)
        if let stage = try fields.choice("stage", of: OpportunityStage.self) {
            command.stage = stage
        }
        command.probability = try fields.integer("probability")
        command.expectedClose = try fields.date("expected_close")
        command.owner = try fields.shortText("owner")
        try fields.finish()
        return .createOpportunity(command)
    }

    /// `PATCH /crm/opportunities/{id}` (RFC 7396).
    static func update(
        _ document: JSONDocument, id: UniqueID, ifMatch: [Int]?, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        var fields = try CommandCoding.fields(document, purpose: .contract)
        var command = UpdateOpportunity(id: id, eventID: ids.next())
        command.ifMatch = ifMatch
        if fields.has("name") {
            command.name = try fields.shortText("name").notCleared("name")
        }
        if fields.has("value") {
            command.value = try fields.amount("value").notCleared("value")
        }
        if fields.has("currency") {
            command.currency = try fields.currency("currency").notCleared("currency")
        }
        if fields.has("stage") {
            command.stage = try fields.choice("stage", of: OpportunityStage.self)
                .notCleared("stage")
        }
        if fields.has("probability") {
            command.probability = try fields.integer("probability").notCleared("probability")
        }
        if fields.has("expected_close") {
            command.expectedClose = .some(try fields.date("expected_close"))
        }
        if fields.has("owner") { command.owner = .some(try fields.shortText("owner")) }
        if fields.has("lost_reason") {
            command.lostReason = .some(try fields.shortText("lost_reason"))
        }
        try fields.finish()
        return .updateOpportunity(command)
    }
}
