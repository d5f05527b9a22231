// How a request becomes a stream, on both transports: what it asks for, where it begins, and what
// it is told first. From then on it is a cursor among its audience.

import Domain
import EventLog
import Reactor
import Store
import TLS
import Wire

extension GatewayLoop {
    /// The sequence of tickets that no exchange waits for: pages and heads for streams.
    static let streamSequence = UInt32.max

    /// `GET /events` and `GET /ws`, by what the client accepts and upgrades to.
    func subscribe(
        _ slot: Int, _ admitted: AdmittedRequest, _ token: VerifiedToken
    ) throws(Refusal) {
        let request = admitted.request
        if request.opensWebSocket {
            try openWebSocket(slot, admitted, token)
            return
        }
        guard admitted.route == .events else {
            throw .badHTTP(
                status: 426, code: "upgrade_required", detail: "Connect with WebSocket.")
        }
        switch Acceptance.of(request.accept) {
        case .history: try query(slot, admitted, token)
        case .stream: try openEventStream(slot, admitted, token)
        case .nothing: throw .notAcceptable
        }
    }

    private func openEventStream(
        _ slot: Int, _ admitted: AdmittedRequest, _ token: VerifiedToken
    ) throws(Refusal) {
        let stream = try StreamQuery(
            admitted.parameters, lastEventID: admitted.request.lastEventID)
        try EventStreamHead.refuseHistory(admitted.parameters)
        let isCompressed =
            settings.compresses
            && admitted.request.acceptEncoding.map(GzipStream.isAccepted) == true
        let output = eventStreamHead(slot, admitted, isCompressed: isCompressed)
        if admitted.request.method == .head {
            connections[slot].output.append(contentsOf: output)
            closeAfterOutput(slot)
            return
        }
        try becomeStream(slot, .eventStream, admitted, token, name: stream.name, output)
        if isCompressed { connections[slot].flags.insert(.isCompressed) }
        setPolicy(slot, stream)
        join(
            slot, log.register(stream.filter.scoped(by: OwnershipScope(of: token.principal))),
            form(slot, for: token.principal))
        begin(slot, stream.after)
        observeStream(slot, admitted)
    }

    /// The head of an answer that is an event stream, and what its client waits before it comes
    /// back; a HEAD request has no body.
    func eventStreamHead(
        _ slot: Int, _ admitted: AdmittedRequest, isCompressed: Bool = false
    ) -> [UInt8] {
        let origin = admitted.request.origin.flatMap {
            settings.corsOrigins.contains($0) ? $0 : nil
        }
        var output: [UInt8] = []
        output.reserveCapacity(768)
        EventStreamHead.append(
            date: date, origin: origin, isCompressed: isCompressed,
            strictTransport: strictTransport(slot), to: &output)
        guard admitted.request.method != .head else { return output }
        if isCompressed { output.append(contentsOf: GzipStream.header) }
        var retry: [UInt8] = []
        ServerSentEvent.appendRetry(
            milliseconds: 1000 + ids.random.next(below: 4001), to: &retry)
        if isCompressed {
            GzipStream.appendStored(retry, to: &output)
        } else {
            output.append(contentsOf: retry)
        }
        return output
    }

    /// Whether an EventSource comes back with a token that has run out since.
    ///
    /// Its stream has said why, and 204 keeps it from coming again (HTML §9.2.3). Other clients
    /// can send their token in a header, and see the reason.
    func comesBackInVain(
        _ request: IncomingRequest, _ route: Route?, _ refusal: Refusal
    ) -> Bool {
        guard route == .events, request.lastEventID != nil, request.authorization == nil else {
            return false
        }
        switch refusal {
        case .unauthenticated(.expired), .unauthenticated(.revoked): return true
        default: return false
        }
    }

    private func openWebSocket(
        _ slot: Int, _ admitted: AdmittedRequest, _ token: VerifiedToken
    ) throws(Refusal) {
        let request = admitted.request
        // Browsers let any page open a WebSocket, unlike what they do for other requests.
        if let origin = request.origin, settings.origins.isForeign(request) {
            throw .originNotAllowed(origin)
        }
        let key = try WebSocketOpening.key(request)
        let stream = try StreamQuery(admitted.parameters, lastEventID: request.lastEventID)
        try EventStreamHead.refuseHistory(admitted.parameters)
        let offered = request.webSocketProtocol.map { $0.split(separator: ",") } ?? []
        let isOurs = offered.contains { $0.filter { $0 != " " } == "unified.v1.json" }
        let compression = settings.compresses ? WebSocketOpening.compression(request) : nil
        var output: [UInt8] = []
        WebSocketHandshake.appendAcceptResponse(
            accept: WebSocketOpening.accept(key), protocol: isOurs ? "unified.v1.json" : nil,
            extensions: compression?.answer, date: date, to: &output)
        try becomeStream(slot, .webSocket, admitted, token, name: stream.name, output)
        if compression != nil { connections[slot].flags.insert(.isCompressed) }
        if !stream.isExplicit { connections[slot].flags.insert(.hasImplicitFilter) }
        setPolicy(slot, stream)
        join(
            slot, log.register(stream.filter.scoped(by: OwnershipScope(of: token.principal))),
            form(slot, for: token.principal))
        begin(slot, stream.after)
        observeStream(slot, admitted)
    }

