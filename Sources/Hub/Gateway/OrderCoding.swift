// Bodies of `/logistics/orders`.

import Domain
import Wire

/// Bodies about orders.
enum OrderCoding {
    /// `POST /logistics/orders`.
    static func create(
        _ document: JSONDocument, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        var fields = try CommandCoding.fields(document, purpose: .contract)
        let opportunityID = try fields.identifier("opp_id").required("opp_id")
        let currency = try fields.currency("currency").required("currency")
        let lines = try lines(&fields).required("lines")
        var command = CreateOrder(
            id: ids.next(), eventID: ids.next(), opportunityID: opportunityID,
            currency: currency, lines: lines)
        command.total = try fields.amount("total")
        command.owner = try fields.shortText("owner")
        try fields.finish()
        return .createOrder(command)
    }

    /// `PATCH /logistics/orders/{id}` (RFC 7396).
    static func update(
        _ document: JSONDocument, id: UniqueID, ifMatch: [Int]?, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        var fields = try CommandCoding.fields(document, purpose: .contract)
        var command = UpdateOrder(id: id, eventID: ids.next())
        command.ifMatch = ifMatch
        if fields.has("lines") { command.lines = try lines(&fields).notCleared("lines") }
        if fields.has("total") {
            command.total = try fields.amount("total").notCleared("total")
        }
        if fields.has("status") {
            command.status = try fields.choice("status", of: OrderStatus.self)
                .notCleared("status")
        }
        if fields.has("owner") { command.owner = .some(try fields.shortText("owner")) }
        try fields.finish()
        return .updateOrder(command)
    }

    /// The lines; a mistake in one names its place, such as `lines[0].sku`.
    private static func lines(_ fields: inout FieldReader) throws(Refusal) -> [OrderLine]? {
        guard let value = fields.take("lines") else { return nil }
        let document = fields.document
        guard document.kind(value) == .array else {
            throw .invalidField("lines", "must be an array of lines")
        }
        let elements = document.elements(value)
        guard (1...OrderField.linesMax).contains(elements.count) else {
            throw .invalidField("lines", "must be 1 to \(OrderField.linesMax) lines")
        }
        var lines: [OrderLine] = []
        lines.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            lines.append(try line(document, element, place: "lines[\(index)]"))
        }
        return lines
    }

    private static func line(
        _ document: JSONDocument, _ value: JSONValue, place: String
    ) throws(Refusal) -> OrderLine {
        guard document.kind(value) == .object else {
            throw .invalidField(place, "must be a JSON object")
        }
        var fields = try FieldReader(document, value, place: place + ".")
        let line = OrderLine(
            sku: try fields.shortText("sku").required(place + ".sku"),
            quantity: try fields.integer("quantity").required(place + ".quantity"),
            unitPrice: try fields.amount("unit_price").required(place + ".unit_price"))
        try fields.finish()
        return line
    }
}
