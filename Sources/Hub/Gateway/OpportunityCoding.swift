// Bodies of `/crm/opportunities`, and of conversions, which make some.

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
        return .createOpportunity(try create(&fields, leadID: leadID, ids: &ids))
    }

    /// `POST /crm/leads/{id}/convert`: with an `opportunity`, which has all fields of one but its
    /// lead, a deal is made, too.
    static func convert(
        _ document: JSONDocument?, id: UniqueID, ifMatch: [Int]?, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        var command = ConvertLead(id: id, eventID: ids.next())
        command.ifMatch = ifMatch
        guard let document else { return .convertLead(command) }
        var fields = try CommandCoding.fields(document, purpose: .contract)
        if let value = fields.take("opportunity") {
            guard document.kind(value) == .object else {
                throw .invalidField("opportunity", "must be an object")
            }
            var deal = try FieldReader(document, value, place: "opportunity.")
            command.opportunity = try create(&deal, leadID: id, ids: &ids)
        }
        try fields.finish()
        return .convertLead(command)
    }

    private static func create(
        _ fields: inout FieldReader, leadID: UniqueID, ids: inout FreshIDs
    ) throws(Refusal) -> CreateOpportunity {
        let place = fields.place
        let name = try fields.shortText("name").required(place + "name")
        let value = try fields.amount("value").required(place + "value")
        let currency = try fields.currency("currency").required(place + "currency")
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
        return command
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
