// The path of a request, top to bottom: the gates in their order, each a guard that ends it with a
// named refusal. Read this first. A command then goes to the committer and waits in its exchange;
// the sixth layer, the audit trail, is written where the outcome is decided: success and business
// refusals in the command's own transaction, what the gates refuse through `denials`.

import Domain
import EventLog
import Reactor
import Store
import TLS
import Wire

/// A request that passed the gates so far.
struct AdmittedRequest {
    let request: IncomingRequest
    let route: Route
    let id: String?
    let trace: TraceContext
    var parameters = QueryItems()
    var rate: RateVerdict?
}

extension GatewayLoop {
    /// Passes a whole request through the gates.
    ///
    /// It is answered at once, or waits for the store.
    func perform(_ slot: Int, _ request: IncomingRequest, _ match: RouteMatch) {
        let route: Route? = if case .route(let route, _) = match { route } else { nil }
        if answerProbe(slot, request, match) { return }
        let trace = makeTrace(request.traceparent, request.tracestate)
        var rate: RateVerdict?
        do throws(Refusal) {
            // 1. Rate limit, by principal when the token is known to be good, else by address.
            let bearer = bearerToken(slot, request, route)
            let known = bearer.flatMap { verified($0) }
            rate = countRequest(request, route, known)
            try admitRate(rate)
            // The route itself.
            var admitted = try resolve(request, match, trace)
            admitted.rate = rate
            if admitted.route.isPublicPage {
                answerPublic(slot, admitted)
                return
            }
            if isEntrance(admitted) {
                try enter(slot, admitted)
                return
            }
            if admitted.route == .echo {
                try openEcho(slot, admitted.request)
                return
            }
            // 2. JWT.
            let token =
                if let known, bearer?.kind != .ticket { known } else { try authenticate(bearer) }
            if known == nil {
                // Its principal's first request counts for the principal, too.
                admitted.rate = countRequest(request, route, token)
                rate = admitted.rate
                try admitRate(rate)
            }
            try refuseRevoked(token)
            if bearer?.kind == .cookie { try settings.origins.refuseForeign(request) }
            // 3. RBAC.
            try authorize(token.principal, admitted.route)
            // 4. Consent, by the request's own flag: in the decoding, after JSON and before fields.
            // 5. Business: decoded here, decided by the committer. 6. Audit: with the outcome.
            try dispatch(slot, admitted, token)
        } catch {
            deny(slot, request, route, trace, error)
            let answer =
                comesBackInVain(request, route, error)
                ? RenderedAnswer(status: 204) : RenderedAnswer(error, traceID: trace.traceID)
            respond(slot, request, route, trace, rate, answer)
        }
    }

    /// Gate 1: refuses what was counted beyond the limit.
    func admitRate(_ rate: RateVerdict?) throws(Refusal) {
        guard let rate, !rate.isAdmitted, let limiter = rateLimiter else { return }
        throw .rateLimited(
            policy: limiter.policies.all[rate.policy].name, retryAfterSeconds: rate.resetSeconds)
    }

    /// Counts a request for its principal, else for its address.
    private func countRequest(
        _ request: IncomingRequest, _ route: Route?, _ known: VerifiedToken?
    ) -> RateVerdict? {
        guard let limiter = rateLimiter, route?.isRateLimited ?? true else { return nil }
        let client =
            known.map { RateClient.principal($0.principal.exactSubject) }
            ?? RateClient(address: request.source.address)
        return count(
            client, roles: known?.principal.roles,
            route: limiter.policies.route(method: request.method.name, path: request.path))
    }

    /// Counts a request for a client; nil when nothing limits it.
    func count(_ client: RateClient, roles: RoleSet?, route: Int?) -> RateVerdict? {
        let rate = rateLimiter?.admit(
            client, roles: roles, route: route, atMilliseconds: nowMilliseconds)
        if let rate { counters.counted(rate) }
        return rate
    }