    /// Gives up what HTTP needed and becomes a subscriber, unless its principal or, behind a proxy,
    /// its address has too many.
    func becomeStream(
        _ slot: Int, _ phase: ConnectionPhase, _ admitted: AdmittedRequest,
        _ token: VerifiedToken, name: String?, _ output: [UInt8]
    ) throws(Refusal) {
        let subject = RateClient.principal(token.principal.exactSubject)
        if let quota = shared.streamQuota, !quota.take(subject) {
            counters.refusedStreams.add(1)
            throw .tooManyStreams(countMax: quota.countMax)
        }
        if !comes(slot, from: admitted.request.source.address), let quota = shared.addressQuota {
            shared.streamQuota?.giveBack(subject)
            counters.refusedStreams.add(1)
            throw .tooManyStreams(countMax: quota.countMax)
        }
        connections[slot].phase = phase
        connections[slot].exchanges = []
        connections[slot].output.append(contentsOf: output)
        connections[slot].expirySeconds = token.expirySeconds
        connections[slot].principal = principals.retain(token.credential)
        if let name {
            streamNames.insert(
                connections.token(slot), name: name, subject: token.principal.exactSubject)
        }
        counters.streamOpened(streamTransport(slot))
        setLifetime(slot)
        if isDraining { streamsToEnd.insert(connections.token(slot), at: 0) }
        scheduleStream(slot)
    }

    /// Sets the cursor to where the stream begins, and says so.
    func begin(_ slot: Int, _ after: ResumePoint?) {
        open(slot, log.open(after), asksForPlace: after != nil)
    }

    /// Sets the cursor and says so: `ready` at the start, later a mark of the place that was asked
    /// for, in the words in which it was.
    func open(
        _ slot: Int, _ opening: Opening, mark: String? = nil, asksForPlace: Bool = true
    ) {
        connections[slot].flags.remove(.hasCaughtUp)
        switch opening {
        case .at(let position):
            connections[slot].cursor = Cursor(position: position)
            connections[slot].toldPosition = position
            counters.resumed(asksForPlace ? .complete : .live)
            if let mark {
                WebSocketMessages.appendPosition(mark, to: &connections[slot].output)
            } else {
                appendReady(slot)
            }
        case .gap(let reason, let from, let to):
            connections[slot].cursor = Cursor(position: to)
            connections[slot].toldPosition = to
            counters.resumed(.gap(reason))
            if mark == nil { appendReady(slot) }
            appendGap(slot, reason, from, to)
        case .checkHead(let id):
            connections[slot].flags.insert(.awaitsHead)
            awaitingHead[connections.token(slot)] = AwaitedHead(id: id, mark: mark)
            outgoingReads.append(streamRead(slot, .head))
        }
        markDirty(slot)
    }

    /// Postgres' head, for a stream whose id was beyond what this loop knew.
    func received(head: UInt64, for ticket: Ticket) {
        let token = ConnectionToken(rawValue: ticket.connection)
        guard let awaited = awaitingHead.removeValue(forKey: token),
            let slot = connections.slot(token)
        else { return }
        connections[slot].flags.remove(.awaitsHead)
        open(slot, log.open(checked: awaited.id, postgresHead: head), mark: awaited.mark)
    }

    /// A page or head that could not be read: asked again at the next tick.
    func readFailed(_ ticket: Ticket) {
        let token = ConnectionToken(rawValue: ticket.connection)
        if logTails[token] != nil {
            received(nil, end: 0, for: ticket)
        } else if let slot = connections.slot(token),
            connections[slot].flags.contains(.awaitsHead)
        {
            retryReads.append(streamRead(slot, .head))
        } else {
            pagesToRetry = true
        }
    }

    func streamRead(_ slot: Int, _ query: ReadQuery) -> ReadRequest {
        ReadRequest(
            ticket: Ticket(
                loop: index, connection: connections.token(slot).rawValue,
                sequence: GatewayLoop.streamSequence),
            query: query, receivedMilliseconds: nowMilliseconds)
    }

    /// How events reach a stream.
    func transport(_ slot: Int) -> Transport {
        let isCompressed = connections[slot].flags.contains(.isCompressed)
        if connections[slot].phase == .webSocket {
            return isCompressed ? .compressedWebSocket : .webSocket
        }
        return isCompressed ? .compressedServerSentEvents : .serverSentEvents
    }

    /// Says something to one stream alone, in the way that its bytes are written.
    func say(_ slot: Int, _ frame: [UInt8]) {
        if transport(slot) == .compressedServerSentEvents {
            GzipStream.appendStored(frame, to: &connections[slot].output)
        } else {
            connections[slot].output.append(contentsOf: frame)
        }
    }

