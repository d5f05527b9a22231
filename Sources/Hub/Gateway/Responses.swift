// Answers on their way out: in the order of the requests, framed once, sent before the loop sleeps.

import Domain
import Reactor
import Store
import Wire

extension GatewayLoop {
    /// What is kept of a request until its answer is there.
    func makeExchange(
        _ slot: Int, _ request: IncomingRequest, _ route: Route?, _ trace: TraceContext,
        _ rate: RateVerdict?
    ) -> Exchange {
        let sequence = connections[slot].nextSequence
        connections[slot].nextSequence &+= 1
        return Exchange(
            sequence: sequence, route: route ?? .dashboard, method: request.method,
            traceparent: trace.traceparent, startedNanoseconds: nowNanoseconds,
            keepAlive: keepsAlive(slot, after: request),
            wantsMinimal: request.prefer.map { $0.contains("return=minimal") } ?? false,
            ifNoneMatch: request.ifNoneMatch,
            origin: request.origin.flatMap { settings.corsOrigins.contains($0) ? $0 : nil },
            rate: rate, client: request.source.address,
            response: nil)
    }

    /// Whether the connection goes on after a request; if not, it was its last.
    func keepsAlive(_ slot: Int, after request: IncomingRequest) -> Bool {
        if request.letsConnectionLive, !isDraining { return true }
        connections[slot].flags.insert(.hadLastRequest)
        return false
    }

    /// Answers a request at once, behind those that still wait.
    func respond(
        _ slot: Int, _ request: IncomingRequest, _ route: Route?, _ trace: TraceContext,
        _ rate: RateVerdict?, _ answer: RenderedAnswer
    ) {
        let exchange = makeExchange(slot, request, route, trace, rate)
        if exchange.keepAlive, connections[slot].exchanges.isEmpty {
            // Nothing stands before it: its answer goes where all go in the end.
            let headers = strictTransport(slot)
            frame(answer, exchange, headers, to: &connections[slot].output)
            observe(exchange, answer)
            schedule(slot, nowMilliseconds + settings.limits.idleTimeoutMilliseconds)
            markDirty(slot)
            return
        }
        connections[slot].exchanges.append(exchange)
        complete(slot, exchange.sequence, answer)
    }

    /// Puts an answer into its exchange, and moves what is complete to the output.
    func complete(_ slot: Int, _ sequence: UInt32, _ answer: RenderedAnswer) {
        guard
            let place = connections[slot].exchanges.firstIndex(where: { $0.sequence == sequence })
        else { return }
        var exchange = connections[slot].exchanges[place]
        // A stopping hub waits for its connections to end: the last answer says that it does.
        if isDraining, exchange.sequence == connections[slot].exchanges.last?.sequence,
            connections[slot].input.isEmpty, connections[slot].body == nil
        {
            exchange.keepAlive = false
            connections[slot].flags.insert(.hadLastRequest)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(640 + answer.body.count)
        frame(answer, exchange, strictTransport(slot), to: &bytes)
        exchange.response = bytes
        connections[slot].exchanges[place] = exchange
        observe(exchange, answer)
        advanceExchanges(slot)
    }

    /// Moves complete responses from the front of the queue to the output.
    func advanceExchanges(_ slot: Int) {
        var closes = false
        while let first = connections[slot].exchanges.first, let response = first.response {
            connections[slot].output.append(contentsOf: response)
            connections[slot].exchanges.removeFirst()
            if !first.keepAlive {
                closes = true
                break
            }
        }
        if closes {
            connections[slot].exchanges.removeAll()
            connections[slot].flags.formUnion([.closesAfterOutput, .hadLastRequest])
        } else if connections[slot].exchanges.isEmpty {
            schedule(slot, nowMilliseconds + settings.limits.idleTimeoutMilliseconds)
        }
        markDirty(slot)
    }

    /// Appends the bytes of a response.
    private func frame(
        _ answer: RenderedAnswer, _ exchange: Exchange, _ strictTransport: [HTTPHeader],
        to bytes: inout [UInt8]
    ) {
        var status = answer.status
        var body = answer.body
        if status == 200, let etag = answer.etag, let match = exchange.ifNoneMatch,
            exchange.method == .get || exchange.method == .head,
            ResponseHeaders.matches(match, etag)
        {
            status = 304
            body = []
        }
        if exchange.wantsMinimal, exchange.isCommand, (200...299).contains(status) { body = [] }
        HTTPResponseWriter.begin(status: status, date: date, to: &bytes)
        if let rate = exchange.rate, let rateLimiter {
            rateLimiter.fields.append(rate, to: &bytes)
        }
        bytes.append(
            contentsOf: body.isEmpty
                ? AnswerLines.empty : answer.isProblem ? AnswerLines.problem : AnswerLines.json)
        for header in ResponseHeaders.own(answer, exchange) {
            HTTPResponseWriter.append(header, to: &bytes)
        }
        for header in strictTransport { HTTPResponseWriter.append(header, to: &bytes) }
        HTTPResponseWriter.end(
            bodyCount: status == 204 || status == 304 ? nil : body.count,
            keepAlive: exchange.keepAlive, to: &bytes)
        if exchange.method != .head { bytes.append(contentsOf: body) }
    }

    /// Answers what is not HTTP that we understand, and says goodbye.
    func refuseConnection(_ slot: Int, _ error: HTTPError) {
        refuseConnection(
            slot, .badHTTP(status: error.status, code: error.code, detail: error.detail))
    }

    /// Answers a request whose peer has sent its last byte before the request's.
    func refuseIncomplete(_ slot: Int) {
        refuseConnection(
            slot,
            .badHTTP(
                status: 400, code: "incomplete_request",
                detail: "The connection's other side ended before the request did."))
    }

    /// Answers a request that did not come in time (RFC 9110 §15.5.9).
    func refuseTimeout(_ slot: Int) {
        refuseConnection(
            slot,
            .badHTTP(
                status: 408, code: "request_timeout", detail: "The request did not come in time."))
    }

    /// Answers who speaks HTTP at a port of TLS.
    func refusePlainHTTP(_ slot: Int) {
        refuseConnection(
            slot,
            .badHTTP(
                status: 400, code: "plain_http_on_tls_port",
                detail: "A plain HTTP request was sent to the port of HTTPS."))
    }

    private func refuseConnection(_ slot: Int, _ refusal: Refusal) {
        let traceID = Traceparent.hex(ids.random.next() | 1) + Traceparent.hex(ids.random.next())
        let answer = RenderedAnswer(refusal, traceID: traceID)
        var bytes: [UInt8] = []
        HTTPResponseWriter.append(
            status: answer.status,
            headers: [
                HTTPHeader(name: "Content-Type", value: "application/problem+json"),
                HTTPHeader(name: "Cache-Control", value: "no-store"),
            ] + SecurityHeaders.answer + strictTransport(slot),
            date: date, bodyCount: answer.body.count, keepAlive: false, to: &bytes)
        bytes.append(contentsOf: answer.body)
        let sequence = connections[slot].nextSequence
        connections[slot].nextSequence &+= 1
        connections[slot].exchanges.append(
            Exchange(
                sequence: sequence, route: .dashboard, method: .get, traceparent: "",
                startedNanoseconds: nowNanoseconds, keepAlive: false, wantsMinimal: false,
                ifNoneMatch: nil, origin: nil, rate: nil, response: bytes))
        connections[slot].flags.insert(.hadLastRequest)
        counters.answered(status: answer.status)
        advanceExchanges(slot)
    }
}

/// Lines that many answers have in common, written once.
private enum AnswerLines {
    static let json = lines(ofType: "application/json")
    static let problem = lines(ofType: "application/problem+json")
    static let empty = lines(ofType: nil)

