// Bytes in: requests out of what a connection sent, in order. Only what is incomplete is kept. A
// request that is no command waits until the commands before it are answered, so that a read sees
// what was written before it on the same connection.

import Domain
import Reactor
import Wire

extension GatewayLoop {
    /// A socket has bytes, an end or an error.
    func readable(_ slot: Int) {
        var buffer: [UInt8] = []
        swap(&buffer, &inbound)
        defer { swap(&buffer, &inbound) }
        switch receive(slot, into: &buffer) {
        case .bytes(let count):
            switch connections[slot].phase {
            case .http: httpBytes(slot, buffer, count)
            case .webSocket, .echo: webSocketBytes(slot, buffer, count)
            case .eventStream, .logTail, .lingering, .free: break
            }
        case .wouldBlock: break
        case .ended: inputEnded(slot)
        case .failed: close(slot)
        }
    }

    /// The peer has sent its last byte: what it asked for is still answered, a stream ends.
    private func inputEnded(_ slot: Int) {
        let isWaiting =
            !connections[slot].exchanges.isEmpty || !connections[slot].output.isEmpty
            || hasPartialRequest(slot)
        guard connections[slot].phase == .http, isWaiting else {
            close(slot)
            return
        }
        connections[slot].flags.insert(.inputEnded)
        watch(slot)
        if connections[slot].phase == .http { markDirty(slot) }
    }

    /// Closes a connection whose peer sends no more, as soon as nothing is awaited.
    ///
    /// A request that it has begun and can't end any more is refused (RFC 9112 §8).
    func closeWhenAnswered(_ slot: Int) {
        let flags = connections[slot].flags
        guard flags.contains(.inputEnded), !flags.contains(.closesAfterOutput),
            connections[slot].exchanges.isEmpty
        else { return }
        guard hasPartialRequest(slot) else {
            closeAfterOutput(slot)
            return
        }
        // What is kept may be whole requests as long as the answers before them have not left.
        guard !flags.contains(.isBlocked) else { return }
        connections[slot].body = nil
        connections[slot].input = []
        refuseIncomplete(slot)
    }

    /// Whether more is there than the empty lines that some clients send behind a body.
    func hasPartialRequest(_ slot: Int) -> Bool {
        connections[slot].body != nil
            || connections[slot].input.contains { $0 != 0x0D && $0 != 0x0A }
    }

    private func httpBytes(_ slot: Int, _ bytes: [UInt8], _ count: Int) {
        if connections[slot].flags.contains(.awaitsProxyHeader) {
            guard let length = proxyBytes(slot, bytes[..<count]) else { return }
            connections[slot].input.removeFirst(length)
            resumeInput(slot)
            return
        }
        if connections[slot].input.isEmpty {
            let consumed = readRequests(slot, bytes, count)
            guard connections[slot].phase == .http, consumed < count else {
                if connections[slot].phase.speaksWebSocket, consumed < count {
                    webSocketBytes(slot, Array(bytes[consumed..<count]), count - consumed)
                }
                return
            }
            connections[slot].input = Array(bytes[consumed..<count])
            keepInput(slot)
        } else {
            connections[slot].input.append(contentsOf: bytes[..<count])
            resumeInput(slot)
        }
    }

    /// Goes on with bytes that were kept.
    func resumeInput(_ slot: Int) {
        guard connections[slot].phase == .http, !connections[slot].input.isEmpty else { return }
        var input: [UInt8] = []
        swap(&input, &connections[slot].input)
        let consumed = readRequests(slot, input, input.count)
        guard connections[slot].phase != .free else { return }
        if consumed < input.count {
            if connections[slot].phase.speaksWebSocket {
                let rest = Array(input[consumed...])
                webSocketBytes(slot, rest, rest.count)
                return
            }
            input.removeFirst(consumed)
            connections[slot].input = input
        }
        keepInput(slot)
    }

    /// Reads on or not, by how much is kept.
    private func keepInput(_ slot: Int) {
        guard connections[slot].phase == .http else { return }
        let kept = connections[slot].input.count
        let isFull =
            kept > settings.limits.pendingInputBytesMax && !connections[slot].exchanges.isEmpty
        if isFull != connections[slot].flags.contains(.isPaused) {
            if isFull {
                connections[slot].flags.insert(.isPaused)
            } else {
                connections[slot].flags.remove(.isPaused)
            }
            watch(slot)
        }
    }

