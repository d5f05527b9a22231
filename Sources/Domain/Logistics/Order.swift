// An order: what an opportunity's customer buys, line by line; its total is the sum of the lines.

/// Where an order stands.
package enum OrderStatus: String, CaseIterable, Sendable {
    case draft, confirmed, packed, shipped, delivered, cancelled
}

/// So many of one article.
package struct OrderLine: Equatable, Sendable {
    package let sku: String
    /// 1 to 1,000,000.
    package let quantity: Int
    package let unitPrice: Amount

    package init(sku: String, quantity: Int, unitPrice: Amount) {
        self.sku = sku
        self.quantity = quantity
        self.unitPrice = unitPrice
    }

    /// Quantity times price; nil beyond what an amount can be.
    package var total: Amount? { unitPrice.multiplied(by: quantity) }
}

/// An order as it is stored and shown.
package struct Order: Equatable, Sendable {
    package let id: UniqueID
    package let opportunityID: UniqueID
    /// The opportunity's lead, which never changes: whose consent the order needs.
    package let leadID: UniqueID
    package let currency: Currency
    package var lines: [OrderLine]
    /// The sum of the lines.
    package var total: Amount
    package var status: OrderStatus
    package var owner: String?
    /// Counts the changes, from 1.
    package var version: Int
    package let createdAt: Timestamp
    package var updatedAt: Timestamp
    /// When it was deleted; the row stays, and nothing finds it.
    package var deletedAt: Timestamp?

    package init(
        id: UniqueID, opportunityID: UniqueID, leadID: UniqueID, currency: Currency,
        lines: [OrderLine], total: Amount, status: OrderStatus, owner: String?, version: Int,
        createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.opportunityID = opportunityID
        self.leadID = leadID
        self.currency = currency
        self.lines = lines
        self.total = total
        self.status = status
        self.owner = owner
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// `orders/<id>`.
    package var subject: Subject { Subject(.orders, id) }
}

/// Checks of an order's lines.
package enum OrderField {
    package static let linesMax = 500
    package static let quantityMax = 1_000_000

    /// Checks the lines and gives their sum.
    static func total(of lines: [OrderLine]) throws(Refusal) -> Amount {
        guard (1...linesMax).contains(lines.count) else {
            throw .invalidField("lines", "must be 1 to \(linesMax) lines")
        }
        var sum = Amount.zero
        for (index, line) in lines.enumerated() {
            guard (1...quantityMax).contains(line.quantity) else {
                throw .invalidField("lines[\(index)].quantity", "must be 1 to \(quantityMax)")
            }
            guard line.unitPrice >= .zero else {
                throw .invalidField("lines[\(index)].unit_price", "must not be negative")
            }
            guard let part = line.total, let next = sum.adding(part) else {
                throw .invalidField("lines", "add up to more than can be kept")
            }
            sum = next
        }
        return sum
    }

    /// Checks a total that the client worked out itself.
    static func check(total given: Amount?, is sum: Amount) throws(Refusal) {
        guard given.map({ $0 == sum }) ?? true else {
            throw .invalidField("total", "must be the sum of the lines, \(sum.text)")
        }
    }
}

/// The moves of an order, as data.
package enum OrderTransitions {
    /// Where an order may go from a status.
    package static func allowed(from status: OrderStatus) -> [OrderStatus] {
        switch status {
        case .draft: [.confirmed, .cancelled]
        case .confirmed: [.packed, .cancelled]
        case .packed: [.shipped, .cancelled]
        case .shipped: [.delivered]
        case .delivered, .cancelled: []
        }
    }

    static func check(from: OrderStatus, to: OrderStatus) throws(Refusal) {
        let moves = allowed(from: from)
        guard moves.contains(to) else {
            throw .illegalTransition(
                field: "status", from: from.rawValue, to: to.rawValue,
                allowed: moves.map(\.rawValue))
        }
    }
}
