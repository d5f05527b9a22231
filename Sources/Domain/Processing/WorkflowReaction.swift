// What workflow rules do with an event: each matching rule once, all of its actions or none.

extension StepRun {
    /// Effects of one event at most, whatever the rules say.
    private static let actionsMax = 32

    /// Runs the matching rules, unless whoever it concerns has withdrawn.
    mutating func runWorkflows(
        on input: ProcessorInput, into effects: inout Effects
    ) throws(ReactionFailure) {
        if let key = input.consentKey, facts.consents[key] == .withdrawn {
            effects.setBranch(
                .workflow, .denied,
                .object([FieldMember("purpose", .string(key.purpose.code))]))
            return
        }
        var names: [FieldValue] = []
        var actionCount = 0
        for rule in step.rules where rule.isTriggered(by: input) {
            let key = WorkflowRunKey(rule: rule.id, eventID: input.id)
            guard !facts.workflowRuns.contains(key) else { continue }
            actionCount += rule.actions.count
            guard actionCount <= StepRun.actionsMax else {
                throw ReactionFailure(
                    reason: "the rules have more than \(StepRun.actionsMax) actions for it")
            }
            run(rule, key, on: input, into: &effects)
            names.append(.string(rule.id))
        }
        effects.setBranch(
            .workflow, .done, .object([FieldMember("rules", .array(names))]))
    }

    private func run(
        _ rule: WorkflowRule, _ key: WorkflowRunKey, on input: ProcessorInput,
        into effects: inout Effects
    ) {
        var attempt = effects
        var made: [String] = []
        var refusal: Refusal?
        do throws(Refusal) {
            var seen = facts
            // Rules before this one may have moved the same thing.
            seen.apply(attempt.changes)
            for action in rule.actions {
                let count = attempt.changes.count
                made.append(
                    try perform(action, of: rule, on: input, given: seen, into: &attempt))
                seen.apply(Array(attempt.changes[count...]))
            }
            effects = attempt
        } catch {
            made = []
            refusal = error
        }
        effects.changes.append(
            .insertWorkflowRun(
                WorkflowRun(
                    key: key, ruleVersion: rule.version, state: refusal == nil ? .done : .failed,
                    effects: made, reason: refusal?.code, time: time)))
        if let refusal {
            effects.log(
                .warn, .workflow, "Rule \(rule.id) failed: \(refusal.detail)")
        } else {
            effects.log(.info, .workflow, "Rule \(rule.id) ran on \(input.name)")
        }
    }

    /// Does one action and gives what it made or moved.
    private func perform(
        _ action: WorkflowAction, of rule: WorkflowRule, on input: ProcessorInput,
        given facts: Facts, into effects: inout Effects
    ) throws(Refusal) -> String {
        switch action {
        case .createTask(let template):
            let task = makeTask(template, of: rule, on: input, id: effects.nextID())
            effects.changes.append(.insertTask(task))
            effects.emit(
                "task_created", subject: task.reference.text, .task(task, changed: []),
                of: effects.ownership(heldBy: task.assignee))
            return task.reference.text
        case .notify(let template):
            let notification = Notification(
                id: effects.nextID(), recipient: recipient(template.recipient, input),
                category: rule.id, title: WorkflowTemplate.fill(template.title, from: input),
                body: WorkflowTemplate.fill(template.body, from: input), subject: input.subject,
                createdAt: time)
            effects.send(notification)
            return "notifications/" + notification.id.text
        case .moveStage(let stage):
            return try move(input, to: stage, given: facts, into: &effects)
        }
    }

    private func makeTask(
        _ template: TaskTemplate, of rule: WorkflowRule, on input: ProcessorInput, id: UniqueID
    ) -> Task {
        let title = WorkflowTemplate.fill(template.title, from: input)
        var task = Task(
            id: id, title: title.allSatisfy(\.isWhitespace) ? rule.name : title,
            subject: input.subject, assignee: recipient(template.assignee, input),
            due: template.dueInSeconds.map { time.adding(milliseconds: Int64($0) * 1000) },
            priority: template.priority, status: .open, description: nil,
            origin: TaskOrigin(rule: rule.id, eventID: input.id), version: 1, createdAt: time,
            updatedAt: time)
        task.leadID = input.leadID
        return task
    }

    private func recipient(_ template: String?, _ input: ProcessorInput) -> String {
        guard let template else { return input.owner }
        let filled = WorkflowTemplate.fill(template, from: input)
        return filled.isEmpty ? input.owner : filled
    }

    /// Moves what the event is about, as a patch by this processor would.
    private func move(
        _ input: ProcessorInput, to stage: String, given facts: Facts,
        into effects: inout Effects
    ) throws(Refusal) -> String {
        guard let subject = Subject(input.subject) else {
            throw .invalidField("subject", "is nothing that has a stage")
        }
        let command = try StageMove(subject: subject, stage: stage).command(
            eventID: effects.nextID(), secondEventID: effects.nextID())
        let context = effects.context()
        effects.take(try decide(command, given: facts, by: context, at: time))
        return subject.text
    }
}

extension Effects {
    /// Puts a message into an inbox, and says so.
    mutating func send(_ notification: Notification) {
        changes.append(.insertNotification(notification))
        emit(
            "notification_sent", subject: "notifications/" + notification.id.text,
            .notification(notification), of: .ofHolder(notification.recipient))
    }
}

/// A move that a rule asks for.
private struct StageMove {
    let subject: Subject
    let stage: String

    /// The patch that makes it.
    func command(eventID: UniqueID, secondEventID: UniqueID) throws(Refusal) -> Command {
        switch subject.kind {
        case .leads:
            var command = UpdateLead(id: subject.id, eventID: eventID)
            command.status = try known(LeadStatus(rawValue: stage))
            return .updateLead(command)
        case .opportunities:
            var command = UpdateOpportunity(id: subject.id, eventID: eventID)
            command.stage = try known(OpportunityStage(rawValue: stage))
            return .updateOpportunity(command)
        case .orders:
            var command = UpdateOrder(id: subject.id, eventID: eventID)
            command.status = try known(OrderStatus(rawValue: stage))
            return .updateOrder(command)
        case .deliveries:
            var command = UpdateDelivery(
                id: subject.id, eventID: eventID, orderEventID: secondEventID)
            command.status = try known(DeliveryStatus(rawValue: stage))
            return .updateDelivery(command)
        case .tasks:
            var command = UpdateTask(id: subject.id, eventID: eventID)
            command.status = try known(TaskStatus(rawValue: stage))
            return .updateTask(command)
        case .decisions, .events:
            throw .invalidField("subject", "is nothing that has a stage")
        }
    }

    private func known<Stage>(_ stage: Stage?) throws(Refusal) -> Stage {
        guard let stage else { throw .invalidField("stage", "is none of \(subject.kind.rawValue)") }
        return stage
    }
}
