// The body of `GET /admin/connections`.

import Domain
import EventLog
import Wire

/// The representation of a census.
enum CensusJSON {
    static func text(_ census: CensusPart, epoch: Epoch) -> [UInt8] {
        var writer = JSONWriter(reserving: 256 + census.streams.count * 320)
        writer.beginObject()
        writer.name("open")
        writer.beginObject()
        for transport in StreamTransport.allCases {
            writer.name(text: transport.rawValue)
            writer.integer(census.counts[transport] ?? 0)
        }
        writer.endObject()
        writer.name("data")
        writer.beginArray()
        for stream in census.streams { append(stream, epoch, to: &writer) }
        writer.endArray()
        writer.name("ended")
        writer.beginArray()
        for stream in census.ended { append(stream, to: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.bytes
    }

    private static func append(_ stream: OpenStream, _ epoch: Epoch, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("transport", stream.transport.rawValue)
        writer.member("subject", stream.principal.subject)
        writer.member("roles", stream.principal.roles.roles.map(\.rawValue))
        writer.member("teams", stream.principal.teams)
        writer.member("stream", stream.name)
        writer.member("address", stream.address)
        if let filter = stream.filter { append(filter, to: &writer) }
        writer.member("policy", stream.policy.rawValue)
        writer.member("position", EventID(epoch: epoch, position: stream.position).text)
        writer.member("behind", Int(clamping: stream.behind))
        writer.member("blocked", stream.isBlocked)
        writer.member("unsent_bytes", stream.unsentByteCount)
        writer.member(
            "expires_at", Timestamp(milliseconds: stream.expirySeconds * 1000).text)
        writer.endObject()
    }

    /// What it asks for: an event has to satisfy one of the terms.
    private static func append(_ filter: Filter, to writer: inout JSONWriter) {
        writer.name("filter")
        writer.beginArray()
        for term in filter.terms {
            writer.beginObject()
            writer.member("types", term.types)
            writer.member("subjects", term.subjects)
            writer.member("entities", term.entities)
            writer.endObject()
        }
        writer.endArray()
    }

    private static func append(_ stream: EndedStream, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("ended_at", Timestamp(milliseconds: stream.milliseconds).text)
        writer.member("reason", stream.reason)
        writer.member("transport", stream.transport.rawValue)
        writer.member("subject", stream.subject)
        writer.member("stream", stream.name)
        writer.member("address", stream.address)
        writer.member("behind", Int(clamping: stream.behind))
        writer.endObject()
    }
}
