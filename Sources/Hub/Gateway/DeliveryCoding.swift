// Bodies of `/logistics/delivery` and `/logistics/deliveries`.

import Domain
import Wire

/// Bodies about deliveries.
enum DeliveryCoding {
    /// `POST /logistics/delivery`.
    static func schedule(
        _ document: JSONDocument, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        var fields = try CommandCoding.fields(document, purpose: .contract)
        let orderID = try fields.identifier("order_id").required("order_id")
        let date = try fields.date("delivery_date").required("delivery_date")
        var command = ScheduleDelivery(
            id: ids.next(), eventID: ids.next(), orderID: orderID, deliveryDate: date)
        command.carrier = try fields.shortText("carrier")
        command.tracking = try fields.shortText("tracking")
        try fields.finish()
        return .scheduleDelivery(command)
    }

    /// `PATCH /logistics/deliveries/{id}` (RFC 7396).
    static func update(
        _ document: JSONDocument, id: UniqueID, ifMatch: [Int]?, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        var fields = try CommandCoding.fields(document, purpose: .contract)
        var command = UpdateDelivery(id: id, eventID: ids.next(), orderEventID: ids.next())
        command.ifMatch = ifMatch
        if fields.has("delivery_date") {
            command.deliveryDate = try fields.date("delivery_date").notCleared("delivery_date")
        }
        if fields.has("status") {
            command.status = try fields.choice("status", of: DeliveryStatus.self)
                .notCleared("status")
        }
        if fields.has("carrier") { command.carrier = .some(try fields.shortText("carrier")) }
        if fields.has("tracking") { command.tracking = .some(try fields.shortText("tracking")) }
        if fields.has("proof") { command.proof = .some(try fields.prose("proof")) }
        try fields.finish()
        return .updateDelivery(command)
    }
}
