// How something moved from state to state, as clients see it: who, when, from where, to where, and
// why, where a reason was given. Each event says where it led; the one before it says from where.

import Domain
import EventLog
import Wire

/// A page of moves.
enum MovesJSON {
    /// The moves, the newest first; `next` is the one before the last of them.
    static func text(
        _ events: [LoggedEvent], next: LoggedEvent?, nextCursor: String?, field: String
    ) -> [UInt8] {
        let documents = (events + (next.map { [$0] } ?? [])).map { try? JSONDocument($0.text) }
        let states = documents.map { data($0, field) }
        return CollectionJSON.text(events.indices, nextCursor: nextCursor) { index, writer in
            writer.beginObject()
            writer.name("position")
            writer.quotedInteger(events[index].position)
            writer.member("event", events[index].name)
            for name in ["time", "actor"] {
                writer.member(named: name, member(documents[index], name))
            }
            writer.member("from", index + 1 < states.count ? states[index + 1] : nil)
            writer.member("to", states[index])
            writer.member("reason", data(documents[index], "lost_reason"))
            writer.endObject()
        }
    }

    private static func member(_ document: JSONDocument?, _ name: String) -> String? {
        guard let document else { return nil }
        return document.member(name, of: document.root).flatMap(document.string)
    }

    private static func data(_ document: JSONDocument?, _ name: String) -> String? {
        guard let document, let data = document.member("data", of: document.root) else {
            return nil
        }
        return document.member(name, of: data).flatMap(document.string)
    }
}
