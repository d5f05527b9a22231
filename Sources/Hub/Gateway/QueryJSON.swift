// Collections and items of what was read, as JSON.

import Domain
import EventLog
import Store
import Wire

/// Collections and items as JSON.
enum QueryJSON {
    /// What a reader sees of a lead.
    static func lead(_ lead: Lead, for reader: VisibilityClass) -> [UInt8] {
        Masks.standard.representation(LeadJSON.text(lead), of: "lead", for: reader)
    }

    static func leads(
        _ leads: [Lead], nextCursor: String?, for reader: VisibilityClass
    ) -> [UInt8] {
        CollectionJSON.text(leads, nextCursor: nextCursor) { $1.raw(lead($0, for: reader)) }
    }

    static func event(_ stored: StoredEvent, for reader: VisibilityClass) -> [UInt8] {
        var writer = JSONWriter(reserving: 512 + stored.event.text.count)
        writer.beginObject()
        writer.name("event")
        writer.raw(positioned(stored.event, for: reader))
        writer.name("branches")
        writer.beginObject()
        for branch in stored.branches {
            writer.name(text: branch.name.rawValue)
            writer.beginObject()
            writer.name("state")
            writer.string(branch.state.rawValue)
            writer.name("result")
            if let result = branch.result { writer.raw(result) } else { writer.null() }
            writer.endObject()
        }
        writer.endObject()
        writer.endObject()
        return writer.bytes
    }

    static func history(
        _ events: [LoggedEvent], nextCursor: String?, head: EventID, for reader: VisibilityClass
    ) -> [UInt8] {
        var writer = JSONWriter(reserving: 128 + events.reduce(0) { $0 + $1.text.count + 32 })
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for event in events { writer.raw(positioned(event, for: reader)) }
        writer.endArray()
        writer.name("next_cursor")
        if let nextCursor { writer.string(nextCursor) } else { writer.null() }
        writer.name("head")
        writer.string(head.text)
        writer.endObject()
        return writer.bytes
    }

    /// How many messages are in each state.
    static func counts(_ counts: [NotificationState: Int]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        for state in NotificationState.allCases {
            writer.name(text: state.rawValue)
            writer.integer(counts[state] ?? 0)
        }
        writer.endObject()
        return writer.bytes
    }

    /// Every processor, and beside it what it does on this instance.
    static func processors(
        _ statuses: [ProcessorStatus], head: UInt64, sealer: SealerStatus, at time: Timestamp,
        here readings: [ProcessorReading]
    ) -> [UInt8] {
        var writer = JSONWriter(reserving: 2048)
        writer.beginObject()
        writer.name("data")
        writer.beginArray()
        for status in statuses { ProcessorJSON.append(status, head: head, at: time, to: &writer) }
        writer.endArray()
        writer.member("next_cursor", String?.none)
        writer.name("head")
        writer.quotedInteger(head)
        writer.name("sealer")
        SealerJSON.append(sealer, at: time, to: &writer)
        writer.name("this_instance")
        writer.beginArray()
        for reading in readings {
            writer.beginObject()
            writer.member("name", reading.name.rawValue)
            writer.member("leased", reading.isLeased)
            writer.member("steps", Int(clamping: reading.steps))
            writer.member("effects", Int(clamping: reading.effects))
            writer.member("dead_letters", Int(clamping: reading.deadLetters))
            writer.member("failures", Int(clamping: reading.failures))
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    /// What a reader sees of an event, as in its stream.
    private static func positioned(_ event: LoggedEvent, for reader: VisibilityClass) -> [UInt8] {
        var text = Array("{\"position\":\"\(event.position)\",".utf8)
        text.append(contentsOf: event.text.dropFirst())
        return Masks.standard.event(text, about: event.entity, for: reader)
    }
}
