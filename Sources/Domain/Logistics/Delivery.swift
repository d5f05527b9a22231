// A delivery: the way of an order to its customer. An order has one that is active at a time.

/// Where a delivery stands.
package enum DeliveryStatus: String, CaseIterable, Sendable {
    case scheduled
    case outForDelivery = "out_for_delivery"
    case delivered, failed, rescheduled, returned

    /// Whether it still may arrive, and so stands in the way of another one.
    package var isActive: Bool { self != .delivered && self != .returned }
}

/// A delivery as it is stored and shown.
package struct Delivery: Equatable, Sendable {
    package let id: UniqueID
    package let orderID: UniqueID
    /// The order's lead, which never changes: whose consent the delivery needs.
    package let leadID: UniqueID
    package var deliveryDate: CalendarDate
    package var status: DeliveryStatus
    package var carrier: String?
    package var tracking: String?
    /// How often it went out.
    package var attempts: Int
    package var proof: String?
    /// Who is told about it: the order's owner when it was scheduled.
    package let owner: String?
    /// Counts the changes, from 1.
    package var version: Int
    package let createdAt: Timestamp
    package var updatedAt: Timestamp

    package init(
        id: UniqueID, orderID: UniqueID, leadID: UniqueID, deliveryDate: CalendarDate,
        status: DeliveryStatus, carrier: String?, tracking: String?, attempts: Int,
        proof: String?, owner: String?, version: Int, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.id = id
        self.orderID = orderID
        self.leadID = leadID
        self.deliveryDate = deliveryDate
        self.status = status
        self.carrier = carrier
        self.tracking = tracking
        self.attempts = attempts
        self.proof = proof
        self.owner = owner
        self.version = version
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// `deliveries/<id>`.
    package var subject: Subject { Subject(.deliveries, id) }
}

/// The moves of a delivery, as data.
package enum DeliveryTransitions {
    /// Where a delivery may go from a status.
    package static func allowed(from status: DeliveryStatus) -> [DeliveryStatus] {
        switch status {
        case .scheduled: [.outForDelivery]
        case .outForDelivery: [.delivered, .failed]
        case .failed: [.rescheduled, .returned]
        case .rescheduled: [.outForDelivery]
        case .delivered, .returned: []
        }
    }

    static func check(from: DeliveryStatus, to: DeliveryStatus) throws(Refusal) {
        let moves = allowed(from: from)
        guard moves.contains(to) else {
            throw .illegalTransition(
                field: "status", from: from.rawValue, to: to.rawValue,
                allowed: moves.map(\.rawValue))
        }
    }
}
