// What a client says on a WebSocket: subscribe, unsubscribe, auth, ping. A message that is wrong
// is a `problem`, and the stream goes on; a broken frame closes it with its code.

import Domain
import EventLog
import Reactor
import Store
import Wire

extension GatewayLoop {
    /// Reads frames out of received bytes.
    func webSocketBytes(_ slot: Int, _ bytes: [UInt8], _ count: Int) {
        let bytesMax =
            connections[slot].phase == .echo
            ? settings.limits.echoBytesMax : settings.limits.messageBytesMax
        var parser =
            connections[slot].webSocket?.parser
            ?? WebSocketParser(
                role: .server, messageBytesMax: bytesMax,
                allowsCompression: connections[slot].flags.contains(.isCompressed))
        connections[slot].webSocket = nil
        var offset = 0
        let input = bytes.span.extracting(0..<count)
        reading: while connections[slot].phase.speaksWebSocket,
            !connections[slot].flags.contains(.closesAfterOutput)
        {
            switch parser.next(input, from: &offset) {
            case .needMore: break reading
            case .message(let isText, let payload):
                webSocketMessage(slot, payload, isText: isText)
            case .compressed(let isText, let payload):
                inflate(slot, payload, isText: isText, bytesMax: bytesMax)
            case .ping(let payload):
                WebSocketFrame.append(
                    opcode: .pong, payload: payload, to: &connections[slot].output)
                markDirty(slot)
            case .pong: continue
            case .close(let code, _):
                closeWebSocket(slot, .clientLeft, code ?? WebSocketCloseCode.normal, "")
            case .failed(let code, let reason): refuseFrame(slot, code, reason)
            }
        }
        if connections[slot].phase.speaksWebSocket, !parser.isIdle {
            connections[slot].webSocket = PendingFrames(parser)
        }
        pauseWhileFull(slot)
    }

    /// A peer that asks and doesn't read its answers isn't read either, until it has taken them:
    /// else they would pile up here.
    private func pauseWhileFull(_ slot: Int) {
        guard connections[slot].phase.speaksWebSocket,
            connections[slot].output.count > settings.limits.pendingInputBytesMax,
            !connections[slot].flags.contains(.isPaused)
        else { return }
        connections[slot].flags.insert(.isPaused)
        watch(slot)
    }

    /// Reads on when the answers have left.
    func resumeWhenEmpty(_ slot: Int) {
        guard connections[slot].phase.speaksWebSocket,
            connections[slot].flags.contains(.isPaused)
        else { return }
        connections[slot].flags.remove(.isPaused)
        watch(slot)
    }

    /// Sends a close frame and closes when it has left.
    ///
    /// The peer's own code is echoed when it may stand on the wire (RFC 6455 §5.5.1).
    func closeWebSocket(_ slot: Int, _ because: EndReason, _ code: UInt16, _ reason: String) {
        connections[slot].endReason = because
        WebSocketFrame.appendClose(code: code, reason: reason, to: &connections[slot].output)
        closeAfterOutput(slot)
    }

    /// Closes a WebSocket whose peer breaks the protocol.
    private func refuseFrame(_ slot: Int, _ code: UInt16, _ reason: String) {
        closeWebSocket(slot, .protocolError, code, reason)
    }

    /// Undoes the compression of a message.
    private func inflate(_ slot: Int, _ payload: [UInt8], isText: Bool, bytesMax: Int) {
        do throws(InflateFault) {
            let message = try inflater.message(payload, bytesMax: bytesMax)
            if isText, !UTF8Validation.isValid(message.span, 0..<message.count) {
                refuseFrame(
                    slot, WebSocketCloseCode.invalidPayload, "the text is not UTF-8")
                return
            }
            webSocketMessage(slot, message, isText: isText)
        } catch {
            switch error {
            case .malformed:
                refuseFrame(slot, WebSocketCloseCode.invalidPayload, "not compressed rightly")
            case .tooBig:
                refuseFrame(slot, WebSocketCloseCode.messageTooBig, "the message is too big")
            }
        }
    }

    private func webSocketMessage(_ slot: Int, _ payload: [UInt8], isText: Bool) {
        if connections[slot].phase == .echo {
            echo(slot, payload, isText: isText)
        } else if isText {
            operate(slot, payload)
        } else {
            refuseFrame(slot, WebSocketCloseCode.unsupportedData, "text only")
        }
    }

