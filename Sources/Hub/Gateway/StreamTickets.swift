// Tickets for streams: whoever can send no header, as an EventSource or a WebSocket of a browser,
// asks for a ticket with its token and opens a stream with the ticket in the URL. It is good once
// and for half a minute, so what a log on the way keeps of the URL is of no use to anybody. Tickets
// are kept here alone: another instance, or the next one after a takeover, knows nothing of them,
// and whoever comes there asks for another.

import Domain
import Reactor
import Store
import Synchronization
import TLS
import Wire

/// The tickets that nobody has used yet, for all loops; sharded by whose they are.
final class StreamTickets: Sendable {
    private struct Entry {
        let token: VerifiedToken
        let endMilliseconds: Int64
    }

    /// Tickets by their hash, so that nothing here is one.
    private struct Table {
        var entries: [[UInt8]: Entry] = [:]
        /// In the order in which they end; those that were used are still among them.
        var order = Queue<[UInt8]>()
        var bySubject: [ExactText: [[UInt8]]] = [:]

        mutating func remove(_ key: [UInt8]) -> Entry? {
            guard let entry = entries.removeValue(forKey: key) else { return nil }
            let subject = entry.token.principal.exactSubject
            bySubject[subject]?.removeAll { $0 == key }
            if bySubject[subject]?.isEmpty == true { bySubject[subject] = nil }
            return entry
        }
    }

    private final class Shard: Sendable {
        let table = Mutex(Table())
    }

    private let shards = (0..<StreamTickets.shardCount).map { _ in Shard() }
    private let shardMax: Int
    private static let shardCount = 16

    /// How long a ticket is good.
    static let lifetimeSeconds: Int64 = 30
    /// Tickets that a principal may have at once; the next takes the place of the oldest.
    static let principalMax = 16
    /// The same of all principals together.
    static let countMax = 65_536
    /// What of a ticket nobody can guess.
    static let randomByteCount = 24

    /// A table for so many tickets.
    init(countMax: Int = StreamTickets.countMax) {
        shardMax = max(1, countMax / StreamTickets.shardCount)
    }

    /// Makes a ticket of a token; `random` has as many bytes as nobody can guess.
    func issue(_ token: VerifiedToken, random: [UInt8], atMilliseconds now: Int64) -> String {
        precondition(random.count == StreamTickets.randomByteCount)
        var hasher = Hasher()
        hasher.combine(token.principal.exactSubject)
        let place = hasher.finalize() & (StreamTickets.shardCount - 1)
        // It says which shard it is in.
        let text = Base64.encodeURL([UInt8(place)] + random)
        let key = Digest.sha256(Array(text.utf8))
        let subject = token.principal.exactSubject
        let end = now + StreamTickets.lifetimeSeconds * 1000
        shards[place].table.withLock { table in
            while let first = table.order.first {
                let isOver = table.entries[first].map { $0.endMilliseconds <= now } ?? true
                guard isOver || table.order.count >= shardMax else { break }
                _ = table.order.popFirst()
                _ = table.remove(first)
            }
            if let own = table.bySubject[subject], own.count >= StreamTickets.principalMax {
                _ = table.remove(own[0])
            }
            table.entries[key] = Entry(token: token, endMilliseconds: end)
            table.order.append(key)
            table.bySubject[subject, default: []].append(key)
        }
        return text
    }

    /// The token of a ticket, which is used by that; nil when it is none that is good.
    func redeem(_ text: String, atMilliseconds now: Int64) -> VerifiedToken? {
        guard let (key, shard) = place(of: text) else { return nil }
        let entry = shard.table.withLock { $0.remove(key) }
        return entry.flatMap { now < $0.endMilliseconds ? $0.token : nil }
    }

    /// The token of a ticket that is good and stays so: only to know who asks.
    func find(_ text: String, atMilliseconds now: Int64) -> VerifiedToken? {
        guard let (key, shard) = place(of: text) else { return nil }
        let entry = shard.table.withLock { $0.entries[key] }
        return entry.flatMap { now < $0.endMilliseconds ? $0.token : nil }
    }

    private func place(of text: String) -> (key: [UInt8], shard: Shard)? {
        guard text.utf8.count <= 64, let bytes = Base64.decodeURL(text),
            bytes.count == 1 + StreamTickets.randomByteCount, bytes[0] < UInt8(shards.count)
        else { return nil }
        return (Digest.sha256(Array(text.utf8)), shards[Int(bytes[0])])
    }
}

extension GatewayLoop {
    /// `POST /auth/ticket`.
    func giveTicket(
        _ slot: Int, _ admitted: AdmittedRequest, _ token: VerifiedToken
    ) throws(Refusal) {
        try ParameterReader(admitted.parameters).finish()
        guard admitted.request.body.isEmpty || admitted.request.body == Array("{}".utf8) else {
            throw .badJSON("A ticket is asked for without a body.")
        }
        let ticket = shared.tickets.issue(
            token, random: Entropy.bytes(StreamTickets.randomByteCount),
            atMilliseconds: nowMilliseconds)
        var writer = JSONWriter(reserving: 96)
        writer.beginObject()
        writer.member("ticket", ticket)
        writer.member("expires_in", Int(StreamTickets.lifetimeSeconds))
        writer.endObject()
        respond(
            slot, admitted.request, admitted.route, admitted.trace, admitted.rate,
            RenderedAnswer(status: 201, body: writer.bytes))
    }

    /// Gate 2, for a ticket: what its token says still holds, or it doesn't.
    func redeem(_ ticket: String) throws(Refusal) -> VerifiedToken {
        guard let token = shared.tickets.redeem(ticket, atMilliseconds: nowMilliseconds),
            // The keys have changed since, and the token is not here to be checked again.
            token.keyGeneration == authority.generation
        else { throw .unauthenticated(reason: .ticket) }
        guard nowSeconds < token.expirySeconds else { throw .unauthenticated(reason: .expired) }
        return token
    }
}
