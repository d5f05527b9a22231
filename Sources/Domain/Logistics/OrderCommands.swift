// What can be asked of orders, and how it is decided.

/// A new order, its fields already checked one by one.
package struct CreateOrder: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    package let opportunityID: UniqueID
    package var currency: Currency
    package var lines: [OrderLine]
    /// What the client believes the sum to be; nil: it doesn't say.
    package var total: Amount?
    package var owner: String?

    package init(
        id: UniqueID, eventID: UniqueID, opportunityID: UniqueID, currency: Currency,
        lines: [OrderLine]
    ) {
        self.id = id
        self.eventID = eventID
        self.opportunityID = opportunityID
        self.currency = currency
        self.lines = lines
    }

    /// Decides a new order: its opportunity must exist, and the total be the sum of the lines.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        let opportunity = Subject(.opportunities, opportunityID)
        try facts.refuseForeign(
            opportunity, field: "opp_id", to: context.principal, by: .writeOrders)
        let leadID = facts.lead(behind: opportunity)
        try facts.checkConsent(ofLead: leadID)
        guard let leadID else { throw Facts.namesNothing("opp_id") }
        let sum = try OrderField.total(of: lines)
        try OrderField.check(total: total, is: sum)
        let order = Order(
            id: id, opportunityID: opportunityID, leadID: leadID, currency: currency,
            lines: lines, total: sum, status: .draft, owner: owner ?? context.principal.subject,
            version: 1, createdAt: time, updatedAt: time)
        let event = Event(
            id: eventID, name: "order_created", subject: order.subject.text,
            data: .order(order, changed: []),
            of: facts.ownership(ofLead: leadID, holder: order.owner), by: context, at: time)
        return Decision(
            changes: [.insertOrder(order)], events: [event], answer: .order(order, isNew: true))
    }
}

/// A change of some fields of an order (RFC 7396: null clears, absent keeps).
package struct UpdateOrder: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    /// Versions that the client accepts as the current one; nil: whatever is current.
    package var ifMatch: [Int]?
    /// Only of a draft.
    package var lines: [OrderLine]?
    /// What the client believes the sum to be; nil: it doesn't say.
    package var total: Amount?
    package var status: OrderStatus?
    package var owner: String??

    package init(id: UniqueID, eventID: UniqueID) {
        self.id = id
        self.eventID = eventID
    }

    /// Decides a change: a lost race is 412, an illegal move 409, no change at all no event.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        guard let current = facts.orders[id] else { throw .notFound("orders/" + id.text) }
        try facts.refuseForeign(current.subject, to: context.principal, by: .writeOrders)
        try facts.checkConsent(ofLead: current.leadID)
        try Patch.check(ifMatch, current: current.version)
        var order = try applied(to: current)
        let changed = UpdateOrder.changedFields(from: current, to: order)
        guard !changed.isEmpty else {
            return Decision(changes: [], events: [], answer: .order(current, isNew: false))
        }
        order.version = current.version + 1
        order.updatedAt = time
        let event = Event(
            id: eventID, name: "order_updated", subject: order.subject.text,
            data: .order(order, changed: changed),
            of: facts.ownership(ofLead: current.leadID, holder: order.owner), by: context,
            at: time)
        return Decision(
            changes: [.updateOrder(order)], events: [event], answer: .order(order, isNew: false))
    }

    private func applied(to current: Order) throws(Refusal) -> Order {
        var order = current
        if let lines, lines != current.lines {
            guard current.status == .draft else {
                throw .invalidField("lines", "can be changed in a draft alone")
            }
            order.total = try OrderField.total(of: lines)
            order.lines = lines
        }
        try OrderField.check(total: total, is: order.total)
        if let owner { order.owner = owner }
        if let status, status != current.status {
            try OrderTransitions.check(from: current.status, to: status)
            order.status = status
        }
        return order
    }

    private static func changedFields(from old: Order, to new: Order) -> [String] {
        var names: [String] = []
        if old.lines != new.lines { names.append("lines") }
        if old.total != new.total { names.append("total") }
        if old.status != new.status { names.append("status") }
        if old.owner != new.owner { names.append("owner") }
        return names
    }
}
