// Deciding a batch: the commands one after another, each seeing what those before it decided. What
// comes out is what to write and what to tell each client once it is durable. Pure.

import Domain

/// What became of a batch.
struct BatchDecision: Sendable {
    /// What is written.
    private(set) var writes = BatchWrites()
    /// For each command its answer, to be given after the commit; nil: it must be tried again.
    private(set) var answers: [RenderedAnswer?] = []

    private var facts: Facts
    private let loaded: LoadedFacts
    private let time: Timestamp
    /// Where in the batch a key was used first.
    private var firstUses: [KeyName: Int] = [:]

    /// Decides all commands of a plan at one time.
    init(_ plan: BatchPlan, loaded: LoadedFacts, at time: Timestamp) {
        self.loaded = loaded
        self.time = time
        facts = loaded.facts
        answers.reserveCapacity(plan.items.count)
        for (index, item) in plan.items.enumerated() {
            answers.append(settle(item, at: index, in: plan))
        }
        writes.sort()
    }

    private mutating func settle(
        _ item: BatchItem, at index: Int, in plan: BatchPlan
    ) -> RenderedAnswer? {
        guard let name = item.key, let key = item.request.context.idempotency else {
            return decide(item, keepingUnder: nil)
        }
        let fingerprint: [UInt8]
        let earlier: RenderedAnswer?
        if let kept = loaded.keptAnswers[name] {
            fingerprint = kept.fingerprint
            earlier = kept.rendered ?? RenderedAnswer(.internalError, traceID: item.traceID)
        } else if let first = firstUses[name] {
            fingerprint = plan.items[first].request.context.idempotency?.fingerprint ?? []
            earlier = answers[first]?.replayed
        } else if loaded.ownedKeys.contains(name) {
            firstUses[name] = index
            return decide(item, keepingUnder: name)
        } else {
            // Somebody's row vanished between the insert that met it and the look at it.
            return nil
        }
        if fingerprint == key.fingerprint { return earlier }
        return refuse(item, with: .idempotencyKeyReused, keepingUnder: nil)
    }

    private mutating func decide(
        _ item: BatchItem, keepingUnder name: KeyName?
    ) -> RenderedAnswer {
        if let refusal = item.forcedRefusal {
            return refuse(item, with: refusal, keepingUnder: name)
        }
        let request = item.request
        do throws(Refusal) {
            let decision = try Domain.decide(
                request.command, given: facts, by: request.context, at: time)
            return accept(decision, of: item, keepingUnder: name)
        } catch {
            return refuse(item, with: error, keepingUnder: name)
        }
    }

    private mutating func accept(
        _ decision: Decision, of item: BatchItem, keepingUnder name: KeyName?
    ) -> RenderedAnswer {
        let request = item.request
        facts.apply(decision)
        for change in decision.changes { writes.add(change) }
        for var event in decision.events {
            event.tracestate = item.request.context.trace.tracestate
            writes.add(event)
        }
        switch request.command {
        case .recordDenials(let entries):
            for entry in entries { writes.audits.append(entry) }
        case .process: auditEffects(decision.events, item)
        default: audit(item, refusal: decision.refusal)
        }
        auditRefusedItems(of: decision.answer, item)
        let answer =
            decision.refusal.map { RenderedAnswer($0, traceID: item.traceID) }
            ?? RenderedAnswer(decision.answer, traceID: item.traceID)
        if let name {
            let isTold: Bool =
                switch decision.answer {
                case .accepted(_, isArray: true), .processed: false
                case .converted: true
                default: decision.events.count == 1
                }
            writes.kept.append(
                KeptWrite(
                    name: name, status: answer.status,
                    event: isTold ? writes.events.count - decision.events.count + 1 : nil,
                    answer: isTold ? nil : KeptAnswer.text(of: answer)))
        }
        return answer
    }

    private mutating func refuse(
        _ item: BatchItem, with refusal: Refusal, keepingUnder name: KeyName?
    ) -> RenderedAnswer {
        // A refusal that must not be kept would leave a key without an answer: a bug of ours.
        let refusal = refusal.isKept ? refusal : .internalError
        audit(item, refusal: refusal)
        let answer = RenderedAnswer(refusal, traceID: item.traceID)
        if let name {
            writes.kept.append(
                KeptWrite(
                    name: name, status: answer.status, event: nil,
                    answer: KeptAnswer.text(of: answer)))
        }
        return answer
    }

    /// What processors do among themselves leaves no line: leases, snapshots, a step that somebody
    /// else did first.
    private mutating func audit(_ item: BatchItem, refusal: Refusal?) {
        switch item.request.command {
        case .process, .leaseProcessor, .saveModel: return
        default: break
        }
        writes.audits.append(
            AuditEntry(item.request.command, by: item.request.context, at: time, refusal: refusal))
    }

    /// A line for each effect that made or changed something, in the trace of its cause.
    private mutating func auditEffects(_ events: [Event], _ item: BatchItem) {
        let context = item.request.context
        for (index, event) in events.enumerated() {
            guard let action = event.data.auditedAction(named: event.name) else { continue }
            let id = UniqueID(
                high: context.auditID.high, low: context.auditID.low ^ UInt64(index + 1))
            writes.audits.append(
                AuditEntry(
                    id: id, userID: event.actor, action: action, resource: event.subject,
                    time: time, success: true, layer: .business, reason: nil,
                    traceID: TraceContext(traceparent: event.traceparent).traceID, count: 1))
        }
    }

    /// One more line for those items of an array that consent refused: a denial leaves a trace even
    /// where the request as a whole was done.
    private mutating func auditRefusedItems(of answer: Answer, _ item: BatchItem) {
        guard case .accepted(let results, isArray: true) = answer else { return }
        var count = 0
        for case .failure(.consentRequired) in results { count += 1 }
        guard count > 0 else { return }
        let context = item.request.context
        let id = UniqueID(high: context.auditID.high, low: context.auditID.low ^ 1)
        writes.audits.append(
            AuditEntry(
                id: id, userID: context.principal.subject, action: item.request.command.action,
                resource: item.request.command.resource, time: time, success: false,
                layer: .consent, reason: "consent_required", traceID: context.trace.traceID,
                count: count))
    }
}

extension BatchItem {
    /// The trace that the request belongs to.
    var traceID: String { request.context.trace.traceID }
}

extension EventData {
    /// What the audit trail calls the change that an event tells of; nil where nothing changed but
    /// what is known.
    fileprivate func auditedAction(named name: String) -> String? {
        let kind: String
        switch self {
        case .lead: kind = "lead"
        case .opportunity: kind = "opportunity"
        case .order: kind = "order"
        case .delivery: kind = "delivery"
        case .task: kind = "task"
        case .notification: return "notification.send"
        case .unified, .consent, .erasure, .feedback, .decision, .check, .score, .learning:
            return nil
        }
        return kind + (name.hasSuffix("_created") ? ".create" : ".update")
    }
}
