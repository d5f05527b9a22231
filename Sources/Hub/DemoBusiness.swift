// A small business made up for `hub serve --demo`: leads, deals, orders and deliveries at different
// stages, decisions with feedback, reported events. All of it goes through the same commands as a
// client's, so that every event and every reaction is there, too.

import Domain
import Reactor
import Store

/// One customer of the demo, and how far the deal has come.
private struct DemoCustomer {
    let name: String
    let email: String
    let phone: String
    let company: String
    let source: String
    let tags: [String]
    /// The deal's name and its value.
    var deal: (name: String, value: String)?
    /// The moves of the deal after it was made.
    var stages: [OpportunityStage] = []
    /// What was ordered: article, count and price.
    var line: (sku: String, quantity: Int, price: String)?
    /// The moves of the order after it was made.
    var statuses: [OrderStatus] = []
    /// In how many days it is delivered.
    var deliveryDays: Int?
    /// What became of the delivery.
    var deliveryStatuses: [DeliveryStatus] = []

    static let all = [
        DemoCustomer(
            name: "Asha Rao", email: "asha.rao@example.test", phone: "+91 98765 43210",
            company: "Rao Textiles", source: "web", tags: ["west", "textiles"],
            deal: ("Annual plan", "12500.00"),
            stages: [.qualification, .proposal, .negotiation, .won],
            line: ("PLAN-A", 2, "6250.00"), statuses: [.confirmed, .packed, .shipped],
            deliveryDays: 0, deliveryStatuses: [.outForDelivery, .delivered]),
        DemoCustomer(
            name: "Bilal Khan", email: "bilal.khan@example.test", phone: "+91 98200 11223",
            company: "Khan Motors", source: "referral", tags: ["north"],
            deal: ("Spare parts", "48000.00"), stages: [.qualification, .proposal],
            line: ("PART-7", 40, "1200.00"), statuses: [.confirmed], deliveryDays: 2),
        DemoCustomer(
            name: "Chitra Iyer", email: "chitra.iyer@example.test", phone: "+91 94440 55667",
            company: "Iyer Clinics", source: "fair", tags: ["south", "health"],
            deal: ("Clinic supplies", "7999.50"), stages: [.qualification],
            line: ("KIT-3", 3, "2666.50"), statuses: [.confirmed, .packed, .shipped],
            deliveryDays: 1, deliveryStatuses: [.outForDelivery, .failed]),
        DemoCustomer(
            name: "Dev Malhotra", email: "dev.malhotra@example.test", phone: "+91 98111 77889",
            company: "Malhotra Foods", source: "web", tags: ["north", "food"],
            deal: ("Cold chain", "150000.00"), stages: [.lost]),
        DemoCustomer(
            name: "Esha Nair", email: "esha.nair@example.test", phone: "+91 99470 33445",
            company: "Nair Exports", source: "campaign", tags: ["south"],
            deal: ("Pilot", "2400.00")),
        DemoCustomer(
            name: "Farid Sheikh", email: "farid.sheikh@example.test", phone: "+91 98330 99001",
            company: "Sheikh Studio", source: "web", tags: ["west"]),
    ]
}

/// The commands of the demo, in their order.
struct DemoBusiness {
    /// Who did it all.
    static let owner = "demo"

    /// What to submit.
    private(set) var requests: [CommandRequest] = []
    private let now: Timestamp
    private let model: ModelSnapshot
    private var random = RandomSource()
    /// The trace of the customer at hand.
    private var trace = ""

    /// Makes the business up at a time.
    init(at now: Timestamp, model: ModelSnapshot) {
        self.now = now
        self.model = model
        for customer in DemoCustomer.all { add(customer) }
        beginTrace()
        addReports()
    }

