// `GET /admin/connections`: who is subscribed here, who is furthest behind, and why the last
// streams ended. Every loop tells of its own; the last one to do so gives the answer.

import Domain
import EventLog
import Reactor
import Store
import Synchronization
import Wire

/// Which streams somebody wants to see.
struct CensusQuery: Sendable {
    /// How many at most, the furthest behind first; and how many that ended, the newest first.
    let limit: Int
    /// Only streams of this subject.
    let subject: ExactText?

    init(_ items: QueryItems) throws(Refusal) {
        var parameters = try ParameterReader(items)
        limit = try parameters.limit(max: 1000)
        subject = parameters.text("subject").map { ExactText($0) }
        try parameters.finish()
    }
}

/// A stream that is open.
struct OpenStream: Sendable {
    let transport: StreamTransport
    let principal: Principal
    let name: String?
    let address: String
    /// What it wants; nil for a tail of the unified log.
    let filter: Filter?
    let policy: ReaderPolicy
    let position: UInt64
    let behind: UInt64
    let isBlocked: Bool
    let unsentByteCount: Int
    let expirySeconds: Int64
}

/// What one loop, or all of them, tell.
struct CensusPart: Sendable {
    var counts: [StreamTransport: Int] = [:]
    var streams: [OpenStream] = []
    var ended: [EndedStream] = []

    /// Takes in another loop's part, and keeps what was asked for.
    mutating func add(_ other: CensusPart, limit: Int) {
        counts.merge(other.counts) { $0 + $1 }
        streams = Array((streams + other.streams).sorted { $0.behind > $1.behind }.prefix(limit))
        ended = Array(
            (ended + other.ended).sorted { $0.milliseconds > $1.milliseconds }.prefix(limit))
    }
}

/// A question to all loops, and their answer to the one that asked.
final class Census: Sendable {
    let query: CensusQuery
    private let ticket: Ticket
    private let asker: Mailbox<StoreMail>
    private let epoch: Epoch
    private let state: Mutex<(left: Int, sum: CensusPart)>

    init(
        _ query: CensusQuery, loopCount: Int, epoch: Epoch, ticket: Ticket,
        asker: Mailbox<StoreMail>
    ) {
        self.query = query
        self.ticket = ticket
        self.asker = asker
        self.epoch = epoch
        state = Mutex((loopCount, CensusPart()))
    }

    /// One loop has told its part; the last one sends the answer.
    func add(_ part: CensusPart) {
        let whole: CensusPart? = state.withLock { state in
            state.sum.add(part, limit: query.limit)
            state.left -= 1
            return state.left == 0 ? state.sum : nil
        }
        guard let whole else { return }
        let answer = RenderedAnswer(status: 200, body: CensusJSON.text(whole, epoch: epoch))
        asker.post(.answered(ticket, answer))
    }
}

extension GatewayLoop {
    /// Asks all loops, itself among them.
    func takeCensus(_ slot: Int, _ admitted: AdmittedRequest) throws(Refusal) {
        let query = try CensusQuery(admitted.parameters)
        // Loops that have stopped would never answer.
        guard !isDraining else { throw .unavailable(retryAfterSeconds: 1) }
        let census = Census(
            query, loopCount: shared.loops.count, epoch: log.epoch, ticket: park(slot, admitted),
            asker: storeMail)
        for loop in shared.loops { loop.control.post(.census(census)) }
    }

    /// This loop's part.
    func count(for query: CensusQuery) -> CensusPart {
        var part = CensusPart()
        // The furthest behind, kept sorted: most streams are not behind at all.
        var furthest: [(behind: UInt64, slot: Int)] = []
        for slot in connections.slots.indices where connections[slot].phase.isStream {
            let principal = principals[connections[slot].principal]
            guard query.subject.map({ $0 == principal.exactSubject }) ?? true else { continue }
            part.counts[streamTransport(slot), default: 0] += 1
            let behind = positionsBehind(slot)
            guard furthest.count < query.limit || behind > furthest.last?.behind ?? 0 else {
                continue
            }
            let place = furthest.firstIndex { $0.behind < behind } ?? furthest.count
            furthest.insert((behind, slot), at: place)
            if furthest.count > query.limit { furthest.removeLast() }
        }
        part.streams = furthest.map { openStream($0.slot, behind: $0.behind) }
        part.ended = recentEnds.all.filter { ended in
            query.subject.map { $0 == ExactText(ended.subject) } ?? true
        }
        return part
    }

    private func openStream(_ slot: Int, behind: UInt64) -> OpenStream {
        let flags = connections[slot].flags
        let isBlocked = flags.contains(.isBlocked)
        return OpenStream(
            transport: streamTransport(slot),
            principal: principals[connections[slot].principal],
            name: streamNames.name(of: connections.token(slot)),
            address: "\(connections[slot].address)",
            filter: connections[slot].phase == .logTail ? nil : filter(slot),
            policy: flags.contains(.wantsLatest)
                ? .latest : flags.contains(.skips) ? .skip : .disconnect,
            position: connections[slot].cursor.position, behind: behind, isBlocked: isBlocked,
            unsentByteCount: connections[slot].output.count
                + (isBlocked ? unsentByteCount(slot) : 0),
            expirySeconds: connections[slot].expirySeconds)
    }
}
