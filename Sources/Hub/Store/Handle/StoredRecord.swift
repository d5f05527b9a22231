// A record as it was read, and how it is shown: its representation, its entity tag, its place.

package import Domain
import Wire

/// A decision as it was answered: it never changes, so its text is kept.
package struct DecisionText: Sendable, Equatable {
    /// The decision's id.
    package let id: UniqueID
    /// The representation.
    package let text: [UInt8]
}

/// One stored record.
package enum StoredRecord: Sendable {
    case opportunity(Opportunity)
    case order(Order)
    case delivery(Delivery)
    case task(Domain.Task)
    case feedback(FeedbackRecord)
    case decision(DecisionText)
    case notification(Notification)
    case consent(ConsentRecord)
    /// An entry, and its data as JSON text instead of a tree.
    case log(LogEntry, data: [UInt8]?)
    case workflowRun(WorkflowRun)
    case deadLetter(DeadLetter)
    case user(User)
    case session(UserSession)

    /// The representation.
    package var text: [UInt8] {
        var writer = JSONWriter(reserving: 512)
        switch self {
        case .opportunity(let row): OpportunityJSON.append(row, to: &writer)
        case .order(let row): OrderJSON.append(row, to: &writer)
        case .delivery(let row): DeliveryJSON.append(row, to: &writer)
        case .task(let row): TaskJSON.append(row, to: &writer)
        case .feedback(let row): FeedbackJSON.append(row, to: &writer)
        case .decision(let decision): return decision.text
        case .notification(let row): NotificationJSON.append(row, to: &writer)
        case .consent(let row): ConsentJSON.append(row, to: &writer)
        case .log(let entry, let data): LogJSON.append(entry, data: data, to: &writer)
        case .workflowRun(let row): WorkflowRunJSON.append(row, to: &writer)
        case .user(let row): UserJSON.append(row, to: &writer)
        case .session(let row): UserSessionJSON.append(row, to: &writer)
        case .deadLetter(let row): DeadLetterJSON.append(row, to: &writer)
        }
        return writer.bytes
    }

    /// The strong entity tag of what can be patched by `If-Match`; nil for the rest.
    package var etag: String? {
        switch self {
        case .opportunity(let row): EntityTag.text(row.version)
        case .order(let row): EntityTag.text(row.version)
        case .delivery(let row): EntityTag.text(row.version)
        case .task(let row): EntityTag.text(row.version)
        case .user(let row): EntityTag.text(row.version)
        default: nil
        }
    }

    /// The place after this record, in the order of its kind.
    func cursor(byTime: Bool) -> RecordCursor {
        switch self {
        case .opportunity(let row): RecordCursor(id: row.id)
        case .order(let row): RecordCursor(id: row.id)
        case .delivery(let row): RecordCursor(id: row.id)
        case .task(let row): RecordCursor(id: row.id)
        case .feedback(let row): RecordCursor(id: row.id)
        case .decision(let row): RecordCursor(id: row.id)
        case .notification(let row): RecordCursor(id: row.id)
        case .consent(let row): RecordCursor(id: row.id)
        case .log(let entry, _): RecordCursor(id: entry.id, time: byTime ? entry.time : nil)
        case .workflowRun(let run): RecordCursor(id: run.key.eventID, rule: run.key.rule)
        case .deadLetter(let row): RecordCursor(id: row.id)
        case .user(let row): RecordCursor(id: row.id)
        case .session(let row): RecordCursor(id: row.id)
        }
    }
}
