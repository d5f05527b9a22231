// What everybody may ask: probes, metrics, the version, the hub's public keys, the dashboard's
// files, and preflights.

import Domain
import Store
import TLS
import Wire

extension GatewayLoop {
    /// Answers probes, scrapes and preflights, which pass no gate; true when it did.
    func answerProbe(_ slot: Int, _ request: IncomingRequest, _ match: RouteMatch) -> Bool {
        if request.method == .options { return answerOptions(slot, request, match) }
        guard case .route(let route, _) = match else { return false }
        switch route {
        case .health:
            answerText(slot, request, status: 200, "ok\n")
        case .readiness:
            let isReady = store.isReady && !isDraining
            answerText(
                slot, request, status: isReady ? 200 : 503, isReady ? "ready\n" : "not ready\n")
        case .metrics:
            answerText(
                slot, request, status: 200,
                metrics.text(
                    store.counters, processors: shared.processors.snapshot,
                    model: models.current))
        default: return false
        }
        return true
    }

    /// `GET /version`, the public keys, the documents, and the files of the dashboard.
    func answerPublic(_ slot: Int, _ admitted: AdmittedRequest) {
        switch admitted.route {
        case .openAPI: return answerDocument(slot, admitted.request, shared.documents.openAPI)
        case .asyncAPI: return answerDocument(slot, admitted.request, shared.documents.asyncAPI)
        default: break
        }
        if admitted.route == .version {
            var writer = JSONWriter(reserving: 64)
            writer.beginObject()
            writer.name("name")
            writer.string("unified-core")
            writer.name("version")
            writer.string(settings.version)
            writer.endObject()
            respond(
                slot, admitted.request, .version, admitted.trace, admitted.rate,
                RenderedAnswer(status: 200, body: writer.bytes))
            return
        }
        if admitted.route == .keySet {
            answerKeySet(slot, admitted.request)
            return
        }
        guard let file = file(admitted) else {
            respond(
                slot, admitted.request, .dashboard, admitted.trace, admitted.rate,
                RenderedAnswer(.noRoute, traceID: admitted.trace.traceID))
            return
        }
        answerCacheable(
            slot, admitted.request, SecurityHeaders.page, cacheControl: "no-cache",
            contentType: file.contentType, etag: file.etag, file.bytes)
    }

    /// A file of the dashboard; the documentation is one page, whichever problem is looked up.
    private func file(_ admitted: AdmittedRequest) -> StaticFiles.File? {
        switch admitted.route {
        case .documentation: settings.files.file(at: "/docs.html")
        case .problemPage:
            ProblemTable.codes.contains(admitted.id ?? "")
                ? settings.files.file(at: "/docs.html") : nil
        default: settings.files.file(at: admitted.request.path)
        }
    }

    /// `GET /openapi.json` and `GET /asyncapi.json`, compressed for who asks for it.
    private func answerDocument(
        _ slot: Int, _ request: IncomingRequest, _ document: ContractDocument
    ) {
        let isCompressed = request.acceptEncoding.map { GzipStream.isAccepted($0) } ?? false
        var headers =
            SecurityHeaders.answer + [HTTPHeader(name: "Vary", value: "Accept-Encoding")]
        if isCompressed { headers.append(HTTPHeader(name: "Content-Encoding", value: "gzip")) }
        answerCacheable(
            slot, request, headers, cacheControl: "no-cache", contentType: "application/json",
            etag: isCompressed ? document.compressedETag : document.etag,
            isCompressed ? document.compressed : document.plain)
    }

    /// `GET /.well-known/jwks.json` (RFC 7517): what the tokens of sessions can be checked with.
    private func answerKeySet(_ slot: Int, _ request: IncomingRequest) {
        let bytes = authority.publicSet(at: nowSeconds)
        let digest = Base64.encodeURL(Array(Digest.sha256(bytes).prefix(12)))
        answerCacheable(
            slot, request, SecurityHeaders.answer,
            cacheControl: "public, max-age=\(OwnKeys.cacheSeconds)",
            contentType: "application/jwk-set+json", etag: "\"\(digest)\"", bytes)
    }

    /// Answers with bytes, unless the client has them (RFC 9110 §13.1.2).
    private func answerCacheable(
        _ slot: Int, _ request: IncomingRequest, _ security: [HTTPHeader], cacheControl: String,
        contentType: String, etag: String, _ bytes: [UInt8]
    ) {
        var headers = security
        headers.append(HTTPHeader(name: "Cache-Control", value: cacheControl))
        headers.append(HTTPHeader(name: "ETag", value: etag))
        if request.ifNoneMatch.map({ ResponseHeaders.matches($0, etag) }) == true {
            answerBytes(slot, request, status: 304, headers, [])
        } else {
            headers.append(HTTPHeader(name: "Content-Type", value: contentType))
            answerBytes(slot, request, status: 200, headers, bytes)
        }
    }