    private static func lines(ofType type: String?) -> [UInt8] {
        HTTPResponseWriter.lines(
            (type.map { [HTTPHeader(name: "Content-Type", value: $0)] } ?? [])
                + SecurityHeaders.answer
                + [HTTPHeader(name: "Cache-Control", value: "no-store")])
    }
}

/// Headers of responses.
enum ResponseHeaders {
    /// What a response has beside what many have in common: most have nothing.
    static func own(_ answer: RenderedAnswer, _ exchange: Exchange) -> [HTTPHeader] {
        var headers = common(exchange)
        if exchange.wantsMinimal, exchange.isCommand, !answer.isProblem {
            headers.append(HTTPHeader(name: "Preference-Applied", value: "return=minimal"))
        }
        append(answer, to: &headers)
        return headers
    }

    /// What every response of an exchange carries.
    static func common(_ exchange: Exchange) -> [HTTPHeader] {
        var headers: [HTTPHeader] = []
        if let origin = exchange.origin {
            headers.append(HTTPHeader(name: "Access-Control-Allow-Origin", value: origin))
            headers.append(HTTPHeader(name: "Access-Control-Allow-Credentials", value: "true"))
            headers.append(HTTPHeader(name: "Access-Control-Expose-Headers", value: exposed))
            headers.append(HTTPHeader(name: "Vary", value: "Origin"))
        }
        return headers
    }

    private static let exposed =
        "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, Idempotent-Replayed"

    /// What an answer itself decides.
    static func append(_ answer: RenderedAnswer, to headers: inout [HTTPHeader]) {
        if let location = answer.location {
            headers.append(HTTPHeader(name: "Location", value: location))
        }
        if let etag = answer.etag { headers.append(HTTPHeader(name: "ETag", value: etag)) }
        for cookie in answer.cookies {
            headers.append(HTTPHeader(name: "Set-Cookie", value: cookie))
        }
        if let allow = answer.allow { headers.append(HTTPHeader(name: "Allow", value: allow)) }
        if let link = answer.link { headers.append(HTTPHeader(name: "Link", value: link)) }
        if answer.status == 426 {
            // RFC 9110 §7.8 and §15.5.22, RFC 6455 §4.2.2
            headers.append(HTTPHeader(name: "Connection", value: "Upgrade"))
            headers.append(HTTPHeader(name: "Upgrade", value: "websocket"))
            headers.append(HTTPHeader(name: "Sec-WebSocket-Version", value: "13"))
        }
        if answer.code == Refusal.unsupportedContentEncoding.code {
            // RFC 9110 §12.5.3
            headers.append(HTTPHeader(name: "Accept-Encoding", value: "identity"))
        }
        if let seconds = answer.retryAfterSeconds {
            headers.append(HTTPHeader(name: "Retry-After", value: String(seconds)))
        }
        if answer.status == 401 {
            let error = answer.code == "token_missing" ? "" : ", error=\"invalid_token\""
            headers.append(
                HTTPHeader(name: "WWW-Authenticate", value: "Bearer realm=\"unified-core\"\(error)")
            )
        }
        if answer.isReplay {
            headers.append(HTTPHeader(name: "Idempotent-Replayed", value: "true"))
        }
    }

    /// Whether `If-None-Match` names an entity tag: weak comparison (RFC 9110 §13.1.2).
    static func matches(_ header: String, _ etag: String) -> Bool {
        header.split(separator: ",").contains { part in
            var tag = part.filter { $0 != " " && $0 != "\t" }
            if tag.hasPrefix("W/") { tag = String(tag.dropFirst(2)) }
            return tag == "*" || tag == etag
        }
    }
}
