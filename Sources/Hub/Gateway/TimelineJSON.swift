// A timeline as clients see it, each event flat: where, when, who, what and of what; which fields
// changed, and what the thing was like then. Of what was erased there is only that it was.

import Domain
import EventLog
import Store
import Wire

/// A page of a timeline.
enum TimelineJSON {
    /// The events, the newest first, as far as a reader sees them.
    static func text(
        _ events: [LoggedEvent], nextCursor: String?, for reader: VisibilityClass
    ) -> [UInt8] {
        CollectionJSON.text(events, nextCursor: nextCursor) { event, writer in
            append(event, for: reader, to: &writer)
        }
    }

    private static func append(
        _ event: LoggedEvent, for reader: VisibilityClass, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.name("position")
        writer.quotedInteger(event.position)
        writer.member("event", event.name)
        writer.member("subject", event.subject)
        let text = Masks.standard.event(event.text, about: event.entity, for: reader)
        if let document = try? JSONDocument(text) {
            for name in ["id", "time", "actor", "traceparent", "causationid"] {
                writer.member(
                    named: name,
                    document.member(name, of: document.root).flatMap(document.string))
            }
            appendData(of: document, to: &writer)
        }
        writer.endObject()
    }

    /// What changed stands beside the data, as it does in no other answer.
    private static func appendData(of document: JSONDocument, to writer: inout JSONWriter) {
        guard let data = document.member("data", of: document.root) else { return }
        let changed = document.member("changed", of: data)
        writer.name("changed")
        if let changed { writer.raw(document.raw(changed)) } else { writer.raw(Array("[]".utf8)) }
        writer.name("data")
        writer.beginObject()
        for member in document.members(data) where member.name != "changed" {
            writer.name(text: member.name)
            writer.raw(document.raw(member.value))
        }
        writer.endObject()
    }
}

/// The parameters of a timeline.
enum TimelineParameters {
    static func read(
        _ admitted: AdmittedRequest, of kind: EntityKind, for reader: Principal
    ) throws(Refusal) -> TimelineQuery {
        var parameters = try ParameterReader(admitted.parameters)
        let limit = try parameters.limit()
        let before = try parameters.positionCursor()
        try parameters.finish()
        guard let id = admitted.id.flatMap({ UniqueID($0) }) else {
            throw .notFound(kind.rawValue + "/" + (admitted.id ?? ""))
        }
        return TimelineQuery(
            Subject(kind, id), isMoves: admitted.route.isMoves, before: before, limit: limit,
            reader: reader, isLimited: admitted.route.limited(reader) != nil)
    }
}

extension Route {
    /// Whose timeline or moves it reads; nil if it reads none.
    var timelineKind: EntityKind? {
        switch self {
        case .readLeadTimeline, .readLeadMoves: .leads
        case .readOpportunityTimeline, .readOpportunityMoves: .opportunities
        case .readOrderTimeline, .readOrderMoves: .orders
        case .readDeliveryMoves: .deliveries
        case .readTaskMoves: .tasks
        default: nil
        }
    }

    /// Whether it reads how something moved from state to state.
    var isMoves: Bool {
        switch self {
        case .readLeadMoves, .readOpportunityMoves, .readOrderMoves, .readDeliveryMoves,
            .readTaskMoves:
            true
        default: false
        }
    }
}