    /// Answers the usual `GET /healthz`, whose bytes are made once a second, for probes come often.
    ///
    /// False when it is not the usual one.
    func answerHealth(_ slot: Int, _ head: HTTPRequest) -> Bool {
        guard head.method == .get, head.keepAlive, head.minorVersion == 1, head.body == .none,
            !head.asksForUpgrade, !isDraining, connections[slot].tls == nil
        else { return false }
        connections[slot].output.append(contentsOf: healthResponse)
        counters.answered(status: 200)
        schedule(slot, nowMilliseconds + settings.limits.idleTimeoutMilliseconds)
        markDirty(slot)
        return true
    }

    /// The bytes of the usual `GET /healthz`.
    static func healthResponse(date: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        HTTPResponseWriter.append(
            status: 200, headers: textHeaders, date: date, bodyCount: 3, keepAlive: true,
            to: &bytes)
        bytes.append(contentsOf: Array("ok\n".utf8))
        return bytes
    }

    private static let textHeaders =
        [
            HTTPHeader(name: "Content-Type", value: "text/plain; charset=utf-8"),
            HTTPHeader(name: "Cache-Control", value: "no-store"),
        ] + SecurityHeaders.answer

    private func answerText(
        _ slot: Int, _ request: IncomingRequest, status: Int, _ text: String
    ) {
        answerBytes(
            slot, request, status: status, GatewayLoop.textHeaders, Array(text.utf8))
    }

    /// Says what may be done with a path, or with the server as a whole (RFC 9110 §9.3.7), and to
    /// whom; false for a path where nothing is.
    private func answerOptions(
        _ slot: Int, _ request: IncomingRequest, _ match: RouteMatch
    ) -> Bool {
        switch match {
        case .methodNotAllowed(let allowed):
            answerOptions(slot, request, allow: allowed.joined(separator: ", "))
        case .notFound where request.path == "*":
            answerOptions(slot, request, allow: "GET, HEAD, POST, PATCH, DELETE, OPTIONS")
        case .route, .notFound: return false
        }
        return true
    }

    private func answerOptions(_ slot: Int, _ request: IncomingRequest, allow: String) {
        var headers = SecurityHeaders.answer
        headers.append(HTTPHeader(name: "Allow", value: allow))
        if let origin = request.origin, settings.corsOrigins.contains(origin) {
            headers += [
                HTTPHeader(name: "Access-Control-Allow-Origin", value: origin),
                HTTPHeader(name: "Access-Control-Allow-Credentials", value: "true"),
                HTTPHeader(name: "Access-Control-Allow-Methods", value: allow),
                HTTPHeader(
                    name: "Access-Control-Allow-Headers",
                    value: "Authorization, Content-Type, Idempotency-Key, If-Match, "
                        + "If-None-Match, Last-Event-ID, Prefer, traceparent"),
                HTTPHeader(name: "Access-Control-Max-Age", value: "600"),
                HTTPHeader(name: "Vary", value: "Origin"),
            ]
        }
        answerBytes(slot, request, status: 204, headers, [])
    }

    /// Answers without an exchange when none waits, else behind those that do.
    private func answerBytes(
        _ slot: Int, _ request: IncomingRequest, status: Int, _ headers: [HTTPHeader],
        _ body: [UInt8]
    ) {
        let hasNoBody = status == 204 || status == 304
        let keepAlive = keepsAlive(slot, after: request)
        counters.answered(status: status)
        var bytes: [UInt8] = []
        HTTPResponseWriter.append(
            status: status, headers: headers + strictTransport(slot), date: date,
            bodyCount: hasNoBody ? nil : body.count, keepAlive: keepAlive, to: &bytes)
        if request.method != .head { bytes.append(contentsOf: body) }
        let sequence = connections[slot].nextSequence
        connections[slot].nextSequence &+= 1
        connections[slot].exchanges.append(
            Exchange(
                sequence: sequence, route: .dashboard, method: request.method, traceparent: "",
                startedNanoseconds: nowNanoseconds, keepAlive: keepAlive, wantsMinimal: false,
                ifNoneMatch: nil, origin: nil, rate: nil, response: bytes))
        advanceExchanges(slot)
    }
}
