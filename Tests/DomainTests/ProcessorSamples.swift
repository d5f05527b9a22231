// Events as processors see them: written as the wire shows them, read as a processor reads them.

import Domain

/// A text, or null.
func text(_ value: String?) -> FieldValue { value.map { .string($0) } ?? .null }

/// An object.
func object(_ members: KeyValuePairs<String, FieldValue>) -> FieldValue {
    .object(members.map { FieldMember($0.key, $0.value) })
}

/// An event as it is read from the log.
func input(
    _ name: String, _ subject: String, _ fields: FieldValue, position: UInt64 = 1,
    isUnified: Bool = false, depth: Int = 0, number: UInt64? = nil, fault: String? = nil
) -> ProcessorInput {
    ProcessorInput(
        position: position, id: id(number ?? 5_000 + position), name: name, subject: subject,
        time: time(Int64(position)), actor: "asha",
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", depth: depth,
        isUnified: isUnified, fields: fields, fault: fault)
}

/// A lead that was made.
func leadCreated(_ position: UInt64 = 1) -> ProcessorInput {
    input(
        "lead_created", "leads/" + id(1).text,
        object([
            "id": .string(id(1).text), "name": .string("Asha Rao"),
            "email": .string("asha@example.test"), "owner": .string("ravi"), "tags": .array([]),
        ]), position: position)
}

/// An order that was made.
func orderCreated(_ position: UInt64 = 1) -> ProcessorInput {
    input(
        "order_created", "orders/" + id(3).text,
        object([
            "id": .string(id(3).text), "lead_id": .string(id(1).text),
            "total": .string("12500.00"), "currency": .string("INR"), "lines": .array([.null]),
            "owner": .string("ravi"),
        ]), position: position)
}

/// An event that was reported.
func warning(
    _ position: UInt64 = 1, user: String? = "u1", flag: Bool? = true, payload: FieldValue = .null
) -> ProcessorInput {
    input(
        "sla_warning", "events/" + id(5_000 + position).text,
        object([
            "task_id": .string("t-1"), "user_id": text(user),
            "consent_flag": flag.map { .bool($0) } ?? .null, "payload": payload,
        ]), position: position, isUnified: true)
}

/// Feedback that was given on a decision.
func feedbackReceived(
    _ position: UInt64 = 1, on decision: UInt64 = 700, reward: FieldValue = .real(0.8),
    rating: FieldValue = .integer(5)
) -> ProcessorInput {
    input(
        "feedback_received", "decisions/" + id(decision).text,
        object([
            "id": .string(id(800 + position).text),
            "subject": .string("decisions/" + id(decision).text), "lead_id": .string(id(1).text),
            "rating": rating, "reward": reward, "comment": .null,
        ]), position: position)
}

/// A delivery that was scheduled.
func deliveryScheduled(_ position: UInt64 = 1, owner: String? = "ravi") -> ProcessorInput {
    input(
        "delivery_scheduled", "deliveries/" + id(4).text,
        object([
            "id": .string(id(4).text), "order_id": .string(id(3).text),
            "lead_id": .string(id(1).text), "delivery_date": .string("2026-12-01"),
            "owner": text(owner),
        ]), position: position)
}

/// A model that has learned nothing.
func emptyModel() -> ModelState { ModelState(exploration: .standard) }

/// The lease that samples hold.
let lease = id(0x1EA5E)

/// A step over some events; it begins behind `from` and ends at the last of them.
func step(
    _ processor: ProcessorName, _ inputs: [ProcessorInput], from: UInt64 = 0, to: UInt64? = nil,
    rules: [WorkflowRule] = WorkflowRule.standard, model: ModelState? = emptyModel(),
    replay: UniqueID? = nil
) -> ProcessorStep {
    let first =
        900_000 + from * 1_000 + UInt64(ProcessorName.allCases.firstIndex(of: processor) ?? 0)
        * 100_000_000
    return ProcessorStep(
        processor: processor, lease: lease, from: from, to: to ?? inputs.last?.position ?? from,
        inputs: inputs,
        ids: (0..<UInt64(inputs.count * ProcessorStep.idsPerInput)).map { id(first + $0) },
        spans: inputs.indices.map { index in
            let digits = String(index, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }, model: model.map { ModelSnapshot($0) }, rules: rules, replay: replay)
}

/// Facts in which every processor is leased, and has read so far.
func leased(at cursor: UInt64 = 0) -> Facts {
    var facts = Facts()
    for name in ProcessorName.allCases {
        facts.processors[name] = ProcessorState(
            cursor: cursor, lease: lease, holder: "one", leasedUntil: time(15_000))
    }
    return facts
}

/// What a step decides.
func run(_ step: ProcessorStep, given facts: Facts = leased()) throws -> Decision {
    try decide(.process(step), given: facts, by: caller("hub", roles: [.service]), at: time(60_000))
}

extension Decision {
    /// The names of the events, in order.
    var names: [String] { events.map(\.name) }

    /// The tasks that were made.
    var tasks: [Domain.Task] {
        changes.compactMap { if case .insertTask(let task) = $0 { task } else { nil } }
    }

    /// The entries of the log.
    var logs: [LogEntry] {
        changes.compactMap { if case .insertLog(let entry) = $0 { entry } else { nil } }
    }

    /// The dead letters that were made or changed.
    var deadLetters: [DeadLetter] {
        changes.compactMap { change in
            switch change {
            case .insertDeadLetter(let letter), .updateDeadLetter(let letter): letter
            default: nil
            }
        }
    }

    /// The runs of rules.
    var runs: [WorkflowRun] {
        changes.compactMap { if case .insertWorkflowRun(let run) = $0 { run } else { nil } }
    }

    /// Where branches now stand.
    var branches: [EventBranch: BranchState] {
        var states: [EventBranch: BranchState] = [:]
        for case .setBranch(_, let branch, let state, _) in changes { states[branch] = state }
        return states
    }
}
