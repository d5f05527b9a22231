// What can be asked of deliveries, and how it is decided. One that arrives completes its order in
// the same command.

/// A new delivery of an order.
package struct ScheduleDelivery: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    package let orderID: UniqueID
    package var deliveryDate: CalendarDate
    package var carrier: String?
    package var tracking: String?

    package init(
        id: UniqueID, eventID: UniqueID, orderID: UniqueID, deliveryDate: CalendarDate
    ) {
        self.id = id
        self.eventID = eventID
        self.orderID = orderID
        self.deliveryDate = deliveryDate
    }

    /// Decides a new delivery: not of an order that is cancelled or delivered, nor beside an active
    /// one.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        guard let order = facts.orders[orderID] else {
            throw Facts.namesNothing("order_id")
        }
        try facts.refuseForeign(
            order.subject, field: "order_id", to: context.principal, by: .writeDeliveries)
        try facts.checkConsent(ofLead: order.leadID)
        guard order.status != .cancelled, order.status != .delivered else {
            throw OrderCompletion.refusal(of: order)
        }
        if let existing = facts.activeDeliveries[orderID] {
            throw .deliveryExists(existing: existing)
        }
        let delivery = Delivery(
            id: id, orderID: orderID, leadID: order.leadID, deliveryDate: deliveryDate,
            status: .scheduled, carrier: carrier, tracking: tracking, attempts: 0, proof: nil,
            owner: order.owner, version: 1, createdAt: time, updatedAt: time)
        let event = Event(
            id: eventID, name: "delivery_scheduled", subject: delivery.subject.text,
            data: .delivery(delivery, changed: []),
            of: facts.ownership(ofLead: order.leadID, holder: order.owner), by: context, at: time)
        return Decision(
            changes: [.insertDelivery(delivery)], events: [event],
            answer: .delivery(delivery, isNew: true))
    }
}

/// A change of some fields of a delivery (RFC 7396: null clears, absent keeps).
package struct UpdateDelivery: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    /// For the event of the order that the delivery completes.
    package let orderEventID: UniqueID
    /// Versions that the client accepts as the current one; nil: whatever is current.
    package var ifMatch: [Int]?
    package var deliveryDate: CalendarDate?
    package var status: DeliveryStatus?
    package var carrier: String??
    package var tracking: String??
    package var proof: String??

    package init(id: UniqueID, eventID: UniqueID, orderEventID: UniqueID) {
        self.id = id
        self.eventID = eventID
        self.orderEventID = orderEventID
    }

    /// Decides a change; needs the delivery's order too.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        guard let current = facts.deliveries[id] else {
            throw .notFound("deliveries/" + id.text)
        }
        try facts.refuseForeign(current.subject, to: context.principal, by: .writeDeliveries)
        try facts.checkConsent(ofLead: current.leadID)
        try Patch.check(ifMatch, current: current.version)
        var delivery = try applied(to: current)
        let changed = UpdateDelivery.changedFields(from: current, to: delivery)
        guard !changed.isEmpty else {
            return Decision(changes: [], events: [], answer: .delivery(current, isNew: false))
        }
        delivery.version = current.version + 1
        delivery.updatedAt = time
        let event = Event(
            id: eventID, name: "delivery_updated", subject: delivery.subject.text,
            data: .delivery(delivery, changed: changed), of: facts.ownership(of: current.subject),
            by: context, at: time)
        var decision = Decision(
            changes: [.updateDelivery(delivery)], events: [event],
            answer: .delivery(delivery, isNew: false))
        if delivery.status != current.status, let order = facts.orders[delivery.orderID] {
            let completion = OrderCompletion(
                order: order, ownership: facts.ownership(of: order.subject), eventID: orderEventID)
            try completion.follow(delivery.status, into: &decision, by: context, at: time)
        }
        return decision
    }

    private func applied(to current: Delivery) throws(Refusal) -> Delivery {
        var delivery = current
        if let deliveryDate, deliveryDate != current.deliveryDate {
            guard current.status.isActive else {
                throw .invalidField("delivery_date", "can't be changed once it has ended")
            }
            delivery.deliveryDate = deliveryDate
        }
        if let carrier { delivery.carrier = carrier }
        if let tracking { delivery.tracking = tracking }
        if let proof { delivery.proof = proof }
        if let status, status != current.status {
            try DeliveryTransitions.check(from: current.status, to: status)
            delivery.status = status
            if status == .outForDelivery { delivery.attempts += 1 }
        }
        return delivery
    }

    private static func changedFields(from old: Delivery, to new: Delivery) -> [String] {
        var names: [String] = []
        if old.deliveryDate != new.deliveryDate { names.append("delivery_date") }
        if old.status != new.status { names.append("status") }
        if old.carrier != new.carrier { names.append("carrier") }
        if old.tracking != new.tracking { names.append("tracking") }
        if old.attempts != new.attempts { names.append("attempts") }
        if old.proof != new.proof { names.append("proof") }
        return names
    }
}

/// What the end of a delivery does to its order.
private struct OrderCompletion {
    let order: Order
    let ownership: Ownership
    let eventID: UniqueID

    /// A cancelled order can't go out or arrive; an arrival completes any other, however far it
    /// was said to be.
    func follow(
        _ status: DeliveryStatus, into decision: inout Decision, by context: CommandContext,
        at time: Timestamp
    ) throws(Refusal) {
        guard status == .outForDelivery || status == .delivered else { return }
        guard order.status != .cancelled else { throw OrderCompletion.refusal(of: order) }
        guard status == .delivered, order.status != .delivered else { return }
        var completed = order
        completed.status = .delivered
        completed.version = order.version + 1
        completed.updatedAt = time
        decision.changes.append(.updateOrder(completed))
        decision.events.append(
            Event(
                id: eventID, name: "order_updated", subject: completed.subject.text,
                data: .order(completed, changed: ["status"]), of: ownership, by: context,
                at: time))
    }

    static func refusal(of order: Order) -> Refusal {
        .illegalTransition(
            field: "order_id", from: order.status.rawValue, to: OrderStatus.delivered.rawValue,
            allowed: OrderTransitions.allowed(from: order.status).map(\.rawValue))
    }
}
