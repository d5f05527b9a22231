// The log's text of an event, read into the tree that processors look at. What can't be read is
// still an input: one with a fault, which is set aside like any other event that fails.

import Domain
import EventLog
import Wire

/// The reading of stored events.
enum EventReading {
    /// Deeper than any payload that was let in, with the event around it.
    private static let depthMax = 96

    /// Whether an event was reported by somebody else; the hub's own names can't be reported.
    static func isUnified(name: String, subject: String) -> Bool {
        subject.hasPrefix("events/") && !EventType.reserved.contains(name)
    }

    /// The event at a position.
    static func input(
        _ text: ArraySlice<UInt8>, position: UInt64, name: String, subject: String,
        owners: EventOwners = EventOwners()
    ) -> ProcessorInput {
        func input(_ document: JSONDocument?, fault: String?) -> ProcessorInput {
            let data = document.flatMap { $0.member("data", of: $0.root) }
            return ProcessorInput(
                position: position,
                id: document?.text("id").flatMap { UniqueID($0) }
                    ?? UniqueID(high: 0, low: position),
                name: name, subject: subject,
                time: document?.text("time").flatMap { Timestamp(rfc3339: $0) }
                    ?? Timestamp(milliseconds: 0),
                actor: document?.text("actor") ?? "",
                traceparent: document?.text("traceparent") ?? "",
                depth: document.flatMap { $0.depth } ?? 0,
                isUnified: isUnified(name: name, subject: subject),
                fields: document.flatMap { document in
                    data.map { value(of: $0, in: document) }
                } ?? .null,
                ownership: Ownership(
                    owner: owners.owner, team: owners.team, holder: owners.holder),
                fault: fault)
        }
        do throws(JSONError) {
            let document = try JSONDocument(Array(text), depthMax: depthMax)
            return input(document, fault: fault(of: document))
        } catch {
            return input(nil, fault: "the event's text is not JSON: \(error.reason)")
        }
    }

    /// When the event happened; nil if its text doesn't say.
    static func time(of text: ArraySlice<UInt8>) -> Timestamp? {
        guard let document = try? JSONDocument(Array(text), depthMax: depthMax) else { return nil }
        return document.text("time").flatMap { Timestamp(rfc3339: $0) }
    }

    private static func fault(of document: JSONDocument) -> String? {
        if document.text("id").flatMap({ UniqueID($0) }) == nil { return "the event has no id" }
        if document.text("time").flatMap({ Timestamp(rfc3339: $0) }) == nil {
            return "the event has no time"
        }
        return nil
    }

    /// A value as a tree.
    private static func value(of value: JSONValue, in document: JSONDocument) -> FieldValue {
        switch document.kind(value) {
        case .null: return .null
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .string: return .string(document.string(value) ?? "")
        case .number:
            let text = document.numberText(value) ?? "0"
            return .number(Double(text) ?? 0, text: text)
        case .array:
            return .array(document.elements(value).map { self.value(of: $0, in: document) })
        case .object:
            return .object(
                document.members(value).map {
                    FieldMember($0.name, self.value(of: $0.value, in: document))
                })
        }
    }
}

extension JSONDocument {
    /// A member of the outermost object that is a string.
    fileprivate func text(_ name: String) -> String? {
        member(name, of: root).flatMap { string($0) }
    }

    /// How many effects lie before the event: `depth`, a number or its text.
    fileprivate var depth: Int? {
        guard let value = member("depth", of: root) else { return nil }
        return integer(value) ?? string(value).flatMap { Int($0) }
    }
}
