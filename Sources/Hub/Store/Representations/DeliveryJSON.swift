// A delivery as clients see it: in answers, in lists, and as the data of its events.

package import Domain
package import Wire

/// The representation of a delivery.
package enum DeliveryJSON {
    /// Appends the object; in an event of a change, with the names of the fields that changed.
    package static func append(
        _ delivery: Delivery, changed: [String] = [], to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("id", delivery.id.text)
        writer.member("order_id", delivery.orderID.text)
        writer.member("lead_id", delivery.leadID.text)
        writer.member("delivery_date", delivery.deliveryDate.text)
        writer.member("status", delivery.status.rawValue)
        writer.member("carrier", delivery.carrier)
        writer.member("tracking", delivery.tracking)
        writer.member("attempts", delivery.attempts)
        writer.member("proof", delivery.proof)
        writer.member("owner", delivery.owner)
        writer.member("version", delivery.version)
        writer.member("created_at", delivery.createdAt.text)
        writer.member("updated_at", delivery.updatedAt.text)
        if !changed.isEmpty { writer.member("changed", changed) }
        writer.endObject()
    }
}
