// Deleting: a thing is marked, and from then on is there for nobody. Its row stays for what points
// at it, its events for the log. A lead's email and phone are free again, and an erasure still
// reaches it.

/// Deletes a lead, an opportunity, an order or a task.
package struct DeleteEntity: Sendable {
    package let subject: Subject
    package let eventID: UniqueID
    /// Versions that the client accepts as the current one; nil: whatever is current.
    package var ifMatch: [Int]?

    package init(_ subject: Subject, eventID: UniqueID) {
        self.subject = subject
        self.eventID = eventID
    }

    /// What can be deleted, and what is needed for it.
    private static let permissions: [EntityKind: Permission] = [
        .leads: .writeLeads, .opportunities: .writeOpportunities, .orders: .writeOrders,
        .tasks: .writeTasks,
    ]

    /// Decides it: an order only if nothing is or was on its way, everything else at any time.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        guard let permission = DeleteEntity.permissions[subject.kind], facts.isLoaded(subject)
        else { throw .notFound(subject.text) }
        try facts.refuseForeign(subject, to: context.principal, by: permission)
        let (change, data) = try deleted(given: facts, at: time)
        let event = Event(
            id: eventID, name: subject.kind.singular + "_deleted", subject: subject.text,
            data: data, of: facts.ownership(of: subject), by: context, at: time)
        return Decision(changes: [change], events: [event], answer: .deleted)
    }

    private func deleted(
        given facts: Facts, at time: Timestamp
    ) throws(Refusal) -> (Change, EventData) {
        let changed = ["deleted_at"]
        if subject.kind == .leads, var row = facts.leads[subject.id] {
            try mark(&row.version, &row.updatedAt, &row.deletedAt, at: time)
            return (.updateLead(row), .lead(row, changed: changed))
        }
        if subject.kind == .opportunities, var row = facts.opportunities[subject.id] {
            try mark(&row.version, &row.updatedAt, &row.deletedAt, at: time)
            return (.updateOpportunity(row), .opportunity(row, changed: changed))
        }
        if subject.kind == .orders, var row = facts.orders[subject.id] {
            try mark(&row.version, &row.updatedAt, &row.deletedAt, at: time)
            try checkIdle(row, given: facts)
            return (.updateOrder(row), .order(row, changed: changed))
        }
        if subject.kind == .tasks, var row = facts.tasks[subject.id] {
            try mark(&row.version, &row.updatedAt, &row.deletedAt, at: time)
            return (.updateTask(row), .task(row, changed: changed))
        }
        throw .notFound(subject.text)
    }

    private func mark(
        _ version: inout Int, _ updatedAt: inout Timestamp, _ deletedAt: inout Timestamp?,
        at time: Timestamp
    ) throws(Refusal) {
        try Patch.check(ifMatch, current: version)
        version += 1
        updatedAt = time
        deletedAt = time
    }

    /// An order that was confirmed is first cancelled, and its delivery comes back.
    private func checkIdle(_ order: Order, given facts: Facts) throws(Refusal) {
        guard order.status == .draft || order.status == .cancelled else {
            throw .illegalTransition(
                field: "status", from: order.status.rawValue, to: "deleted",
                allowed: OrderTransitions.allowed(from: order.status).map(\.rawValue))
        }
        if let delivery = facts.activeDeliveries[order.id] {
            throw .deliveryExists(existing: delivery)
        }
    }
}

extension Facts {
    /// Whether a thing's own row is there.
    fileprivate func isLoaded(_ subject: Subject) -> Bool {
        switch subject.kind {
        case .leads: leads[subject.id] != nil
        case .opportunities: opportunities[subject.id] != nil
        case .orders: orders[subject.id] != nil
        case .tasks: tasks[subject.id] != nil
        case .deliveries, .decisions, .events: false
        }
    }
}
