// The moves of opportunities, orders, deliveries and tasks: every pair, by a patch as clients send
// it, against the tables of the product written out.

import Domain
import Support
import Testing

@Suite struct `Transitions` {
    private static let stages: [OpportunityStage: Set<OpportunityStage>] = [
        .prospecting: [.qualification, .lost], .qualification: [.proposal, .lost],
        .proposal: [.negotiation, .lost], .negotiation: [.won, .lost], .won: [], .lost: [],
    ]
    private static let orders: [OrderStatus: Set<OrderStatus>] = [
        .draft: [.confirmed, .cancelled], .confirmed: [.packed, .cancelled],
        .packed: [.shipped, .cancelled], .shipped: [.delivered], .delivered: [], .cancelled: [],
    ]
    private static let deliveries: [DeliveryStatus: Set<DeliveryStatus>] = [
        .scheduled: [.outForDelivery], .outForDelivery: [.delivered, .failed],
        .failed: [.rescheduled, .returned], .rescheduled: [.outForDelivery], .delivered: [],
        .returned: [],
    ]
    private static let tasks: [TaskStatus: Set<TaskStatus>] = [
        .open: [.inProgress, .done, .cancelled], .inProgress: [.open, .done, .cancelled],
        .done: [], .cancelled: [],
    ]

    /// Checks what a move gave against the table.
    private func check<State: RawRepresentable & Hashable>(
        _ result: Result<Decision, Refusal>, from: State, to: State, field: String,
        allowed: Set<State>, now: (Decision) -> State?
    ) where State.RawValue == String {
        switch result {
        case .success(let decision):
            #expect(from == to || allowed.contains(to), "\(from) → \(to) was done")
            #expect(now(decision) == to)
            #expect(decision.events.isEmpty == (from == to))
            #expect(decision.changes.isEmpty == (from == to))
        case .failure(.illegalTransition(let name, let was, let wanted, let moves)):
            #expect(from != to && !allowed.contains(to), "\(from) → \(to) was refused")
            #expect(name == field && was == from.rawValue && wanted == to.rawValue)
            #expect(Set(moves) == Set(allowed.map(\.rawValue)))
        case .failure(let refusal):
            Issue.record("\(from) → \(to) gave \(refusal)")
        }
    }

    private func result(_ command: Command, given facts: Facts) -> Result<Decision, Refusal> {
        do throws(Refusal) {
            return .success(try decide(command, given: facts, by: caller(), at: time(5)))
        } catch {
            return .failure(error)
        }
    }

    @Test(arguments: OpportunityStage.allCases, OpportunityStage.allCases)
    func `of an opportunity`(from: OpportunityStage, to: OpportunityStage) {
        var facts = Facts()
        facts.apply([.insertOpportunity(opportunity(2, stage: from))])
        var patch = UpdateOpportunity(id: id(2), eventID: id(9))
        patch.stage = to
        check(
            result(.updateOpportunity(patch), given: facts), from: from, to: to, field: "stage",
            allowed: Self.stages[from] ?? []
        ) { decision in
            guard case .opportunity(let row, false) = decision.answer else { return nil }
            #expect(row.probability == to.usualProbability)
            return row.stage
        }
    }

    @Test(arguments: OrderStatus.allCases, OrderStatus.allCases)
    func `of an order`(from: OrderStatus, to: OrderStatus) {
        var facts = Facts()
        facts.apply([.insertOrder(order(3, status: from))])
        var patch = UpdateOrder(id: id(3), eventID: id(9))
        patch.status = to
        check(
            result(.updateOrder(patch), given: facts), from: from, to: to, field: "status",
            allowed: Self.orders[from] ?? []
        ) { decision in
            guard case .order(let row, false) = decision.answer else { return nil }
            return row.status
        }
    }

    @Test(arguments: DeliveryStatus.allCases, DeliveryStatus.allCases)
    func `of a delivery`(from: DeliveryStatus, to: DeliveryStatus) {
        var facts = Facts()
        facts.apply([
            .insertOrder(order(3, status: .shipped)), .insertDelivery(delivery(4, status: from)),
        ])
        var patch = UpdateDelivery(id: id(4), eventID: id(9), orderEventID: id(10))
        patch.status = to
        check(
            result(.updateDelivery(patch), given: facts), from: from, to: to, field: "status",
            allowed: Self.deliveries[from] ?? []
        ) { decision in
            guard case .delivery(let row, false) = decision.answer else { return nil }
            #expect(row.attempts == (to == .outForDelivery && from != to ? 1 : 0))
            return row.status
        }
    }

    @Test(arguments: TaskStatus.allCases, TaskStatus.allCases)
    func `of a task`(from: TaskStatus, to: TaskStatus) {
        var facts = Facts()
        facts.apply([.insertTask(task(5, status: from))])
        var patch = UpdateTask(id: id(5), eventID: id(9))
        patch.status = to
        check(
            result(.updateTask(patch), given: facts), from: from, to: to, field: "status",
            allowed: Self.tasks[from] ?? []
        ) { decision in
            guard case .task(let row, false) = decision.answer else { return nil }
            return row.status
        }
    }

    @Test func `no sequence of moves leaves the tables, and each move counts one version`() {
        var random = TestSeed.random("random moves")
        for _ in 0..<200 {
            var facts = Facts()
            facts.apply([.insertOrder(order(3)), .insertDelivery(delivery(4))])
            for _ in 0..<30 {
                let before = facts
                var orderPatch = UpdateOrder(id: id(3), eventID: id(9))
                orderPatch.status = random.pick(OrderStatus.allCases)
                var patch = UpdateDelivery(id: id(4), eventID: id(9), orderEventID: id(10))
                patch.status = random.pick(DeliveryStatus.allCases)
                let command =
                    random.oneIn(2) ? Command.updateOrder(orderPatch) : .updateDelivery(patch)
                guard case .success(let decision) = result(command, given: facts) else { continue }
                facts.apply(decision)
                guard let was = before.orders[id(3)], let now = facts.orders[id(3)],
                    let from = before.deliveries[id(4)], let to = facts.deliveries[id(4)]
                else {
                    Issue.record("rows vanished")
                    return
                }
                #expect(now.version == was.version + (now.status == was.status ? 0 : 1))
                let isArrival = to.status == .delivered && from.status != .delivered
                #expect(
                    was.status == now.status
                        || Self.orders[was.status]?.contains(now.status) == true
                        || (isArrival && now.status == .delivered && was.status != .cancelled))
                #expect(
                    from.status == to.status
                        || Self.deliveries[from.status]?.contains(to.status) == true)
                #expect((facts.activeDeliveries[id(3)] != nil) == to.status.isActive)
            }
        }
    }
}
