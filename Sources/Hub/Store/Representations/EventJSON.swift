// An event as a CloudEvent (CloudEvents 1.0, JSON format §3), on one line and without its
// position, which only the commit knows: it is spliced in when the event is framed. `data` stands
// last. This text is what is stored; nothing rewrites it but an erasure.

package import Domain
package import Wire

/// The representation of an event.
package enum EventJSON {
    /// What `source` says: this hub, whichever instance it was.
    package static let source = "/unified-core"
    /// What stands before an event's name in `type`.
    package static let typePrefix = "in.bhiv."

    /// Where a reported event is found.
    package static func path(_ id: UniqueID) -> String { "/event/" + id.text }

    /// The CloudEvent as text, one line.
    package static func text(_ event: Event) -> [UInt8] {
        var writer = JSONWriter(reserving: 768)
        append(event, to: &writer)
        return writer.bytes
    }

    /// Appends the CloudEvent.
    package static func append(_ event: Event, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("specversion", "1.0")
        writer.member("id", event.id.text)
        writer.member("source", source)
        writer.member("type", typePrefix + event.name)
        writer.member("subject", event.subject)
        writer.member("time", event.time.text)
        writer.member("datacontenttype", "application/json")
        writer.member("actor", event.actor)
        writer.member("traceparent", event.traceparent)
        if let tracestate = event.tracestate { writer.member("tracestate", tracestate) }
        if let cause = event.cause {
            writer.member("causationid", cause.eventID.text)
            writer.member("depth", cause.depth)
        }
        writer.name("data")
        append(event.data, to: &writer)
        writer.endObject()
    }

    private static func append(_ data: EventData, to writer: inout JSONWriter) {
        switch data {
        case .lead(let lead, let changed): LeadJSON.append(lead, changed: changed, to: &writer)
        case .unified(let unified): append(unified, to: &writer)
        case .consent(let record): ConsentJSON.append(record, to: &writer)
        case .erasure(let record): ErasureJSON.append(record, to: &writer)
        case .opportunity(let row, let changed):
            OpportunityJSON.append(row, changed: changed, to: &writer)
        case .order(let row, let changed): OrderJSON.append(row, changed: changed, to: &writer)
        case .delivery(let row, let changed):
            DeliveryJSON.append(row, changed: changed, to: &writer)
        case .task(let row, let changed): TaskJSON.append(row, changed: changed, to: &writer)
        case .feedback(let record): FeedbackJSON.append(record, to: &writer)
        case .notification(let row): NotificationJSON.append(row, to: &writer)
        case .decision(let record): DecisionJSON.append(record, to: &writer)
        case .check(let record): ReactionJSON.append(record, to: &writer)
        case .score(let record): ReactionJSON.append(record, to: &writer)
        case .learning(let record): ReactionJSON.append(record, to: &writer)
        }
    }

    /// Appends `{"id":…}`: what the reporter of an event is told.
    package static func appendReference(_ id: UniqueID, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", id.text)
        writer.endObject()
    }

    private static func append(_ event: UnifiedEvent, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("task_id", event.taskID)
        writer.member("user_id", event.userID)
        writer.name("consent_flag")
        if let flag = event.consentFlag { writer.bool(flag) } else { writer.null() }
        writer.name("payload")
        if event.payload.isEmpty { writer.null() } else { writer.raw(event.payload) }
        writer.endObject()
    }
}
