// An event that somebody else reports through `POST /event/unified`: flat JSON or a CloudEvent.

/// What a reporter says happened.
package struct UnifiedEvent: Equatable, Sendable {
    package var taskID: String?
    package var userID: String?
    package var consentFlag: Bool?
    /// The payload's JSON text, on one line, exactly as it was sent.
    package var payload: [UInt8]

    package init(taskID: String?, userID: String?, consentFlag: Bool?, payload: [UInt8]) {
        self.taskID = taskID
        self.userID = userID
        self.consentFlag = consentFlag
        self.payload = payload
    }

    /// Whose consent it needs; nil when it is about nobody.
    package var consentKey: ConsentKey? {
        userID.map { ConsentKey(subject: "users/" + $0, purpose: .eventProcessing) }
    }
}

/// What makes a CloudEvent the same one again (CloudEvents 1.0 §3.1).
package struct EventSource: Hashable, Comparable, Sendable {
    private let exactSource: ExactText
    private let exactID: ExactText

    package init(source: String, id: String) {
        exactSource = ExactText(source)
        exactID = ExactText(id)
    }

    package var source: String { exactSource.text }
    package var id: String { exactID.text }

    package static func < (left: EventSource, right: EventSource) -> Bool {
        (left.exactSource, left.exactID) < (right.exactSource, right.exactID)
    }
}

/// The rules for an event type that comes from outside.
package enum EventType {
    /// The hub's own names, which nobody else may use.
    package static let reserved: Set<String> = [
        "lead_created", "lead_updated", "lead_converted", "lead_merged", "lead_deleted",
        "opportunity_created", "opportunity_updated", "opportunity_deleted", "order_created",
        "order_updated", "order_deleted", "decision_made", "delivery_scheduled",
        "delivery_updated", "feedback_received", "task_created", "task_updated", "task_deleted",
        "rl_scored", "rl_updated", "compliance_checked",
        "notification_sent", "consent_granted", "consent_withdrawn", "subject_erased",
        "gap", "problem",
    ]

    /// Checks `[a-z][a-z0-9_.]{0,63}` and that the name is not one of the hub's own.
    package static func check(_ name: String, field: String) throws(Refusal) {
        var isFirst = true
        var count = 0
        for byte in name.utf8 {
            let isLetter = (97...122).contains(byte)
            let isOther = (48...57).contains(byte) || byte == 95 || byte == 46
            guard isLetter || (!isFirst && isOther) else {
                throw .invalidField(field, "must match [a-z][a-z0-9_.]{0,63}")
            }
            isFirst = false
            count += 1
        }
        guard (1...64).contains(count) else {
            throw .invalidField(field, "must match [a-z][a-z0-9_.]{0,63}")
        }
        guard !reserved.contains(name) else {
            throw .invalidField(field, "is one of the hub's own event types")
        }
    }
}

/// One item of a `POST /event/unified`.
package struct PublishItem: Sendable {
    /// The id under which it can be looked up: `/event/<id>`.
    package let id: UniqueID
    package let type: String
    package let source: EventSource?
    package let event: UnifiedEvent

    package init(id: UniqueID, type: String, source: EventSource?, event: UnifiedEvent) {
        self.id = id
        self.type = type
        self.source = source
        self.event = event
    }
}

/// Up to 1,000 reported events; a refused one does not touch its neighbours.
package struct PublishEvents: Sendable {
    /// An item, or why it can't be one.
    package var items: [Result<PublishItem, Refusal>]
    /// Whether the request was an array, so that the answer is one.
    package let isArray: Bool

    package init(items: [Result<PublishItem, Refusal>], isArray: Bool) {
        self.items = items
        self.isArray = isArray
    }

    /// Decides each item: the record on file first, then whether it was seen before.
    package func decide(
        given facts: Facts, by context: CommandContext, at time: Timestamp
    ) throws(Refusal) -> Decision {
        var decision = Decision(changes: [], events: [], answer: .accepted([], isArray: isArray))
        var seen = facts.eventSources
        var results: [Result<UniqueID, Refusal>] = []
        for item in items {
            switch item {
            case .failure(let refusal): results.append(.failure(refusal))
            case .success(let item):
                results.append(
                    PublishEvents.decide(
                        item, given: facts, seen: &seen, by: context, at: time, into: &decision))
            }
        }
        if !isArray, case .failure(let refusal)? = results.first { throw refusal }
        decision.answer = .accepted(results, isArray: isArray)
        return decision
    }

    private static func decide(
        _ item: PublishItem, given facts: Facts, seen: inout [EventSource: UniqueID],
        by context: CommandContext, at time: Timestamp, into decision: inout Decision
    ) -> Result<UniqueID, Refusal> {
        if let key = item.event.consentKey {
            do throws(Refusal) {
                try ConsentGate.check(record: facts.consents[key], key: key)
            } catch {
                return .failure(error)
            }
        }
        if let source = item.source {
            if let first = seen[source] { return .success(first) }
            seen[source] = item.id
            decision.changes.append(.insertEventSource(source, event: item.id))
        }
        decision.events.append(
            Event(
                id: item.id, name: item.type, subject: "events/" + item.id.text, time: time,
                actor: context.principal.subject, traceparent: context.trace.traceparent,
                data: .unified(item.event)))
        return .success(item.id)
    }
}