    /// The route, its query decoded.
    private func resolve(
        _ request: IncomingRequest, _ match: RouteMatch, _ trace: TraceContext
    ) throws(Refusal) -> AdmittedRequest {
        if request.method == .other {
            throw .badHTTP(
                status: HTTPError.notImplemented.status, code: HTTPError.notImplemented.code,
                detail: "The method is not known here.")
        }
        switch match {
        case .notFound: throw .noRoute
        case .methodNotAllowed(let allowed): throw .methodNotAllowed(allowed: allowed)
        case .route(let route, let id):
            if let field = request.repeatedField { throw .repeatedHeader(field) }
            if let name = cookies(request).repeated(request) { throw .repeatedCookie(name) }
            let parameters = try request.parameters()
            let (tokens, tickets) = (parameters.all("access_token"), parameters.all("ticket"))
            // Of two tokens another reader on the way may have checked the other one.
            let count = tokens.count + tickets.count + (request.authorization == nil ? 0 : 1)
            if count > 1, !(tokens.isEmpty && tickets.isEmpty) {
                throw .badParameter(
                    tokens.isEmpty ? "ticket" : "access_token", "must be the request's only token")
            }
            return AdmittedRequest(
                request: request, route: route, id: id, trace: trace, parameters: parameters)
        }
    }

    /// A token that is in the verified cache, or has a good ticket.
    func verified(_ bearer: BearerToken) -> VerifiedToken? {
        if bearer.kind == .ticket {
            return shared.tickets.find(bearer.text, atMilliseconds: nowMilliseconds)
        }
        return tokens.find(bearer.key, at: nowSeconds, generation: authority.generation)
    }

    /// Gate 2, for a token that is not in the verified cache.
    func authenticate(_ bearer: BearerToken?) throws(Refusal) -> VerifiedToken {
        guard let bearer else { throw .unauthenticated(reason: .missing) }
        if bearer.kind == .ticket { return try redeem(bearer.text) }
        do throws(TokenFault) {
            let token = try authority.verify(bearer.text, at: nowSeconds)
            tokens.insert(token, key: bearer.key, at: nowSeconds)
            return token
        } catch {
            throw .unauthenticated(reason: error)
        }
    }

    /// Gate 3.
    private func authorize(_ principal: Principal, _ route: Route) throws(Refusal) {
        guard let permission = route.permission else { return }
        guard permission.isGranted(to: principal.roles) else { throw .forbidden(permission) }
    }

    /// After the gates: each route's own work.
    ///
    /// A function of its own, so that `make bench-gates` can tell its cost from theirs.
    @inline(never)
    private func dispatch(
        _ slot: Int, _ admitted: AdmittedRequest, _ token: VerifiedToken
    ) throws(Refusal) {
        switch admitted.route.work {
        case .command: try submit(slot, admitted, token)
        case .query where asksForTail(admitted): try openLogTail(slot, admitted, token)
        case .query: try query(slot, admitted, token)
        case .table: try answerTable(slot, admitted)
        case .session: try session(slot, admitted, token)
        case .census: try takeCensus(slot, admitted)
        case .examination: try examine(slot, admitted, token)
        case .stream: try subscribe(slot, admitted, token)
        case .ticket: try giveTicket(slot, admitted, token)
        case .open: preconditionFailure("public routes are answered before the token")
        }
    }

    /// The token of a request: `Authorization`, the query on the stream routes alone, or a cookie;
    /// on the stream routes a ticket is as good as one.
    private func bearerToken(
        _ slot: Int, _ request: IncomingRequest, _ route: Route?
    ) -> BearerToken? {
        if let header = request.authorization {
            return recentBearers.bearer(of: header, on: slot, by: tokenHasher)
        }
        if route == .events || route == .webSocket, let parameters = try? request.parameters() {
            if let ticket = parameters["ticket"] {
                return BearerToken(text: ticket, by: tokenHasher, kind: .ticket)
            }
            if let text = parameters["access_token"] {
                return BearerToken(text: text, by: tokenHasher)
            }
        }
        return cookies(request).access(request).map {
            BearerToken(text: $0, by: tokenHasher, kind: .cookie)
        }
    }

