// What the tests of the domain are made of: ids that count, a caller, leads and reported events.

import Domain
import Support

/// An id that is easy to read in a failure.
func id(_ number: UInt64) -> UniqueID { UniqueID(high: 0x7000, low: number) }

/// A moment so many milliseconds after a fixed one.
func time(_ milliseconds: Int64 = 0) -> Timestamp {
    Timestamp(milliseconds: 1_790_000_000_000 + milliseconds)
}

/// A caller with a trace.
func caller(_ subject: String = "asha", roles: [Role] = [.sales]) -> CommandContext {
    CommandContext(
        principal: Principal(subject: subject, roles: RoleSet(roles)),
        trace: TraceContext(
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
        auditID: id(0xA0D1), idempotency: nil)
}

/// A command that makes a lead.
func newLead(
    _ number: UInt64, email: String? = nil, phone: String? = nil, allowDuplicate: Bool = false
) -> CreateLead {
    var command = CreateLead(id: id(number), eventID: id(number + 1_000_000), name: "Asha Rao")
    command.email = email
    command.phone = phone
    command.allowDuplicate = allowDuplicate
    return command
}

/// A command that changes a lead.
func change(_ number: UInt64, _ set: (inout UpdateLead) -> Void) -> UpdateLead {
    var command = UpdateLead(id: id(number), eventID: id(number + 2_000_000))
    set(&command)
    return command
}

/// Facts in which some leads were made.
func facts(_ leads: CreateLead...) throws -> Facts {
    var facts = Facts()
    for lead in leads {
        facts.apply(try lead.decide(given: facts, by: caller(), at: time()))
    }
    return facts
}

/// The lead that a decision answers with.
func lead(of decision: Decision) -> Lead? {
    switch decision.answer {
    case .created(let lead), .lead(let lead): lead
    default: nil
    }
}

/// A reported event.
func reported(
    _ number: UInt64, user: String? = nil, source: EventSource? = nil, type: String = "sla_warning"
) -> Result<PublishItem, Refusal> {
    .success(
        PublishItem(
            id: id(number), type: type, source: source,
            event: UnifiedEvent(
                taskID: nil, userID: user, consentFlag: nil, payload: Array("null".utf8))))
}

/// What a throwing expression was refused with; nil when it was not.
func refusal(_ body: () throws(Refusal) -> Void) -> Refusal? {
    do throws(Refusal) {
        try body()
        return nil
    } catch {
        return error
    }
}

extension SeededRandom {
    /// True once in `n` times.
    mutating func oneIn(_ n: Int) -> Bool {
        Int.random(in: 0..<n, using: &self) == 0
    }

    /// One of some values, which are not none.
    mutating func pick<Value>(_ values: [Value]) -> Value {
        values[Int.random(in: 0..<values.count, using: &self)]
    }
}
