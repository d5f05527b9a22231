// What people do to the hub in these tests: a few real commands, made from a generator.

import Store

@testable import Domain
@testable import Processors

extension World {
    /// A new lead.
    @discardableResult
    mutating func createLead(_ name: String = "Asha") -> UniqueID {
        let lead = id()
        var command = CreateLead(id: lead, eventID: id(), name: name)
        command.allowDuplicate = true
        command.owner = "ravi"
        commit(.createLead(command))
        return lead
    }

    /// A new opportunity and an order under it, and a delivery for that.
    @discardableResult
    mutating func createOrder(for lead: UniqueID) throws -> UniqueID {
        let opportunity = id()
        let value = try found(Amount("6250.00"))
        let currency = try found(Currency("INR"))
        commit(
            .createOpportunity(
                CreateOpportunity(
                    id: opportunity, eventID: id(), leadID: lead, name: "Plan", value: value,
                    currency: currency)))
        let order = id()
        commit(
            .createOrder(
                CreateOrder(
                    id: order, eventID: id(), opportunityID: opportunity, currency: currency,
                    lines: [OrderLine(sku: "A-1", quantity: 2, unitPrice: value)])))
        return order
    }

    /// A delivery for an order.
    mutating func schedule(_ order: UniqueID) throws {
        commit(
            .scheduleDelivery(
                ScheduleDelivery(
                    id: id(), eventID: id(), orderID: order,
                    deliveryDate: try found(CalendarDate("2026-12-01")))))
    }

    /// A reported event.
    @discardableResult
    mutating func report(
        _ type: String = "sla_warning", user: String? = nil, payload: String = #"{"level":3}"#
    ) -> UniqueID {
        let event = id()
        let item = PublishItem(
            id: event, type: type, source: nil,
            event: UnifiedEvent(
                taskID: "t-1", userID: user, consentFlag: user == nil ? nil : true,
                payload: Array(payload.utf8)))
        commit(.publishEvents(PublishEvents(items: [.success(item)], isArray: false)))
        return event
    }

    /// A decision by the model of an instance.
    @discardableResult
    mutating func decide(about subject: Subject, by model: ModelSnapshot) -> UniqueID {
        let decision = id()
        var command = DecideCommand(
            id: decision, eventID: id(), subject: subject, contextText: Array(#"{"r":1}"#.utf8),
            context: .object([FieldMember("r", .integer(1))]), model: model, random: ids.next())
        command.actions = ["standard", "express", "hold"]
        commit(.decide(command))
        return decision
    }

    /// Feedback on something.
    @discardableResult
    mutating func feedback(on subject: Subject, reward: Double) -> UniqueID {
        let feedback = id()
        var command = GiveFeedback(id: feedback, eventID: id(), subject: subject)
        command.reward = reward
        commit(.giveFeedback(command))
        return feedback
    }
}

/// What should have been there.
struct NotFound: Error {}

func found<Value>(_ value: Value?) throws -> Value {
    guard let value else { throw NotFound() }
    return value
}

/// Looks at the log by what its texts say.
extension World {
    /// The events of a name, as the processors read them.
    func inputs(named name: String) -> [ProcessorInput] {
        events.filter { $0.name == name }.map { input($0.position) }
    }

    /// The event at a position.
    func input(_ position: UInt64) -> ProcessorInput {
        let event = events[Int(position) - 1]
        return EventReading.input(
            event.text[...], position: position, name: event.name, subject: event.subject,
            owners: event.owners)
    }

    /// How many effects of a name there are for each cause.
    func effects(named name: String) -> [String: Int] {
        var counts: [String: Int] = [:]
        for input in inputs(named: name) {
            let cause = input.fields["event"]?.string ?? input.fields["feedback"]?.string ?? "?"
            counts[cause, default: 0] += 1
        }
        return counts
    }
}