    /// The caller's trace, or a new one when there is none or it is malformed (W3C §3.2).
    ///
    /// What came with a trace is left out with it.
    private func makeTrace(_ header: String?, _ state: String?) -> TraceContext {
        let span = ids.random.next() | 1
        if let header, let traceID = Traceparent.traceID(header) {
            let flags = header.utf8.dropFirst(53).prefix(2)
            return TraceContext(
                traceparent: "00-\(traceID)-\(Traceparent.hex(span))-"
                    + String(decoding: flags, as: UTF8.self),
                tracestate: state.flatMap { Tracestate.normal($0) })
        }
        return TraceContext(
            traceparent: Traceparent.text(ids.random.next() | 1, ids.random.next(), span: span))
    }

    /// Remembers a refusal for the audit trail: what the gates refuse, the committer never sees.
    private func deny(
        _ slot: Int, _ request: IncomingRequest, _ route: Route?, _ trace: TraceContext,
        _ refusal: Refusal
    ) {
        let layer: Layer
        switch refusal {
        case .rateLimited: layer = .rateLimit
        case .unauthenticated: layer = .authentication
        case .forbidden: layer = .authorization
        case .consentRequired: layer = .consent
        default: return
        }
        let bearer = bearerToken(slot, request, route)
        let known = bearer.flatMap { verified($0) }
        denials.add(
            userID: known?.principal.subject ?? "address:\(request.source.address)",
            action: route?.name ?? "unknown", resource: request.path, layer: layer,
            reason: refusal.code, traceID: trace.traceID)
        counters.denied(layer)
    }
}

/// The `traceparent` header (W3C Trace Context §3.2).
enum Traceparent {
    /// The trace id of a well-formed header; nil for anything else.
    static func traceID(_ header: String) -> String? {
        let bytes = Array(header.utf8)
        guard bytes.count >= 55, bytes[2] == 45, bytes[35] == 45, bytes[52] == 45,
            bytes.count == 55 || (bytes[55] == 45 && bytes[0..<2] != [48, 48])
        else { return nil }
        let groups = [0..<2, 3..<35, 36..<52, 53..<55]
        guard groups.allSatisfy({ bytes[$0].allSatisfy(isLowerHex) }),
            bytes[0..<2] != [102, 102], bytes[3..<35].contains(where: { $0 != 48 }),
            bytes[36..<52].contains(where: { $0 != 48 })
        else { return nil }
        return String(decoding: bytes[3..<35], as: UTF8.self)
    }

    /// 16 lower-case digits.
    static func hex(_ value: UInt64) -> String {
        unsafe String(unsafeUninitializedCapacity: 16) { text in
            unsafe put(value, at: 0, of: text)
            return 16
        }
    }

    /// The header of a trace that begins here, to be recorded: the halves of its id, and the span.
    static func text(_ high: UInt64, _ low: UInt64, span: UInt64) -> String {
        unsafe String(unsafeUninitializedCapacity: 55) { text in
            _ = unsafe text.initialize(from: empty.utf8)
            unsafe put(high, at: 3, of: text)
            unsafe put(low, at: 19, of: text)
            unsafe put(span, at: 36, of: text)
            return 55
        }
    }

    private static let empty = "00-00000000000000000000000000000000-0000000000000000-01"

    private static func put(
        _ value: UInt64, at start: Int, of text: UnsafeMutableBufferPointer<UInt8>
    ) {
        for place in 0..<16 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * place) & 15)
            unsafe text[start + place] = digit < 10 ? 0x30 + digit : 0x57 + digit
        }
    }

    private static func isLowerHex(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (97...102).contains(byte)
    }
}