    private func operate(_ slot: Int, _ payload: [UInt8]) {
        var operation = "message"
        do throws(Refusal) {
            let document = try CommandCoding.parse(payload)
            var fields = try FieldReader(document, document.root)
            guard let name = try fields.text("op") else {
                throw .invalidField("op", "is required")
            }
            operation = name
            switch name {
            case "subscribe": try subscribe(slot, &fields)
            case "unsubscribe": try unsubscribe(slot, &fields)
            case "auth": try renew(slot, &fields)
            case "ping":
                try fields.finish()
                WebSocketMessages.appendPong(to: &connections[slot].output)
                markDirty(slot)
            default:
                operation = "message"
                throw .invalidField("op", "must be subscribe, unsubscribe, auth or ping")
            }
        } catch {
            let traceID =
                Traceparent.hex(ids.random.next() | 1) + Traceparent.hex(ids.random.next())
            WebSocketMessages.appendProblem(
                ProblemJSON.text(error, traceID: traceID), for: operation,
                to: &connections[slot].output)
            markDirty(slot)
        }
    }

    private func terms(_ fields: inout FieldReader) throws(Refusal) -> FilterTerms {
        var terms = FilterTerms()
        if let types = try fields.texts("types") {
            guard let parsed = Filter.parseTypes(types.joined(separator: ",")) else {
                throw .invalidField("types", "must be event names, with * only at the end")
            }
            terms.types = parsed
        }
        if let subject = try fields.text("subject") {
            terms.subjects = [try StreamQuery.subject(subject)]
        }
        if let entities = try fields.texts("entity") {
            terms.entities = try StreamQuery.entities(entities.joined(separator: ","))
        }
        return terms
    }

    /// Adds to the filter; the first one replaces the implicit everything, and may set the cursor.
    private func subscribe(_ slot: Int, _ fields: inout FieldReader) throws(Refusal) {
        let terms = try terms(&fields)
        let after = try fields.text("after")
        try fields.finish()
        let isFirst = !connections[slot].flags.contains(.hasSubscribed)
        if after != nil, !isFirst {
            throw .invalidField("after", "may only come with the first subscribe")
        }
        connections[slot].flags.insert(.hasSubscribed)
        let old = filter(slot)
        let isImplicit = connections[slot].flags.contains(.hasImplicitFilter)
        connections[slot].flags.remove(.hasImplicitFilter)
        let base = isImplicit ? Filter.nothing.scoped(by: old.scope) : old
        changeFilter(slot, base.adding(terms))
        if let after { restart(slot, ResumePoint(parsing: after)) }
    }

    private func unsubscribe(_ slot: Int, _ fields: inout FieldReader) throws(Refusal) {
        let terms = try terms(&fields)
        try fields.finish()
        connections[slot].flags.remove(.hasImplicitFilter)
        changeFilter(slot, filter(slot).removing(terms))
    }

    /// The token of an open stream is replaced by a fresh one of the same subject.
    private func renew(_ slot: Int, _ fields: inout FieldReader) throws(Refusal) {
        guard let text = try fields.text("token") else {
            throw .invalidField("token", "is required")
        }
        try fields.finish()
        let verified = try verify(text, sentBy: slot)
        try refuseRevoked(verified)
        let current = principals[connections[slot].principal]
        guard verified.principal.exactSubject == current.exactSubject else {
            throw .invalidField("token", "must have the same subject")
        }
        let token = connections.token(slot)
        goOn(slot, with: verified.credential, expirySeconds: verified.expirySeconds)
        guard connections.slot(token) != nil,
            !connections[slot].flags.contains(.closesAfterOutput)
        else { return }
        WebSocketMessages.appendReady(
            EventID(epoch: log.epoch, position: connections[slot].cursor.position),
            expirySeconds: verified.expirySeconds, to: &connections[slot].output)
        markDirty(slot)
    }

    /// Checks a token; one that is not in the verified cache counts as a request of its address.
    private func verify(_ text: String, sentBy slot: Int) throws(Refusal) -> VerifiedToken {
        let bearer = BearerToken(text: text, by: tokenHasher)
        if let known = verified(bearer) { return known }
        let client = RateClient(address: connections[slot].address)
        try admitRate(count(client, roles: nil, route: nil))
        return try authenticate(bearer)
    }

    /// Sets the cursor of a running stream: the place is marked, frames behind it may repeat.
    ///
    /// A frame that was begun is ended first.
    private func restart(_ slot: Int, _ point: ResumePoint) {
        guard connections[slot].cursor.offset == 0 else {
            connections[slot].flags.insert(.awaitsRestart)
            awaitingRestart[connections.token(slot)] = point
            return
        }
        open(slot, log.open(point), mark: point.text)
    }

    /// Does what a begun frame held up.
    func restartIfAwaited(_ slot: Int) {
        guard connections[slot].flags.contains(.awaitsRestart),
            connections[slot].cursor.offset == 0,
            let point = awaitingRestart.removeValue(forKey: connections.token(slot))
        else { return }
        connections[slot].flags.remove(.awaitsRestart)
        restart(slot, point)
    }
}

/// A WebSocket message that is half read: an idle one owns no parser.
final class PendingFrames {
    let parser: WebSocketParser

    init(_ parser: WebSocketParser) {
        self.parser = parser
    }
}
