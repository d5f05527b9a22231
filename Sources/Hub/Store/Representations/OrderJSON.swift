// An order as clients see it: in answers, in lists, and as the data of its events. Its lines have
// one form everywhere, the column that they are kept in included.

package import Domain
package import Wire

/// The representation of an order.
package enum OrderJSON {
    /// Appends the object; in an event of a change, with the names of the fields that changed.
    package static func append(
        _ order: Order, changed: [String] = [], to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("id", order.id.text)
        writer.member("opp_id", order.opportunityID.text)
        writer.member("lead_id", order.leadID.text)
        writer.member("currency", order.currency.code)
        writer.name("lines")
        appendLines(of: order, to: &writer)
        writer.member("total", order.total.text)
        writer.member("status", order.status.rawValue)
        writer.member("owner", order.owner)
        writer.member("version", order.version)
        writer.member("created_at", order.createdAt.text)
        writer.member("updated_at", order.updatedAt.text)
        if let time = order.deletedAt { writer.member("deleted_at", time.text) }
        if !changed.isEmpty { writer.member("changed", changed) }
        writer.endObject()
    }

    /// Appends the lines as an array.
    static func appendLines(of order: Order, to writer: inout JSONWriter) {
        writer.beginArray()
        for line in order.lines {
            writer.beginObject()
            writer.member("sku", line.sku)
            writer.member("quantity", line.quantity)
            writer.member("unit_price", line.unitPrice.text)
            writer.endObject()
        }
        writer.endArray()
    }

    /// The lines as text.
    static func linesText(_ order: Order) -> [UInt8] {
        var writer = JSONWriter(reserving: 64 * order.lines.count)
        appendLines(of: order, to: &writer)
        return writer.bytes
    }

    /// Reads lines that were written here; nil for anything else.
    static func lines(_ text: [UInt8]) -> [OrderLine]? {
        guard let document = try? JSONDocument(text) else { return nil }
        var lines: [OrderLine] = []
        for element in document.elements(document.root) {
            guard
                let sku = document.member("sku", of: element).flatMap({ document.string($0) }),
                let quantity = document.member("quantity", of: element)
                    .flatMap({ document.integer($0) }),
                let price = document.member("unit_price", of: element)
                    .flatMap({ document.string($0) }).flatMap({ Amount($0) })
            else { return nil }
            lines.append(OrderLine(sku: sku, quantity: quantity, unitPrice: price))
        }
        return lines
    }
}
