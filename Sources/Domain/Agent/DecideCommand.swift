// A question to the agent as a command: the consent on file of whom it is about is a fact, so a
// withdrawal that was answered rules out what it must. Nothing allowed is an answer too.

/// A decision asked for.
package struct DecideCommand: Sendable {
    package let id: UniqueID
    package let eventID: UniqueID
    package let subject: Subject
    /// The context's JSON text, an object on one line; empty when none was sent.
    package let contextText: [UInt8]
    /// The same, read.
    package let context: FieldValue
    /// The candidates, in the order of preference; nil: those of the named set.
    package var actions: [String]?
    /// The name of a set; nil: the one for the subject's kind.
    package var actionSet: String?
    package var mode: DecisionMode = .live
    package let model: ModelSnapshot
    package var agentPolicy = AgentPolicy.standard
    package var policy = PolicySet.standard
    package let random: UInt64

    /// The kinds of things that can be decided about.
    package static let kinds: [EntityKind] = [
        .leads, .opportunities, .orders, .deliveries, .tasks, .events,
    ]
    package static let actionsMax = 32

    package init(
        id: UniqueID, eventID: UniqueID, subject: Subject, contextText: [UInt8],
        context: FieldValue, model: ModelSnapshot, random: UInt64
    ) {
        self.id = id
        self.eventID = eventID
        self.subject = subject
        self.contextText = contextText
        self.context = context
        self.model = model
        self.random = random
    }

    /// Decides: compliance first, then the agent, over what is left.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        guard DecideCommand.kinds.contains(subject.kind) else {
            throw .invalidField("subject", "can't be decided about")
        }
        try facts.refuseForeign(subject, field: "subject", to: context.principal, by: .decide)
        try facts.require(subject, field: "subject")
        let lead = facts.lead(behind: subject)
        let request = DecisionRequest(
            subject: subject.text, features: SubjectFeatures.ofContext(self.context),
            actions: try candidates(), mode: mode)
        let consent = ConsentStanding(
            person: lead.map { Lead.subject($0) }, flag: nil, records: facts.consents)
        var scratch = ScoringScratch()
        let answer = DecisionAgent.decide(
            request, policy: agentPolicy, excluding: exclusions(request.actions, consent),
            model: model.state, random: random, scratch: &scratch)
        let record = DecisionRecord(
            id: id, subject: subject, leadID: lead, context: contextText, mode: mode,
            agent: answer, actor: context.principal.subject, createdAt: time)
        let event = Event(
            id: eventID, name: "decision_made", subject: subject.text, data: .decision(record),
            of: facts.ownership(ofLead: lead), by: context, at: time)
        return Decision(
            changes: [.insertDecision(record)], events: [event], answer: .decision(record))
    }

    private func candidates() throws(Refusal) -> [String] {
        if let actions {
            guard (1...DecideCommand.actionsMax).contains(actions.count) else {
                throw .invalidField(
                    "actions", "must be 1 to \(DecideCommand.actionsMax) actions")
            }
            for action in actions {
                guard (1...64).contains(action.utf8.count), action != AgentDecision.noAction else {
                    throw .invalidField("actions", "each must be 1 to 64 bytes, and a real action")
                }
            }
            return actions
        }
        if let actionSet {
            guard let set = ActionSet.named(actionSet) else {
                throw .invalidField("action_set", "names no set of actions")
            }
            return set.actions
        }
        guard let set = ActionSet.forSubject(subject.text) else {
            throw .invalidField("actions", "is required for this kind of subject")
        }
        return set.actions
    }

    private func exclusions(_ actions: [String], _ consent: ConsentStanding) -> [Exclusion] {
        actions.compactMap { action in
            let result = ComplianceCheck.evaluate(
                CheckInput(type: action, scope: .actions), consent: consent, by: policy)
            guard result.effect == .deny else { return nil }
            return Exclusion(action: action, rule: result.rules.first ?? "default_deny")
        }
    }
}