    /// Reads as many whole requests as there are and may be; returns how many bytes it took.
    ///
    /// What stands behind the last request is taken and forgotten.
    private func readRequests(_ slot: Int, _ bytes: [UInt8], _ count: Int) -> Int {
        var offset = 0
        while offset < count, connections[slot].phase == .http {
            if connections[slot].flags.contains(.hadLastRequest) { return count }
            if connections[slot].body != nil {
                offset += readBody(slot, bytes, offset..<count)
                continue
            }
            guard connections[slot].exchanges.count < settings.limits.pipelinedMax else { break }
            let scanned = Int(connections[slot].scannedCount)
            let outcome = parser.parse(
                bytes.span.extracting(offset..<count), scannedFrom: scanned)
            switch outcome {
            case .needMore:
                if scanned == 0 {
                    schedule(slot, nowMilliseconds + settings.limits.headerTimeoutMilliseconds)
                }
                connections[slot].scannedCount = Int32(count - offset)
                return offset
            case .bad(let error):
                refuseConnection(slot, error)
                return count
            case .request(let head):
                connections[slot].scannedCount = 0
                guard let taken = take(slot, head, bytes, offset..<count) else {
                    return offset
                }
                offset += taken
            }
        }
        return offset
    }

    /// Takes a head whose turn it is.
    ///
    /// Performs the request if its body is there, else begins the body. Nil when it must wait for
    /// the requests before it.
    private func take(
        _ slot: Int, _ head: HTTPRequest, _ bytes: [UInt8], _ range: Range<Int>
    ) -> Int? {
        let span = bytes.span.extracting(range)
        let match = Router.match(head.method, path: head.text(head.pathRange, in: span))
        if !connections[slot].exchanges.isEmpty {
            // A `100 Continue` would be taken for an answer to those before.
            guard case .route(let route, _) = match, route.isCommand, !head.expectsContinue,
                connections[slot].exchanges.allSatisfy(\.isCommand)
            else { return nil }
        }
        if match == .route(.health, id: nil), answerHealth(slot, head) { return head.headLength }
        let bodyStart = range.lowerBound + head.headLength
        switch head.body {
        case .none:
            perform(slot, incoming(slot, head, in: span), match)
            return head.headLength
        case .length(let length) where range.upperBound - bodyStart >= length:
            let request = incoming(slot, head, in: span)
            request.body = Array(bytes[bodyStart..<(bodyStart + length)])
            perform(slot, request, match)
            return head.headLength + length
        case .length, .chunked:
            let isChunked = head.body == .chunked
            connections[slot].body = IncomingBody(
                request: head, head: Array(bytes[range.lowerBound..<bodyStart]),
                chunks: isChunked
                    ? ChunkedDecoder(bodyBytesMax: settings.limits.http.bodyBytesMax) : nil)
            schedule(slot, nowMilliseconds + settings.limits.bodyTimeoutMilliseconds)
            if head.expectsContinue, range.upperBound == bodyStart {
                HTTPResponseWriter.appendContinue(to: &connections[slot].output)
                markDirty(slot)
            }
            return head.headLength
        }
    }

    /// Adds bytes to the body that is being read; performs the request when it is whole.
    private func readBody(_ slot: Int, _ bytes: [UInt8], _ range: Range<Int>) -> Int {
        guard let body = connections[slot].body else { return 0 }
        var taken = range.count
        var isComplete = false
        if body.chunks != nil {
            switch body.chunks?.decode(
                bytes.span.extracting(0..<range.upperBound), from: range.lowerBound,
                into: &body.bytes)
            {
            case .complete(let consumed)?:
                taken = consumed
                isComplete = true
            case .needMore(let consumed)?: taken = consumed
            case .bad(let error)?:
                connections[slot].body = nil
                refuseConnection(slot, error)
                return range.count
            case nil: break
            }
        } else if case .length(let length) = body.request.body {
            taken = min(range.count, length - body.bytes.count)
            body.bytes.append(contentsOf: bytes[range.lowerBound..<(range.lowerBound + taken)])
            isComplete = body.bytes.count == length
        }
        guard isComplete else { return max(taken, range.count) }
        connections[slot].body = nil
        let head = body.head
        let request = incoming(slot, body.request, in: head.span)
        request.body = body.bytes
        perform(slot, request, Router.match(request.method, path: request.path))
        return taken
    }
}
