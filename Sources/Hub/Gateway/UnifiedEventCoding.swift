// `POST /event/unified`: flat JSON, a CloudEvent, or an array of either. A CloudEvent is known by
// its `specversion`; its `data` may carry the flat fields.

import Domain
import Wire

/// Bodies of reported events.
enum UnifiedEventCoding {
    /// Items in one request.
    static let itemsMax = 1000
    /// Characters of `task_id` and `user_id`, counted as Unicode scalars.
    static let opaqueCharactersMax = 128

    /// Decodes a body.
    ///
    /// In an array a bad item is that item's problem; alone it is the request's.
    static func publishEvents(
        _ document: JSONDocument, ids: inout FreshIDs
    ) throws(Refusal) -> Command {
        guard document.kind(document.root) == .array else {
            let item = try item(document, document.root, &ids)
            return .publishEvents(PublishEvents(items: [.success(item)], isArray: false))
        }
        let elements = document.elements(document.root)
        guard (1...itemsMax).contains(elements.count) else {
            throw .invalidField("body", "must hold 1 to \(itemsMax) events")
        }
        var items: [Result<PublishItem, Refusal>] = []
        items.reserveCapacity(elements.count)
        for element in elements {
            do throws(Refusal) {
                items.append(.success(try item(document, element, &ids)))
            } catch {
                items.append(.failure(error))
            }
        }
        return .publishEvents(PublishEvents(items: items, isArray: true))
    }

    private static func item(
        _ document: JSONDocument, _ value: JSONValue, _ ids: inout FreshIDs
    ) throws(Refusal) -> PublishItem {
        guard document.kind(value) == .object else {
            throw .invalidField("body", "must be an event object")
        }
        if document.member("specversion", of: value) != nil {
            return try cloudEvent(document, value, &ids)
        }
        return try flat(document, value, &ids)
    }

    private static func flat(
        _ document: JSONDocument, _ value: JSONValue, _ ids: inout FreshIDs
    ) throws(Refusal) -> PublishItem {
        try CommandCoding.consentFlag(document, value, purpose: .eventProcessing)
        var fields = try FieldReader(document, value)
        guard let type = try fields.text("event_type") else {
            throw .invalidField("event_type", "is required")
        }
        try EventType.check(type, field: "event_type")
        let event = try event(&fields)
        try fields.finish()
        return PublishItem(id: ids.next(), type: type, source: nil, event: event)
    }

    /// The flat fields, wherever they stand.
    private static func event(_ fields: inout FieldReader) throws(Refusal) -> UnifiedEvent {
        let taskID = try opaque("task_id", &fields)
        let userID = try opaque("user_id", &fields)
        let flag = try fields.flag("consent_flag")
        var payload: [UInt8] = []
        if let value = fields.take("payload") {
            fields.document.appendMinified(value, to: &payload)
        } else {
            payload = Array("null".utf8)
        }
        return UnifiedEvent(
            taskID: taskID, userID: userID, consentFlag: flag, payload: payload)
    }

    private static func opaque(
        _ name: String, _ fields: inout FieldReader
    ) throws(Refusal) -> String? {
        guard let text = try fields.text(name) else { return nil }
        guard !text.isEmpty, text.unicodeScalars.count <= opaqueCharactersMax else {
            throw .invalidField(name, "must have 1 to \(opaqueCharactersMax) characters")
        }
        return text
    }

    /// A structured CloudEvent (CloudEvents 1.0, JSON format).
    ///
    /// Its `type` may carry our prefix; what it says of itself stays in the payload.
    private static func cloudEvent(
        _ document: JSONDocument, _ value: JSONValue, _ ids: inout FreshIDs
    ) throws(Refusal) -> PublishItem {
        let data = document.member("data", of: value)
        if let data { try CommandCoding.consentFlag(document, data, purpose: .eventProcessing) }
        var fields = try FieldReader(document, value)
        guard try fields.text("specversion") == "1.0" else {
            throw .invalidField("specversion", "must be \"1.0\"")
        }
        guard let id = try fields.text("id"), !id.isEmpty, id.utf8.count <= 256 else {
            throw .invalidField("id", "must be a string of 1 to 256 bytes")
        }
        guard let source = try fields.text("source"), !source.isEmpty, source.utf8.count <= 512
        else { throw .invalidField("source", "must be a string of 1 to 512 bytes") }
        guard let fullType = try fields.text("type") else {
            throw .invalidField("type", "is required")
        }
        let prefix = "in.bhiv."
        let type = fullType.hasPrefix(prefix) ? String(fullType.dropFirst(prefix.count)) : fullType
        try EventType.check(type, field: "type")
        guard fields.take("data_base64") == nil else {
            throw .invalidField("data_base64", "can't be kept: send JSON in data")
        }
        return PublishItem(
            id: ids.next(), type: type, source: EventSource(source: source, id: id),
            event: try cloudEventData(document, data))
    }

    private static let flatNames: Set<String> = ["task_id", "user_id", "consent_flag", "payload"]

    /// `data` that is nothing but the flat fields is taken as them.
    ///
    /// Any other `data` is the payload, but the person that it names is its subject all the same.
    private static func cloudEventData(
        _ document: JSONDocument, _ data: JSONValue?
    ) throws(Refusal) -> UnifiedEvent {
        guard let data else {
            return UnifiedEvent(
                taskID: nil, userID: nil, consentFlag: nil, payload: Array("null".utf8))
        }
        var payload: [UInt8] = []
        document.appendMinified(data, to: &payload)
        guard document.kind(data) == .object else {
            return UnifiedEvent(taskID: nil, userID: nil, consentFlag: nil, payload: payload)
        }
        var fields = try FieldReader(document, data)
        var event = try event(&fields)
        let isFlat = document.members(data).allSatisfy { flatNames.contains($0.name) }
        if !isFlat || document.count(data) == 0 { event.payload = payload }
        return event
    }
}
