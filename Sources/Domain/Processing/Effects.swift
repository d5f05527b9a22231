// What follows from one event: rows and events, all in the trace of their cause and one deeper.

/// The effects of one input while they are gathered.
struct Effects {
    let processor: ProcessorName
    let input: ProcessorInput
    let time: Timestamp
    /// The trace of the cause, and a span of this reaction's own.
    let traceparent: String
    var changes: [Change] = []
    var events: [Event] = []

    private let ids: [UniqueID]
    private var used = 0

    /// Nothing yet, for one input of a step.
    init(of step: ProcessorStep, input index: Int, at time: Timestamp) {
        processor = step.processor
        input = step.inputs[index]
        self.time = time
        let first = index * ProcessorStep.idsPerInput
        ids = Array(step.ids[first..<first + ProcessorStep.idsPerInput])
        let parts = input.traceparent.split(separator: "-", omittingEmptySubsequences: false)
        traceparent =
            parts.count == 4
            ? "\(parts[0])-\(parts[1])-\(step.spans[index])-\(parts[3])" : input.traceparent
    }

    /// The next fresh id; when the given ones are used up, ones that are mixed from them.
    mutating func nextID() -> UniqueID {
        defer { used += 1 }
        let id = ids[used % ids.count]
        let round = used / ids.count
        guard round > 0 else { return id }
        var mixed = id.low &+ UInt64(round) &* 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        let random = (mixed ^ mixed >> 31) & 0x3FFF_FFFF_FFFF_FFFF
        return UniqueID(high: id.high, low: 0x8000_0000_0000_0000 | random)
    }

    /// What ties an effect to its cause.
    var cause: EventCause { EventCause(eventID: input.id, depth: input.depth + 1) }

    /// Who asks, for a command that is decided as an effect.
    mutating func context() -> CommandContext {
        CommandContext(
            principal: Principal(subject: processor.actor, roles: []),
            trace: TraceContext(traceparent: traceparent), auditID: nextID(), idempotency: nil)
    }

    /// Whose something new is that is made because of the input and held by somebody.
    func ownership(heldBy holder: String?) -> Ownership {
        let cause = input.ownership
        if cause.owner == nil, cause.team == nil, !isAboutLead { return .ofHolder(holder) }
        return Ownership(owner: cause.owner, team: cause.team, holder: holder)
    }

    private var isAboutLead: Bool { input.consentKey?.purpose == .contract }

    /// Adds an event about what the input is about, or about something else of somebody.
    mutating func emit(
        _ name: String, subject: String, _ data: EventData, of ownership: Ownership? = nil
    ) {
        events.append(
            Event(
                id: nextID(), name: name, subject: subject, time: time, actor: processor.actor,
                traceparent: traceparent, data: data, cause: cause,
                ownership: ownership ?? input.ownership, lead: input.leadID))
    }

    /// Adds what a command decided.
    mutating func take(_ decision: Decision) {
        changes += decision.changes
        for var event in decision.events {
            event.cause = cause
            events.append(event)
        }
    }

    /// Adds an entry to the log.
    mutating func log(
        _ level: LogLevel, _ module: LogModule, _ message: String, at moment: Timestamp? = nil,
        data: FieldValue? = nil
    ) {
        changes.append(
            .insertLog(
                LogEntry(
                    id: nextID(), time: moment ?? time, level: level, module: module,
                    eventType: input.name, message: message,
                    userID: input.isUnified ? input.fields["user_id"]?.string : input.actor,
                    taskID: input.isUnified ? input.fields["task_id"]?.string : nil,
                    traceID: input.traceID, subject: input.subject, position: input.position,
                    data: data)))
    }

    /// Says where a branch of a reported event stands; nothing for other events.
    mutating func setBranch(_ branch: EventBranch, _ state: BranchState, _ result: FieldValue) {
        guard input.isUnified else { return }
        changes.append(
            .setBranch(event: input.id, branch: branch, state: state, result: result))
    }
}