    private mutating func add(_ customer: DemoCustomer) {
        beginTrace()
        var lead = CreateLead(id: id(), eventID: id(), name: customer.name)
        lead.email = customer.email
        lead.phone = customer.phone
        lead.company = customer.company
        lead.source = customer.source
        lead.owner = DemoBusiness.owner
        lead.tags = customer.tags
        submit(.createLead(lead))
        guard let deal = customer.deal, let value = Amount(deal.value),
            let rupees = Currency("INR")
        else { return }
        let opportunity = CreateOpportunity(
            id: id(), eventID: id(), leadID: lead.id, name: deal.name, value: value,
            currency: rupees)
        submit(.createOpportunity(opportunity))
        for stage in customer.stages {
            var move = UpdateOpportunity(id: opportunity.id, eventID: id())
            move.stage = stage
            if stage == .lost { move.lostReason = .some("price") }
            submit(.updateOpportunity(move))
        }
        guard let line = customer.line, let price = Amount(line.price) else { return }
        let order = CreateOrder(
            id: id(), eventID: id(), opportunityID: opportunity.id, currency: rupees,
            lines: [OrderLine(sku: line.sku, quantity: line.quantity, unitPrice: price)])
        submit(.createOrder(order))
        addDecision(on: order.id, region: customer.tags.first ?? "west")
        add(customer, order: order.id)
    }

    /// The order's way to its customer.
    private mutating func add(_ customer: DemoCustomer, order: UniqueID) {
        for status in customer.statuses {
            var move = UpdateOrder(id: order, eventID: id())
            move.status = status
            submit(.updateOrder(move))
        }
        guard let days = customer.deliveryDays, let date = day(after: days) else { return }
        var delivery = ScheduleDelivery(
            id: id(), eventID: id(), orderID: order, deliveryDate: date)
        delivery.carrier = "BlueLine"
        submit(.scheduleDelivery(delivery))
        for status in customer.deliveryStatuses {
            var move = UpdateDelivery(id: delivery.id, eventID: id(), orderEventID: id())
            move.status = status
            submit(.updateDelivery(move))
        }
    }

    /// A decision, and somebody's word on it.
    private mutating func addDecision(on order: UniqueID, region: String) {
        let text = "{\"region\":\"\(region)\"}"
        let decision = DecideCommand(
            id: id(), eventID: id(), subject: Subject(.orders, order),
            contextText: Array(text.utf8),
            context: .object([FieldMember("region", .string(region))]), model: model,
            random: random.next())
        submit(.decide(decision))
        var feedback = GiveFeedback(
            id: id(), eventID: id(), subject: Subject(.decisions, decision.id))
        feedback.rating = 4
        feedback.reward = 0.6
        feedback.comment = "The customer was content."
        submit(.giveFeedback(feedback))
    }

    /// Events from outside, and a task that a person made.
    private mutating func addReports() {
        let reports = [
            ("sla_warning", "ticket-17", #"{"minutes_left":30,"queue":"support"}"#),
            ("page_view", "visit-4", #"{"page":"/pricing","seconds":42}"#),
            ("payment_received", "invoice-9", #"{"amount":"12500.00","currency":"INR"}"#),
        ]
        var items: [Result<PublishItem, Refusal>] = []
        for (type, task, payload) in reports {
            let event = UnifiedEvent(
                taskID: task, userID: "visitor-1", consentFlag: true,
                payload: Array(payload.utf8))
            items.append(.success(PublishItem(id: id(), type: type, source: nil, event: event)))
        }
        submit(.publishEvents(PublishEvents(items: items, isArray: true)))
        var task = CreateTask(id: id(), eventID: id(), title: "Prepare the weekly review")
        task.assignee = DemoBusiness.owner
        task.due = now.adding(milliseconds: 3 * 86_400_000)
        submit(.createTask(task))
    }

    private func day(after days: Int) -> CalendarDate? {
        let number = now.seconds / 86_400 + Int64(days)
        let date = Timestamp.civil(fromDay: number)
        return CalendarDate(year: date.year, month: date.month, day: date.day)
    }

    private mutating func id() -> UniqueID {
        UniqueID(milliseconds: now.milliseconds, random: (random.next(), random.next()))
    }

    private mutating func beginTrace() {
        trace = hex(random.next() | 1) + hex(random.next())
    }

    private func hex(_ word: UInt64) -> String {
        let text = String(word, radix: 16)
        return String(repeating: "0", count: 16 - text.utf8.count) + text
    }

    private mutating func submit(_ command: Command) {
        let traceparent = "00-\(trace)-\(hex(random.next() | 1))-01"
        let context = CommandContext(
            principal: Principal(subject: DemoBusiness.owner, roles: RoleSet([.admin])),
            trace: TraceContext(traceparent: traceparent), auditID: id(), idempotency: nil)
        requests.append(
            CommandRequest(
                ticket: nil, command: command, context: context,
                receivedMilliseconds: Clock.monotonicMilliseconds()))
    }
}
