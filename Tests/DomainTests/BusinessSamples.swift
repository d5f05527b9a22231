// Entities of the whole pipeline, and facts in which they exist.

import Domain
import Support

/// An amount that a test writes down.
func amount(_ text: String) -> Amount { Amount(text) ?? .zero }

/// Rupees.
func rupees() -> Currency {
    guard let currency = Currency("INR") else { preconditionFailure("INR is a currency") }
    return currency
}

/// A day that a test writes down.
func day(_ text: String) -> CalendarDate {
    guard let date = CalendarDate(text) else { preconditionFailure("\(text) is no day") }
    return date
}

/// An opportunity of lead 1.
func opportunity(_ number: UInt64, stage: OpportunityStage = .prospecting) -> Opportunity {
    Opportunity(
        id: id(number), leadID: id(1), name: "Annual plan", value: amount("12500"),
        currency: rupees(), stage: stage, probability: stage.usualProbability,
        expectedClose: nil, owner: "asha", lostReason: nil, version: 1, createdAt: time(),
        updatedAt: time())
}

/// An order of opportunity 2, with one line.
func order(_ number: UInt64, status: OrderStatus = .draft) -> Order {
    Order(
        id: id(number), opportunityID: id(2), leadID: id(1), currency: rupees(),
        lines: [OrderLine(sku: "A-1", quantity: 2, unitPrice: amount("6250"))],
        total: amount("12500"), status: status, owner: "ravi", version: 1, createdAt: time(),
        updatedAt: time())
}

/// A delivery of order 3.
func delivery(_ number: UInt64, status: DeliveryStatus = .scheduled) -> Delivery {
    Delivery(
        id: id(number), orderID: id(3), leadID: id(1), deliveryDate: day("2026-12-01"),
        status: status, carrier: nil, tracking: nil, attempts: 0, proof: nil, owner: "ravi",
        version: 1, createdAt: time(), updatedAt: time())
}

/// A task about nothing.
func task(_ number: UInt64, status: TaskStatus = .open) -> Domain.Task {
    Domain.Task(
        id: id(number), title: "Call back", subject: nil, assignee: "asha", due: nil,
        priority: .normal, status: status, description: nil, origin: nil, version: 1,
        createdAt: time(), updatedAt: time())
}

/// Facts in which lead 1, opportunity 2 and order 3 exist.
func business() throws -> Facts {
    var facts = try facts(newLead(1))
    facts.apply([.insertOpportunity(opportunity(2)), .insertOrder(order(3))])
    return facts
}

/// Withdraws lead 1 from the contract.
func withdraw(_ facts: inout Facts, _ purpose: Purpose = .contract) {
    facts.consents[ConsentKey(subject: "leads/" + id(1).text, purpose: purpose)] = .withdrawn
}

/// What a command is refused with; nil when it is decided.
func refused(
    _ command: Command, given facts: Facts, by context: CommandContext = caller()
) -> Refusal? {
    refusal { () throws(Refusal) in
        _ = try decide(command, given: facts, by: context, at: time(9))
    }
}

/// The refusal of what a lead's withdrawal forbids.
let withdrawn = Refusal.consentRequired(purpose: .contract, subject: "leads/" + id(1).text)
