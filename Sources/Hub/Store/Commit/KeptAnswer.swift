// An answer kept under an idempotency key. A command with one event keeps a status and a position:
// the answer is built again from the event's text, so that an erasure reaches it; a conversion's is
// that of its lead. Any other command keeps the answer itself, as JSON whose last member is the
// body, byte for byte.

import Domain
import Wire

/// A used idempotency key: the request it was used for, and the answer given.
struct KeptAnswer: Sendable {
    /// Where the answer is.
    enum Content: Sendable {
        /// The answer's own text: `KeptAnswer.text(of:)`.
        case answer([UInt8])
        /// The event that the command appended.
        case event(id: UniqueID, isUnified: Bool, text: [UInt8])
    }

    /// The request's fingerprint.
    let fingerprint: [UInt8]
    /// The status given.
    let status: Int
    /// Where the answer is.
    let content: Content

    /// The answer again; nil if what was kept can't be read.
    var rendered: RenderedAnswer? {
        switch content {
        case .answer(let text): KeptAnswer.parse(text, status: status)
        case .event(let id, true, _):
            RenderedAnswer(.accepted([.success(id)], isArray: false), traceID: "").replayed
        case .event(_, false, let text): KeptAnswer.parse(event: text, status: status)
        }
    }

    /// The text under which an answer is kept.
    static func text(of answer: RenderedAnswer) -> [UInt8] {
        var writer = JSONWriter(reserving: answer.body.count + 96)
        writer.beginObject()
        if let location = answer.location { writer.member("location", location) }
        if let etag = answer.etag { writer.member("etag", etag) }
        if answer.isProblem { writer.member("code", answer.code) }
        if !answer.body.isEmpty {
            writer.name("body")
            writer.raw(answer.body)
        }
        writer.endObject()
        return writer.bytes
    }

    private static func parse(_ text: [UInt8], status: Int) -> RenderedAnswer? {
        guard let document = try? JSONDocument(text) else { return nil }
        func string(_ name: String) -> String? {
            document.member(name, of: document.root).flatMap { document.string($0) }
        }
        let body = document.member("body", of: document.root).map { Array(document.raw($0)) }
        let code = string("code")
        return RenderedAnswer(
            status: status, location: string("location"), etag: string("etag"),
            isProblem: code != nil, code: code, body: body ?? [], isReplay: true)
    }

    /// The representation that an event carries is the answer that its command gave.
    private static func parse(event text: [UInt8], status: Int) -> RenderedAnswer? {
        guard let document = try? JSONDocument(text),
            let data = document.member("data", of: document.root)
        else { return nil }
        var writer = JSONWriter(reserving: text.count)
        writer.beginObject()
        for member in document.members(data) where member.name != "changed" {
            writer.name(text: member.name)
            writer.raw(document.raw(member.value))
        }
        writer.endObject()
        var answer = RenderedAnswer(status: status, body: writer.bytes, isReplay: true)
        func integer(_ name: String) -> Int? {
            document.member(name, of: data).flatMap { document.integer($0) }
        }
        let type = string("type", of: document.root, in: document)
        if status == 201, type == EventJSON.typePrefix + "lead_converted" {
            // What was made is the deal: its place, and not the tag of its lead.
            answer.location = string("converted_opportunity", of: data, in: document)
                .flatMap { UniqueID($0) }.map { EntityPath.of(Subject(.opportunities, $0)) }
            return answer
        }
        if let version = integer("version") {
            answer.etag = LeadJSON.etag(
                version: version, scoreVersion: integer("score_version") ?? 0)
        }
        if status == 201 {
            answer.location = KeptAnswer.location(
                ofType: type, id: string("id", of: data, in: document))
        }
        return answer
    }

    private static func string(
        _ name: String, of value: JSONValue, in document: JSONDocument
    ) -> String? {
        document.member(name, of: value).flatMap { document.string($0) }
    }

    /// Where the thing is found that an event of this type made.
    private static func location(ofType type: String?, id: String?) -> String? {
        guard let type, type.hasPrefix(EventJSON.typePrefix), let id = id.flatMap({ UniqueID($0) })
        else { return nil }
        switch type.dropFirst(EventJSON.typePrefix.count) {
        case "lead_created": return EntityPath.of(Subject(.leads, id))
        case "opportunity_created": return EntityPath.of(Subject(.opportunities, id))
        case "order_created": return EntityPath.of(Subject(.orders, id))
        case "delivery_scheduled": return EntityPath.of(Subject(.deliveries, id))
        case "task_created": return EntityPath.of(Subject(.tasks, id))
        case "feedback_received": return EntityPath.feedback(id)
        default: return nil
        }
    }
}
