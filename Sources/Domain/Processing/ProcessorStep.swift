// A step of a processor as a command: some events, what follows from each, and the cursor's move,
// all in one transaction. The cursor and the lease are facts, so a step that was done already, or
// by somebody else, is refused whole; that is what makes every effect happen exactly once.

/// A range of the log to deal with.
package struct ProcessorStep: Sendable {
    package let processor: ProcessorName
    package let lease: UniqueID
    /// The cursor before.
    package let from: UInt64
    /// The cursor after.
    package let to: UInt64
    /// The events in the range that the processor reacts to, by position, ascending.
    package let inputs: [ProcessorInput]
    /// Fresh ids, `idsPerInput` for each input.
    package let ids: [UniqueID]
    /// 16 hexadecimal digits for each input: the span that its effects belong to.
    package let spans: [String]
    /// What was learned up to `to`; needed by `rl` alone.
    package var model: ModelSnapshot?
    package var policy: PolicySet
    package var rules: [WorkflowRule]
    /// The dead letter that this step tries again: it has that one input, and the cursor stays.
    package var replay: UniqueID?

    package static let idsPerInput = 8

    package init(
        processor: ProcessorName, lease: UniqueID, from: UInt64, to: UInt64,
        inputs: [ProcessorInput], ids: [UniqueID], spans: [String], model: ModelSnapshot? = nil,
        policy: PolicySet = .standard, rules: [WorkflowRule] = WorkflowRule.standard,
        replay: UniqueID? = nil
    ) {
        precondition(to >= from, "a cursor never goes back")
        precondition(
            ids.count >= inputs.count * ProcessorStep.idsPerInput && spans.count >= inputs.count,
            "each input needs its ids and its span")
        self.processor = processor
        self.lease = lease
        self.from = from
        self.to = to
        self.inputs = inputs
        self.ids = ids
        self.spans = spans
        self.model = model
        self.policy = policy
        self.rules = rules
        self.replay = replay
    }

    /// Decides the step; refused whole with `cursorMoved` if the cursor or the lease is not as
    /// expected.
    package func decide(given facts: Facts, at time: Timestamp) throws(Refusal) -> Decision {
        guard let state = facts.processors[processor], state.lease == lease else {
            throw .cursorMoved
        }
        if let replay {
            guard let letter = facts.deadLetters[replay], letter.state == .replaying,
                letter.processor == processor, inputs.count == 1,
                inputs[0].position == letter.position
            else { throw .cursorMoved }
        } else {
            guard state.cursor == from else { throw .cursorMoved }
        }
        var run = StepRun(step: self, facts: facts, time: time)
        for index in inputs.indices { run.react(to: index) }
        return run.finish()
    }
}
