// Why streams end: one closed set, for the close code, the metric, the log and
// `/admin/connections`.

import Domain
import EventLog
import Reactor
import Wire

/// Why a stream ended.
enum EndReason: UInt8, CaseIterable, Sendable {
    /// Its client ended it, or the connection broke.
    case clientLeft
    /// Its client broke the protocol.
    case protocolError
    case tokenExpired, tokenRevoked, roleChanged
    /// Its socket took nothing for too long, or its reader fell behind what memory keeps.
    case tooSlow
    /// The kernel held too much for all streams together, and this one was the furthest behind.
    case outboundMemory
    /// It lived as long as a stream lives.
    case lifetime
    /// The hub stops.
    case restart
    /// It had a part of an event that was erased.
    case erased
    /// It had a part of an event that is kept no more.
    case trimmed

    /// The name in metrics, log and JSON.
    var name: String {
        switch self {
        case .clientLeft: "client_left"
        case .protocolError: "protocol_error"
        case .tokenExpired: "token_expired"
        case .tokenRevoked: "token_revoked"
        case .roleChanged: "role_changed"
        case .tooSlow: "too_slow"
        case .outboundMemory: "outbound_memory"
        case .lifetime: "lifetime"
        case .restart: "restart"
        case .erased: "erased"
        case .trimmed: "trimmed"
        }
    }

    /// The WebSocket close code with which the hub ends a stream.
    var closeCode: UInt16 {
        switch self {
        case .tokenExpired, .tokenRevoked: WebSocketCloseCode.unauthenticated
        case .roleChanged: WebSocketCloseCode.roleChanged
        case .tooSlow: WebSocketCloseCode.tooSlow
        case .lifetime, .restart: WebSocketCloseCode.serviceRestart
        case .clientLeft, .protocolError, .outboundMemory, .erased, .trimmed:
            WebSocketCloseCode.normal
        }
    }

    /// Whether its reader did not keep up.
    var isSlowness: Bool {
        switch self {
        case .tooSlow, .outboundMemory, .trimmed: true
        case .clientLeft, .protocolError, .tokenExpired, .tokenRevoked, .roleChanged, .lifetime,
            .restart, .erased:
            false
        }
    }

    /// Whether somebody may ask why, so that it is worth a line in the log.
    var isNotable: Bool {
        switch self {
        case .tokenRevoked, .roleChanged, .tooSlow, .outboundMemory, .erased, .trimmed: true
        case .clientLeft, .protocolError, .tokenExpired, .lifetime, .restart: false
        }
    }
}

/// A stream that ended, for whoever asks why.
package struct EndedStream: Sendable {
    let transport: StreamTransport
    package let subject: String
    /// What its client called it.
    let name: String?
    /// Made a text when somebody reads it: thousands may end at once.
    let peer: IPAddress
    package var address: String { "\(peer)" }
    package let reason: String
    /// How many positions it was behind.
    package let behind: UInt64
    /// When, in milliseconds since 1970.
    let milliseconds: Int64
}

/// What a stream is, as clients and operators call it.
enum StreamTransport: String, CaseIterable, Sendable {
    case sse, websocket
    case logTail = "log_tail"
}

/// The last streams of a loop that ended; older ones are forgotten.
struct RecentEnds {
    private var ring: [EndedStream] = []
    private var next = 0

    /// Remembers one.
    mutating func append(_ stream: EndedStream) {
        if ring.count < RecentEnds.countMax {
            ring.append(stream)
        } else {
            ring[next] = stream
        }
        next = (next + 1) % RecentEnds.countMax
    }

    /// All that are remembered, in no order.
    var all: [EndedStream] { ring }

    static let countMax = 100
}

extension GatewayLoop {
    /// Counts a stream that ended, and remembers why.
    func noteEnd(_ slot: Int) {
        let reason = connections[slot].endReason
        let transport = streamTransport(slot)
        counters.streamEnded(transport, reason)
        let ended = EndedStream(
            transport: transport,
            subject: principals[connections[slot].principal].subject,
            name: streamNames.name(of: connections.token(slot)),
            peer: connections[slot].address, reason: reason.name,
            behind: reason.isSlowness ? positionsToHead(slot) : positionsBehind(slot),
            milliseconds: ids.milliseconds)
        recentEnds.append(ended)
        if reason.isNotable { observe.emit(.streamEnded(ended)) }
    }

    /// What a stream is.
    func streamTransport(_ slot: Int) -> StreamTransport {
        switch connections[slot].phase {
        case .webSocket: .websocket
        case .logTail: .logTail
        case .eventStream, .http, .echo, .lingering, .free: .sse
        }
    }

    /// How many positions a stream has still before it; none when it has all that it may see, be
    /// that long ago.
    func positionsBehind(_ slot: Int) -> UInt64 {
        let isWaiting = !connections[slot].flags.isDisjoint(with: [
            .isBlocked, .awaitsPage, .awaitsHead, .isDirty, .isPaced, .awaitsCatchUp,
        ])
        return isWaiting ? positionsToHead(slot) : 0
    }

    private func positionsToHead(_ slot: Int) -> UInt64 {
        // A tail's place is a number of the unified log, not a position.
        guard connections[slot].phase != .logTail else { return 0 }
        return log.head - min(log.head, connections[slot].cursor.position)
    }
}
