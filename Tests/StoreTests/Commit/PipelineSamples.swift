// Commands of the whole pipeline made from a seed: deals, orders, deliveries, tasks, feedback,
// decisions, and what processors do about them. Few of each, so that they meet each other often.

import Domain

@testable import Store

/// What has been made so far, to be referred to.
struct PipelineIDs {
    var opportunities: [UniqueID] = []
    var orders: [UniqueID] = []
    var deliveries: [UniqueID] = []
    var tasks: [UniqueID] = []
    var decisions: [UniqueID] = []
    /// By processor: the cursor that its steps have come to.
    var cursors: [ProcessorName: UInt64] = [:]
}

extension CommandSamples {
    /// A model that has learned nothing.
    static let model = ModelSnapshot(ModelState(exploration: .standard))

    /// The lease under which all steps are made.
    static let lease = UniqueID(high: 7, low: 7)

    func amount(_ text: String) -> Amount { Amount(text) ?? .zero }

    var rupees: Currency {
        guard let currency = Currency("INR") else { preconditionFailure("rupees are a currency") }
        return currency
    }

    func date(_ text: String) -> CalendarDate {
        guard let date = CalendarDate(text) else { preconditionFailure("\(text) is a day") }
        return date
    }

    mutating func pick(_ ids: [UniqueID]) -> UniqueID {
        chance(95) ? ids.randomElement(using: &random) ?? id() : id()
    }

    mutating func createOpportunity(of lead: UniqueID) -> CreateOpportunity {
        let command = CreateOpportunity(
            id: id(), eventID: id(), leadID: lead, name: "Annual plan",
            value: amount("12500.5"), currency: rupees)
        made.opportunities.append(command.id)
        return command
    }