    private func appendReady(_ slot: Int) {
        guard connections[slot].phase == .webSocket else { return }
        let id = EventID(epoch: log.epoch, position: connections[slot].cursor.position)
        WebSocketMessages.appendReady(
            id, expirySeconds: connections[slot].expirySeconds, to: &connections[slot].output)
    }

    func appendGap(_ slot: Int, _ reason: GapReason, _ from: String?, _ to: UInt64) {
        let place = EventID(epoch: log.epoch, position: to)
        let first = EventID(epoch: log.epoch, position: log.oldest - 1)
        let reload = reason == .slow ? "/events?after=\(place.text)" : "/events?after=\(first.text)"
        var frame: [UInt8] = []
        GapFrame.append(
            reason: reason, from: from, to: place, reload: reload, transport: transport(slot),
            to: &frame)
        say(slot, frame)
    }

    /// The reader fell behind what is kept at all.
    func trimmed(_ slot: Int, oldest: UInt64) {
        let from = EventID(epoch: log.epoch, position: connections[slot].cursor.position)
        connections[slot].cursor = Cursor(position: oldest - 1)
        connections[slot].toldPosition = oldest - 1
        appendGap(slot, .trimmed, from.text, oldest - 1)
    }

    /// Ends a stream with a reason that the client sees.
    func endStream(_ slot: Int, _ reason: EndReason, _ refusal: Refusal) {
        connections[slot].endReason = reason
        let traceID = Traceparent.hex(ids.random.next() | 1) + Traceparent.hex(ids.random.next())
        let problem = ProblemJSON.text(refusal, traceID: traceID)
        switch connections[slot].phase {
        case .eventStream, .logTail:
            beginLogTail(slot)
            var frame: [UInt8] = []
            ServerSentEvent.append(event: "problem", id: "", data: problem, to: &frame)
            say(slot, frame)
        case .webSocket:
            WebSocketMessages.appendProblem(problem, for: "stream", to: &connections[slot].output)
            WebSocketFrame.appendClose(
                code: reason.closeCode, reason: refusal.code, to: &connections[slot].output)
        default: break
        }
        closeAfterOutput(slot)
    }
}

/// A stream that starts when Postgres has told its head.
struct AwaitedHead {
    let id: EventID
    /// What a running stream asked for; nil for one that begins.
    let mark: String?
}

/// What `Accept` says of `/events`.
enum Acceptance {
    case stream, history, nothing

    /// A stream unless JSON alone is asked for.
    static func of(_ header: String?) -> Acceptance {
        guard let header else { return .stream }
        let field = header.utf8Span.span
        var items = WeightedItems()
        var (isEmpty, acceptsJSON) = (true, false)
        while let item = items.next(field) {
            isEmpty = false
            guard item.weight > 0 else { continue }
            if item.isNamed("text/event-stream", in: field) || item.isNamed("*/*", in: field)
                || item.isNamed("text/*", in: field)
            {
                return .stream
            }
            acceptsJSON =
                acceptsJSON || item.isNamed("application/json", in: field)
                || item.isNamed("application/*", in: field)
        }
        return isEmpty ? .stream : acceptsJSON ? .history : .nothing
    }
}

/// The head of an event stream: it ends with the connection, so frames need no chunks and are the
/// same bytes for everybody.
enum EventStreamHead {
    /// Parameters of the history mean nothing to a stream.
    static func refuseHistory(_ items: QueryItems) throws(Refusal) {
        for name in ["limit", "cursor", "order"] where items[name] != nil {
            throw .badParameter(name, "is for history: send Accept: application/json")
        }
    }

    /// Lines that all have in common, written once.
    private static let common = HTTPResponseWriter.lines(
        [
            HTTPHeader(name: "Content-Type", value: "text/event-stream"),
            HTTPHeader(name: "Cache-Control", value: "no-store, no-transform"),
            HTTPHeader(name: "X-Accel-Buffering", value: "no"),
        ] + SecurityHeaders.answer)

    static func append(
        date: [UInt8], origin: String?, isCompressed: Bool, strictTransport: [HTTPHeader],
        to output: inout [UInt8]
    ) {
        HTTPResponseWriter.begin(status: 200, date: date, to: &output)
        output.append(contentsOf: common)
        for header in strictTransport { HTTPResponseWriter.append(header, to: &output) }
        if isCompressed { output.append(static: "Content-Encoding: gzip\r\n") }
        if let origin {
            for header in [
                HTTPHeader(name: "Access-Control-Allow-Origin", value: origin),
                HTTPHeader(name: "Access-Control-Allow-Credentials", value: "true"),
            ] {
                HTTPResponseWriter.append(header, to: &output)
            }
        }
        output.append(
            static: origin == nil
                ? "Vary: Accept, Accept-Encoding\r\n" : "Vary: Accept, Accept-Encoding, Origin\r\n")
        HTTPResponseWriter.end(bodyCount: nil, keepAlive: false, to: &output)
    }
}