    mutating func createOrder(of opportunity: UniqueID) -> CreateOrder {
        let command = CreateOrder(
            id: id(), eventID: id(), opportunityID: opportunity, currency: rupees,
            lines: [
                OrderLine(sku: "A-1", quantity: 2, unitPrice: amount("6250.00")),
                OrderLine(sku: #"B "2""#, quantity: 3, unitPrice: amount("0.0625")),
            ])
        made.orders.append(command.id)
        return command
    }

    mutating func schedule(of order: UniqueID) -> ScheduleDelivery {
        let command = ScheduleDelivery(
            id: id(), eventID: id(), orderID: order,
            deliveryDate: date("2026-12-01"))
        made.deliveries.append(command.id)
        return command
    }

    mutating func createTask(about subject: Subject?) -> CreateTask {
        var command = CreateTask(id: id(), eventID: id(), title: "Call")
        command.subject = subject
        command.due = chance(50) ? Timestamp(milliseconds: 1_764_000_600_000) : nil
        made.tasks.append(command.id)
        return command
    }

    mutating func decide(about subject: Subject) -> DecideCommand {
        var command = DecideCommand(
            id: id(), eventID: id(), subject: subject,
            contextText: Array(#"{"region":"west"}"#.utf8),
            context: .object([FieldMember("region", .string("west"))]),
            model: CommandSamples.model, random: random.next())
        command.actions = ["standard", "express"]
        made.decisions.append(command.id)
        return command
    }

    mutating func anyPipelineSubject() -> Subject {
        switch number(below: 6) {
        case 0: Subject(.leads, pick(leads))
        case 1: Subject(.opportunities, pick(made.opportunities))
        case 2: Subject(.orders, pick(made.orders))
        case 3: Subject(.deliveries, pick(made.deliveries))
        case 4: Subject(.tasks, pick(made.tasks))
        default: Subject(.decisions, pick(made.decisions))
        }
    }

    /// A step of a processor over events that were, or might have been.
    mutating func step(
        _ processor: ProcessorName, inputs count: Int = 2, about subject: Subject? = nil
    ) -> ProcessorStep {
        let from = made.cursors[processor] ?? 0
        let inputs = (0..<count).map { number in
            input(position: from + UInt64(number) + 1, about: subject)
        }
        let end = from + UInt64(count) + UInt64(number(below: 3))
        made.cursors[processor] = end
        return ProcessorStep(
            processor: processor, lease: CommandSamples.lease, from: from, to: end,
            inputs: inputs, ids: (0..<count * ProcessorStep.idsPerInput).map { _ in id() },
            spans: inputs.map { _ in "00f067aa0ba902b7" }, model: CommandSamples.model)
    }

    private mutating func input(position: UInt64, about subject: Subject?) -> ProcessorInput {
        let isUnified = subject == nil && chance(40)
        let lead = subject ?? Subject(.leads, pick(leads))
        let id = id()
        let fields: FieldValue =
            isUnified
            ? .object([
                FieldMember("task_id", .string("t")),
                FieldMember("user_id", .string("u\(number(below: variety))")),
                FieldMember("consent_flag", chance(50) ? .bool(true) : .null),
            ])
            : .object([
                FieldMember("name", .string("Asha")), FieldMember("lead_id", .string(lead.id.text)),
            ])
        return ProcessorInput(
            position: position, id: id, name: isUnified ? "sla_warning" : "lead_created",
            subject: isUnified ? Subject(.events, id).text : lead.text,
            time: Timestamp(milliseconds: 1_764_000_000_000), actor: "asha",
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01", depth: 0,
            isUnified: isUnified, fields: fields, fault: chance(10) ? "broken" : nil)
    }

    func leaseCommand(_ processor: ProcessorName, token: UniqueID = CommandSamples.lease) -> Command
    {
        .leaseProcessor(
            LeaseProcessor(processor: processor, token: token, holder: "rig", seconds: 15))
    }

    /// Any command of the pipeline beyond leads and reported events.
    mutating func anyPipelineCommand() -> Command {
        switch number(below: 12) {
        case 0...1: return .createOpportunity(createOpportunity(of: pick(leads)))
        case 2: return .createOrder(createOrder(of: pick(made.opportunities)))
        case 3: return .scheduleDelivery(schedule(of: pick(made.orders)))
        case 4: return .updateOpportunity(anyOpportunityUpdate())
        case 5: return .updateOrder(anyOrderUpdate())
        case 6: return .updateDelivery(anyDeliveryUpdate())
        case 7:
            if chance(50) { return .updateTask(anyTaskUpdate()) }
            return .createTask(createTask(about: chance(70) ? anyPipelineSubject() : nil))
        case 8:
            var command = GiveFeedback(id: id(), eventID: id(), subject: anyPipelineSubject())
            command.rating = chance(70) ? 1 + number(below: 5) : nil
            command.reward = chance(30) ? 0.5 : nil
            return .giveFeedback(command)
        case 9: return .decide(decide(about: anyPipelineSubject()))
        default:
            let processor = ProcessorName.allCases[number(below: ProcessorName.allCases.count)]
            guard made.cursors[processor] != nil else {
                made.cursors[processor] = 0
                return leaseCommand(processor)
            }
            return .process(step(processor))
        }
    }

    private mutating func anyOpportunityUpdate() -> UpdateOpportunity {
        var command = UpdateOpportunity(id: pick(made.opportunities), eventID: id())
        if chance(60) { command.stage = OpportunityStage.allCases.randomElement(using: &random) }
        if chance(30) { command.value = amount("\(number(below: 3)).25") }
        if chance(20) { command.ifMatch = [1 + number(below: 3)] }
        return command
    }

    private mutating func anyOrderUpdate() -> UpdateOrder {
        var command = UpdateOrder(id: pick(made.orders), eventID: id())
        if chance(70) { command.status = OrderStatus.allCases.randomElement(using: &random) }
        if chance(30) { command.owner = .some(chance(50) ? "ravi" : nil) }
        return command
    }

    private mutating func anyDeliveryUpdate() -> UpdateDelivery {
        var command = UpdateDelivery(id: pick(made.deliveries), eventID: id(), orderEventID: id())
        command.status = DeliveryStatus.allCases.randomElement(using: &random)
        return command
    }

    private mutating func anyTaskUpdate() -> UpdateTask {
        var command = UpdateTask(id: pick(made.tasks), eventID: id())
        command.status = TaskStatus.allCases.randomElement(using: &random)
        return command
    }
}
